package slo_test

import (
	"slices"
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
		{"first", at(1, 50), at(3, 10)},
		{"second", at(3, 30), at(3, 50)},
		{"a moment", at(4, 30), at(4, 30)},
		{"elsewhere", at(5, 0), at(6, 0)},
		{"still", at(9, 55), time.Time{}},
	}
	want := []slo.Spending{{"first", at(1, 50), 73}, {"second", at(3, 30), 6}, {"a moment", at(4, 30), 2}, {"still", at(9, 55), 7}}
	if got := slo.Spent(buckets, outages, at(12, 0)); !slices.Equal(got, want) {
		t.Errorf("it is %v; want %v", got, want)
	}
	if got := slo.Spent(buckets, nil, at(12, 0)); !slices.Equal(got, []slo.Spending{{Bad: 88}}) {
		t.Errorf("without incidents it is %v", got)
	}
}

// However outages overlap, each bad event is spent once.
func TestSpentAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bad := 0
		buckets := hours(rapid.IntRange(0, 50).Draw(t, "hours"), noon, slo.Counts{})
		for i := range buckets {
			buckets[i].Bad = rapid.IntRange(0, 100).Draw(t, "bad")
			bad += buckets[i].Bad
		}
		outages := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) slo.Outage {
			from := noon.Add(-time.Duration(rapid.IntRange(-100, 4000).Draw(t, "from")) * time.Minute)
			o := slo.Outage{Incident: "i", From: from, Until: from.Add(time.Duration(rapid.IntRange(0, 600).Draw(t, "long")) * time.Minute)}
			if rapid.IntRange(0, 5).Draw(t, "open") == 0 {
				o.Until = time.Time{}
			}
			return o
		}), 0, 6).Draw(t, "outages")
		for _, s := range slo.Spent(buckets, outages, noon) {
			bad -= s.Bad
		}
		if bad != 0 {
			t.Fatalf("%d are lost", bad)
		}
	})
}
