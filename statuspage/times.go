package statuspage

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/internal/lang"
)

// Times is the chart of response times, and all that it says in words.
type Times struct {
	Label string // the chart in words
	Lead  string
	Over  bool   // values pass the limit, or there is none: Top stands at the top
	Top   string // of the scale; over the limit else
	Zero  string
	Plots []TimesPlot
	Axis  []string // from the left
	Note  string   // what the dashed line is; empty: there is none

	Regions []string // heads of the table
	Rows    []TimesRow
	Seldom  string // instead of all that: why there is no chart
}

// TimesPlot is one region.
type TimesPlot struct {
	Plot
	Region string
	Now    string          // how long it takes now; empty: Word says why not
	Status incident.Status // of Word
	Word   string
}

// TimesRow is one stretch of time in the table.
type TimesRow struct {
	At    Moment
	Cells []string
}

// steps are the lengths that a bucket may have.
var steps = []time.Duration{15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour, 4 * time.Hour, 6 * time.Hour}

// timed chooses the check whose response times a component publishes: the
// first with a limit on them, else the first that we run. A step of zero says
// that it runs too seldom for a chart; nil, that there is no such check.
func timed(c incident.Component) (check *checker.Check, step time.Duration) {
	for i := range c.Checks {
		if c.Checks[i].Heartbeat != nil {
			continue
		}
		if check == nil || (SlowFrom(check) == 0 && SlowFrom(&c.Checks[i]) > 0) {
			check = &c.Checks[i]
		}
	}
	if check == nil {
		return nil, 0
	}
	gap, err := checker.LongestGap(check.Schedule)
	if err != nil {
		return check, steps[0] // no schedule: the configuration has refused wrong ones
	}
	// Two runs a bucket, so that one that comes late leaves no hole.
	for _, step := range steps {
		if step >= 2*gap {
			return check, step
		}
	}
	return check, 0
}

var latencyLimit = regexp.MustCompile(`^\s*latency\s*>=?\s*duration\(\s*["']([^"']+)["']\s*\)\s*$`)

// SlowFrom is the latency from which a check calls its target slow, where one
// of its expressions says that and nothing else; 0: none does.
func SlowFrom(check *checker.Check) time.Duration {
	for _, expression := range check.Degraded {
		if m := latencyLimit.FindStringSubmatch(expression); m != nil {
			if limit, err := time.ParseDuration(m[1]); err == nil && limit > 0 {
				return limit
			}
		}
	}
	return 0
}

// ask is what is to be read for a component's page.
func ask(c incident.Component) ComponentAsk {
	a := ComponentAsk{ID: c.ID}
	if check, step := timed(c); check != nil && step > 0 && shows(c, "response_time") {
		a.Timed, a.Step = check.ID, step
	}
	return a
}

// answersIn says how long a component takes on average; "" where it does not
// publish that, or nothing answered.
func (b *builder) answersIn(c incident.Component) string {
	if !shows(c, "response_time") {
		return ""
	}
	check, _ := timed(c)
	if check == nil || b.snapshot.Answers[check.ID] <= 0 {
		return ""
	}
	return b.with("component-answers", lang.Values{"time": b.Latency(b.snapshot.Answers[check.ID])})
}

// times draws what a component publishes of its response times; nil: nothing.
func (b *builder) times(c incident.Component, h *ComponentHistory) *Times {
	if !shows(c, "response_time") {
		return nil
	}
	check, step := timed(c)
	switch {
	case check == nil:
		return nil
	case step == 0:
		return &Times{Seldom: b.sentence("component-seldom")}
	}
	limit, all := SlowFrom(check), timesOf(check, h, step)
	if !slices.ContainsFunc(all, RegionTimes.measured) {
		return &Times{Seldom: b.sentence("component-no-times")}
	}
	top := plotTop(all, limit)
	t := &Times{Zero: b.Number(0), Lead: b.sentence("component-times-lead")}
	t.Top, t.Over = b.Latency(top), true
	if limit > 0 {
		t.Note = b.with("component-limit", lang.Values{"time": b.Latency(limit)})
		if over := time.Duration(float64(limit) / limitShare); top <= over {
			t.Top, t.Over = b.Latency(limit), false
		}
	}
	says := []string{b.with("component-plot-label", lang.Values{"name": b.name(c.ID)})}
	for _, r := range all {
		plot := TimesPlot{Plot: drawPlot(r.Buckets, top, limit), Region: b.region(r.Region)}
		says = append(says, b.plotSays(&plot, r))
		t.Plots, t.Regions = append(t.Plots, plot), append(t.Regions, plot.Region)
	}
	if t.Note != "" {
		says = append(says, t.Note)
	}
	t.Label = strings.Join(says, " ")
	from := h.Until.Add(-TimesWindow)
	for quarter := range 5 {
		t.Axis = append(t.Axis, b.clock(from.Add(time.Duration(quarter)*TimesWindow/4), b.now, b.Zone).Text)
	}
	for i := int(TimesWindow/step) - 1; i >= 0; i-- {
		row := TimesRow{At: b.clock(from.Add(time.Duration(i)*step), b.now, b.Zone)}
		for _, r := range all {
			row.Cells = append(row.Cells, b.cell(r.Buckets[i]))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// timesOf gives the regions that a check runs in, as it names them; one that
// nothing is known of was not measured.
func timesOf(check *checker.Check, h *ComponentHistory, step time.Duration) []RegionTimes {
	var all []RegionTimes
	empty := make([]TimesBucket, TimesWindow/step)
	for _, region := range check.Regions {
		one := RegionTimes{Region: region, Buckets: empty}
		if at := slices.IndexFunc(h.Times, func(r RegionTimes) bool { return r.Region == region }); at >= 0 && len(h.Times[at].Buckets) == len(empty) {
			one = h.Times[at]
		}
		all = append(all, one)
	}
	return all
}

// plotSays puts a region's times into words, over its plot and as a sentence.
func (b *builder) plotSays(p *TimesPlot, r RegionTimes) string {
	last, most := r.Buckets[len(r.Buckets)-1], time.Duration(0)
	for _, bucket := range r.Buckets {
		if bucket.state() == bucketAnswered {
			most = max(most, bucket.mean())
		}
	}
	state := last.state()
	if state == bucketNone && len(r.Buckets) > 1 {
		// The newest runs may still be on their way.
		if before := r.Buckets[len(r.Buckets)-2]; b.now.Sub(r.Told) < TimesWindow/time.Duration(len(r.Buckets)) {
			last, state = before, before.state()
		}
	}
	switch {
	case state == bucketAnswered:
		p.Now = b.Latency(last.mean())
		return b.with("component-plot-now", lang.Values{"region": p.Region, "now": p.Now, "most": b.Latency(most)})
	case state == bucketFailed && r.Answered.IsZero():
		p.Status, p.Word = incident.Down, b.sentence("component-plot-fails")
	case state == bucketFailed:
		p.Status, p.Word = incident.Down, b.at("component-plot-fails-since", b.clock(r.Answered, b.now, b.Zone).Text)
	case r.Told.IsZero():
		p.Status, p.Word = incident.Unmeasured, b.statusWord(incident.Unmeasured)
	default:
		p.Status, p.Word = incident.Unmeasured, b.at("component-plot-unmeasured-since", b.clock(r.Told, b.now, b.Zone).Text)
	}
	return b.with("component-plot-says", lang.Values{"region": p.Region, "what": p.Word})
}

// cell is one stretch of one region in the table.
func (b *builder) cell(bucket TimesBucket) string {
	switch bucket.state() {
	case bucketAnswered:
		return b.Latency(bucket.mean())
	case bucketFailed:
		return b.sentence("component-cell-fails")
	}
	return b.sentence("unknown-day")
}
