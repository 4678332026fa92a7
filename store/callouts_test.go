package store_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/support"
)

// Who is called before the end of a month and again after it is called out
// once, in the month of the first call.
func TestWhoIsCalledOverTheEndOfAMonthIsCountedOnce(t *testing.T) {
	f := newFixture(t)
	f.staffed(func(o *incident.PolicyOptions) {
		o.Support.Rotas[0].Escalation = []support.Step{
			{Tell: []string{"lead", "ops-slack"}, By: []string{"email"}}, {After: 5 * time.Minute, Tell: []string{"everybody"}}, {After: 10 * time.Minute, Tell: []string{"everybody"}},
		}
	})
	border := time.Date(start.Year(), start.Month()+1, 1, 0, 0, 0, 0, time.UTC)
	f.pass(border.Add(-2 * time.Minute).Sub(f.now))
	f.rounds(3, checker.Failed)
	for range 3 {
		f.pass(5 * time.Minute)
		f.tick()
	}
	called := func(from, to time.Time) (who []string) {
		all, err := f.store.CallOuts(context.Background(), from, to)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range all {
			if c.Rota != "main" || c.At.Before(from) || !c.At.Before(to) {
				t.Errorf("%+v is not of that time", c)
			}
			who = append(who, c.Person)
		}
		slices.Sort(who)
		return who
	}
	if got := called(start, border); !slices.Equal(got, []string{"ana"}) {
		t.Errorf("before the border were called %v", got)
	}
	if got := called(border, border.AddDate(0, 1, 0)); !slices.Equal(got, []string{"ben"}) {
		t.Errorf("after it were called %v", got)
	}
}
