package support_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/support"
)

func mainRota() support.Rota {
	return support.Rota{
		ID: "main", Timezone: "Europe/London", Handover: "MON 09:00", Starting: "2026-01-12",
		Lead: []string{"ana", "ben"}, Engineer: []string{"ben", "chi"},
	}
}

func roster(t testing.TB, rota support.Rota) *support.Roster {
	t.Helper()
	r, err := support.NewRoster(rota, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhoIsOnTheRota(t *testing.T) {
	london := zone(t, "Europe/London")
	swapped := mainRota()
	swapped.Swaps = []support.Swap{
		{Role: "lead", Person: "ana", From: "2026-01-20T09:00", To: "2026-01-21T09:00"},
		{Role: "lead", Person: "dan", From: "2026-01-20T12:00", To: "2026-01-20T13:00"},
	}
	daily := mainRota()
	daily.Handover = "daily 09:00"
	midweek := mainRota()
	midweek.Starting = "2026-01-14" // a Wednesday: the first turn begins on the Monday after it
	away := mainRota()
	away.Absences = []support.Absence{{Person: "ben", From: "2026-01-12T09:00", To: "2026-01-13T09:00"}}
	for _, test := range []struct {
		name string
		rota support.Rota
		at   string
		want support.Pair
	}{
		{"the first turn", mainRota(), "2026-01-12T09:00", support.Pair{Lead: "ana", Engineer: "ben"}},
		{"its last minute", mainRota(), "2026-01-19T08:59", support.Pair{Lead: "ana", Engineer: "ben"}},
		{"the second turn", mainRota(), "2026-01-19T09:00", support.Pair{Lead: "ben", Engineer: "chi"}},
		{"before the beginning", mainRota(), "2026-01-12T08:59", support.Pair{Lead: "ben", Engineer: "chi"}},
		{"two turns before", mainRota(), "2026-01-01T12:00", support.Pair{Lead: "ana", Engineer: "ben"}},
		{"after the spring change", mainRota(), "2026-03-30T09:00", support.Pair{Lead: "ben", Engineer: "chi"}},
		{"before a handover after it", mainRota(), "2026-03-30T08:59", support.Pair{Lead: "ana", Engineer: "ben"}},
		{"swapped", swapped, "2026-01-20T09:00", support.Pair{Lead: "ana", Engineer: "chi"}},
		{"the later swap goes first", swapped, "2026-01-20T12:30", support.Pair{Lead: "dan", Engineer: "chi"}},
		{"after the swap", swapped, "2026-01-21T09:00", support.Pair{Lead: "ben", Engineer: "chi"}},
		{"daily", daily, "2026-01-13T09:00", support.Pair{Lead: "ben", Engineer: "chi"}},
		{"begun in the middle of a week", midweek, "2026-01-19T09:00", support.Pair{Lead: "ana", Engineer: "ben"}},
		{"away", away, "2026-01-12T10:00", support.Pair{Lead: "ana"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := roster(t, test.rota).OnCall(at(t, test.at, london)); got != test.want {
				t.Errorf("on call are %+v; want %+v", got, test.want)
			}
		})
	}
}

func TestOutsideTheHoursNobodyIsOnCall(t *testing.T) {
	london := zone(t, "Europe/London")
	rota := mainRota()
	rota.OnCall = support.Hours{Days: "MON-FRI", From: "08:00", To: "18:00"}
	r := roster(t, rota)
	if got := r.OnCall(at(t, "2026-01-13T07:59", london)); got != (support.Pair{}) {
		t.Errorf("on call are %+v", got)
	}
	if got := r.Scheduled(at(t, "2026-01-13T07:59", london)); got.Lead != "ana" {
		t.Errorf("on the rota are %+v", got)
	}
	shifts := r.Shifts(at(t, "2026-01-12T00:00", london), at(t, "2026-01-14T00:00", london))
	want := []string{"08:00-09:00 ben/chi", "09:00-18:00 ana/ben", "08:00-18:00 ana/ben"}
	if got := written(shifts, london); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("shifts are %v; want %v", got, want)
	}
}

func written(shifts []support.Shift, in *time.Location) []string {
	var all []string
	for _, s := range shifts {
		all = append(all, s.From.In(in).Format("15:04")+"-"+s.To.In(in).Format("15:04")+" "+s.Lead+"/"+s.Engineer)
	}
	return all
}

func TestConflictsAreTold(t *testing.T) {
	london := zone(t, "Europe/London")
	from := at(t, "2026-01-12T09:00", london)
	both := mainRota()
	both.Engineer = []string{"ben", "ben", "chi"}
	empty := mainRota()
	empty.Engineer = nil
	away := mainRota()
	away.Absences = []support.Absence{{Person: "chi", From: "2026-02-03T12:00", To: "2026-02-04T12:00"}}
	swapped := mainRota()
	swapped.Swaps = []support.Swap{{Role: "lead", Person: "ben", From: "2027-01-28T12:00", To: "2027-01-28T13:00"}}
	night := away
	night.OnCall = support.Hours{Days: "MON-FRI", From: "08:00", To: "11:00"}
	for _, test := range []struct {
		name string
		rota support.Rota
		want string
	}{
		{"none", mainRota(), ""},
		{"lists that meet", both, "ben would be both Support Lead and Support Engineer from Mon 19 Jan 2026 09:00 to Mon 26 Jan 2026 09:00: add a swap, or change the order of a list"},
		{"an empty list", empty, "nobody would be Support Engineer from Mon 12 Jan 2026 09:00 to Mon 19 Jan 2026 09:00: name people in engineer"},
		{"an absence", away, "nobody would be Support Engineer from Tue 3 Feb 2026 12:00 to Wed 4 Feb 2026 12:00, because chi is away: add a swap for that time"},
		{"an absence that goes on into the hours", night, "nobody would be Support Engineer from Wed 4 Feb 2026 08:00 to Wed 4 Feb 2026 11:00, because chi is away: add a swap for that time"},
		{"a swap in a year", swapped, "ben would be both Support Lead and Support Engineer from Thu 28 Jan 2027 12:00 to Thu 28 Jan 2027 13:00: add a swap, or change the order of a list"},
	} {
		t.Run(test.name, func(t *testing.T) {
			conflict := roster(t, test.rota).Check(from, from.Add(support.Ahead))
			got := ""
			if conflict != nil {
				got = conflict.Error()
			}
			if got != test.want {
				t.Errorf("got %q; want %q", got, test.want)
			}
		})
	}
}

func TestRotasThatCannotBeReadAreRefused(t *testing.T) {
	for name, spoil := range map[string]func(*support.Rota){
		"zone":          func(r *support.Rota) { r.Timezone = "Mars/Base" },
		"handover":      func(r *support.Rota) { r.Handover = "weekly" },
		"starting":      func(r *support.Rota) { r.Starting = "" },
		"swap":          func(r *support.Rota) { r.Swaps = []support.Swap{{From: "x", To: "2026-01-01T00:00"}} },
		"swap's end":    func(r *support.Rota) { r.Swaps = []support.Swap{{From: "2026-01-01T00:00", To: "x"}} },
		"swap in time":  func(r *support.Rota) { r.Swaps = []support.Swap{{From: "2026-01-01T00:00", To: "2026-01-01T00:00"}} },
		"absence":       func(r *support.Rota) { r.Absences = []support.Absence{{From: "x", To: "y"}} },
		"on-call hours": func(r *support.Rota) { r.OnCall = support.Hours{Days: "MON", From: "9"} },
	} {
		t.Run(name, func(t *testing.T) {
			rota := mainRota()
			spoil(&rota)
			if _, err := support.NewRoster(rota, time.UTC); err == nil {
				t.Error("it was taken")
			}
		})
	}
}

// Lead never equals Engineer in any rota that is accepted, whatever the
// lists, swaps, absences, hours and zones; and what is not accepted has that
// fault at the moment named.
func TestLeadNeverEqualsEngineer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rota := anyRota(t)
		r, err := support.NewRoster(rota, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		from := anyMoment(t, "from")
		conflict := r.Check(from, from.Add(support.Ahead))
		if conflict != nil {
			pair := r.OnCall(conflict.From)
			if conflict.Person != "" && (pair.Lead != conflict.Person || pair.Engineer != conflict.Person) {
				t.Fatalf("%v, but on call are %+v", conflict, pair)
			}
			if conflict.Person == "" && pair.Of(conflict.Empty) != "" {
				t.Fatalf("%v, but on call are %+v", conflict, pair)
			}
			return
		}
		for range 50 {
			moment := from.Add(time.Duration(rapid.Int64Range(0, int64(support.Ahead)-1).Draw(t, "later")))
			pair := r.OnCall(moment)
			if pair == (support.Pair{}) && rota.OnCall.Days != "" {
				continue // outside the hours
			}
			if pair.Lead == pair.Engineer || pair.Lead == "" || pair.Engineer == "" {
				t.Fatalf("at %s on call are %+v, although the rota was accepted", moment, pair)
			}
		}
	})
}

// Shifts and OnCall tell the same, whichever is asked.
func TestShiftsTellWhoIsOnCall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, err := support.NewRoster(anyRota(t), time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		from := anyMoment(t, "from")
		to := from.Add(time.Duration(rapid.IntRange(1, 60*24).Draw(t, "hours")) * time.Hour)
		shifts := r.Shifts(from, to)
		for range 20 {
			moment := from.Add(time.Duration(rapid.Int64Range(0, int64(to.Sub(from))-1).Draw(t, "later")))
			want := support.Pair{}
			for _, s := range shifts {
				if !moment.Before(s.From) && moment.Before(s.To) {
					want = s.Pair
				}
			}
			if got := r.OnCall(moment); got != want {
				t.Fatalf("at %s on call are %+v, and the shifts say %+v", moment, got, want)
			}
		}
		for i := 1; i < len(shifts); i++ {
			if shifts[i].From.Before(shifts[i-1].To) {
				t.Fatalf("shift %d begins before the one before it ends", i)
			}
		}
	})
}

func anyRota(t *rapid.T) support.Rota {
	people := []string{"ana", "ben", "chi", "dan", "eve"}
	list := rapid.SliceOfNDistinct(rapid.SampledFrom(people), 1, 4, rapid.ID[string])
	moment := func(label string) string { return anyMoment(t, label).UTC().Format("2006-01-02T15:04Z") }
	rota := support.Rota{
		ID:       "any",
		Timezone: rapid.SampledFrom([]string{"Europe/London", "America/New_York", "Australia/Lord_Howe", "UTC"}).Draw(t, "zone"),
		Handover: rapid.SampledFrom([]string{"MON 09:00", "SUN 01:30", "daily 09:00", "daily 02:15", ""}).Draw(t, "handover"),
		Starting: anyMoment(t, "starting").UTC().Format(time.DateOnly),
		Lead:     list.Draw(t, "lead"), Engineer: list.Draw(t, "engineer"),
	}
	if rapid.Bool().Draw(t, "hours") {
		rota.OnCall = anyHours(t)
	}
	for range rapid.IntRange(0, 3).Draw(t, "swaps") {
		swap := support.Swap{
			Role: rapid.SampledFrom([]string{"lead", "engineer"}).Draw(t, "role"), Person: rapid.SampledFrom(people).Draw(t, "person"),
			From: moment("swap from"), To: moment("swap to"),
		}
		if swap.From < swap.To {
			rota.Swaps = append(rota.Swaps, swap)
		}
	}
	if rapid.IntRange(0, 3).Draw(t, "absent") == 0 {
		absence := support.Absence{Person: rapid.SampledFrom(people).Draw(t, "person"), From: moment("away from"), To: moment("away to")}
		if absence.From < absence.To {
			rota.Absences = append(rota.Absences, absence)
		}
	}
	return rota
}

func TestAConflictIsAnError(t *testing.T) {
	var err error = &support.Conflict{Rota: "main", Empty: support.Lead}
	if conflict, ok := errors.AsType[*support.Conflict](err); !ok || conflict.Rota != "main" {
		t.Errorf("%v is no conflict", err)
	}
}
