package statuspage

import (
	"cmp"
	"strconv"
	"time"

	"daymark/incident"
	"daymark/internal/civil"
	"daymark/internal/lang"
)

// sectionViews gives the groups with their components.
func (b *builder) sectionViews() []SectionView {
	var views []SectionView
	all := b.sections()
	for _, s := range all {
		v := SectionView{ID: "g-other", Name: b.sentence("other-services")}
		switch {
		case s.group != nil:
			v.ID, v.Name = "g-"+s.group.ID, cmp.Or(s.group.Names[b.Tag], s.group.Name)
		case len(all) == 1:
			v.Name = b.sentence("services")
		}
		v.Components = make([]ComponentView, len(s.components))
		_ = eachOf(len(s.components), func(i int) error { // nothing in it fails
			v.Components[i] = b.componentView(s.components[i])
			return nil
		})
		if len(all) > 1 && len(b.Components) >= foldFrom {
			v.Fold = b.fold(v.ID, s.components)
		}
		views = append(views, v)
	}
	return views
}

// fragmentID is the id of a component's fragment.
func fragmentID(component string) string { return "c-" + component }

// componentView is one component with its 90 days.
func (b *builder) componentView(c incident.Component) ComponentView {
	state, known := b.snapshot.Components[c.ID]
	status := b.status(c.ID)
	v := ComponentView{ID: fragmentID(c.ID), Name: b.name(c.ID), Link: componentPath(c.ID), Status: status, Word: b.statusWord(status)}
	if !known {
		v.Word = b.sentence("not-measured-yet")
	}
	if shows(c, "regions") {
		v.Regions = b.regionViews(status, b.seen(c, state.Regions))
	}
	v.Answers = b.answersIn(c)
	if shows(c, "uptime") {
		v.Strip = b.strip(c, state)
	}
	return v
}

// regionViews speaks of regions where they differ, and where all of them see
// what is wrong. Names of checks and what they wrote are for staff alone.
func (b *builder) regionViews(status incident.Status, regions []RegionState) []string {
	differ := false
	var names, said []string
	for _, r := range regions {
		differ = differ || r.Outcome != regions[0].Outcome
		names = append(names, b.region(r.Region))
		said = append(said, b.regionSees(b.region(r.Region), r.Outcome))
	}
	switch {
	case differ:
		return said
	case len(regions) > 0 && status.Badness() > 0:
		if everywhere := b.downFrom(status, regions[0].Outcome, names); everywhere != "" {
			return []string{everywhere}
		}
	}
	return nil
}

// strip shows a component's days and its uptime.
func (b *builder) strip(c incident.Component, state ComponentState) *Strip {
	today := civil.Day(b.now.In(b.Zone))
	days := lastDays(state.Days, today)
	statuses := make([]incident.Status, len(days))
	for i, d := range days {
		statuses[i] = dayStatus(d)
	}
	s := &Strip{ID: fragmentID(c.ID) + "-days", Width: stripWidth(len(days)), From: b.Day(days[0].Date), Until: today.Format(time.DateOnly)}
	s.Good, s.Marks = drawStrip(statuses)
	u := countUptime(days, b.Options.Uptime.Maintenance != "counted")
	switch {
	case u.checks > 0:
		s.Figure, s.Rest = b.Percent(u.hundredths()), b.uptimeRest(u.checks, b.gap(u), u.first, today)+b.uptimeMaintained(u.maintained, u.excused)
	default:
		s.Figure = b.sentence("no-figure-yet")
		if within, ok := nextCheck(c, b.now); ok && !u.measured {
			s.Rest = b.firstCheck("first-check", within)
		}
	}
	s.Days = b.dayViews(c.ID, days, statuses)
	switch {
	case len(s.Days) > 0:
	case u.measured:
		s.Empty = b.sentence("good-days")
	default:
		s.Empty, s.None = b.sentence("nothing-measured"), true
	}
	return s
}

// dayViews lists the days worth a word, newest first. Days in a row that were
// not measured are one entry; those before the first measure are only told
// as where measuring begins.
func (b *builder) dayViews(component string, days []Day, statuses []incident.Status) []DayView {
	first := 0 // day that was measured first
	for first < len(days) && days[first].Checks+days[first].Unknown == 0 {
		first++
	}
	if first == len(days) {
		return nil
	}
	var views []DayView
	for at := len(days) - 1; at >= first; at-- {
		from := at
		for statuses[at] == incident.Unmeasured && from > first && statuses[from-1] == incident.Unmeasured {
			from--
		}
		said := b.daySays(days[at], b.status(component), at == len(days)-1)
		if len(said) > 0 {
			span := 0
			if from < at {
				span = at - from + 1
			}
			views = append(views, DayView{
				ISO:   days[at].Date.Format(time.DateOnly),
				Span:  span,
				Text:  b.daySpan(days[from].Date, days[at].Date),
				Said:  said,
				Links: b.dayLinks(component, days[from].Date, civil.Plus(days[at].Date, 1)),
			})
		}
		at = from
	}
	if first > 0 {
		d := days[first].Date
		views = append(views, DayView{ISO: d.Format(time.DateOnly), First: true, Text: b.ShortDay(d), Said: []string{b.measuredFrom(first == len(days)-1)}})
	}
	return views
}

// daySpan writes "1 Dec", "3–4 Oct" or "30 Sept – 2 Oct".
func (s speech) daySpan(from, to time.Time) string {
	switch {
	case from.Equal(to):
		return s.ShortDay(to)
	case from.Month() == to.Month():
		return s.Text("time.days", lang.Values{"from": strconv.Itoa(from.Day()), "to": s.ShortDay(to)})
	}
	return s.ShortDay(from) + " – " + s.ShortDay(to)
}

// daySays is what happened on a day, a sentence each; none on a good day.
func (b *builder) daySays(d Day, status incident.Status, lasts bool) []string {
	var said []string
	now := b.now
	for _, part := range []struct {
		status incident.Status
		d      time.Duration
	}{{incident.Down, d.Down}, {incident.PartlyDown, d.Partial}, {incident.Slow, d.Degraded}, {incident.Maintenance, d.Maintenance}} {
		if part.d > 0 {
			said = append(said, b.dayHad(part.status, part.d, lasts && part.status == status && sinceDays(d.Date, now.In(b.Zone)) == 0))
		}
	}
	if d.Struck {
		said = append(said, b.sentence("day-struck"))
	}
	runs := d.Checks + d.Unknown
	switch {
	case d.Covered && runs == 0: // none was due
	case d.Checks == 0 && len(said) == 0:
		said = append(said, b.sentence("not-measured-day"))
	case d.unmeasured() >= 0.05:
		said = append(said, b.dayPartlyMeasured(b.Percent(int64(d.unmeasured()*100+1e-9)*100)))
	}
	return said
}

// dayLinks are the incidents that a component had between two times.
func (b *builder) dayLinks(component string, from, to time.Time) []Link {
	var links []Link
	for _, list := range [][]incident.Incident{b.snapshot.Open, b.snapshot.Recent, b.snapshot.Earlier} {
		for _, i := range list {
			for _, a := range i.Affected {
				if a.Component == component && a.From.Before(to) && (a.Until.IsZero() || a.Until.After(from)) {
					links = append(links, Link{Text: b.called(&i), To: incidentPath(i.ID)})
					break
				}
			}
		}
	}
	return links
}
