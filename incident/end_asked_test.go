package incident

import (
	"testing"
	"time"

	"daymark/support"
)

// The end is due when it has worked for long enough; where people end it, and
// nobody is on call by then, when somebody is.
func TestWhenAnEndIsDue(t *testing.T) {
	w := newWorld(t, func(o *PolicyOptions) {
		o.Components[0].Owner, o.Components[1].Owner = "identity", "nobody"
		o.Teams = []Team{{ID: "identity", Name: "Identity", Rota: "main"}, {ID: "nobody", Name: "Nobody"}}
		o.Support = support.Options{
			People: []support.Person{{ID: "ana", Name: "Ana"}, {ID: "ben", Name: "Ben"}},
			Rotas: []support.Rota{{
				ID: "main", Starting: "2026-01-12", Lead: []string{"ana"}, Engineer: []string{"ben"},
				OnCall: support.Hours{Days: "MON-FRI", From: "09:00", To: "13:05"},
			}},
		}
	})
	opens := time.Date(2026, 12, 2, 9, 0, 0, 0, time.UTC)
	calm := start.Add(w.policy.rules.ResolveAfter)
	for name, test := range map[string]struct {
		component string
		care      Care
		clean     time.Time
		now       time.Time
		want      time.Time
	}{
		"nothing works yet":              {"sign-in", Care{}, time.Time{}, start, time.Time{}},
		"Daymark ends it":                {"sign-in", Care{}, start, start.Add(time.Hour), calm},
		"people end it":                  {"sign-in", Care{Locked: true}, start, start.Add(2 * time.Minute), calm},
		"it is asked already":            {"sign-in", Care{Locked: true, Proposed: calm}, start, start.Add(2 * time.Minute), time.Time{}},
		"not for long enough yet":        {"sign-in", Care{Locked: true}, start.Add(2 * time.Hour), start.Add(2 * time.Hour), calm.Add(2 * time.Hour)},
		"nobody is on call":              {"sign-in", Care{Locked: true}, start, start.Add(time.Hour), opens},
		"somebody is on call again":      {"sign-in", Care{Locked: true}, start, opens, calm},
		"its Lead is there at all hours": {"sign-in", Care{Holders: support.Holders{Lead: "ben"}}, start, start.Add(time.Hour), calm},
		"nobody is ever on call":         {"api", Care{Locked: true}, start, start.Add(time.Hour), time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			inc := &Incident{Phase: Monitoring, CleanSince: test.clean, Care: test.care, Affected: []Affected{{Component: test.component}}}
			if got := w.policy.endDue(inc, w.state, test.now); !got.Equal(test.want) {
				t.Errorf("due at %v; want %v", got, test.want)
			}
		})
	}
}
