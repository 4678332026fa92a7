package slo_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/slo"
)

func TestSpentByHand(t *testing.T) {
	at := func(h, m int) time.Time { return time.Date(2026, 11, 27, h, m, 0, 0, time.UTC) }
	hour := func(h, bad int) slo.Bucket {
		return slo.Bucket{From: at(h, 0), Until: at(h+1, 0), Counts: slo.Counts{Good: 60 - bad, Bad: bad}}
	}
	buckets := []slo.Bucket{hour(1, 10), hour(2, 60), hour(3, 9), hour(4, 2), hour(9, 7)}
	outages := []slo.Outage{
		{Incident: "first", From: at(1, 50), Until: at(3, 10)},
		{Incident: "second", From: at(3, 30), Until: at(3, 50)},
		{Incident: "a moment", From: at(4, 30), Until: at(4, 30)},
		{Incident: "elsewhere", From: at(5, 0), Until: at(6, 0)},
		{Incident: "still", From: at(9, 55)},
	}
	for i := range outages { // for whole hours around it
		outages[i].Opened, outages[i].Closed = outages[i].From.Truncate(time.Hour), outages[i].Until
	}
	outages[2].Closed = at(4, 45)
	want := []slo.Spending{{"first", at(1, 50), 73}, {"second", at(3, 30), 6}, {"a moment", at(4, 30), 2}, {"still", at(9, 55), 7}}
	if got := slo.Spent(buckets, nil, outages, at(12, 0)); !slices.Equal(got, want) {
		t.Errorf("it is %v; want %v", got, want)
	}
	uneven := slo.Uneven(buckets, outages, at(12, 0))
	if begins := []time.Time{at(1, 0), at(3, 0), at(4, 0), at(9, 0)}; !slices.EqualFunc(uneven, begins, func(b slo.Bucket, at time.Time) bool { return b.From.Equal(at) }) {
		t.Errorf("it matters when in %v", uneven)
	}
	every := func(h, n, m, step int) (all []time.Time) {
		for range n {
			all, m = append(all, at(h, m)), m+step
		}
		return all
	}
	when := slo.When{
		at(1, 0).Unix(): every(1, 10, 49, 1), // the first of them while it was open
		at(3, 0).Unix(): every(3, 9, 8, 3),   // 8 | 11 14 17 20 23 26 29 | 32
		at(4, 0).Unix(): {at(4, 20), at(4, 50)},
		at(9, 0).Unix(): every(9, 6, 54, 1), // one is not kept
	}
	want = []slo.Spending{{"first", at(1, 50), 71}, {"second", at(3, 30), 8}, {"a moment", at(4, 30), 1}, {"still", at(9, 55), 7}, {Bad: 1}}
	if got := slo.Spent(buckets, when, outages, at(12, 0)); !slices.Equal(got, want) {
		t.Errorf("by time it is %v; want %v", got, want)
	}
	if got := slo.Spent(buckets, nil, nil, at(12, 0)); !slices.Equal(got, []slo.Spending{{Bad: 88}}) {
		t.Errorf("without incidents it is %v", got)
	}
}

// However outages overlap, each bad event is spent once, by those that a look at
// each event alone finds, as long as it is known when all of its hour were.
func TestSpentAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minutes := func(from, until int, name string) time.Duration {
			return time.Duration(rapid.IntRange(from, until).Draw(t, name)) * time.Minute
		}
		bad, when := 0, slo.When{}
		buckets := hours(rapid.IntRange(0, 50).Draw(t, "hours"), noon, slo.Counts{})
		for i := range buckets {
			buckets[i].Bad = rapid.IntRange(0, 100).Draw(t, "bad")
			bad += buckets[i].Bad
			for range buckets[i].Bad - rapid.SampledFrom([]int{0, 0, 0, 1}).Draw(t, "not kept") {
				when[buckets[i].From.Unix()] = append(when[buckets[i].From.Unix()], buckets[i].From.Add(minutes(0, 59, "at")))
			}
		}
		var outages []slo.Outage
		for i := range rapid.IntRange(0, 6).Draw(t, "outages") {
			from := noon.Add(-minutes(-100, 4000, "from"))
			o := slo.Outage{Incident: fmt.Sprint(i), From: from, Until: from.Add(minutes(0, 600, "long")), Opened: from.Add(-minutes(0, 90, "before"))}
			o.Closed = o.Until.Add(minutes(0, 90, "after"))
			if rapid.IntRange(0, 5).Draw(t, "open") == 0 {
				o.Until, o.Closed = time.Time{}, time.Time{}
			}
			outages = append(outages, o)
		}
		got := map[string]int{}
		for _, s := range slo.Spent(buckets, when, outages, noon) {
			got[s.Incident] = s.Bad
			bad -= s.Bad
		}
		if bad != 0 {
			t.Fatalf("%d are lost", bad)
		}
		for _, b := range buckets {
			if times := when[b.From.Unix()]; len(times) == b.Bad {
				oneByOne(t, b, times, outages)
			}
		}
	})
}

// oneByOne compares what an hour was spent on with what a look at each of its
// bad events finds.
func oneByOne(t *rapid.T, b slo.Bucket, times []time.Time, outages []slo.Outage) {
	want, shared := map[string]float64{}, map[string]bool{}
	for _, at := range times {
		holds := func(from, until time.Time) bool { return !from.After(at) && (until.IsZero() || until.After(at)) }
		var affected, open []string
		for _, o := range outages {
			if spentOnNothing(b, o) {
				continue
			}
			if holds(o.From, o.Until) {
				affected = append(affected, o.Incident)
			}
			if holds(o.Opened, o.Closed) {
				open = append(open, o.Incident)
			}
		}
		of := affected
		if len(of) == 0 {
			of = open
		}
		if len(of) == 0 {
			of = []string{""}
		}
		if len(of) > 1 {
			shared[strings.Join(of, " ")] = true
		}
		for _, id := range of {
			want[id] += 1 / float64(len(of))
		}
	}
	for _, s := range slo.Spent([]slo.Bucket{b}, slo.When{b.From.Unix(): times}, outages, noon) {
		if math.Abs(want[s.Incident]-float64(s.Bad)) > float64(len(shared)) && math.Abs(want[s.Incident]-float64(s.Bad)) > 1e-6 {
			t.Fatalf("%q has %d of %s; one by one %v", s.Incident, s.Bad, b.From, want)
		}
		delete(want, s.Incident)
	}
	for id, left := range want {
		if left > float64(len(shared))+1e-6 {
			t.Fatalf("%q has none of %s; one by one %v", id, b.From, left)
		}
	}
}

// spentOnNothing says that an outage took nothing of an hour.
func spentOnNothing(b slo.Bucket, o slo.Outage) bool {
	b.Counts = slo.Counts{Bad: 1}
	return slo.Spent([]slo.Bucket{b}, nil, []slo.Outage{o}, noon)[0].Incident != o.Incident
}
