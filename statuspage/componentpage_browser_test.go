package statuspage_test

import (
	"net/http/httptest"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/statuspage"
)

func (b tab) press(key string) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, chromedp.KeyEvent(key)); err != nil {
		b.t.Fatal(err)
	}
}

func TestAnOpenComponentPageChangesWithoutReload(t *testing.T) {
	testkit.Beside(t)
	s := wellMeasured(t)
	r := run(t, publishing(t, s))
	b := browser(t)
	b.visit(r.url + "/components/core-api")
	b.becomes(socketOpen)
	b.is(`window.before = true; window.asked = 0;
		{ const was = fetch; window.fetch = (...all) => { asked++; return was(...all); } }
		document.getElementById("numbers").open = true; true`)

	// What happens to others is none of its business.
	r.commit(s, "batch", incident.Down)
	witness := dial(t, r.url, r.loaded(t))
	next(t, witness)
	r.commit(s, "core-api", incident.Down)
	b.becomes(`document.getElementById("sentence").textContent === "Payments API is down."`)
	for _, holds := range []string{
		`window.before === true`, `asked === 1`, `document.getElementById("numbers").open`,
		`document.title === "Payments API is down · Harbour Bank status"`, `document.getElementById("favicon").href.includes("major_outage")`,
		`document.documentElement.scrollWidth <= innerWidth`,
	} {
		if !b.is(holds) {
			t.Errorf("not so: %s", holds)
		}
	}
	b.faultless()
}

// TestAComponentPageFitsANarrowWindow in languages with longer words, too.
func TestAComponentPageFitsANarrowWindow(t *testing.T) {
	t.Parallel()
	p := publishing(t, downInOne(t))
	p.Options.Languages = []string{"en", "cy", "fr", "de", "es", "ar"}
	server := httptest.NewServer(siteOf(t, p))
	defer server.Close()
	b := browser(t)
	b.size(320, 600)
	for _, tag := range p.Options.Languages {
		b.open(server.URL + "/components/core-api?in=" + tag)
		if wide := b.wide(); wide != "" {
			t.Errorf("%s: the page is wider than the window, by %s", tag, wide)
		}
	}
}

func TestAStripIsReadByKeysAndPointer(t *testing.T) {
	testkit.Beside(t)
	s := wellMeasured(t)
	s.change(func(snap *statuspage.Snapshot) {
		in := snap.Components["sign-in"]
		for i := range 10 {
			in.Days[i] = statuspage.Day{Date: in.Days[i].Date}
		}
		snap.Components["sign-in"] = in
	})
	r := run(t, publishing(t, s))
	b := browser(t)
	b.visit(r.url + "/")
	reads := func(id, want string) {
		t.Helper()
		b.becomes(`(document.querySelector("#c-` + id + `-days .reading")?.textContent || "").startsWith("` + want + `")`)
	}
	height := `document.documentElement.scrollHeight`
	b.is(`window.high = ` + height + `; document.querySelector("#c-core-api-days summary").focus(); true`)
	b.press(kb.ArrowRight)
	reads("core-api", "1 December: Nothing happened.")
	for range 41 {
		b.press(kb.ArrowLeft)
	}
	reads("core-api", "21 October: Partly down for 22")
	if !b.is(`document.querySelector("#c-core-api .told").textContent.startsWith("21 October") && document.querySelector("#c-core-api-days .reading").ariaHidden === "true"`) {
		t.Error("who hears the page is not told")
	}
	if !b.is(`window.high === ` + height + ` && !document.getElementById("c-core-api-days").open`) {
		t.Error("reading moves the page, or opens the list")
	}
	b.press(kb.Escape)
	b.becomes(`!document.querySelector(".reading, .at, .told")`)

	move := func(id string, share string) {
		t.Helper()
		place := `document.querySelector("#c-` + id + `-days svg.strip").getBoundingClientRect()`
		x, err := chromedp.Run(b.ctx, chromedp.Evaluate[float64](`document.querySelector("#c-`+id+`-days").scrollIntoView({block: "center"}); `+place+`.left + `+place+`.width * `+share))
		if err != nil {
			t.Fatal(err)
		}
		y, err := chromedp.Run(b.ctx, chromedp.Evaluate[float64](place+`.top + 10`))
		if err == nil {
			err = chromedp.Do(b.ctx, chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x, y))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	move("sign-in", "0.01")
	reads("sign-in", "3 September: not measured")
	move("sign-in", "10.5 / 90")
	reads("sign-in", "13 September: Measured from this day.")
	move("sign-in", "30.5 / 90") // two days that the list has as one
	reads("sign-in", "3 October: Not measured.")
	move("core-api", "0.999")
	reads("core-api", "1 December: Nothing happened.")
	if !b.is(`!document.querySelector("#c-sign-in-days .reading")`) {
		t.Error("two strips are read at once")
	}
	b.faultless()
}
