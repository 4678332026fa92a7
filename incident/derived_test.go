package incident

import (
	"testing"
	"time"
)

// What a component without checks is, and since when, follows from the worst
// of what it depends on, in whichever order that is named.
func TestADerivedComponentIsAsTheWorst(t *testing.T) {
	at := func(status Status, second int) ComponentStatus {
		return ComponentStatus{Status: status, Since: start.Add(time.Duration(second) * time.Second)}
	}
	for name, test := range map[string]struct {
		signIn, api, before ComponentStatus
		want                ComponentStatus
	}{
		"nothing is measured":         {at("", 0), at(Unmeasured, 0), at("", 0), at(Unmeasured, 60)},
		"the other is not measured":   {at(Down, 20), at(Unmeasured, 10), at(Operational, 0), at(Down, 20)},
		"the other is maintained":     {at(Slow, 20), at(Maintenance, 10), at(Operational, 0), at(Slow, 20)},
		"the worse":                   {at(Slow, 10), at(Down, 20), at(Operational, 0), at(Down, 20)},
		"as bad: since the first was": {at(Down, 20), at(Down, 10), at(Operational, 0), at(Down, 10)},
		"not before the last change":  {at(Down, 20), at(Down, 10), at(Slow, 15), at(Down, 15)},
		"as it was":                   {at(Down, 20), at(Down, 10), at(Down, 5), at(Down, 5)},
		"better, from now on":         {at(Slow, 20), at(Operational, 10), at(Down, 5), at(Slow, 60)},
	} {
		t.Run(name, func(t *testing.T) {
			for _, depends := range [][]string{{"sign-in", "api"}, {"api", "sign-in"}} {
				w := newWorld(t, func(o *PolicyOptions) {
					o.Components = append(o.Components, Component{ID: "online", DependsOn: depends})
				})
				w.state.Components["sign-in"], w.state.Components["api"], w.state.Components["online"] = test.signIn, test.api, test.before
				got := w.policy.derive(w.policy.components["online"], w.state, start.Add(time.Minute))
				if got.Status != test.want.Status || !got.Since.Equal(test.want.Since) || got.Component != "online" {
					t.Errorf("by %v it is %+v; want %+v", depends, got, test.want)
				}
			}
		})
	}
}
