package incident

import (
	"maps"
	"slices"
	"time"
)

// Merge makes one incident part of another: its components go on there, and
// it is over.
type Merge struct {
	Incident string `json:"incident"`
	Into     string `json:"into"`
}

func (c Merge) act() (action, object string) { return "incident merged into " + c.Into, c.Incident }

func (c Merge) apply(d *decider, by By) (string, error) {
	inc, err := d.open(c.Incident)
	if err != nil {
		return "", err
	}
	into, err := d.open(c.Into)
	switch {
	case err != nil:
		return "", err
	case inc == into:
		return "", refuse(Invalid, "an incident is not merged into itself")
	case inc.Public() && !into.Public():
		return "", refuse(Conflict, "incident %s is public and incident %s is for staff alone: merge the other way round", inc.ID, into.ID)
	}
	team := d.policy.team(into)
	for i := range inc.Affected {
		a := &inc.Affected[i]
		if !into.Affects(a.Component) {
			into.Affected = append(into.Affected, *a)
		}
		if a.Until.IsZero() {
			a.Until = d.now
		}
	}
	if inc.Since.Before(into.Since) {
		into.Since = inc.Since
	}
	for _, id := range slices.Sorted(maps.Keys(d.state.Overrides)) {
		if o := d.state.Overrides[id]; o.Incident == inc.ID {
			o.Incident = into.ID
			d.Overrides = append(d.Overrides, OverrideChange{Override: *o})
		}
	}
	d.mergeReports(inc.ID, into.ID)
	into.Care.Locked = into.Care.Locked || inc.Care.Locked || inc.ByHand()
	for _, lead := range inc.Care.Leads {
		if !slices.Contains(into.Care.Leads, lead) {
			into.Care.Leads = append([]string{lead}, into.Care.Leads...)
		}
	}
	for component, eased := range inc.Care.Eased {
		if _, known := into.Care.Eased[component]; !known {
			into.Care.keepEased(component, eased)
		}
	}
	d.joined[into.ID] = true // it owes what its new components are promised
	owed := inc.Promise
	d.end(inc)
	inc.Care.MergedInto = into.ID
	if inc.Public() {
		d.publish(inc, Update{Kind: Ended, Text: "We go on with this as part of another incident: " + into.Name + ".", By: by.String()})
	} else {
		d.endPromise(inc, Over)
	}
	d.note(inc, Entry{Kind: Event, By: by.Person, Text: "Merged into incident " + into.ID + ", " + into.Name + "."})
	d.note(into, Entry{Kind: Event, By: by.Person, Text: "Took in incident " + inc.ID + ", " + inc.Name + "."})
	d.inherit(into, inc, team)
	d.endClocks(inc, Over)
	if owed != nil && into.Public() {
		d.oweBy(into, owed.Kind, owed.Due)
	}
	d.inheritRevision(into, inc)
	return into.ID, nil
}

// Split takes components out of an incident, which go on as one of their own.
type Split struct {
	Incident   string   `json:"incident"`
	Components []string `json:"components"`
	Reason     string   `json:"reason"`
}

func (c Split) act() (action, object string) { return "incident split", c.Incident }

func (c Split) apply(d *decider, by By) (string, error) {
	inc, err := d.open(c.Incident)
	if err != nil {
		return "", err
	}
	reason, err := written("the reason", c.Reason)
	if err != nil {
		return "", err
	}
	if len(c.Components) == 0 {
		return "", refuse(Invalid, "it is not said which components are split off")
	}
	fails := false
	for _, id := range c.Components {
		if !inc.Affects(id) {
			return "", refuse(NotFound, "incident %s is not about component %q", inc.ID, id)
		}
		fails = fails || d.state.Components[id].Status.Badness() > 0
	}
	if !fails {
		return "", refuse(Conflict, "nothing of that fails now: what works is no incident of its own")
	}
	goes := func(a Affected) bool { return slices.Contains(c.Components, a.Component) }
	stays := slices.DeleteFunc(slices.Clone(inc.Affected), goes)
	if len(stays) == 0 {
		return "", refuse(Invalid, "an incident keeps one component at least")
	}
	own := &Incident{ID: newID(d.now, "split/"+inc.ID), Phase: Investigating, Opened: d.now}
	own.Affected = slices.DeleteFunc(slices.Clone(inc.Affected), func(a Affected) bool { return !goes(a) })
	for _, a := range own.Affected {
		if own.Since.IsZero() || a.From.Before(own.Since) {
			own.Since = a.From
		}
		d.Left = append(d.Left, Left{inc.ID, a.Component})
	}
	own.Name = d.policy.public.tell(own, false)
	d.turn(own)
	// What was public stays public, and what was promised is promised still.
	own.Worst, own.Care.Told = inc.Worst, usedChannels(inc, inc.Care.Told)
	own.Care.Reached, own.Care.Leads = inc.Care.Reached, slices.Clone(inc.Care.Leads)
	own.Care.Locked, own.Care.Eased = inc.Care.Locked || inc.ByHand(), maps.Clone(inc.Care.Eased)
	if inc.Promise != nil {
		d.oweBy(own, inc.Promise.Kind, inc.Promise.Due)
	}
	for _, id := range slices.Sorted(maps.Keys(d.state.Overrides)) {
		if o := d.state.Overrides[id]; o.Incident == inc.ID && slices.Contains(c.Components, id) {
			o.Incident = own.ID
			d.Overrides = append(d.Overrides, OverrideChange{Override: *o})
		}
	}
	for _, r := range d.state.openReports() {
		if r.Incident == inc.ID && slices.Contains(c.Components, r.Component) {
			r.Incident = own.ID
			d.keepReport(r)
		}
	}
	inc.Affected, inc.EaseSince = stays, time.Time{}
	if !inc.ByHand() {
		inc.Name = d.policy.public.tell(inc, false)
	}
	d.state.Incidents[own.ID] = own
	if inc.Care.Revision != nil { // what a person judged, a person revises
		r := *inc.Care.Revision
		r.Reason = judgedOf(inc, r.Reason)
		facts, _ := d.policy.grade(own, d.state, d.now)
		d.judged(own, r, facts.Facts)
	}
	if decision, told := d.policy.grade(inc, d.state, d.now); told && inc.Care.Revision == nil {
		d.regraded(inc, decision) // what is left is another matter
	}
	d.note(inc, Entry{Kind: Event, By: by.Person, Text: "Split: " + own.Name + " goes on as incident " + own.ID + ": " + reason})
	d.note(own, Entry{Kind: Event, By: by.Person, Text: "Split off from incident " + inc.ID + ", " + inc.Name + ": " + reason})
	return own.ID, nil
}

// Left is a component that an incident is not about any more.
type Left struct{ Incident, Component string }
