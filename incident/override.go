package incident

import (
	"maps"
	"slices"
	"time"
)

// Override is a component's status that a person set.
type Override struct {
	Component string
	Status    Status
	Reason    string
	By        string
	At        time.Time
	Locked    bool   // it stands until it is taken away; else until the checks say something new
	Incident  string // that it was set with, and ends with; "": none
	Base      Status // what the checks said when it was set
}

// OverrideChange is an override that was set or ended.
type OverrideChange struct {
	Override
	Ended bool
}

// SetStatus sets a component's status by hand.
type SetStatus struct {
	Component string `json:"component"`
	Status    Status `json:"status"`
	Locked    bool   `json:"locked"` // until it is taken away; else until the checks say something new
	Reason    string `json:"reason"`
}

func (c SetStatus) act() (action, object string) {
	return "status set to " + string(c.Status), c.Component
}

// settable lists the statuses that a person can set.
var settable = []Status{Operational, Slow, PartlyDown, Down}

func (c SetStatus) apply(d *decider, by By) (string, error) {
	component, err := d.component(c.Component)
	if err != nil {
		return "", err
	}
	if !slices.Contains(settable, c.Status) {
		return "", refuse(Invalid, "a status set by hand is operational, degraded_performance, partial_outage or major_outage, not %q", c.Status)
	}
	reason, err := written("the reason", c.Reason)
	if err != nil {
		return "", err
	}
	if d.policy.maintenanceOf(c.Component, d.state, d.now) != nil {
		return "", refuse(Conflict, "%s is under maintenance: end that first", component.Name)
	}
	if o := d.state.Overrides[c.Component]; o != nil && o.Incident != "" {
		return "", refuse(Conflict, "the status of %s was set with incident %s and ends with it", component.Name, o.Incident)
	}
	d.override(component, Override{Component: c.Component, Status: c.Status, Reason: reason, By: by.String(), Locked: c.Locked})
	return c.Component, nil
}

// ClearStatus lets the checks of a component say its status again.
type ClearStatus struct {
	Component string `json:"component"`
}

func (c ClearStatus) act() (action, object string) { return "status left to the checks", c.Component }

func (c ClearStatus) apply(d *decider, _ By) (string, error) {
	component, err := d.component(c.Component)
	if err != nil {
		return "", err
	}
	o := d.state.Overrides[c.Component]
	switch {
	case o == nil:
		return "", refuse(Conflict, "the status of %s is not set by hand", component.Name)
	case o.Incident != "":
		return "", refuse(Conflict, "the status of %s was set with incident %s and ends with it", component.Name, o.Incident)
	}
	d.dropOverrides(func(o *Override) bool { return o.Component == c.Component })
	return c.Component, nil
}

func (d *decider) component(id string) (*componentPolicy, error) {
	c := d.policy.components[id]
	if c == nil {
		return nil, refuse(NotFound, "there is no component %q in the configuration", id)
	}
	return c, nil
}

// override sets a component's status in place of what its checks say.
func (d *decider) override(c *componentPolicy, o Override) {
	o.At, o.Base = d.now, d.base(c)
	d.state.Overrides[o.Component] = &o
	d.Overrides = append(d.Overrides, OverrideChange{Override: o})
}

// dropOverrides ends the overrides that over says are over.
func (d *decider) dropOverrides(over func(*Override) bool) {
	for _, id := range slices.Sorted(maps.Keys(d.state.Overrides)) {
		if o := d.state.Overrides[id]; over(o) {
			delete(d.state.Overrides, id)
			d.Overrides = append(d.Overrides, OverrideChange{*o, true})
		}
	}
}

// expire ends the override of a component whose checks say something new.
func (d *decider) expire(c *componentPolicy) {
	base := d.base(c)
	d.dropOverrides(func(o *Override) bool {
		return o.Component == c.ID && !o.Locked && o.Incident == "" && base != o.Base && base != Unmeasured && base != Maintenance
	})
}

// base is what is said of a component without a person's word: by its checks,
// or by what it is derived from.
func (d *decider) base(c *componentPolicy) Status {
	if c.derived() {
		return d.policy.derive(c, d.state, d.now).Status
	}
	base, _ := d.policy.statusOf(c, d.state)
	return base
}
