package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"daymark/checker"
	"daymark/incident"
	"daymark/internal/testkit"
)

// budgets are objectives of the shop: one by the day, one by the hour that is
// overspent, and one of a component that nothing is known of.
const budgets = `
slos:
  - {id: works, component: shop-api, indicator: availability, objective: 95, window: 28d, alert: notify}
  - {id: lately, component: shop-api, indicator: availability, objective: 99, window: 2d}
  - {id: nothing, component: sign-in, indicator: latency, threshold: 1s, objective: 95, window: month}
`

// spend tells the server of a run each ten minutes of the last ten days, of
// which some failed, and of which two days have none.
func (r *rooms) spend(check string) {
	r.t.Helper()
	now := time.Now().UTC().Truncate(time.Millisecond)
	for _, region := range []string{"local", "second"} {
		var runs []checker.Result
		for at := now.Add(-10 * 24 * time.Hour); !at.After(now); at = at.Add(10 * time.Minute) {
			ago := now.Sub(at).Hours()
			run := checker.Result{Check: check, Region: region, At: at, Started: at, Attempts: 1, Outcome: checker.OK, Latency: 120 * time.Millisecond}
			switch {
			case ago > 182 && ago < 184, ago > 60 && ago < 64, ago > 20 && ago < 21.5, ago < 1:
				run.Outcome, run.Reason = checker.Failed, "the answer is 500"
			case ago > 95 && ago < 145:
				continue
			}
			runs = append(runs, run)
		}
		for len(runs) > 0 {
			n := min(len(runs), 500)
			if rejected, err := r.engine.Submit(r.t.Context(), region, runs[:n]); err != nil || len(rejected) > 0 {
				r.t.Fatal(err, rejected)
			}
			runs = runs[n:]
		}
	}
}

// failsNow tells the server of runs that fail now.
func (r *rooms) failsNow(check string) {
	r.t.Helper()
	for range 6 {
		at := time.Now().UTC()
		run := checker.Result{Check: check, Region: "local", At: at, Started: at, Attempts: 1, Outcome: checker.Failed, Reason: "the answer is 500"}
		if rejected, err := r.engine.Submit(r.t.Context(), "local", []checker.Result{run}); err != nil || len(rejected) > 0 {
			r.t.Fatal(err, rejected)
		}
		<-time.After(2 * time.Millisecond) // a time of its own
	}
}

// TestABudgetIsReadOverTime: the page of an objective draws what was left of
// its budget, by the day and by the hour; uPlot reads the numbers of the table
// and no others; without script the server's drawing is there.
func TestABudgetIsReadOverTime(t *testing.T) {
	testkit.Beside(t)
	r := newRoomsOf(t, "  people:\n", "  people:\n"+roomPeople, "\nslas:\n", budgets+"slas:\n")
	runConsole(t, r.app)
	r.spend("api-health")
	r.open(incident.P2, "Prices are missing", incident.OpenComponent{Component: "shop-api", Status: incident.PartlyDown})
	r.failsNow("api-health")
	d := newDesk(newBrowser(t), t, r.ana)
	d.open("/console/objectives")
	d.look("budgets")
	for _, id := range []string{"works", "lately"} {
		d.open("/console/objectives/" + id)
		d.there(".drawn canvas")
		if wrong := d.script(chartWrong); wrong != "" {
			t.Errorf("%s: %s", id, wrong)
		}
		d.focus(".reader .time")
		d.key(kb.End)
		if said := d.script(`document.querySelector(".plot .value").textContent`); !strings.HasPrefix(said, d.script(`document.querySelector(".plot header b").textContent`)+" · bad: ") {
			t.Errorf("%s ends with %q", id, said)
		}
		d.sees(".reader .time", "Prices are missing")
		d.look("budget-" + id)
		d.key(kb.Escape)
	}
	d.open("/console/objectives/nothing")
	d.sees("#main", "There is no chart before anything is measured.")
	d.look("budget-nothing")

	if _, err := chromedp.Run(d.ctx, func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return chromedp.Void{}, err
	}); err != nil {
		t.Fatal(err)
	}
	d.open("/console/objectives/lately")
	if d.script(`document.querySelectorAll(".drawn, .reader").length === 0 && [...document.querySelectorAll(".plot > svg")].length === 2 && [...document.querySelectorAll(".plot > svg")].every((e) => e.checkVisibility()) && document.querySelector(".plot .fail") !== null && document.querySelector(".plot .mark") !== null`) != "true" {
		t.Error("without script the server's drawing is not there")
	}
}
