package incident

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestPromisesAreAddedUp(t *testing.T) {
	w := newWorld(t, func(o *PolicyOptions) {
		o.SLAs = append(o.SLAs, SLA{ID: "silver"})
		o.Components[1].SLA = "silver"
	})
	at := func(minute int) time.Time { return start.Add(time.Duration(minute) * time.Minute) }
	record := func(id string, severity Severity, kind PromiseKind, due, ended int, how Ending, components ...string) PromiseRecord {
		r := PromiseRecord{Promise: Promise{Incident: id, Kind: kind, Made: start, Due: at(due), How: how}, Name: "It was out", Severity: severity, Components: components}
		if ended > 0 {
			r.Ended = at(ended)
		}
		return r
	}
	tally := w.policy.Tally([]PromiseRecord{
		record("a", P1, NextUpdate, 30, 30, ByPerson, "sign-in"), // at the very moment
		record("a", P1, NextUpdate, 60, 59, ByFacts, "sign-in"),
		record("a", P1, NextUpdate, 90, 91, ByPerson, "sign-in"),
		record("a", P1, NextUpdate, 120, 100, Replaced, "sign-in"),
		record("a", P1, NextUpdate, 20, 21, Over, "sign-in"),
		record("a", P1, Acknowledged, 10, 5, ByPerson, "sign-in"),
		record("b", P2, Restored, 99, 0, "", "api", "gone"),
		record("b", P2, Restored, 101, 0, "", "api"),
		record("c", P1, FirstWord, 10, 9, ByFacts, "api", "sign-in"),
		record("d", P3, FirstWord, 10, 9, ByPerson),
	}, at(0), at(200), at(100))
	var got []string
	for _, c := range tally.Counts {
		got = append(got, fmt.Sprintf("%s %s %s: %d+%d kept, %d broken, %d late, %d run, %d off", c.SLA, c.Severity, c.Kind, c.ByPerson, c.ByFacts, c.Broken, c.Late, c.Running, c.CalledOff))
	}
	for _, e := range tally.Exceptions {
		got = append(got, fmt.Sprintf("%s %s %s %s of %s is %s", e.Due.Format("15:04"), e.SLA, e.Severity, e.Kind, e.Incident, e.State))
	}
	want := ` P3 first: 1+0 kept, 0 broken, 0 late, 0 run, 0 off
gold P1 acknowledge: 1+0 kept, 0 broken, 0 late, 0 run, 0 off
gold P1 update: 1+1 kept, 2 broken, 0 late, 0 run, 1 off
gold+silver P1 first: 0+1 kept, 0 broken, 0 late, 0 run, 0 off
silver P2 resolve: 0+0 kept, 0 broken, 1 late, 1 run, 0 off
13:20 gold P1 update of a is broken
14:30 gold P1 update of a is broken
14:39 silver P2 resolve of b is late`
	if text := strings.Join(got, "\n"); text != want {
		t.Errorf("they add up to\n%s\nwant\n%s", text, want)
	}
	if !tally.From.Equal(at(0)) || !tally.To.Equal(at(200)) {
		t.Errorf("from %s to %s", tally.From, tally.To)
	}
}
