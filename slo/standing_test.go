package slo_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/slo"
)

const day = 24 * time.Hour

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// hours makes buckets of an hour up to a moment, each of the counts given.
func hours(n int, until time.Time, each slo.Counts) []slo.Bucket {
	var all []slo.Bucket
	for i := n; i > 0; i-- {
		from := until.Add(-time.Duration(i) * time.Hour)
		all = append(all, slo.Bucket{From: from, Until: from.Add(time.Hour), Counts: each})
	}
	return all
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-6*math.Max(1, math.Abs(b)) }

// The budgets of 30 days, as the SRE Workbook has them in minutes.
func TestBudgetsOfThirtyDays(t *testing.T) {
	for objective, minutes := range map[float64]float64{99: 432, 99.5: 216, 99.9: 43.2, 99.95: 21.6, 99.99: 4.32} {
		o := slo.Objective{Objective: objective, Window: slo.Window{Rolling: 30 * day}}
		s := o.Evaluate(hours(30*24, noon, slo.Counts{Good: 60}), 0, noon, time.UTC)
		if !near(s.LeftTime.Minutes(), minutes) || !near(s.Left, 1) || !near(s.Coverage, 1) || s.Ratio() != 1 {
			t.Errorf("%v %% leave %s (%v), covered %v; want %v min", objective, s.LeftTime, s.Left, s.Coverage, minutes)
		}
	}
}

func TestStandingByHand(t *testing.T) {
	four := slo.Window{Rolling: 28 * day}
	month := slo.Window{Month: true}
	// 28 days of one run a minute are 40,320 runs, of which 0.1 % are 40.32.
	minutely := func() []slo.Bucket { return hours(28*24, noon, slo.Counts{Good: 60}) }
	spoilt := func(n int, c slo.Counts) []slo.Bucket {
		all := minutely()
		all[n].Counts = c
		return all
	}
	november := hours(26*24+12, noon, slo.Counts{Good: 1})
	for name, test := range map[string]struct {
		window  slo.Window
		at      float64
		buckets []slo.Bucket
		want    slo.Standing
	}{
		"20 of 40,320 fail: half the budget": {four, 99.9, spoilt(100, slo.Counts{Good: 40, Bad: 20}), slo.Standing{
			Counts: slo.Counts{Good: 40300, Bad: 20}, Allowed: 40.32, Left: 1 - 20/40.32, Coverage: 1,
		}},
		"81 fail: more than twice as many as may": {four, 99.9, spoilt(0, slo.Counts{Bad: 81}), slo.Standing{
			Counts: slo.Counts{Good: 40260, Bad: 81}, Allowed: 40.341, Left: 1 - 81/40.341, Coverage: 1,
		}},
		"an hour of which nobody can tell is no failure, and not covered": {four, 99.9, spoilt(100, slo.Counts{Unknown: 60}), slo.Standing{
			Counts: slo.Counts{Good: 40260, Unknown: 60}, Allowed: 40.26, Left: 1, Coverage: 671.0 / 672,
		}},
		"nor is one of maintenance, which is covered": {four, 99.9, spoilt(100, slo.Counts{Excused: 60}), slo.Standing{
			Counts: slo.Counts{Good: 40260, Excused: 60}, Allowed: 40.26, Left: 1, Coverage: 1,
		}},
		"an hour without any run is not covered": {four, 99.9, spoilt(100, slo.Counts{}), slo.Standing{
			Counts: slo.Counts{Good: 40260}, Allowed: 40.26, Left: 1, Coverage: 671.0 / 672,
		}},
		// November has 720 hours, of which 636 are over: one failure of 636 is
		// one of 7.2 that the month may have at 99 %, with 720 runs.
		"a month is held against all that it will have": {month, 99, func() []slo.Bucket {
			november[5].Counts = slo.Counts{Bad: 1}
			return november
		}(), slo.Standing{Counts: slo.Counts{Good: 635, Bad: 1}, Allowed: 7.2, Left: 1 - 1/7.2, Coverage: 1}},
		"what was before the window does not count": {slo.Window{Rolling: day}, 99, append(hours(1, noon.Add(-day), slo.Counts{Bad: 60}), hours(24, noon, slo.Counts{Good: 60})...), slo.Standing{
			Counts: slo.Counts{Good: 1440}, Allowed: 14.4, Left: 1, Coverage: 1,
		}},
		"nothing is known of nothing": {four, 99, nil, slo.Standing{}},
	} {
		t.Run(name, func(t *testing.T) {
			o := slo.Objective{Objective: test.at, Window: test.window}
			got := o.Evaluate(test.buckets, 0, noon, time.UTC)
			if got.Counts != test.want.Counts || !near(got.Allowed, test.want.Allowed) || !near(got.Left, test.want.Left) || !near(got.Coverage, test.want.Coverage) {
				t.Errorf("it stands\n%+v\nwant\n%+v", got, test.want)
			}
		})
	}
}

// What was before the first run is not known: neither the time that is left
// nor the events of a month go by it.
func TestBudgetsOfWhatBeganLately(t *testing.T) {
	minutely := func(bad int) []slo.Bucket {
		all := hours(24, noon, slo.Counts{Good: 60})
		all[3].Counts = slo.Counts{Good: 60 - bad, Bad: bad}
		return all
	}
	for name, test := range map[string]struct {
		window        slo.Window
		bad           int
		allowed, left float64 // left in seconds
	}{
		// A day has 86.4 s at 99.9 %, and 1.44 of 1,440 runs.
		"28 days":            {slo.Window{Rolling: 28 * day}, 0, 1.44, 86.4},
		"28 days, overspent": {slo.Window{Rolling: 28 * day}, 11, 1.44, 86.4 * (1 - 11/1.44)},
		// Until the end of November there are 4.5 days from its first run on.
		"a month": {slo.Window{Month: true}, 1, 4.5 * 1.44, 4.5 * (86.4 - 60/4.5)},
	} {
		o := slo.Objective{Objective: 99.9, Window: test.window}
		s := o.Evaluate(minutely(test.bad), 0, noon, time.UTC)
		if !near(s.Allowed, test.allowed) || math.Abs(s.LeftTime.Seconds()-test.left) > 0.001 {
			t.Errorf("%s: %v may be bad, and %s are left; want %v and %v s", name, s.Allowed, s.LeftTime, test.allowed, test.left)
		}
	}
}

// A budget that is just spent is kept, however numbers round.
func TestABudgetThatIsJustSpent(t *testing.T) {
	for _, objective := range []float64{99, 99.5, 99.7, 99.8, 99.9, 99.95, 99.99} {
		o := slo.Objective{Objective: objective, Window: slo.Window{Rolling: day}}
		for _, n := range []int{1000, 2000, 10_000, 100_000} {
			bad := int(math.Floor(float64(n)*(100-objective)/100 + 1e-6))
			at := noon.Add(-2 * time.Hour)
			for more := range 2 {
				s := o.Evaluate([]slo.Bucket{{From: at, Until: at.Add(time.Hour), Counts: slo.Counts{Good: n - bad - more, Bad: bad + more}}}, 0, noon, time.UTC)
				if s.Kept() != (more == 0) || s.Left < 0 != (more == 1) {
					t.Errorf("%v %%: %d of %d are bad, kept %v, left %v", objective, bad+more, n, s.Kept(), s.Left)
				}
			}
		}
	}
	for value, want := range map[float64]float64{99.996: 99.99, 100: 100, 99.99999999999: 100, 45.0 / 100 * 100: 45, -0.001: -0.01} {
		if got := slo.Floor(value, 2); got != want {
			t.Errorf("%v is rounded to %v; want %v", value, got, want)
		}
	}
}

// What is counted by the day is measured by the hour: runs in one hour of each
// day cover one of 24, also where days begin between two hours.
func TestCoverageIsThatOfHours(t *testing.T) {
	kolkata, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		t.Fatal(err)
	}
	for _, zone := range []*time.Location{time.UTC, kolkata} {
		from := time.Date(2026, 10, 1, 0, 0, 0, 0, zone)
		until := from.AddDate(0, 1, 0)
		var days, measured []slo.Bucket
		for at := from; at.Before(until); at = at.AddDate(0, 0, 1) {
			c := slo.Counts{Good: 60}
			days = append(days, slo.Bucket{From: at, Until: at.AddDate(0, 0, 1), Counts: c})
			hour := at.Truncate(time.Hour)
			measured = append(measured, slo.Bucket{From: hour, Until: hour.Add(time.Hour), Counts: c})
		}
		o := slo.Objective{Objective: 99, Window: slo.Window{Month: true}}
		s := o.Between(days, measured, 0, from, until)
		want := 1.0 / 24
		if from.Truncate(time.Hour).Before(from) { // half of the first hour was in the month before
			want -= 0.5 / 744
		}
		if s.Good != 31*60 || !near(s.Coverage, want) || !s.Since.Equal(from) {
			t.Errorf("in %s %d are good since %s, covered %v; want %v", zone, s.Good, s.Since, s.Coverage, want)
		}
	}
}

// A month that begins between two hours has what its days have.
func TestHoursOfATimeThatBeginsBetweenTwo(t *testing.T) {
	kolkata, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 11, 1, 0, 0, 0, 0, kolkata)
	bucket := func(from time.Time, d time.Duration, good, bad int) slo.Bucket {
		return slo.Bucket{From: from, Until: from.Add(d), Counts: slo.Counts{Good: good, Bad: bad}}
	}
	half := from.Truncate(time.Hour)
	hours := []slo.Bucket{bucket(half, time.Hour, 50, 10), bucket(half.Add(time.Hour), time.Hour, 60, 0)}
	got := slo.BeginByDays(hours, []slo.Bucket{bucket(from, day, 87, 3)}, from)
	if want := []slo.Bucket{bucket(from, 30*time.Minute, 27, 3), hours[1]}; !slices.Equal(got, want) {
		t.Errorf("%v; want %v", got, want)
	}
	if got := slo.BeginByDays(hours[:1], nil, from); len(got) != 0 {
		t.Errorf("of what was before it has %v", got)
	}
}

// A daily job is covered between its calls, and not after one was due.
func TestCoverageOfWhatRunsSeldom(t *testing.T) {
	o := slo.Objective{Objective: 99, Window: slo.Window{Rolling: 4 * day}}
	buckets := []slo.Bucket{
		{From: noon.Add(-3 * day), Until: noon.Add(-3*day + time.Hour), Counts: slo.Counts{Good: 1}},
		{From: noon.Add(-2 * day), Until: noon.Add(-2*day + time.Hour), Counts: slo.Counts{Good: 1}},
	}
	s := o.Evaluate(buckets, 24*time.Hour, noon, time.UTC)
	if want := (24.0 + 25) / 72; !near(s.Coverage, want) || !s.Since.Equal(noon.Add(-3*day)) {
		t.Errorf("covered %v since %s; want %v", s.Coverage, s.Since, want)
	}
}

func TestSpans(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		window       slo.Window
		now          string
		from, length string
	}{
		{slo.Window{Month: true}, "2026-03-31T22:59:59Z", "2026-03-01T00:00:00Z", "743h0m0s"}, // an hour short
		{slo.Window{Month: true}, "2026-03-31T23:00:00Z", "2026-03-31T23:00:00Z", "720h0m0s"}, // April, in London
		{slo.Window{Month: true}, "2026-10-31T12:00:00Z", "2026-09-30T23:00:00Z", "745h0m0s"}, // an hour long
		{slo.Window{Month: true}, "2026-02-28T23:59:59Z", "2026-02-01T00:00:00Z", "672h0m0s"},
		{slo.Window{Month: true}, "2026-12-31T23:59:59Z", "2026-12-01T00:00:00Z", "744h0m0s"},
		{slo.Window{Rolling: 2 * day}, "2026-03-29T12:30:00Z", "2026-03-27T13:00:00Z", "47h30m0s"}, // whole hours
		{slo.Window{Rolling: day}, "2026-03-29T12:30:00Z", "2026-03-28T12:30:00Z", "24h0m0s"},
		{slo.Window{Rolling: time.Hour}, "2026-03-29T12:00:01Z", "2026-03-29T11:00:01Z", "1h0m0s"},
		{slo.Window{Rolling: day}, "2026-03-29T12:00:00Z", "2026-03-28T12:00:00Z", "24h0m0s"},
	} {
		now, err := time.Parse(time.RFC3339, test.now)
		if err != nil {
			t.Fatal(err)
		}
		from, until := test.window.Span(now, london)
		if from.UTC().Format(time.RFC3339) != test.from || until.Sub(from).String() != test.length {
			t.Errorf("%+v at %s is from %s for %s; want %s for %s", test.window, test.now, from.UTC(), until.Sub(from), test.from, test.length)
		}
	}
}

// raw is one run, as the rules see it.
type raw struct {
	at                    time.Time
	region                string
	good, unknown, excuse bool
}

func (r raw) counts() slo.Counts {
	switch {
	case r.excuse:
		return slo.Counts{Excused: 1}
	case r.unknown:
		return slo.Counts{Unknown: 1}
	case r.good:
		return slo.Counts{Good: 1}
	}
	return slo.Counts{Bad: 1}
}

// What comes of buckets is what comes of counting all runs one by one, in any
// order and with some twice, where the clock changes and months end.
func TestStandingAgainstBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom([]string{"Europe/London", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns"}).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		now := time.Date(2026, time.Month(rapid.IntRange(1, 12).Draw(t, "month")), rapid.SampledFrom([]int{1, 2, 28, 29, 30, 31}).Draw(t, "day"),
			rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute"), 0, 0, zone)
		o := slo.Objective{Objective: rapid.Float64Range(80, 99.99).Draw(t, "objective"), Window: slo.Window{Rolling: time.Duration(rapid.IntRange(1, 60*24).Draw(t, "hours")) * time.Hour}}
		if rapid.Bool().Draw(t, "by month") {
			o.Window = slo.Window{Month: true}
		}
		runs := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) raw {
			return raw{
				at:     now.Add(-time.Duration(rapid.IntRange(1, 62*24*4).Draw(t, "quarters")) * 15 * time.Minute),
				region: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "region"), good: rapid.Bool().Draw(t, "good"),
				unknown: rapid.IntRange(0, 5).Draw(t, "unknown") == 0, excuse: rapid.IntRange(0, 5).Draw(t, "excused") == 0,
			}
		}), 0, 80).Draw(t, "runs")
		// As the store does: each run once, in its hour, or the rest of it that is
		// in the window, or in its day in the zone.
		seen, buckets, want := map[string]bool{}, map[int64]*slo.Bucket{}, slo.Counts{}
		from, until := o.Window.Span(now, zone)
		for _, r := range append(runs, runs[:len(runs)/2]...) {
			key := fmt.Sprint(r.region, r.at.UnixMilli())
			if seen[key] {
				continue
			}
			seen[key] = true
			start, end := r.at.Truncate(time.Hour), r.at.Truncate(time.Hour).Add(time.Hour)
			if o.Window.Month {
				y, m, d := r.at.In(zone).Date()
				start, end = time.Date(y, m, d, 0, 0, 0, 0, zone), time.Date(y, m, d+1, 0, 0, 0, 0, zone)
			}
			if !o.Window.Month && start.Before(from) { // the window begins between two hours
				if r.at.Before(from) {
					continue
				}
				start = from
			}
			if buckets[start.Unix()] == nil {
				buckets[start.Unix()] = &slo.Bucket{From: start, Until: end}
			}
			b := buckets[start.Unix()]
			b.Counts = b.Plus(r.counts())
			if !r.at.Before(from) && r.at.Before(now) {
				want = want.Plus(r.counts())
			}
		}
		var ordered []slo.Bucket
		for at := now.Add(-70 * day).Truncate(time.Minute); at.Before(now); at = at.Add(time.Minute) {
			if b := buckets[at.Unix()]; b != nil {
				ordered = append(ordered, *b)
			}
		}
		got := o.Evaluate(ordered, 0, now, zone)
		if got.Counts != want {
			t.Fatalf("it counts %+v from %s until %s; one by one %+v", got.Counts, from, until, want)
		}
		if got.Coverage < 0 || got.Coverage > 1+1e-9 {
			t.Fatalf("it is covered %v", got.Coverage)
		}
		if want.Events() == 0 {
			return
		}
		length, elapsed := until.Sub(got.Since), now.Sub(got.Since)
		allowed := float64(want.Events()) * (100 - o.Objective) / 100
		if o.Window.Month {
			allowed *= float64(length) / float64(max(elapsed, time.Minute))
		}
		if !near(got.Allowed, allowed) || !near(got.Left, (allowed-float64(want.Bad))/allowed) {
			t.Fatalf("it allows %v and leaves %v; by hand %v and %v", got.Allowed, got.Left, allowed, (allowed-float64(want.Bad))/allowed)
		}
	})
}
