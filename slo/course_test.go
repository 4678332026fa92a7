package slo_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/slo"
)

func TestACourseByHand(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	type point struct {
		from string // day and time in London
		long time.Duration
		bad  int
		told bool
		left float64
	}
	at := func(month time.Month, day, hour int) time.Time {
		return time.Date(2026, month, day, hour, 0, 0, 0, london)
	}
	// One run a minute from an hour on; what spoils some of these hours.
	since := func(from, now time.Time, spoilt map[time.Time]slo.Counts) []slo.Bucket {
		all := hours(int(now.Sub(from)/time.Hour), now, slo.Counts{Good: 60})
		for i := range all {
			for hour, c := range spoilt {
				if all[i].From.Equal(hour) {
					all[i].Counts = c
				}
			}
		}
		return all
	}
	for name, test := range map[string]struct {
		window  slo.Window
		buckets []slo.Bucket
		stands  time.Duration
		now     time.Time
		want    []point
	}{
		// Five hours have 300 runs, of which 3 may be bad at 99 %. In the third
		// hour nobody can tell, so 240 runs are left, and 2.4 of them.
		"hours": {
			slo.Window{Rolling: day}, since(at(11, 27, 6), at(11, 27, 11), map[time.Time]slo.Counts{at(11, 27, 7): {Good: 59, Bad: 1}, at(11, 27, 8): {Unknown: 60}, at(11, 27, 10): {Good: 55, Bad: 5}}), 0, at(11, 27, 11), []point{
				{"27 06:00", time.Hour, 0, true, 1},
				{"27 07:00", time.Hour, 1, true, 1 - 1/2.4},
				{"27 08:00", time.Hour, 0, false, 1 - 1/2.4},
				{"27 09:00", time.Hour, 0, true, 1 - 1/2.4},
				{"27 10:00", time.Hour, 5, true, 1 - 6/2.4},
			},
		},
		// Half of the last hour is over; of a job that is called at six what it
		// told stands for two hours more.
		"what stands": {
			slo.Window{Rolling: day}, hours(1, at(11, 27, 7), slo.Counts{Good: 1}), 2 * time.Hour, at(11, 27, 9).Add(30 * time.Minute), []point{
				{"27 06:00", time.Hour, 0, true, 1},
				{"27 07:00", time.Hour, 0, true, 1},
				{"27 08:00", time.Hour, 0, true, 1},
				{"27 09:00", 30 * time.Minute, 0, false, 1},
			},
		},
		// The clocks go back on 25 October, which has 25 hours. 88 hours have
		// 5,280 runs, of which 52.8 may be bad.
		"days": {
			slo.Window{Rolling: 28 * day}, since(at(10, 24, 12), at(10, 28, 3), map[time.Time]slo.Counts{at(10, 25, 23): {Good: 34, Bad: 26}, at(10, 26, 0): {Good: 50, Bad: 10}}), 0, at(10, 28, 3), []point{
				{"24 12:00", 12 * time.Hour, 0, true, 1},
				{"25 00:00", 25 * time.Hour, 26, true, 1 - 26/52.8},
				{"26 00:00", day, 10, true, 1 - 36/52.8},
				{"27 00:00", day, 0, true, 1 - 36/52.8},
				{"28 00:00", 3 * time.Hour, 0, true, 1 - 36/52.8},
			},
		},
		// November has 720 hours; at one run an hour 7.2 of them may be bad.
		"a month": {
			slo.Window{Month: true}, func() []slo.Bucket {
				all := hours(4*24, at(11, 5, 0), slo.Counts{Good: 1})
				all[30].Counts = slo.Counts{Bad: 1}
				return append(hours(1, at(11, 1, 0), slo.Counts{Bad: 1}), all...)
			}(), 0, at(11, 5, 0), []point{
				{"01 00:00", day, 0, true, 1},
				{"02 00:00", day, 1, true, 1 - 1/7.2},
				{"03 00:00", day, 0, true, 1 - 1/7.2},
				{"04 00:00", day, 0, true, 1 - 1/7.2},
			},
		},
		"nothing": {slo.Window{Rolling: day}, hours(3, noon, slo.Counts{Unknown: 60}), 0, noon, nil},
	} {
		t.Run(name, func(t *testing.T) {
			o := slo.Objective{Objective: 99, Window: test.window}
			got := o.Course(test.buckets, test.stands, test.now, london)
			if len(got) != len(test.want) {
				t.Fatalf("it has %d points: %+v", len(got), got)
			}
			for i, p := range got {
				is := point{p.From.In(london).Format("02 15:04"), p.Until.Sub(p.From), p.Bad, p.Told, p.Left}
				if want := test.want[i]; is.from != want.from || is.long != want.long || is.bad != want.bad || is.told != want.told || !near(is.left, want.left) {
					t.Errorf("%d is %+v; want %+v", i, is, want)
				}
			}
		})
	}
}

// Whatever was measured: a course has no gaps, never rises, spends each bad
// event once, and ends with what is left now.
func TestACourseEndsWithWhatIsLeft(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := time.FixedZone("", 900*rapid.IntRange(-44, 52).Draw(t, "quarters of an hour"))
		o := slo.Objective{Objective: rapid.SampledFrom([]float64{50, 90, 99, 99.9, 99.999}).Draw(t, "objective"), Window: slo.Window{Rolling: time.Duration(rapid.IntRange(1, 900).Draw(t, "window")) * time.Hour}}
		if rapid.Bool().Draw(t, "month") {
			o.Window = slo.Window{Month: true}
		}
		now := noon.Add(time.Duration(rapid.IntRange(0, 50000).Draw(t, "minutes")) * time.Minute)
		buckets := hours(rapid.IntRange(0, 1000).Draw(t, "hours"), now.Truncate(time.Hour).Add(time.Hour), slo.Counts{})
		for i := range buckets {
			if rapid.IntRange(0, 3).Draw(t, "has") == 0 {
				count := rapid.IntRange(0, 60)
				buckets[i].Counts = slo.Counts{Good: count.Draw(t, "good"), Bad: count.Draw(t, "bad"), Unknown: count.Draw(t, "unknown"), Excused: count.Draw(t, "excused")}
			}
		}
		stands := time.Duration(rapid.IntRange(0, 300).Draw(t, "stands")) * time.Minute
		s := o.Evaluate(buckets, stands, now, zone)
		course := o.Course(buckets, stands, now, zone)
		if !s.Known() {
			if course != nil {
				t.Fatalf("of nothing it is %v", course)
			}
			return
		}
		last, at, sum := 1.0, s.Since, slo.Counts{}
		for _, p := range course {
			if !p.From.Equal(at) || !p.Until.After(p.From) || p.Left > last || p.Left < last && p.Bad == 0 || p.Events() > 0 && !p.Told {
				t.Fatalf("after %s with %v left: %+v", at, last, p)
			}
			last, at, sum = p.Left, p.Until, sum.Plus(p.Counts)
		}
		if last != s.Left || !at.Equal(now) || sum.Good != s.Good || sum.Bad != s.Bad || sum.Unknown != s.Unknown {
			t.Fatalf("it ends at %s with %v left of %+v; %+v", at, last, sum, s)
		}
	})
}
