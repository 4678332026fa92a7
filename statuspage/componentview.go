package statuspage

import (
	"slices"
	"strings"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/internal/civil"
	"daymark/internal/lang"
)

// componentPage is what the page of one component says.
type componentPage struct {
	Frame    frame
	ID       string
	Watch    string // the fragments of the overview that speak of it too
	Status   incident.Status
	Sentence string
	Word     string
	Since    Line
	About    string // what it is
	Open     []PastView
	Planned  []PlannedView
	Strip    *Strip
	Uptime   []uptimeRow
	How      []string // the uptime was worked out, a paragraph each

	Objectives *objectivesView // nil: none is public

	Times   *Times
	Regions []regionRow
	Past    []PastView
	Rest    string
	Earlier string // where the rest is
}

// uptimeRow is the uptime of one period.
type uptimeRow struct {
	Period, Figure, Rest string
	Clock                []string // the same by the clock, a sentence each
}

// regionRow is what one region sees.
type regionRow struct {
	Name   string
	Status incident.Status
	Word   string
	Last   Line
}

// viewComponent says one component in words. It is pure but for the frame,
// which is the caller's.
func viewComponent(layout *Layout, c incident.Component, snapshot *Snapshot, h *ComponentHistory, objectives []ObjectiveStanding, now time.Time) componentPage {
	own := *snapshot
	own.Open, own.Recent, own.Earlier = nil, nil, nil
	for _, i := range h.Incidents {
		if i.Open() {
			own.Open = append(own.Open, i)
		} else {
			own.Recent = append(own.Recent, i)
		}
	}
	b := &builder{Layout: layout, snapshot: &own, now: now}
	state, known := own.Components[c.ID]
	status := b.status(c.ID)
	v := componentPage{
		ID: c.ID, Watch: fragmentID(c.ID) + " facts planned past", Status: status, Word: b.statusWord(status),
		Sentence: b.componentSays(c.ID, status, known), About: c.Description,
	}
	if known {
		v.Since = b.place("component-since", b.clockToday(state.Since, now, b.Zone))
	}
	for i := range own.Open {
		v.Open = append(v.Open, b.pastView(&own.Open[i]))
	}
	for i := range own.Recent {
		v.Past = append(v.Past, b.pastView(&own.Recent[i]))
	}
	v.Rest = b.sentence("component-no-more")
	if len(v.Past)+len(v.Open) == 0 {
		v.Rest = b.sentence("component-none")
	}
	v.Earlier = past{component: c.ID}.address()
	v.Planned = b.plannedFor(c.ID)
	if shows(c, "uptime") {
		v.Strip = b.strip(c, state)
		v.Uptime = b.uptimeRows(&state)
		v.How = b.uptimeHow()
	}
	v.Objectives = b.objectivesOf(c.ID, objectives)
	v.Times = b.times(c, h)
	if shows(c, "regions") {
		v.Regions = b.regionRows(c, state.Regions)
	}
	return v
}

// componentSays is the sentence of the page.
func (b *builder) componentSays(id string, status incident.Status, known bool) string {
	switch {
	case !known:
		return b.with("component-unmeasured-yet", lang.Values{"name": b.name(id)})
	case status == incident.Operational:
		return b.with("component-works", lang.Values{"name": b.name(id)})
	}
	return strings.TrimSuffix(b.componentIs(b.name(id), status), ".") + "."
}

// plannedFor lists the maintenance of one component.
func (b *builder) plannedFor(id string) []PlannedView {
	own := *b.snapshot
	own.Maintenances = slices.DeleteFunc(slices.Clone(own.Maintenances), func(m incident.PlannedMaintenance) bool {
		return !slices.Contains(m.Components, id)
	})
	one := *b
	one.snapshot = &own
	return one.planned().Items
}

// uptimeRows gives the uptime of the last day, week, month and quarter.
func (b *builder) uptimeRows(state *ComponentState) []uptimeRow {
	days, hours := lastDays(state.Days, civil.Day(b.now.In(b.Zone))), state.Hours
	excused := b.Options.Uptime.Maintenance != "counted"
	hours = slices.Clone(hours)
	for i := range hours {
		// Runs in a maintenance are not counted apart by the hour.
		if h := &hours[i]; h.Maintenance > 0 {
			h.Excused = Runs{Checks: h.Checks, Failed: h.Failed, Slow: h.Slow, Unknown: h.Unknown}
		}
	}
	row := func(period string, of []Day, end func(Day) time.Time) uptimeRow {
		return b.uptimeRow(period, of, excused, begun(days, hours, state.Created), end)
	}
	return []uptimeRow{
		row("component-period-hours", hours, func(h Day) time.Time { return h.Date.Add(time.Hour) }),
		row("component-period-week", days[len(days)-7:], nextDay),
		row("component-period-month", days[len(days)-30:], nextDay),
		row("component-period-quarter", days, nextDay),
	}
}

// begun is when the first run of all was, to the hour, where that is one of the
// last day's, but not before the component was known; zero: it was before, or
// there was none.
func begun(days, hours []Day, known time.Time) time.Time {
	ran := func(d Day) bool { return d.Checks+d.Unknown > 0 || d.Covered }
	day, hour := slices.IndexFunc(days, ran), slices.IndexFunc(hours, ran)
	if day < 0 || hour < 0 {
		return time.Time{}
	}
	// Hours begin within a day: what is measured from their first on may have
	// been measured before.
	if h := hours[hour].Date; (hour > 0 || !h.After(days[day].Date)) && !h.Before(days[day].Date) && h.Before(nextDay(days[day])) {
		if known.After(h) && known.Before(h.Add(time.Hour)) {
			return known
		}
		return h
	}
	return time.Time{}
}

func nextDay(d Day) time.Time { return civil.Plus(d.Date, 1) }

func (b *builder) uptimeRow(period string, days []Day, excused bool, begun time.Time, end func(Day) time.Time) uptimeRow {
	row := uptimeRow{Period: b.sentence(period), Figure: b.sentence("no-figure-yet")}
	u := countUptime(days, excused)
	if u.checks == 0 {
		if u.measured {
			row.Rest = b.with("component-all-gap", lang.Values{"share": b.gap(u)})
		}
		return row
	}
	today := civil.Day(b.now.In(b.Zone))
	if len(days) < 30 && end(days[0]).Sub(days[0].Date) <= time.Hour {
		u.first = time.Time{} // which hour it was is not worth a date
	}
	row.Figure = b.Percent(u.hundredths())
	row.Rest = b.uptimeRest(u.checks, b.gap(u), u.first, today) + b.uptimeMaintained(u.maintained, u.excused)
	if row.Clock = b.clockUptime(days, excused, begun, end); row.Clock == nil {
		row.Clock = []string{b.sentence("component-clock-nothing")}
	}
	return row
}

// clockUptime says the same by the clock: time in each status, weighed as the
// configuration says. Nil: nothing was wrong.
func (b *builder) clockUptime(days []Day, excused bool, begun time.Time, end func(Day) time.Time) []string {
	var down, partial, degraded, maintained, all time.Duration
	for _, d := range days {
		until := end(d)
		if until.After(b.now) {
			until = b.now
		}
		from := latest(d.Date, begun)
		if until.After(from) {
			all += time.Duration(float64(until.Sub(from)) * (1 - d.unmeasured()))
		}
		down, partial, degraded, maintained = down+d.Down, partial+d.Partial, degraded+d.Degraded, maintained+d.Maintenance
	}
	if down+partial+degraded == 0 {
		return nil
	}
	if excused {
		all -= maintained
	}
	lost := float64(down) + b.Options.Uptime.Partial*float64(partial) + b.Options.Uptime.Degraded*float64(degraded)
	all = max(all, down+partial+degraded) // what was told by the status was measured
	said := []string{b.with("component-clock", lang.Values{"share": b.Percent(int64(10000 * (1 - lost/float64(all))))})}
	for _, part := range []struct {
		status incident.Status
		d      time.Duration
	}{{incident.Down, down}, {incident.PartlyDown, partial}, {incident.Slow, degraded}} {
		if part.d >= time.Second { // what it passed through is no word
			said = append(said, b.dayHad(part.status, part.d, false))
		}
	}
	return said
}

// uptimeHow says how uptime is worked out.
func (b *builder) uptimeHow() []string {
	share := func(weight float64) string { return b.Percent(int64(weight*100+0.5) * 100) }
	how := []string{
		b.sentence("component-how-runs"),
		b.with("component-how-clock", lang.Values{"partly": share(b.Options.Uptime.Partial), "slow": share(b.Options.Uptime.Degraded)}),
	}
	if b.Options.Uptime.Maintenance == "counted" {
		return append(how, b.sentence("component-how-counted"))
	}
	return append(how, b.sentence("component-how-excluded"))
}

// regionRows says what each region that the component is measured from sees.
func (b *builder) regionRows(c incident.Component, seen []RegionState) []regionRow {
	var rows []regionRow
	current := b.seen(c, seen)
	for _, id := range measuredFrom(c, seen) {
		row := regionRow{Name: b.region(id), Status: incident.Unmeasured, Last: plain(b.sentence("not-measured-yet"))}
		if at := slices.IndexFunc(current, func(r RegionState) bool { return r.Region == id }); at >= 0 {
			row.Status = outcomeStatus(current[at].Outcome)
			row.Last = b.place("last-checked", b.clock(current[at].At, b.now, b.Zone))
		}
		row.Word = b.statusWord(row.Status)
		rows = append(rows, row)
	}
	return rows
}

// seen is what the regions that measure a component see of it now: what is too
// old to tell is unknown, and a region that its checks left is none of them.
func (b *builder) seen(c incident.Component, regions []RegionState) []RegionState {
	named := measuredFrom(c, regions)
	var now []RegionState
	for _, r := range regions {
		if !slices.Contains(named, r.Region) {
			continue
		}
		if fresh := b.freshFor(c, r.Region); fresh > 0 && b.now.Sub(r.At) > fresh {
			r.Outcome = string(checker.Unknown)
		}
		now = append(now, r)
	}
	return now
}

// measuredFrom lists the regions that a component's checks name, or, where
// they name none, those that have seen it.
func measuredFrom(c incident.Component, seen []RegionState) []string {
	var all []string
	for _, check := range c.Checks {
		for _, region := range check.Regions {
			if !slices.Contains(all, region) {
				all = append(all, region)
			}
		}
	}
	if len(all) == 0 {
		for _, r := range seen {
			all = append(all, r.Region)
		}
	}
	return all
}

// freshFor is how long what a region saw of a component tells anything; 0:
// that is not known.
func (l *Layout) freshFor(c incident.Component, region string) time.Duration {
	longest := time.Duration(0)
	for i := range c.Checks {
		if !slices.Contains(c.Checks[i].Regions, region) {
			continue
		}
		if stale, err := incident.StaleAfter(&c.Checks[i], l.lease); err == nil {
			longest = max(longest, stale)
		}
	}
	return longest
}

func outcomeStatus(outcome string) incident.Status {
	switch checker.Outcome(outcome) {
	case checker.OK:
		return incident.Operational
	case checker.Degraded:
		return incident.Slow
	case checker.Failed:
		return incident.Down
	}
	return incident.Unmeasured
}
