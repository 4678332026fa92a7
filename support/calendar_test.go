package support_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/support"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func calendar(t testing.TB, hours support.Hours) *support.Calendar {
	t.Helper()
	c, err := support.NewCalendar(hours, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func at(t testing.TB, text string, in *time.Location) time.Time {
	t.Helper()
	moment, err := support.ParseMoment(text, in)
	if err != nil {
		t.Fatal(err)
	}
	return moment
}

var (
	office = support.Hours{Timezone: "Europe/London", Days: "MON-FRI", From: "08:00", To: "18:00", Holidays: []string{"2026-12-25", "2026-12-28"}}
	nights = support.Hours{Timezone: "Europe/London", Days: "MON-SUN", From: "00:00", To: "24:00"}
	early  = support.Hours{Timezone: "Europe/London", Days: "SUN", From: "00:30", To: "03:30"}
	// The hours begin inside the hour that the spring change leaves out.
	gap = support.Hours{Timezone: "Europe/London", Days: "SUN", From: "01:30", To: "04:00"}
	// And these end inside the hour that the autumn change has twice.
	twice = support.Hours{Timezone: "Europe/London", Days: "SUN", From: "00:00", To: "01:30"}
)

func TestServiceTimeIsCountedInsideTheHours(t *testing.T) {
	for _, test := range []struct {
		name  string
		hours support.Hours
		from  string
		days  int
		rest  time.Duration
		want  string
	}{
		{"inside a day", office, "2026-11-24T09:00", 0, 2 * time.Hour, "2026-11-24T11:00"},
		{"to the close exactly", office, "2026-11-24T09:00", 0, 9 * time.Hour, "2026-11-24T18:00"},
		{"over a night", office, "2026-11-24T17:30", 0, time.Hour, "2026-11-25T08:30"},
		{"over a weekend", office, "2026-11-27T17:30", 0, time.Hour, "2026-11-30T08:30"},
		{"begun at night", office, "2026-11-24T23:00", 0, time.Hour, "2026-11-25T09:00"},
		{"begun at the close", office, "2026-11-24T18:00", 0, time.Hour, "2026-11-25T09:00"},
		{"begun on a Saturday", office, "2026-11-28T12:00", 0, time.Hour, "2026-11-30T09:00"},
		{"over a holiday and a weekend", office, "2026-12-24T17:30", 0, time.Hour, "2026-12-29T08:30"},
		{"one service day", office, "2026-11-24T11:00", 1, 0, "2026-11-25T11:00"},
		{"one service day over a weekend", office, "2026-11-27T11:00", 1, 0, "2026-11-30T11:00"},
		{"one service day from outside", office, "2026-11-28T11:00", 1, 0, "2026-11-30T18:00"},
		{"one service day from an opening", office, "2026-11-24T08:00", 1, 0, "2026-11-24T18:00"},
		{"three service days over a weekend", office, "2026-11-27T11:00", 3, 0, "2026-12-02T11:00"},
		{"to the minute and second", office, "2026-11-24T11:17:23", 1, 0, "2026-11-25T11:17:23"},
		{"a day and hours", office, "2026-11-27T17:00", 1, 2 * time.Hour, "2026-12-01T09:00"},
		{"nothing at all", office, "2026-11-28T11:00", 0, 0, "2026-11-30T08:00"},
		{"always", support.Hours{Always: true}, "2026-11-28T11:00Z", 1, time.Hour, "2026-11-29T12:00Z"},

		// 29 March 2026, 01:00: an hour is left out. 25 October 2026, 02:00: one comes twice.
		{"over the spring change", nights, "2026-03-29T00:00", 0, 4 * time.Hour, "2026-03-29T05:00"},
		{"over the autumn change", nights, "2026-10-25T00:00", 0, 4 * time.Hour, "2026-10-25T03:00"},
		{"a short service day", nights, "2026-03-28T12:00", 1, 0, "2026-03-29T12:00"},
		{"a short window", early, "2026-03-28T12:00", 0, 2 * time.Hour, "2026-03-29T03:30"},
		{"a long window", early, "2026-10-24T12:00", 0, 4 * time.Hour, "2026-10-25T03:30"},
		{"hours that end in what comes twice", twice, "2026-10-24T12:00", 0, 150 * time.Minute, "2026-10-25T01:30Z"},
		{"hours that end in what comes twice, at their end", twice, "2026-10-25T00:00", 1, 0, "2026-10-25T01:30Z"},
		{"hours that begin in what is left out", gap, "2026-03-28T12:00", 0, time.Hour, "2026-03-29T03:00"},
	} {
		t.Run(test.name, func(t *testing.T) {
			london := zone(t, "Europe/London")
			got := calendar(t, test.hours).Add(at(t, test.from, london), test.days, test.rest)
			if want := at(t, test.want, london); !got.Equal(want) {
				t.Errorf("due at %s; want %s", got.In(london).Format(time.RFC3339), want.Format(time.RFC3339))
			}
		})
	}
}

func TestHoursAreOpenFromTheirBeginningToTheirEnd(t *testing.T) {
	london := zone(t, "Europe/London")
	c := calendar(t, office)
	for text, want := range map[string]bool{
		"2026-11-24T07:59": false, "2026-11-24T08:00": true, "2026-11-24T17:59": true, "2026-11-24T18:00": false,
		"2026-11-28T12:00": false, "2026-12-25T12:00": false, "2026-12-24T12:00": true, "2026-12-28T12:00": false,
	} {
		if got := c.Open(at(t, text, london)); got != want {
			t.Errorf("open at %s: %v", text, got)
		}
	}
	if !calendar(t, support.Hours{Always: true}).Open(at(t, "2026-11-28T12:00", london)) {
		t.Error("closed although it is always open")
	}
}

// Far from UTC too, where the change of a day comes in the morning or the evening of another.
func TestWhatClocksShow(t *testing.T) {
	for _, test := range []struct{ zone, shown, want string }{
		{"America/Los_Angeles", "2026-11-01T00:30", "2026-11-01T07:30Z"},
		{"America/Los_Angeles", "2026-11-01T01:30", "2026-11-01T08:30Z"}, // the first of two
		{"America/Los_Angeles", "2026-11-01T02:30", "2026-11-01T10:30Z"},
		{"America/Los_Angeles", "2026-03-08T02:30", "2026-03-08T10:00Z"}, // left out
		{"America/Los_Angeles", "2026-03-08T03:30", "2026-03-08T10:30Z"},
		{"Pacific/Auckland", "2026-04-05T01:30", "2026-04-04T12:30Z"},
		{"Pacific/Auckland", "2026-04-05T02:30", "2026-04-04T13:30Z"}, // the first of two
		{"Pacific/Auckland", "2026-04-05T03:30", "2026-04-04T15:30Z"},
		{"Pacific/Auckland", "2026-09-27T02:30", "2026-09-26T14:00Z"}, // left out
		{"Asia/Kathmandu", "2026-04-05T03:30:15", "2026-04-04T21:45:15Z"},
	} {
		t.Run(test.zone+" "+test.shown, func(t *testing.T) {
			got := support.Shown(at(t, test.shown, time.UTC), zone(t, test.zone))
			if want := at(t, test.want, time.UTC); !got.Equal(want) {
				t.Errorf("it is %s; want %s", got.UTC().Format(time.RFC3339), test.want)
			}
		})
	}
}

func TestAServiceDayIsExact(t *testing.T) {
	from := at(t, "2026-11-24T11:00", zone(t, "Europe/London")).Add(1500 * time.Microsecond)
	if got, want := calendar(t, office).Add(from, 1, 0), from.Add(24*time.Hour); !got.Equal(want) {
		t.Errorf("due at %s; want %s", got.Format(time.RFC3339Nano), want.Format(time.RFC3339Nano))
	}
}

func TestHoursThatCannotBeAreRefused(t *testing.T) {
	for want, hours := range map[string]support.Hours{
		`hours: "" does not name weekdays: write them as MON-FRI or MON,WED,FRI`:        {From: "08:00", To: "18:00"},
		`hours: "8" is not a time of day: write hours and minutes, such as 08:00`:       {Days: "MON", From: "8", To: "18:00"},
		`hours: "x" is not a time of day: write hours and minutes, such as 08:00`:       {Days: "MON", From: "08:00", To: "x"},
		`hours: they end at 08:00, which is not later than 18:00`:                       {Days: "MON", From: "18:00", To: "08:00"},
		`hours: they end at 08:00, which is not later than 08:00`:                       {Days: "MON", From: "08:00", To: "08:00"},
		`hours: "tomorrow" is not a day: write year, month and day, such as 2026-12-25`: {Days: "MON", From: "08:00", To: "18:00", Holidays: []string{"tomorrow"}},
		`hours: unknown time zone Europe/Nowhere`:                                       {Timezone: "Europe/Nowhere"},
	} {
		if _, err := support.NewCalendar(hours, time.UTC); err == nil || err.Error() != want {
			t.Errorf("got %v; want %s", err, want)
		}
	}
}

func TestServiceThatNeverComesIsNotWaitedForForEver(t *testing.T) {
	never := support.Hours{Timezone: "UTC", Days: "MON", From: "08:00", To: "09:00"}
	for day := at(t, "2026-11-30T00:00Z", time.UTC); day.Year() < 2030; day = day.AddDate(0, 0, 7) {
		never.Holidays = append(never.Holidays, day.Format(time.DateOnly))
	}
	c := calendar(t, never)
	from := at(t, "2026-11-24T00:00Z", time.UTC)
	if got := c.Add(from, 0, time.Hour); !got.IsZero() {
		t.Errorf("due at %s", got)
	}
	if got := c.Add(from, 1, 0); !got.IsZero() {
		t.Errorf("a service day ends at %s", got)
	}
	if got := c.Opening(from); !got.IsZero() {
		t.Errorf("opens at %s", got)
	}
}

func anyHours(t *rapid.T) support.Hours {
	from := rapid.IntRange(0, 1438).Draw(t, "from")
	to := rapid.IntRange(from+1, 1439).Draw(t, "to")
	clock := func(minutes int) string {
		return time.Date(2000, 1, 1, 0, minutes, 0, 0, time.UTC).Format("15:04")
	}
	return support.Hours{
		Timezone: rapid.SampledFrom([]string{"Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"}).Draw(t, "zone"),
		Days:     rapid.SampledFrom([]string{"MON-FRI", "SUN", "SAT-MON", "MON-SUN", "TUE,THU"}).Draw(t, "days"),
		From:     clock(from), To: clock(to),
	}
}

func anyMoment(t *rapid.T, label string) time.Time {
	return time.Unix(rapid.Int64Range(1_767_225_600, 1_830_297_600).Draw(t, label), 0) // 2026 and 2027
}

// What Add counts, Between counts too, and more time is never due earlier.
func TestServiceTimeAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, err := support.NewCalendar(anyHours(t), time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		from := anyMoment(t, "begun")
		rest := time.Duration(rapid.IntRange(0, 6000).Draw(t, "minutes")) * time.Minute
		due := c.Add(from, 0, rest)
		if got := c.Between(from, due); got != rest {
			t.Fatalf("%s from %s is due at %s, between which lie %s", rest, from.UTC(), due.UTC(), got)
		}
		if more := c.Add(from, 0, rest+time.Minute); !more.After(due) {
			t.Fatalf("a minute more is due at %s, not after %s", more, due)
		}
		if begun := c.Opening(from); rest > 0 && !begun.Before(due) || begun.Before(from) {
			t.Fatalf("the clock begins at %s, of a time from %s to %s", begun, from, due)
		}
		days := rapid.IntRange(0, 20).Draw(t, "days")
		one, two := c.Add(from, days, 0), c.Add(from, days+1, 0)
		if !two.After(one) {
			t.Fatalf("%d days are due at %s, one more at %s", days, one, two)
		}
	})
}
