package notify

import (
	"math/bits"

	"daymark/incident"
)

// Lanes is how many lanes the deliveries of a channel wait in, by audience and
// severity: staff in lane 0, then P1 to P4, each in the lane of its number.
const Lanes = 5

// LaneOf gives the lane of a delivery. Somebody who waits for a word about
// their own subscription looks at their screen: that goes among the worst.
func LaneOf(d *Delivery) int {
	switch {
	case d.Audience == Staff:
		return 0
	case d.Notice == nil:
		return clampLane(d.Update.Severity)
	case d.Notice.Severity != 0:
		return clampLane(d.Notice.Severity)
	case d.Notice.Kind == ReportNotice:
		return clampLane(incident.P4)
	}
	return clampLane(incident.P1)
}

func clampLane(severity incident.Severity) int { return min(max(int(severity), 0), Lanes-1) }

// Turns shares the sends of each channel among its lanes. Every other turn is
// the first lane's, every fourth the second's, and so on; a turn that its lane
// has no use for goes to the first lane that has. So the worst always goes at
// once, however much waits behind it, and the least still gets one turn in
// sixteen.
//
// The zero value is ready. It is not safe for concurrent use.
type Turns struct{ taken map[string]uint }

// Next takes a channel's next turn. has says whether a lane has something to
// send; ok is false, and no turn taken, where none has.
func (t *Turns) Next(channel string, has func(lane int) bool) (lane int, ok bool) {
	turn := t.taken[channel] + 1
	if lane = min(bits.TrailingZeros(turn), Lanes-1); !has(lane) {
		for lane = 0; lane < Lanes && !has(lane); lane++ {
		}
	}
	if lane == Lanes {
		return 0, false
	}
	if t.taken == nil {
		t.taken = map[string]uint{}
	}
	t.taken[channel] = turn
	return lane, true
}
