package incident

import (
	"testing"
	"time"

	"daymark/support"
)

var office = support.Hours{Timezone: "Europe/London", Days: "MON-FRI", From: "08:00", To: "18:00", Holidays: []string{"2026-12-25"}}

// officeHours makes the P1 of sign-in owe a first word within an hour and an
// update each service day, in office hours.
func officeHours(o *PolicyOptions) {
	o.SLAs[0].Hours = office
	o.SLAs[0].P1.First, o.SLAs[0].P1.Update = &support.Span{Rest: time.Hour}, &support.Span{Days: 1}
}

// breakAt makes sign-in fail at a time in London.
func breakAt(t *testing.T, at string, change func(*PolicyOptions)) *world {
	t.Helper()
	w := newWorld(t, change)
	moment, err := time.ParseInLocation("2006-01-02 15:04", at, london(t))
	if err != nil {
		t.Fatal(err)
	}
	w.now = moment.Add(-time.Minute)
	w.state.Loaded = w.now
	w.see(nil)
	w.now = moment.Add(-20 * time.Second)
	w.seeTimes(2, outcomes{"journey": failed})
	return w
}

func london(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestPromisesCountInServiceHours(t *testing.T) {
	for _, test := range []struct {
		name, breaks, due string
	}{
		{"within them", "2026-12-01 10:00", "2026-12-01 11:00"},
		{"in the evening", "2026-12-01 17:30", "2026-12-02 08:30"},
		{"at night", "2026-12-01 03:00", "2026-12-01 09:00"},
		{"at the weekend", "2026-12-05 12:00", "2026-12-07 09:00"},
		{"before a holiday", "2026-12-24 17:45", "2026-12-28 08:45"},
		{"before the autumn change", "2026-10-23 17:30", "2026-10-26 08:30"},
		{"before the spring change", "2026-03-27 17:30", "2026-03-30 08:30"},
	} {
		t.Run(test.name, func(t *testing.T) {
			promise := breakAt(t, test.breaks, officeHours).only().Promise
			if promise == nil {
				t.Fatal("nothing is promised")
			}
			if got := promise.Due.In(london(t)).Format("2006-01-02 15:04"); got != test.due {
				t.Errorf("the first word is due at %s; want %s", got, test.due)
			}
		})
	}
}

func TestTheNextUpdateIsDueAServiceDayLater(t *testing.T) {
	w := breakAt(t, "2026-12-04 10:00", officeHours) // a Friday
	for range 7 * 60 {
		w.see(outcomes{"journey": failed})
	}
	inc := w.only()
	if len(inc.Updates) != 1 || inc.Updates[0].At.After(inc.Updates[0].Promised) {
		t.Fatalf("updates are %+v", inc.Updates)
	}
	if got, want := inc.Updates[0].NextBy, inc.Updates[0].At.Add(3*24*time.Hour); !got.Equal(want) {
		t.Errorf("the next one is promised by %s; want %s, on Monday", got, want)
	}
}

// Each SLA counts in its own hours, and the earliest word is owed.
func TestTheStrictestPromiseIsTheOneThatIsDueFirst(t *testing.T) {
	both := func(o *PolicyOptions) {
		officeHours(o)
		o.SLAs = append(o.SLAs, SLA{ID: "silver", P1: &Promises{First: &support.Span{Rest: 5 * time.Hour}}})
		o.Components[1].SLA, o.Components[1].DependsOn = "silver", []string{"sign-in"}
	}
	w := breakAt(t, "2026-12-05 12:00", both) // a Saturday
	w.seeTimes(2, outcomes{"journey": failed, "health": failed})
	w.seeTimes(1, outcomes{"journey": failed, "health": failed})
	inc := w.only()
	if len(inc.Affected) != 2 {
		t.Fatalf("affected are %+v", inc.Affected)
	}
	owed := w.policy.dues(inc, P1, w.now)
	if want := w.now.Add(5 * time.Hour); !owed.first.Equal(want) {
		t.Errorf("the first word is owed by %s; want %s", owed.first, want)
	}
}

func TestHoursThatCannotBeReadMakeNoPolicy(t *testing.T) {
	options := shopOptions()
	options.SLAs[0].Hours = support.Hours{Days: "MON", From: "8"}
	if _, err := NewPolicy(options); err == nil {
		t.Error("they were taken")
	}
}
