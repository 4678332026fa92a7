package incident

import (
	"slices"
	"testing"
	"time"

	"daymark/support"
)

// Who left the configuration is reminded of nothing: who is on call is, and
// where nobody is, it waits for somebody.
func TestWhoLeftIsNotRemindedOfAReview(t *testing.T) {
	review := func(leads ...string) *Review {
		return &Review{
			Incident: "old", Name: "Sign in was not available", Severity: P1, Component: "sign-in", Leads: leads,
			Asked: start.Add(-4 * time.Hour), Due: start.Add(time.Hour),
			Actions: []ReviewAction{{Number: 1, Kind: Detect, Text: "watch keys", Owner: "gone", Due: start.Add(-time.Minute)}},
		}
	}
	const left = "Overdue since 12:59: watch keys (its owner, gone, is not in the configuration any more)"
	for name, test := range map[string]struct {
		leads  []string
		onCall bool
		want   []string
	}{
		"the last Lead is there":           {[]string{"gone", "ben"}, true, []string{"ben: The review of Sign in was not available is due by 14:00.", "ben: " + left}},
		"the Lead before is":               {[]string{"ben", "gone"}, true, []string{"ben: The review of Sign in was not available is due by 14:00.", "ben: " + left}},
		"nobody of them is":                {[]string{"gone"}, true, []string{"ana: The review of Sign in was not available is due by 14:00.", "ana: " + left}},
		"nobody is, and nobody is on call": {[]string{"gone"}, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(o *PolicyOptions) {
				o.Support.People = []support.Person{{ID: "ana", Name: "Ana Reyes", May: []string{"lead"}}, {ID: "ben", Name: "Ben Okafor", May: []string{"engineer"}}}
				if !test.onCall {
					return
				}
				o.Teams = []Team{{ID: "identity", Name: "Identity", Rota: "main"}}
				o.Components[0].Owner = "identity"
				o.Support.Rotas = []support.Rota{{ID: "main", Starting: "2026-01-05", Lead: []string{"ana"}, Engineer: []string{"ben"}}}
			})
			w.state.Reviews["old"] = review(test.leads...)
			w.state.Decided = w.now
			if due := w.policy.reviewDue(w.state); due.IsZero() != (test.want == nil) {
				t.Errorf("something is due at %s", due)
			}
			var got []string
			for _, a := range Decide(w.state, nil, w.policy, w.now).Alerts {
				got = append(got, a.Person+": "+a.Text)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("told: %q; want %q", got, test.want)
			}
			if again := Decide(w.state, nil, w.policy, w.now.Add(time.Minute)).Alerts; len(again) > 0 {
				t.Errorf("told again: %+v", again)
			}
		})
	}
}
