package incident

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// maxName bounds, in characters, the name of an incident that a person opens.
const maxName = 200

// Open opens an incident by hand. Daymark never ends it. The statuses that it
// gives to components stand until it is over.
type Open struct {
	Name       string          `json:"name"` // what users notice
	Severity   Severity        `json:"severity"`
	Components []OpenComponent `json:"components"` // may be empty
	What       string          `json:"what"`       // the first update, which needs a severity better known than P4; may be empty
	Doing      string          `json:"doing"`
	YouCan     string          `json:"you_can"`
}

// OpenComponent is a component of an incident that a person opens; its status
// "" leaves it to the checks.
type OpenComponent struct {
	Component string `json:"component"`
	Status    Status `json:"status"`
}

func (c Open) act() (action, object string) { return "incident opened", c.Name }

func (c Open) apply(d *decider, by By) (string, error) {
	name, err := written("the name", c.Name)
	if err == nil && (utf8.RuneCountInString(name) > maxName || strings.ContainsAny(name, "\r\n")) {
		err = refuse(Invalid, "the name heads a page and a message: it has one line, and %d characters at most", maxName)
	}
	if err != nil {
		return "", err
	}
	if c.Severity < P1 || c.Severity > P4 {
		return "", refuse(Invalid, "an incident that is opened by hand needs a severity: P1, P2, P3 or P4")
	}
	text := ""
	if c.What != "" {
		if text, err = compose(c.What, c.Doing, c.YouCan); err != nil {
			return "", err
		}
		if c.Severity == P4 {
			return "", refuse(Invalid, "a P4 incident is for staff alone: no update of it is published")
		}
	}
	if c.Severity == P4 && slices.ContainsFunc(c.Components, func(oc OpenComponent) bool { return oc.Status != "" }) {
		return "", refuse(Invalid, "a P4 incident is for staff alone, and visitors see the status of a component: leave the status out, or open it as P1, P2 or P3")
	}
	if err := d.mayOpen(c.Components); err != nil {
		return "", err
	}
	inc := &Incident{ID: newID(d.now, "by hand/"+name), Name: name, Phase: Investigating, Since: d.now, Opened: d.now}
	inc.Care.OpenedBy = by.String()
	if d.state.Incidents[inc.ID] != nil {
		return "", refuse(Conflict, "that incident was opened a moment ago")
	}
	d.state.Incidents[inc.ID] = inc
	for _, oc := range c.Components {
		if oc.Status != "" {
			d.override(d.policy.components[oc.Component], Override{
				Component: oc.Component, Status: oc.Status, Reason: name, By: by.String(), Incident: inc.ID,
			})
		}
		inc.Affected = append(inc.Affected, Affected{Component: oc.Component, Status: oc.Status, Worst: oc.Status, From: d.now})
	}
	d.judge(nil, true)
	d.refresh(inc)
	facts, told := d.policy.grade(inc, d.state, d.now)
	if !told {
		facts.Severity = c.Severity
	}
	inc.Care.Revision = &Revision{Severity: c.Severity, Reason: "opened by hand", By: by.String(), At: d.now, Facts: facts.Severity}
	d.note(inc, Entry{Kind: Event, By: by.Person, Text: "Opened by " + d.policy.byName(by) + "."})
	d.grant(inc, SeverityDecision{
		Incident: inc.ID, At: d.now, Severity: c.Severity, By: by.String(), Facts: facts.Facts,
		Reason: c.Severity.String() + ": " + name + ", as " + d.policy.byName(by) + " judges",
	})
	switch {
	case text != "":
		d.publish(inc, Update{Kind: Opened, Text: text, By: by.String()})
	case inc.Public():
		d.owe(inc)
	}
	return inc.ID, nil
}

// mayOpen refuses components that are not there, or that an open incident has.
func (d *decider) mayOpen(components []OpenComponent) error {
	seen := map[string]bool{}
	for _, oc := range components {
		c, err := d.component(oc.Component)
		if err != nil {
			return err
		}
		if oc.Status != "" && (!slices.Contains(settable, oc.Status) || oc.Status == Operational) {
			return refuse(Invalid, "%s cannot be %q in an incident: it is degraded_performance, partial_outage or major_outage", c.Name, oc.Status)
		}
		if seen[c.ID] {
			return refuse(Invalid, "%s stands twice among the components", c.Name)
		}
		seen[c.ID] = true
		if open, _ := d.candidates(c.ID); open != nil && open.Affects(c.ID) {
			return refuse(Conflict, "%s is part of incident %s already: %s", c.Name, open.ID, open.Name)
		}
		if o := d.state.Overrides[c.ID]; o != nil && oc.Status != "" {
			return refuse(Conflict, "the status of %s is set by hand already: leave it to the checks first", c.Name)
		}
	}
	return nil
}
