package console

import (
	"cmp"
	"context"
	"slices"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/statuspage"
)

// mostFails is how many expectations that are not met are shown.
const mostFails = 5

// briefly says of a check what all its regions say together.
func briefly(c *checker.Check, verdict *incident.Verdict) checkView {
	view := checkView{ID: c.ID, Name: c.Title(), Verdict: verdictWords[verdict.Word]}
	if verdict.Reason != "" {
		view.Reason = sentence(verdict.Reason)
	}
	return view
}

// check says how a check stands in each region.
func (v *roomView) check(ctx context.Context, c *checker.Check, verdict *incident.Verdict) (checkView, error) {
	view := briefly(c, verdict)
	found, err := v.site.API.Standings.Standings(ctx, c.ID)
	if err != nil {
		return view, err
	}
	found = v.ordered(found)
	var newest time.Time
	var timings []string
	for k := range found {
		st := &found[k]
		r := &st.Run
		run := regionRun{
			Region: v.site.API.regionName(r.Region), Outcome: outcomeWords[r.Outcome], Bad: r.Outcome == checker.Failed, Since: v.site.clock(st.Since, v.now), Whole: took(r.Latency), Reason: r.Reason,
		}
		if !st.Well.At.IsZero() && r.Outcome != checker.OK && r.Outcome != checker.Degraded {
			run.WellAt, run.WellTook, view.Well = v.site.clock(st.Well.At, v.now), took(st.Well.Latency), true
		}
		view.Regions = append(view.Regions, run)
		seen, err := v.seen(ctx, st)
		if err != nil {
			return view, err
		}
		if seen != nil {
			view.Seen = append(view.Seen, seen)
		}
		if r.At.After(newest) {
			newest = r.At
		}
		for _, t := range r.Timings {
			if !slices.Contains(timings, t.Name) {
				timings = append(timings, t.Name)
			}
		}
		for _, e := range r.Expectations {
			fail := expectationView{Effect: e.Effect, Expect: e.Expression, Got: cmp.Or(e.Actual, "–")}
			if !e.Met && len(view.Fails) < mostFails && !slices.Contains(view.Fails, fail) {
				view.Fails = append(view.Fails, fail)
			}
		}
	}
	view.At = v.at(newest)
	view.Rows = phases(timings, found)
	view.Chart, err = v.chart(ctx, c.ID)
	v.charted = v.charted || view.Chart != nil
	return view, err
}

// ordered puts regions into the order of the configuration.
func (v *roomView) ordered(found []Standing) []Standing {
	slices.SortStableFunc(found, func(a, b Standing) int { return v.place(a.Run.Region) - v.place(b.Run.Region) })
	return found
}

func (v *roomView) place(region string) int {
	at := slices.IndexFunc(v.site.API.Regions, func(r incident.Region) bool { return r.ID == region })
	if at < 0 {
		return len(v.site.API.Regions)
	}
	return at
}

// phases sets out how long each part of the newest run took, by region.
func phases(names []string, found []Standing) []phaseRow {
	var rows []phaseRow
	for _, name := range names {
		row := phaseRow{Name: partName(name)}
		for k := range found {
			cell := "–"
			for _, t := range found[k].Run.Timings {
				if t.Name == name {
					cell = took(t.Duration)
				}
			}
			row.Cells = append(row.Cells, cell)
		}
		rows = append(rows, row)
	}
	return rows
}

// The chart shows the hour before the incident and the hour after its start,
// or as long as it lasts, in so many stretches.
const (
	chartBefore  = time.Hour
	chartLongest = 12 * time.Hour
	stretches    = 60
)

// chartView is the times of a check around the start.
type chartView struct {
	ID    string // of its table
	Label string
	Top   string
	Plots []startPlot
	Axis  []string
	Start int    // of 960: where the incident began
	Began string // when that was
	Marks string // where something that may have to do with it was changed, as a path
	Rows  []stampRow
}

type startPlot struct {
	statuspage.Plot
	Region string
}

// plotWide is how wide the drawing of a plot is.
const plotWide = 960

// chart draws the times of a check around the start of the incident; nil where
// no run of that time is kept.
func (v *roomView) chart(ctx context.Context, check string) (*chartView, error) {
	since := v.story.Since
	from := since.Add(-chartBefore)
	long := min(max(v.now.Sub(from), 2*chartBefore), chartLongest)
	step := (long / stretches).Round(time.Minute)
	times, err := v.site.API.Standings.TimesOf(ctx, check, from, step, stretches)
	if err != nil || len(times) == 0 {
		return nil, err
	}
	slices.SortStableFunc(times, func(a, b statuspage.RegionTimes) int { return v.place(a.Region) - v.place(b.Region) })
	plots, top := statuspage.DrawPlots(times, 0)
	view := &chartView{
		ID: "numbers-" + check, Top: took(top), Start: int(plotWide * chartBefore / (step * stretches)), Began: iso(since),
		Marks: marksOf(v.related, from, from.Add(step*stretches)), Rows: v.site.stampRows(times, from, step, v.now),
	}
	view.Label = "How long answers took from " + v.site.clock(from, v.now) + " on, and when it failed; the incident began at " + v.site.clock(since, v.now) + "."
	if view.Marks != "" {
		view.Label += " " + marksSaid
	}
	for k, p := range plots {
		view.Plots = append(view.Plots, startPlot{p, v.site.API.regionName(times[k].Region)})
	}
	for quarter := range 5 {
		view.Axis = append(view.Axis, v.site.clock(from.Add(time.Duration(quarter)*step*stretches/4), v.now))
	}
	return view, nil
}
