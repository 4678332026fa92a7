package checker

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func zoneOf(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// Where clocks are changed, what has a time of day runs once, and what runs
// every hour or more often goes by the real time.
func TestAChangeOfClocksRunsOnce(t *testing.T) {
	london := zoneOf(t, "Europe/London") // 28 March 2027 01:00 -> 02:00, 31 October 2027 02:00 -> 01:00
	for _, test := range []struct {
		line, from string
		want       []string
	}{
		{"30 1 * * *", "2027-03-27T12:00:00Z", []string{"2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z", "2027-03-30T00:30:00Z"}},
		{"0,15,30 1 * * *", "2027-03-27T12:00:00Z", []string{"2027-03-28T01:00:00Z", "2027-03-29T00:00:00Z", "2027-03-29T00:15:00Z"}},
		{"0 2 * * *", "2027-03-27T12:00:00Z", []string{"2027-03-28T01:00:00Z", "2027-03-29T01:00:00Z"}},
		{"30 1 * * *", "2027-10-30T12:00:00Z", []string{"2027-10-31T00:30:00Z", "2027-11-01T01:30:00Z"}},
		{"0,30 1,2 * * *", "2027-10-30T12:00:00Z", []string{"2027-10-31T00:00:00Z", "2027-10-31T00:30:00Z", "2027-10-31T02:00:00Z", "2027-10-31T02:30:00Z"}},
		{"30 * * * *", "2027-10-31T00:00:00Z", []string{"2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z", "2027-10-31T02:30:00Z"}},
		{"30 * * * *", "2027-03-28T00:00:00Z", []string{"2027-03-28T00:30:00Z", "2027-03-28T01:30:00Z"}},
		{"30 1 29 2 *", "2027-03-01T00:00:00Z", []string{"2028-02-29T01:30:00Z", "2032-02-29T01:30:00Z"}},
		{"CRON_TZ=America/New_York 30 2 * * *", "2027-03-14T00:00:00-05:00", []string{"2027-03-14T07:00:00Z", "2027-03-15T06:30:00Z"}},
		{"30 1 31 2 *", "2027-03-01T00:00:00Z", []string{"0001-01-01T00:00:00Z"}},
	} {
		times, err := timetableOf(test.line, 0, london)
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse(time.RFC3339, test.from)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range test.want {
			at = times.Next(at)
			if got := at.UTC().Format(time.RFC3339); got != want {
				t.Errorf("%s: the run %d after %s is at %s; want %s", test.line, i+1, test.from, got, want)
			}
		}
	}
}

// The times of a check follow from the check and the region alone, so that
// agents agree on them whenever they began; and each is after the one before.
func TestAgentsAgreeOnTimes(t *testing.T) {
	zone := zoneOf(t, "Europe/London")
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.SampledFrom([]string{"@every 1s", "@every 7s", "@every 1m", "@every 36h", "*/5 * * * *", "30 1 * * *", "0 9 * * 1-5"}).Draw(t, "line")
		spread := spreadOf(rapid.String().Draw(t, "check"), rapid.String().Draw(t, "region"))
		times, err := timetableOf(line, spread, zone)
		if err != nil {
			t.Fatal(err)
		}
		from := time.UnixMilli(rapid.Int64Range(-1_000_000_000, 4_000_000_000_000).Draw(t, "from"))
		next := times.Next(from)
		if !next.After(from) {
			t.Fatalf("after %v comes %v", from, next)
		}
		later := from.Add(time.Duration(rapid.Float64Range(0, 0.999).Draw(t, "part") * float64(next.Sub(from))))
		if got := times.Next(later); !got.Equal(next) {
			t.Fatalf("after %v comes %v, and after %v %v", from, next, later, got)
		}
		if next.Nanosecond()%1_000_000 != 0 {
			t.Fatalf("%v is not in whole milliseconds", next)
		}
	})
}

// Checks and regions do not fire together.
func TestRunsAreSpread(t *testing.T) {
	const checks = 6_000
	var seconds [60]int
	for i := range checks {
		for _, region := range []string{"eu", "us"} {
			times, err := timetableOf("@every 1m", spreadOf(fmt.Sprint("check-", i), region), time.UTC)
			if err != nil {
				t.Fatal(err)
			}
			seconds[times.Next(time.Unix(0, 0)).Unix()%60]++
		}
	}
	for second, n := range seconds {
		if n < 120 || n > 280 { // 200 of them on average
			t.Errorf("%d runs in second %d", n, second)
		}
	}
}
