package console_test

import (
	"context"
	"testing"
	"time"

	"daymark/console"
	"daymark/slo"
)

func (s *sources) Objectives(context.Context) ([]console.ObjectiveStanding, time.Time, error) {
	return s.objectives, now, nil
}

func someObjectives() []console.ObjectiveStanding {
	month := slo.Objective{ID: "in-time", Component: "api", Indicator: slo.Heartbeat, Objective: 90, Window: slo.Window{Month: true}}
	four := slo.Objective{ID: "works", Component: "sign-in", Indicator: slo.Availability, Objective: 99.9, Window: slo.Window{Rolling: slo.DefaultWindow}, Alert: "notify"}
	quick := slo.Objective{ID: "quick", Component: "sign-in", Indicator: slo.Latency, Threshold: 800 * time.Millisecond, Objective: 99, Window: slo.Window{Rolling: slo.DefaultWindow}}
	at := func(o slo.Objective, c slo.Counts) console.ObjectiveStanding {
		from, _ := o.Window.Span(now, time.UTC)
		bucket := slo.Bucket{From: from, Until: from.Add(time.Hour), Counts: c}
		counts := map[time.Duration]slo.Counts{}
		for _, w := range slo.BurnWindows() {
			counts[w] = c
		}
		all := []slo.Bucket{bucket}
		return console.ObjectiveStanding{Objective: o, Standing: o.Evaluate(all, 0, now, time.UTC), Course: o.Course(all, 0, now, time.UTC), Pairs: o.Burning(counts)}
	}
	works := at(four, slo.Counts{Good: 9980, Bad: 20, Unknown: 7, Excused: 1})
	works.Spent = []slo.Spending{{Incident: "mhwz4k1q0001", Since: works.From.Add(90 * time.Minute), Bad: 15}, {Bad: 5}}
	works.Alert, works.Incident = &slo.Alert{Objective: "works", Pair: slo.Pairs()[3], Since: now, Held: now}, "mhwz4k1q0001"
	return []console.ObjectiveStanding{works, at(quick, slo.Counts{Good: 100}), at(month, slo.Counts{}), at(month, slo.Counts{Good: 1, Bad: 2}), at(four, slo.Counts{Good: 9990, Bad: 10})}
}

func TestObjectivesAreListed(t *testing.T) {
	f := newFixture(t)
	f.objectives = someObjectives()
	items := get[list](f, "/api/v1/slos").Items
	if len(items) != 5 {
		t.Fatal(items)
	}
	works := get[map[string]any](f, "/api/v1/slos/works")
	for field, want := range map[string]any{
		"percent": 99.8, "kept": false, "budget_left_percent": -100.0, "budget_events": 10.0, "unknown": 7.0, "excused": 1.0, "window": "28d",
	} {
		if works[field] != want {
			t.Errorf("%s is %v; want %v", field, works[field], want)
		}
	}
	if spent := works["spent"].([]any); len(spent) != 2 || spent[0].(map[string]any)["incident"] != "mhwz4k1q0001" || spent[1].(map[string]any)["bad"] != 5.0 {
		t.Errorf("spent is %v", spent)
	}
	if burn := works["burn"].([]any); len(burn) != 4 || burn[3].(map[string]any)["fires"] != true || burn[0].(map[string]any)["long_rate"] != 2.0 {
		t.Errorf("burn is %v", burn)
	}
	if alert := works["alert"].(map[string]any); alert["incident"] != "mhwz4k1q0001" || alert["threshold"] != 1.0 {
		t.Errorf("alert is %v", alert)
	}
	if course := works["course"].([]any); len(course) < 2 || course[0].(map[string]any)["bad"] != 20.0 || course[len(course)-1].(map[string]any)["budget_left_percent"] != -100.0 {
		t.Errorf("course is %v", course)
	}
	if items[0]["course"] != nil {
		t.Error("the list has courses")
	}
	if none := items[2]; none["percent"] != nil || none["kept"] != nil || none["budget_left_percent"] != nil || none["alert"] != nil || none["window"] != "month" {
		t.Errorf("of nothing: %v", none)
	}
	if spent := items[4]; spent["kept"] != true || spent["budget_left_percent"] != 0.0 {
		t.Errorf("a budget that is just spent: %v", spent)
	}
	f.refused(404, "GET", "/api/v1/slos/nothing", "")
}

func TestThePageOfObjectives(t *testing.T) {
	p := newPages(t)
	p.reads("/console/objectives", "No objectives yet", "There is none")
	p.objectives = someObjectives()
	text := p.reads("/console/objectives", "1 objective has overspent its budget", "Sign in", "99.9 % of runs succeed, over 28 d", "99.8 %", "-100 %", "40 min over", "Overspent",
		"99 % of answers come within 800ms", "90 % of calls come in time, in each calendar month", "Not measured", "cannot be reached by this objective", `<a href="/console/incidents/mhwz4k1q0001">`,
		"7 runs could not tell, 1 run was in a maintenance", "No incident was open", "too fast")
	p.lacks(text, hostile)
	p.reads("/console/objectives.csv",
		",budget_events,spent_on,rate_5m,rate_30m,rate_1h,rate_2h,rate_6h,rate_1d,rate_3d\n",
		"works,sign-in,availability,99.9,", ",9980,20,7,1,99.8,-100,-", ",10,mhwz4k1q0001=15 none=5,2,2,2,",
		"in-time,api,heartbeat,90,", ",0,0,0,0,,,,0,")
	p.objectives = p.objectives[1:2]
	p.reads("/console/objectives", "No budget is overspent", "Within its budget")
}

// TestThePageOfAnObjective: what was left is drawn, from all of it to what the
// page says, below nothing on a red ground, with gaps where nothing was
// measured; the table and the file have the same numbers.
func TestThePageOfAnObjective(t *testing.T) {
	p := newPages(t)
	p.objectives = someObjectives()
	text := p.reads("/console/objectives/works", "The budget is overspent", "99.9 % of runs succeed, over 28 d", "It fell most on ", ": by 200 % of the budget, for 20 bad events.",
		`data-begins="100" data-low="-108" data-high="108"`, `class="zero" d="M0 80H960"`, `class="fail" d="M`, `class="none" d="M`, `class="mark" d="M`, "a line stands upright",
		`data-value="-100">-100 %</td><td>20</td><td>10000</td>`, "<td>not measured</td>", "data-mark>", "No incident was open", "too fast", `<a href="/console/objectives/works/csv">`)
	p.lacks(text, hostile)
	p.reads("/console/objectives/works/csv", "objective,from,until,good,bad,unknown,excused,budget_left_percent\nworks,", ",9980,20,7,1,-100\n", ",0,0,0,0,-100\n")
	text = p.reads("/console/objectives/quick", "100 % of the budget is left", `class="area"`, `data-low="-4" data-high="104"`)
	p.lacks(text, `class="fail"`)
	p.lacks(text, "It fell most")
	p.objectives = p.objectives[2:3]
	text = p.reads("/console/objectives/in-time", "Nothing was measured yet", "There is no chart before anything is measured.")
	p.lacks(text, "<figure")
	p.reads("/console/objectives/in-time/csv", "objective,from,until,good,bad,unknown,excused,budget_left_percent\n")
	p.reads("/console/objectives", `<a href="/console/objectives/in-time">When the budget of in-time was spent</a>`)
}
