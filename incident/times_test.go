package incident_test

import (
	"testing"
	"time"

	"daymark/incident"
)

func TestTallyTimes(t *testing.T) {
	at := time.Date(2026, 12, 1, 13, 0, 0, 0, time.UTC)
	after := func(minutes int) time.Time { return at.Add(time.Duration(minutes) * time.Minute) }
	inc := func(worst incident.Severity, see, ack, tell, restore int) incident.Incident {
		i := incident.Incident{Worst: worst, Severity: incident.P4, Since: at, Opened: after(see)}
		if ack > 0 {
			i.Care.Acknowledged = after(ack)
		}
		if tell > 0 {
			i.Updates = []incident.Update{{At: after(tell)}, {At: after(tell + 100)}}
		}
		if restore > 0 {
			i.Resolved, i.Phase = after(restore), incident.Resolved
		}
		return i
	}
	merged := inc(incident.P1, 1, 2, 3, 4)
	merged.Care.MergedInto = "other"
	warning := inc(incident.P4, 1, 0, 0, 4)
	warning.Check = "cert"
	all := incident.TallyTimes([]incident.Incident{
		inc(incident.P1, 1, 5, 3, 61), inc(incident.P1, 3, 13, 5, 0), inc(incident.P1, 2, 0, 3, 31), merged, warning, inc(incident.P3, 10, 0, 0, 20),
	})
	minutes := func(see, ack, tell, restore int) incident.Times {
		return incident.Times{See: after(see).Sub(at), Acknowledge: after(ack).Sub(at), Tell: after(tell).Sub(at), Restore: after(restore).Sub(at)}
	}
	want := []incident.TimesTally{
		{Severity: incident.P1, Incidents: 3, Open: 1, Median: minutes(2, 4, 2, 31), Latest: minutes(3, 10, 2, 61)},
		{Severity: incident.P2},
		{Severity: incident.P3, Incidents: 1, Median: minutes(10, 0, 0, 20), Latest: minutes(10, 0, 0, 20)},
		{Severity: incident.P4},
	}
	for i := range want {
		if all[i] != want[i] {
			t.Errorf("%+v; want %+v", all[i], want[i])
		}
	}
	var ten []incident.Incident
	for i := range 10 {
		ten = append(ten, inc(incident.P2, 1, 0, 0, i+1))
	}
	for n, want := range map[int][2]int{2: {1, 2}, 10: {5, 9}} {
		if got := incident.TallyTimes(ten[:n])[1]; got.Median.Restore != after(want[0]).Sub(at) || got.Latest.Restore != after(want[1]).Sub(at) {
			t.Errorf("half of %d took %s, nine of ten %s; want %v min", n, got.Median.Restore, got.Latest.Restore, want)
		}
	}
	opened := inc(incident.P1, 0, 0, 0, 0)
	if times := opened.Times(); times.See != time.Millisecond || times.Restore != 0 {
		t.Errorf("seen at once: %+v", times)
	}
}
