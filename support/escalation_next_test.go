package support_test

import (
	"strings"
	"testing"
	"time"

	"daymark/support"
)

// The next of a list is the next after whose turn it is in that role, and when
// there is nobody left, the list is told once more.
func TestTheNextOfAList(t *testing.T) {
	asked := at(t, "2026-01-26T12:00Z", time.UTC) // the fourth turn
	next := support.Step{After: 10 * time.Minute, Tell: []string{"next-lead", "next-engineer"}}
	again := support.Step{After: 20 * time.Minute, Tell: next.Tell}
	for _, test := range []struct {
		name           string
		lead, engineer []string
		change         func(*support.Rota)
		holders        support.Holders
		want           string
	}{
		{"from each list's own turn", []string{"a", "b", "c", "d", "e"}, []string{"c", "d", "e", "a", "b"}, nil, support.Holders{}, "0:d lead, 0:a engineer, 1:e lead, 1:b engineer, 2:c lead, 2:d, 2:e, 2:a, 2:b"},
		{"nobody is left", []string{"a", "b"}, []string{"b", "a"}, nil, support.Holders{}, "0:b lead, 0:a engineer, 1:a, 1:b, 2:a, 2:b"},
		{"who is left holds the other role", []string{"a", "b", "c"}, []string{"d", "e", "f"}, nil, support.Holders{Engineer: "b"}, "0:a lead, 1:c lead, 2:a, 2:c"},
		{"the role is held", []string{"a", "b"}, []string{"b", "a"}, nil, support.Holders{Lead: "b"}, "0:a engineer, 1:a, 2:a"},
		{"whose turn it is swapped", []string{"a", "b", "c", "d"}, []string{"e"}, func(r *support.Rota) {
			r.Swaps = []support.Swap{{Role: "lead", Person: "z", From: "2026-01-26T00:00", To: "2026-01-27T00:00"}}
		}, support.Holders{}, "0:z lead, 0:e engineer, 1:a lead, 1:e, 2:b lead, 2:e"},
		{"all of the list are away", []string{"a", "b"}, []string{"c"}, func(r *support.Rota) {
			r.Absences = []support.Absence{{Person: "a", From: "2026-01-26T00:00", To: "2026-01-27T00:00"}, {Person: "b", From: "2026-01-26T00:00", To: "2026-01-27T00:00"}}
		}, support.Holders{}, "0:c engineer, 1:c, 2:c"},
	} {
		t.Run(test.name, func(t *testing.T) {
			rota := support.Rota{ID: "m", Starting: "2026-01-05", Lead: test.lead, Engineer: test.engineer, Escalation: []support.Step{{Tell: []string{"lead", "engineer"}}, next, again}}
			if test.change != nil {
				test.change(&rota)
			}
			if got := calls(roster(t, rota).Calls(support.Escalation{Asked: asked, Holders: test.holders}, asked.Add(time.Hour))); got != test.want {
				t.Errorf("told are %s; want %s", got, test.want)
			}
		})
	}
}

// Nobody is told outside the hours of on-call, however the escalation began.
func TestStepsWaitForTheHoursOfOnCall(t *testing.T) {
	rota := support.Rota{
		ID: "m", Starting: "2026-01-05", Lead: []string{"a", "c"}, Engineer: []string{"b"}, OnCall: support.Hours{Days: "MON-FRI", From: "09:00", To: "17:00"},
		Escalation: []support.Step{{Tell: []string{"lead"}}, {After: 10 * time.Minute, Tell: []string{"lead", "ops-slack"}}, {After: 9 * time.Hour, Tell: []string{"everybody"}}},
	}
	r := roster(t, rota)
	for _, test := range []struct{ name, asked, want string }{
		{"before the close", "2026-01-09T16:55", "Fri 16:55 a, Mon 09:05 c, Mon 09:05 ops-slack, Tue 09:55 a, Tue 09:55 c, Tue 09:55 b"},
		{"a step at the close", "2026-01-09T16:50", "Fri 16:50 a, Mon 09:00 c, Mon 09:00 ops-slack, Tue 09:50 a, Tue 09:50 c, Tue 09:50 b"},
		{"at the weekend", "2026-01-10T12:00", "Mon 09:00 c, Mon 09:10 c, Mon 09:10 ops-slack, Tue 10:00 a, Tue 10:00 c, Tue 10:00 b"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := support.Escalation{Asked: at(t, test.asked, time.UTC)}
			var told []string
			for _, c := range r.Calls(e, e.Asked.AddDate(0, 0, 7)) {
				told = append(told, c.At.Format("Mon 15:04 ")+c.Person+c.Channel)
			}
			if got := strings.Join(told, ", "); got != test.want {
				t.Errorf("told are %s; want %s", got, test.want)
			}
			next := e.Asked.Add(-time.Second)
			for i, want := range []int{0, 1, 3} { // the first call of each step
				if next = r.NextCall(e, next); next.Format("Mon 15:04 ") != told[want][:len("Mon 15:04 ")] {
					t.Errorf("step %d is due at %s", i, next)
				}
			}
			if next = r.NextCall(e, next); !next.IsZero() {
				t.Errorf("after the last step one is due at %s", next)
			}
		})
	}
	rota.OnCall.Holidays = nil
	for day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2029; day = day.AddDate(0, 0, 1) {
		rota.OnCall.Holidays = append(rota.OnCall.Holidays, day.Format(time.DateOnly))
	}
	e := support.Escalation{Asked: at(t, "2026-01-09T12:00", time.UTC)}
	if got := roster(t, rota).Calls(e, e.Asked.AddDate(1, 0, 0)); len(got) > 0 {
		t.Errorf("told are %s while nobody is ever on call", calls(got))
	}
	if got := roster(t, rota).NextCall(e, e.Asked); !got.IsZero() {
		t.Errorf("a step is due at %s while nobody is ever on call", got)
	}
}

// Who is named and away is not told; who is back is.
func TestWhoIsNamedAndAwayIsNotTold(t *testing.T) {
	rota := support.Rota{
		ID: "m", Starting: "2026-01-05", Lead: []string{"a"}, Engineer: []string{"b"}, Absences: []support.Absence{{Person: "boss", From: "2026-01-01T00:00", To: "2026-02-01T00:00"}},
		Escalation: []support.Step{{Tell: []string{"lead", "engineer"}}, {After: 10 * time.Minute, Tell: []string{"boss", "deputy"}}},
	}
	for day, want := range map[string]string{"2026-01-26": "0:a lead, 0:b engineer, 1:deputy", "2026-02-02": "0:a lead, 0:b engineer, 1:boss, 1:deputy"} {
		e := support.Escalation{Asked: at(t, day+"T12:00", time.UTC), People: []string{"a", "b", "boss", "deputy"}}
		if got := calls(roster(t, rota).Calls(e, e.Asked.Add(time.Hour))); got != want {
			t.Errorf("on %s told are %s; want %s", day, got, want)
		}
	}
}
