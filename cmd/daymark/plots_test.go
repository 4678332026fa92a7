package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"daymark/checker"
	"daymark/internal/testkit"
	"daymark/store"
)

// ran tells the server of runs of a check: one each minute of the last hour,
// of which some failed and, for a while, none could be made.
func (r *rooms) ran(check string) {
	r.t.Helper()
	now := time.Now().UTC().Truncate(time.Millisecond)
	for region, began := range map[string]int{"local": 20, "second": 40} {
		var runs []checker.Result
		for minute := 59; minute > 0; minute-- {
			at := now.Add(time.Duration(-minute) * time.Minute)
			run := checker.Result{Check: check, Region: region, At: at, Started: at, Attempts: 1, Outcome: checker.OK, Latency: time.Duration(100+3*minute) * time.Millisecond}
			switch {
			case minute > 30 && minute < 36:
				run.Outcome, run.Reason = checker.Failed, "the answer is 500"
			case minute > 45 && minute < 51:
				continue
			case minute == began:
				run.Latency = 612345 * time.Microsecond
			}
			runs = append(runs, run)
		}
		if rejected, err := r.engine.Submit(r.t.Context(), region, runs); err != nil || len(rejected) > 0 {
			r.t.Fatal(err, rejected)
		}
	}
}

// chartWrong compares what is read at each stretch of a chart, one after the
// other by arrow keys, with the table beside it: the first difference, or "".
const chartWrong = `(() => {
	const figure = document.querySelector("figure.plots"), slider = figure.querySelector("[role=slider]");
	const table = document.getElementById(figure.dataset.numbers).querySelector("table");
	const rows = [...table.querySelectorAll("tbody tr")].reverse(), heads = [...table.querySelectorAll("thead th")];
	const press = (key) => slider.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
	slider.focus();
	press("Home");
	for (const [i, row] of rows.entries()) {
		const read = [...figure.querySelectorAll(".value")].map((node) => node.textContent);
		for (const [n, text] of read.entries()) {
			const cells = [...row.cells].map((cell, at) => ({text: cell.textContent, ...heads[at].dataset})).filter((cell) => cell.plot === String(n) && cell.text !== "–");
			const away = (cell) => figure.querySelector(".line-" + cell.line)?.getAttribute("aria-pressed") === "false";
			const drawn = cells.filter((cell) => !away(cell)).map((cell) => cell.word ? cell.word + " " + cell.text : cell.text).join(" · ");
			if (text !== drawn || !cells.every((cell) => slider.getAttribute("aria-valuetext").includes(cell.text))) return i + ": read " + text + ", in the table " + drawn;
		}
		const time = row.querySelector("time").textContent;
		if (!slider.textContent.startsWith(time)) return slider.textContent + " is not " + time;
		if (slider.getAttribute("aria-valuenow") !== String(i)) return i + " is " + slider.getAttribute("aria-valuenow");
		press("ArrowRight");
	}
	press("Escape");
	return [...figure.querySelectorAll(".value")].map((node) => node.textContent).join("");
})()`

// mouse does something at a share of the width of a plot, at its middle.
func (d *desk) mouse(plot int, share float64, kind input.DispatchMouseEventType, options ...chromedp.MouseOption) {
	d.t.Helper()
	var x, y float64
	place := d.script(fmt.Sprintf(`(() => {
		const over = document.querySelectorAll(".u-over")[%d];
		over.scrollIntoView({block: "center"});
		const box = over.getBoundingClientRect();
		return (box.left + box.width * %f) + " " + (box.top + box.height / 2);
	})()`, plot, share))
	if _, err := fmt.Sscan(place, &x, &y); err != nil {
		d.t.Fatal(err)
	}
	if err := chromedp.Do(d.ctx, chromedp.MouseEvent(kind, x, y, options...)); err != nil {
		d.t.Fatal(err)
	}
}

// TestAChartIsRead: uPlot draws the numbers of the table and no others; they
// are read by pointer, at once in all regions, and by keys; a part of the time
// is shown alone, and all again; what is new comes into it; without script it
// is as the server has drawn it. The room of an incident has the same.
func TestAChartIsRead(t *testing.T) {
	testkit.Beside(t)
	r := newRooms(t)
	runConsole(t, r.app)
	r.fail("api-health", "")
	r.ran("api-health")
	d := newDesk(newBrowser(t), t, r.ana)
	d.open("/console/checks/api-health?hours=1")
	d.await("two charts", `document.querySelectorAll(".plot > .drawn canvas").length === 2 && document.querySelectorAll(".plot > svg").length === 2`)
	if d.script(`[...document.querySelectorAll(".plot > svg, .plot > .y, .plots > .x")].some((e) => e.checkVisibility())`) != "false" {
		t.Error("the server's drawing shows beside the chart")
	}
	if wrong := d.script(chartWrong); wrong != "" {
		t.Error(wrong)
	}

	// By pointer, in both regions at once.
	for _, at := range []int{3, 20, 40} {
		read := ""
		for range 20 { // the page may be renewed in between
			d.mouse(1, (float64(at)+0.4)/48, input.DispatchMouseEventTypeMouseMoved)
			read = d.script(fmt.Sprintf(`(() => {
				const row = document.querySelectorAll("#numbers tbody tr")[47 - %d], values = [...document.querySelectorAll(".plot .value")].map((e) => e.textContent);
				return values[0] === row.cells[1].textContent && values[1] === row.cells[2].textContent ? "" : values + ", in the table " + row.textContent;
			})()`, at))
			if read == "" {
				break
			}
		}
		if read != "" {
			t.Errorf("at the crosshair: %s", read)
		}
	}

	// What failed is marked, and what was not measured is not drawn.
	painted := `((minute, reds) => {
		const canvas = document.querySelector(".drawn canvas"), over = document.querySelector(".u-over").getBoundingClientRect(), box = canvas.getBoundingClientRect();
		const dots = canvas.getContext("2d").getImageData(Math.round((over.left - box.left + over.width * (1 - minute / 60)) * devicePixelRatio), Math.round((over.top - box.top + over.height * 0.3) * devicePixelRatio), 1, 1).data;
		return [...dots].join(" ");
	})`
	failed, none := d.script(painted+"(33)"), d.script(painted+"(48)")
	if failed == none || strings.HasSuffix(failed, " 0") {
		t.Errorf("what failed is painted %s, what was not measured %s", failed, none)
	}
	if _, err := chromedp.Run(d.ctx, func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}})
		return chromedp.Void{}, err
	}); err != nil {
		t.Fatal(err)
	}
	d.await("the colours of the dark", painted+"(33) !== "+quoted(failed))

	// A part of the time alone.
	const endsThere = `(() => {
		const slider = document.querySelector(".reader .time");
		slider.dispatchEvent(new KeyboardEvent("keydown", {key: "End", bubbles: true}));
		return slider.textContent === document.querySelector("#numbers tbody time").textContent;
	})()`
	d.mouse(0, 0.5, input.DispatchMouseEventTypeMouseMoved)
	d.mouse(0, 0.5, input.DispatchMouseEventTypeMousePressed, chromedp.ButtonLeft)
	for _, to := range []float64{0.6, 0.7, 0.75} {
		d.mouse(0, to, input.DispatchMouseEventTypeMouseMoved, chromedp.ButtonLeft)
	}
	d.mouse(0, 0.75, input.DispatchMouseEventTypeMouseReleased, chromedp.ButtonLeft)
	d.there(".reader button:not([hidden])")
	d.look("chart-zoomed")
	d.focus(".reader .time")
	if d.script(endsThere) != "false" {
		t.Error("the end of what is shown is that of the whole time")
	}
	d.key(kb.Escape)
	d.await("the whole time", `document.querySelector(".reader button").hidden`)
	d.key("+")
	d.there(".reader button:not([hidden])")
	d.press(".reader button")
	d.await("the whole time", `document.querySelector(".reader button").hidden && document.activeElement.matches(".reader .time")`)
	d.key(kb.End)
	if d.script(endsThere) != "true" {
		t.Error("the whole time does not end where it did")
	}

	// What is new comes into the charts that are there.
	d.await("a socket", `document.body.dataset.live === "socket"`)
	d.script(`(window.canvas = document.querySelector(".drawn canvas"), 1)`)
	at := time.Now().UTC().Truncate(time.Millisecond)
	if rejected, err := r.engine.Submit(t.Context(), "local", []checker.Result{{Check: "api-health", Region: "local", At: at, Started: at, Attempts: 1, Outcome: checker.OK, Latency: 777 * time.Millisecond}}); err != nil || len(rejected) > 0 {
		t.Fatal(err, rejected)
	}
	d.sees("#latest + div", "777 ms")
	if wrong := d.script(chartWrong); wrong != "" || d.script(`window.canvas === document.querySelector(".drawn canvas") && document.querySelectorAll(".drawn canvas").length === 2`) != "true" {
		t.Errorf("after something new: %s", wrong)
	}

	// The dashboard: three lines a region, one of them at first away.
	r.ana.get("/console/account") // has a token for forms
	r.ana.post("/console/changes", "what", "shop 4.2", "components", "shop-api", "who", "the pipeline")
	d.open("/console/components/shop-api/figures?days=1")
	d.there(".drawn canvas")
	if wrong := d.script(chartWrong); wrong != "" {
		t.Error(wrong)
	}
	d.focus(".reader .time")
	d.key(kb.End)
	d.sees(".reader .time", "shop 4.2")
	pictured := `document.querySelector(".drawn canvas").toDataURL()`
	before := d.script(pictured)
	d.press(".reader .line-high")
	d.await("another line", `document.querySelector(".reader .line-high").getAttribute("aria-pressed") === "true" && `+pictured+` !== `+quoted(before))
	d.look("chart-figures")

	// The room of an incident.
	found, err := r.store.IncidentsOf(t.Context(), store.IncidentQuery{Open: true, Most: 2})
	if err != nil || len(found) != 1 {
		t.Fatalf("the checks open %d incidents, %v", len(found), err)
	}
	d.open("/console/incidents/" + found[0].ID)
	d.there(".drawn canvas")
	if wrong := d.script(chartWrong); wrong != "" {
		t.Error(wrong)
	}
	d.look("chart-room")

	// Without script.
	if _, err := chromedp.Run(d.ctx, func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return chromedp.Void{}, err
	}); err != nil {
		t.Fatal(err)
	}
	d.open("/console/components/shop-api/figures?days=1")
	if d.script(`document.querySelectorAll(".drawn, .reader").length === 0 && [...document.querySelectorAll(".plot > svg .line")].length > 0 && [...document.querySelectorAll(".plot > svg")].every((e) => e.checkVisibility()) && document.querySelector(".plot .mark") !== null`) != "true" {
		t.Error("without script the server's drawing is not there")
	}
}
