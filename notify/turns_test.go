package notify_test

import (
	"testing"

	"daymark/incident"
	"daymark/notify"
)

// Each lane gets its share when all have something, and the worst that has
// something gets what others leave.
func TestTurns(t *testing.T) {
	for name, tc := range map[string]struct {
		has  [notify.Lanes]bool
		want [notify.Lanes]int // of 64
	}{
		"all":            {[notify.Lanes]bool{true, true, true, true, true}, [notify.Lanes]int{32, 16, 8, 4, 4}},
		"P1 and P4":      {[notify.Lanes]bool{1: true, 4: true}, [notify.Lanes]int{1: 60, 4: 4}},
		"P4 alone":       {[notify.Lanes]bool{4: true}, [notify.Lanes]int{4: 64}},
		"staff and P2":   {[notify.Lanes]bool{0: true, 2: true}, [notify.Lanes]int{0: 56, 2: 8}},
		"nothing at all": {},
	} {
		t.Run(name, func(t *testing.T) {
			var turns notify.Turns
			var got [notify.Lanes]int
			for i := range 64 {
				if _, ok := turns.Next("another channel", func(int) bool { return i%2 == 0 }); ok != (i%2 == 0) {
					t.Fatal("a turn of nobody")
				}
				if lane, ok := turns.Next("sms", func(lane int) bool { return tc.has[lane] }); ok {
					got[lane]++
				}
			}
			if got != tc.want {
				t.Errorf("the turns are %v, want %v", got, tc.want)
			}
		})
	}
}

func TestLaneOf(t *testing.T) {
	alert := &notify.Notice{Kind: notify.AlertNotice, Severity: incident.P3}
	for want, d := range map[int]notify.Delivery{
		0: {Audience: notify.Staff, Notice: alert},
		1: {Audience: notify.Public, Notice: &notify.Notice{Kind: notify.ConsentNotice}},
		2: {Audience: notify.Public, Update: incident.Update{Severity: incident.P2}},
		3: {Audience: notify.Public, Notice: alert},
		4: {Audience: notify.Public, Update: incident.Update{Severity: 9}},
	} {
		if got := notify.LaneOf(&d); got != want {
			t.Errorf("%+v is in lane %d, want %d", d, got, want)
		}
	}
}
