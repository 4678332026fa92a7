package incident

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// MaxSilence is how long a silence lasts at most.
const MaxSilence = 7 * 24 * time.Hour

// Silence lets what is found of a check, or of all that a component is measured
// by, open no incident and call nobody until it ends. Runs go on, and what they
// say is kept and shown. What an open incident says it does not touch.
type Silence struct {
	ID        string
	Check     string // of one check; "": of the component
	Component string // that it is about, or that the check belongs to
	Reason    string
	By        string
	Began     time.Time
	Until     time.Time
	Ended     time.Time // zero while it lasts
	EndedBy   string    // who ended it; "": it ended by itself
}

// SetSilence silences a check or a component, or gives a silence that lasts
// another end and reason.
type SetSilence struct {
	Check     string    `json:"check,omitempty"` // one of the two
	Component string    `json:"component,omitempty"`
	Until     time.Time `json:"until"`
	Reason    string    `json:"reason"`
}

func (c SetSilence) act() (action, object string) {
	return "silenced until " + c.Until.UTC().Format(time.RFC3339), cmp.Or(c.Check, c.Component)
}

func (c SetSilence) apply(d *decider, by By) (string, error) {
	component, err := d.silenced(c.Check, c.Component)
	if err != nil {
		return "", err
	}
	reason, err := written("the reason", c.Reason)
	if err != nil {
		return "", err
	}
	until := c.Until.UTC().Truncate(time.Millisecond)
	switch {
	case !until.After(d.now):
		return "", refuse(Invalid, "a silence ends in the future")
	case until.Sub(d.now) > MaxSilence:
		return "", refuse(Invalid, "a silence lasts 7 days at most; it can be renewed before it ends")
	}
	s := d.state.silenceOf(c.Check, component)
	if s == nil {
		s = &Silence{ID: newID(d.now, "silence/"+c.Check+"/"+component), Check: c.Check, Component: component, Began: d.now}
		d.state.Silences[s.ID] = s
	}
	s.Reason, s.By, s.Until = reason, by.String(), until
	d.Silences = append(d.Silences, *s)
	return s.ID, nil
}

// EndSilence ends a silence before its time.
type EndSilence struct {
	Check     string `json:"check,omitempty"` // one of the two
	Component string `json:"component,omitempty"`
}

func (c EndSilence) act() (action, object string) {
	return "silence ended", cmp.Or(c.Check, c.Component)
}

func (c EndSilence) apply(d *decider, by By) (string, error) {
	component, err := d.silenced(c.Check, c.Component)
	if err != nil {
		return "", err
	}
	s := d.state.silenceOf(c.Check, component)
	if s == nil {
		return "", refuse(Conflict, "%s is not silenced", cmp.Or(c.Check, c.Component))
	}
	d.endSilence(s, d.now, by.String())
	return s.ID, nil
}

// silenced gives the component that a silence is about.
func (d *decider) silenced(check, component string) (string, error) {
	if (check == "") == (component == "") {
		return "", refuse(Invalid, "a silence is of one check or of one component")
	}
	if check == "" {
		c, err := d.component(component)
		if err != nil {
			return "", err
		}
		return c.ID, nil
	}
	c := d.policy.checks[check]
	if c == nil {
		return "", refuse(NotFound, "there is no check %q in the configuration", check)
	}
	return c.component, nil
}

// silenceOf gives the silence of a check, or without one of a component, or nil.
func (s *State) silenceOf(check, component string) *Silence {
	for _, silence := range s.Silences {
		if silence.Check == check && (check != "" || silence.Component == component) {
			return silence
		}
	}
	return nil
}

func (d *decider) endSilence(s *Silence, at time.Time, by string) {
	delete(d.state.Silences, s.ID)
	s.Ended, s.EndedBy = at, by
	d.hushed = append(d.hushed, s.Component)
	d.Silences = append(d.Silences, *s)
}

// endSilences ends those whose time is over.
func (d *decider) endSilences() {
	for _, id := range slices.Sorted(maps.Keys(d.state.Silences)) {
		if s := d.state.Silences[id]; !d.now.Before(s.Until) {
			d.endSilence(s, s.Until, "")
		}
	}
}

// heard says whether something that nobody silenced says that a component
// fails: a check of it, what it is derived from, or a person.
func (p *Policy) heard(c *componentPolicy, state *State) bool {
	switch {
	case len(state.Silences) == 0:
		return true
	case state.silenceOf("", c.ID) != nil:
		return false
	case state.Overrides[c.ID] != nil:
		return true
	case c.derived():
		return slices.ContainsFunc(c.DependsOn, func(id string) bool {
			other := p.components[id]
			return other != nil && state.Components[id].Status.Badness() > 0 && p.heard(other, state)
		})
	}
	return slices.ContainsFunc(c.checks(), func(check string) bool {
		word := state.Verdicts[check].Word
		return (word == CheckDown || word == Impaired) && state.silenceOf(check, "") == nil
	})
}

// quiet says whether a check is silenced, or its component.
func (s *State) quiet(c *checkPolicy) bool {
	return s.silenceOf(c.ID, "") != nil || s.silenceOf("", c.component) != nil
}

// unheard places what fails and is part of no incident, because it was
// silenced until now or because until now only what is silenced said it.
func (d *decider) unheard() {
	touched := map[string]bool{}
	for _, s := range d.state.Silences {
		touched[s.Component] = true
	}
	for _, component := range d.hushed {
		touched[component] = true
	}
	if len(touched) == 0 {
		return
	}
	for _, id := range d.policy.downstream(touched) {
		c := d.policy.components[id]
		if status := d.state.Components[id]; c != nil && status.Status.Badness() > 0 && d.policy.heard(c, d.state) && d.policy.incidentOf(id, d.state) == nil {
			d.place(status)
		}
	}
}
