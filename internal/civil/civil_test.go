package civil_test

import (
	"testing"
	"time"

	"daymark/internal/civil"
)

func in(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestDaysBeginWithTheirFirstMoment(t *testing.T) {
	for _, test := range []struct {
		zone       string
		m          time.Month
		d          int
		begins     string // in UTC
		hours, gap float64
	}{
		{"Europe/London", 3, 29, "2026-03-29T00:00:00Z", 23, 0},
		{"Europe/London", 10, 25, "2026-10-24T23:00:00Z", 25, 0},
		{"America/Santiago", 9, 6, "2026-09-06T04:00:00Z", 23, 1}, // forward at midnight
		{"America/Santiago", 4, 4, "2026-04-04T03:00:00Z", 25, 0}, // back at its end
		{"Atlantic/Azores", 3, 29, "2026-03-29T01:00:00Z", 23, 1},
		{"Atlantic/Azores", 10, 25, "2026-10-25T00:00:00Z", 25, 0}, // midnight comes twice
		{"Africa/Cairo", 4, 24, "2026-04-23T22:00:00Z", 23, 1},
		{"America/Havana", 3, 8, "2026-03-08T05:00:00Z", 23, 1},
		{"America/Havana", 11, 1, "2026-11-01T04:00:00Z", 25, 0},
		{"Asia/Kolkata", 11, 1, "2026-10-31T18:30:00Z", 24, 0},
	} {
		zone := in(t, test.zone)
		begins := civil.Date(2026, test.m, test.d, zone)
		if got := begins.UTC().Format(time.RFC3339); got != test.begins || float64(begins.Hour()) != test.gap {
			t.Errorf("%s: %d %s begins %s (%s); want %s", test.zone, test.d, test.m, got, begins, test.begins)
		}
		if got := civil.Plus(begins, 1).Sub(begins).Hours(); got != test.hours {
			t.Errorf("%s: %d %s has %v hours; want %v", test.zone, test.d, test.m, got, test.hours)
		}
	}
	if got := civil.Date(2011, 12, 30, in(t, "Pacific/Apia")); got.Day() != 31 {
		t.Errorf("a day that was left out begins %s", got)
	}
}

// Each day follows the one before, and each of its moments is in it.
func TestDaysFollowOneAnother(t *testing.T) {
	for _, name := range []string{"UTC", "Europe/London", "America/Santiago", "Atlantic/Azores", "America/Havana", "Africa/Cairo", "Asia/Beirut", "Australia/Lord_Howe"} {
		at := civil.Date(2025, 12, 31, in(t, name))
		for n := range 400 {
			next := civil.Plus(at, 1)
			if length := next.Sub(at); length < 23*time.Hour || length > 25*time.Hour {
				t.Fatalf("%s: from %s to %s", name, at, next)
			}
			for _, moment := range []time.Time{at, at.Add(12 * time.Hour), next.Add(-time.Nanosecond)} {
				if !civil.Day(moment).Equal(at) {
					t.Fatalf("%s: %s is of the day that begins %s; want %s", name, moment, civil.Day(moment), at)
				}
			}
			if at = next; !at.Equal(civil.Date(2026, 1, 1+n, at.Location())) {
				t.Fatalf("%s: the day is %s", name, at)
			}
		}
	}
}
