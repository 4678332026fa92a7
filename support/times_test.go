package support_test

import (
	"testing"
	"time"

	"daymark/support"
)

func TestParseDays(t *testing.T) {
	for text, want := range map[string]support.Days{
		"MON-FRI":     {false, true, true, true, true, true, false},
		"SAT,SUN":     {true, false, false, false, false, false, true},
		"SAT-MON":     {true, true, false, false, false, false, true},
		"mon-tue,Fri": {false, true, true, false, false, true, false},
	} {
		if got, err := support.ParseDays(text); err != nil || got != want {
			t.Errorf("%s = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "MONDAY", "MON-", "MON FRI", "1-5"} {
		if got, err := support.ParseDays(text); err == nil {
			t.Errorf("%q was taken as %v", text, got)
		}
	}
}

func TestParseHandover(t *testing.T) {
	for text, want := range map[string]support.Handover{
		"MON 09:00":   {Day: time.Monday, At: 9 * time.Hour},
		"daily 00:30": {Daily: true, At: 30 * time.Minute},
	} {
		if got, err := support.ParseHandover(text); err != nil || got != want {
			t.Errorf("%s = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "MON", "09:00", "MON 9", "weekly 09:00", "MON 24:00"} {
		if got, err := support.ParseHandover(text); err == nil {
			t.Errorf("%q was taken as %v", text, got)
		}
	}
}

func TestParseMoment(t *testing.T) {
	zone := time.FixedZone("test", 2*3600)
	for text, want := range map[string]string{
		"2026-12-24T09:00":       "2026-12-24T07:00:00Z",
		"2026-12-24T09:00:30":    "2026-12-24T07:00:30Z",
		"2026-12-24T09:00Z":      "2026-12-24T09:00:00Z",
		"2026-12-24T09:00+01:00": "2026-12-24T08:00:00Z",
	} {
		got, err := support.ParseMoment(text, zone)
		if err != nil || got.UTC().Format(time.RFC3339) != want {
			t.Errorf("%s = %v, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "2026-12-24", "2026-13-24T09:00", "24.12.2026 09:00"} {
		if got, err := support.ParseMoment(text, zone); err == nil {
			t.Errorf("%q was taken as %v", text, got)
		}
	}
}

func TestParseClock(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"00:00": 0, "08:05": 8*time.Hour + 5*time.Minute, "24:00": 24 * time.Hour,
	} {
		if got, err := support.ParseClock(text); err != nil || got != want {
			t.Errorf("%s = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "8:00", "24:01", "08:60", "08", "08:00:00"} {
		if got, err := support.ParseClock(text); err == nil {
			t.Errorf("%q was taken as %v", text, got)
		}
	}
}
