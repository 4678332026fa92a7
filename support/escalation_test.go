package support_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/support"
)

func escalating() support.Rota {
	rota := mainRota()
	rota.Lead, rota.Engineer = []string{"ana", "ben", "dan"}, []string{"ben", "chi", "eve"}
	rota.Escalation = []support.Step{
		{Tell: []string{"engineer", "lead"}, By: []string{"email", "sms"}},
		{After: 10 * time.Minute, Tell: []string{"next-engineer", "next-lead"}, By: []string{"sms"}},
		{After: 20 * time.Minute, Tell: []string{"everybody", "ops-slack", "fay"}, By: []string{"voice"}},
	}
	return rota
}

func calls(all []support.Call) string {
	var parts []string
	for _, c := range all {
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("%d:%s%s %s", c.Step, c.Person, c.Channel, c.Role)))
	}
	return strings.Join(parts, ", ")
}

func TestEscalation(t *testing.T) {
	asked := at(t, "2026-01-13T03:00", zone(t, "Europe/London"))
	away := escalating()
	away.Absences = []support.Absence{{Person: "chi", From: "2026-01-12T00:00", To: "2026-01-20T00:00"}}
	for _, test := range []struct {
		name    string
		rota    support.Rota
		holders support.Holders
		after   time.Duration
		want    string
	}{
		{"at once", escalating(), support.Holders{}, 0, "0:ben engineer, 0:ana lead"},
		{"nobody answers", escalating(), support.Holders{}, 10 * time.Minute, "0:ben engineer, 0:ana lead, 1:chi engineer, 1:dan lead"},
		{"still nobody", escalating(), support.Holders{}, time.Hour, "0:ben engineer, 0:ana lead, 1:chi engineer, 1:dan lead, 2:ana, 2:ben, 2:dan, 2:chi, 2:eve, 2:ops-slack, 2:fay"},
		{"the engineer is there", escalating(), support.Holders{Engineer: "ben"}, 10 * time.Minute, "0:ana lead, 1:dan lead"},
		{"somebody else took the lead", escalating(), support.Holders{Lead: "dan"}, 10 * time.Minute, "0:ben engineer, 1:chi engineer"},
		{"the lead-to-be took the other role", escalating(), support.Holders{Engineer: "ana"}, 10 * time.Minute, "1:dan lead"},
		{"both are there", escalating(), support.Holders{Lead: "ana", Engineer: "ben"}, time.Hour, ""},
		{"the next is away", away, support.Holders{}, 10 * time.Minute, "0:ben engineer, 0:ana lead, 1:eve engineer, 1:dan lead"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := support.Escalation{Asked: asked, Holders: test.holders, People: []string{"ana", "ben", "chi", "dan", "eve", "fay"}}
			if got := calls(roster(t, test.rota).Calls(e, asked.Add(test.after))); got != test.want {
				t.Errorf("told are %s; want %s", got, test.want)
			}
		})
	}
}

// In the third week the last of each list is on call, and the first comes after them.
func TestTheFirstOfAListComesAfterItsLast(t *testing.T) {
	asked := at(t, "2026-01-27T03:00", zone(t, "Europe/London"))
	e := support.Escalation{Asked: asked, People: []string{"ana", "ben", "chi", "dan", "eve"}}
	all := roster(t, escalating()).Calls(e, asked.Add(10*time.Minute))
	if got, want := calls(all), "0:eve engineer, 0:dan lead, 1:ben engineer, 1:ana lead"; got != want {
		t.Errorf("told are %s; want %s", got, want)
	}
}

// People are told as their step says, a channel in its own way.
func TestHowAStepTells(t *testing.T) {
	asked := at(t, "2026-01-13T03:00", zone(t, "Europe/London"))
	e := support.Escalation{Asked: asked, People: []string{"ana", "ben", "chi", "dan", "eve", "fay"}}
	for _, call := range roster(t, escalating()).Calls(e, asked.Add(time.Hour)) {
		want := [][]string{{"email", "sms"}, {"sms"}, {"voice"}}[call.Step]
		if call.Channel != "" {
			want = nil
		}
		if !slices.Equal(call.By, want) {
			t.Errorf("step %d tells %s%s by %v; want %v", call.Step, call.Person, call.Channel, call.By, want)
		}
	}
}

func TestTheNextStepIsKnown(t *testing.T) {
	asked := at(t, "2026-01-13T03:00Z", time.UTC)
	r := roster(t, escalating())
	e := support.Escalation{Asked: asked}
	for after, want := range map[time.Duration]time.Duration{0: 10 * time.Minute, 10 * time.Minute: 20 * time.Minute} {
		if got := r.NextCall(e, asked.Add(after)); !got.Equal(asked.Add(want)) {
			t.Errorf("after %s the next step is due at %s", after, got)
		}
	}
	if got := r.NextCall(e, asked.Add(time.Hour)); !got.IsZero() {
		t.Errorf("after the last step one is due at %s", got)
	}
	e.Holders = support.Holders{Lead: "ana", Engineer: "ben"}
	if got := r.NextCall(e, asked); !got.IsZero() {
		t.Errorf("with both roles held a step is due at %s", got)
	}
}

// Nobody is told twice by a step, nobody who holds a role is told, and as time goes on
// nobody who was told is taken back.
func TestEscalationTellsEachOnceAStep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rota := anyRota(t)
		rota.Escalation = escalating().Escalation
		r, err := support.NewRoster(rota, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		holders := support.Holders{Lead: rapid.SampledFrom([]string{"", "ana"}).Draw(t, "lead"), Engineer: rapid.SampledFrom([]string{"", "ben"}).Draw(t, "engineer")}
		e := support.Escalation{Asked: anyMoment(t, "asked"), Holders: holders, People: []string{"fay"}}
		var before []support.Call
		for _, after := range []time.Duration{0, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute, time.Hour} {
			now := r.Calls(e, e.Asked.Add(after))
			seen := map[string]bool{}
			for i, c := range now {
				who := fmt.Sprint(c.Step, c.Person, c.Channel)
				if seen[who] || c.Person+c.Channel == "" || c.Person != "" && (c.Person == holders.Lead || c.Person == holders.Engineer) {
					t.Fatalf("told are %s while %+v hold the roles", calls(now), holders)
				}
				if i < len(before) && (before[i].Person != c.Person || before[i].Channel != c.Channel) {
					t.Fatalf("first told were %s, later %s", calls(before), calls(now))
				}
				seen[who] = true
			}
			if len(now) < len(before) {
				t.Fatalf("first told were %s, later %s", calls(before), calls(now))
			}
			before = now
		}
	})
}

func TestDutiesAddUp(t *testing.T) {
	london := zone(t, "Europe/London")
	r := roster(t, mainRota())
	from, to := at(t, "2026-01-12T09:00", london), at(t, "2026-02-09T09:00", london)
	got := ""
	total := time.Duration(0)
	for _, d := range r.Duties(from, to, calendar(t, office)) {
		got += fmt.Sprintf("%s %s %s %s\n", d.Month.In(london).Format("2006-01"), d.Person, d.OnCall, d.OutHours)
		total += d.OnCall
	}
	if want := `2026-01 ana 303h0m0s 204h0m0s
2026-01 ben 471h0m0s 322h0m0s
2026-01 chi 168h0m0s 118h0m0s
`; !strings.HasPrefix(got, want) {
		t.Errorf("duties are\n%s", got)
	}
	if want := 2 * to.Sub(from); total != want {
		t.Errorf("together they are %s; two places make %s", total, want)
	}
}
