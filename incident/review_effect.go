package incident

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"daymark/internal/expression"
)

// RunCount is how the runs of a check in a region ended in a time.
type RunCount struct {
	Check, Region string
	Name          string // of the check, for people
	Journey       bool   // it is what a user does, step by step
	RegionName    string // for people
	Failed        int
	Degraded      int
	Told          int // all that could tell, those two among them
}

// effect tells who were affected and for how long, from what is stored.
func (d *Draft) effect(line func(format string, args ...any)) {
	inc, r := &d.Incident, &d.Review
	for _, a := range inc.Affected {
		until, end := "now", d.Now
		if !a.Until.IsZero() {
			until, end = d.clock(a.Until), a.Until
		}
		name, word := a.Component, string(a.Worst)
		if d.Component != nil {
			name = d.Component(name)
		}
		if d.Word != nil {
			word = d.Word(a.Worst)
		}
		line("- %s: %s at its worst, from %s until %s (%s)", markdown(name), word, d.clock(a.From), until, lasted(a.From, end))
	}
	for _, n := range d.Runs {
		if n.Failed+n.Degraded == 0 {
			continue
		}
		what := "check"
		if n.Journey {
			what = "journey"
		}
		line("- %s %s from %s: %d of %d runs that could tell failed, %d degraded", what, markdown(cmp.Or(n.Name, n.Check)), markdown(cmp.Or(n.RegionName, n.Region)), n.Failed, n.Told, n.Degraded)
	}
	if regions := d.regions(); len(regions) > 0 {
		line("- regions that updates named: %s", markdown(strings.Join(regions, ", ")))
	}
	if len(d.Reports) > 0 {
		people := map[string]bool{}
		for i := range d.Reports {
			people[cmp.Or(d.Reports[i].Contact, d.Reports[i].ID)] = true
		}
		first, last := d.Reports[0].At, d.Reports[len(d.Reports)-1].At
		line("- %s of users, by %s, from %s until %s", counted(len(d.Reports), "report", "reports"), counted(len(people), "person", "people"), d.clock(first), d.clock(last))
	}
	if r.Users > 0 {
		line("- %d users were affected (a number given by hand)", r.Users)
	}
}

// regions lists from where visitors were told that something fails, in the
// order in which they were.
func (d *Draft) regions() []string {
	var all []string
	seen := map[string]bool{}
	add := func(text string) {
		if !seen[text] {
			seen[text] = true
			all = append(all, text)
		}
	}
	for i := range d.Incident.Updates {
		for _, f := range d.Incident.Updates[i].Findings {
			switch {
			case f.Status.Badness() == 0:
			case f.Everywhere:
				add("every region")
			default:
				for _, id := range f.Regions {
					name := id
					if d.Region != nil {
						name = d.Region(id)
					}
					add(name)
				}
			}
		}
	}
	return all
}

// severities tells which severity held from when until when, and why.
func (d *Draft) severities(line func(format string, args ...any)) {
	for i := range d.Severities {
		s := &d.Severities[i]
		if !d.Incident.Resolved.IsZero() && s.At.After(d.Incident.Resolved) {
			continue
		}
		end, until := cmp.Or(d.Incident.Resolved, d.Now), "now"
		if !d.Incident.Resolved.IsZero() {
			until = d.clock(end)
		}
		if i+1 < len(d.Severities) {
			end, until = d.Severities[i+1].At, d.clock(d.Severities[i+1].At)
		}
		line("- from %s until %s (%s): %s", d.clock(s.At), until, lasted(s.At, end), markdown(strings.Join(strings.Fields(s.Reason), " ")))
	}
}

func lasted(from, until time.Time) string {
	return expression.FormatDuration(until.Sub(from).Round(time.Second))
}

func counted(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
