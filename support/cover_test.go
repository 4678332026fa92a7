package support_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/support"
)

func clock(text string) time.Time {
	moment, err := time.Parse("2006-01-02T15:04", text)
	if err != nil {
		panic(err)
	}
	return moment
}

func TestSomebodyCovers(t *testing.T) {
	r := roster(t, mainRota()) // from 12 January: ana and ben, then ben and chi
	night := support.Cover{Role: support.Lead, Person: "dan", From: clock("2026-01-13T18:00"), To: clock("2026-01-14T06:00")}
	evening := support.Cover{Role: support.Lead, Person: "chi", From: clock("2026-01-13T20:00"), To: clock("2026-01-13T22:00")}
	covered := r.With([]support.Cover{night, evening})
	for moment, want := range map[string]string{"2026-01-13T17:59": "ana", "2026-01-13T18:00": "dan", "2026-01-13T20:00": "chi", "2026-01-13T22:00": "dan", "2026-01-14T06:00": "ana"} {
		if got := covered.OnCall(clock(moment)); got.Lead != want || got.Engineer != "ben" {
			t.Errorf("%s: %+v; want %s", moment, got, want)
		}
	}
	if got := r.OnCall(night.From); got.Lead != "ana" {
		t.Errorf("the roster itself changed: %+v", got)
	}
	if s := covered.Stand(clock("2026-01-13T12:00")); !s.Until.Equal(night.From) || s.Next.Lead != "dan" {
		t.Errorf("the next change: %+v", s)
	}
}

func TestWhatDoesNotFitIsLeftOut(t *testing.T) {
	rota := mainRota()
	rota.Absences = []support.Absence{{Person: "dan", From: "2026-01-14T00:00", To: "2026-01-15T00:00"}}
	r := roster(t, rota)
	for name, test := range map[string]struct {
		cover support.Cover
		want  string
	}{
		"both":         {support.Cover{Role: support.Lead, Person: "ben", From: clock("2026-01-13T18:00"), To: clock("2026-01-14T06:00")}, "ben would be both Support Lead and Support Engineer from Tue 13 Jan 2026 18:00"},
		"both for one": {support.Cover{Role: support.Engineer, Person: "ana", From: clock("2026-01-18T18:00"), To: clock("2026-01-20T06:00")}, "ana would be both"},
		"away":         {support.Cover{Role: support.Lead, Person: "dan", From: clock("2026-01-13T18:00"), To: clock("2026-01-14T06:00")}, "because dan is away"},
	} {
		conflict := r.Fits(test.cover)
		if conflict == nil || !strings.Contains(conflict.Error(), test.want) {
			t.Errorf("%s: %v", name, conflict)
		}
		if got := r.With([]support.Cover{test.cover}).OnCall(test.cover.From); got != r.OnCall(test.cover.From) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if away := r.Away(clock("2026-01-14T12:00"), clock("2026-01-20T12:00")); len(away) != 1 || away[0].Person != "dan" {
		t.Errorf("away: %+v", away)
	}
	if away := r.Away(clock("2026-01-15T00:00"), clock("2026-01-20T12:00")); away != nil {
		t.Errorf("away: %+v", away)
	}
}

func TestWhoHoldsAPlaceThroughout(t *testing.T) {
	rota := mainRota()
	r := roster(t, rota)
	if why := r.Holds(support.Lead, "ana", clock("2026-01-12T09:00"), clock("2026-01-19T09:00")); why != "" {
		t.Error(why)
	}
	if why := r.Holds(support.Lead, "ana", clock("2026-01-12T09:00"), clock("2026-01-19T09:01")); !strings.Contains(why, "ana is not Support Lead from Mon 19 Jan 2026 09:00") {
		t.Error(why)
	}
	rota.OnCall = support.Hours{Days: "MON-FRI", From: "09:00", To: "17:00"}
	if why := roster(t, rota).Holds(support.Lead, "ana", clock("2026-01-17T09:00"), clock("2026-01-18T09:00")); !strings.Contains(why, "nobody is meant to be on call") {
		t.Error(why)
	}
}

// However people swap, nobody holds both places at once.
func TestNoSwapPutsOnePersonInBothPlaces(t *testing.T) {
	people := []string{"ana", "ben", "chi", "dan"}
	rapid.Check(t, func(t *rapid.T) {
		rota := mainRota()
		rota.Handover = rapid.SampledFrom([]string{"MON 09:00", "daily 01:30"}).Draw(t, "handover")
		if rapid.Bool().Draw(t, "hours") {
			rota.OnCall = support.Hours{Days: "MON-FRI", From: "08:00", To: "18:00"}
		}
		r, err := support.NewRoster(rota, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		begin := clock("2026-03-20T00:00") // over the change of clocks
		var covers []support.Cover
		for range rapid.IntRange(0, 8).Draw(t, "covers") {
			from := begin.Add(time.Duration(rapid.IntRange(0, 30*24).Draw(t, "from")) * time.Hour)
			covers = append(covers, support.Cover{
				Role: rapid.SampledFrom(support.Roles()).Draw(t, "role"), Person: rapid.SampledFrom(people).Draw(t, "person"),
				From: from, To: from.Add(time.Duration(rapid.IntRange(-2, 24*9).Draw(t, "hours")) * time.Hour),
			})
		}
		if withdrawn := rapid.IntRange(-1, len(covers)-1).Draw(t, "withdrawn"); withdrawn >= 0 {
			covers = slices.Delete(covers, withdrawn, withdrawn+1)
		}
		for _, shift := range r.With(covers).Shifts(begin, begin.AddDate(0, 0, 45)) {
			if shift.Lead == shift.Engineer {
				t.Fatalf("%+v with %+v", shift, covers)
			}
		}
	})
}
