package notify

import "time"

// Flight is the latest message to ourselves on one channel.
type Flight struct {
	Delivery string
	Sent     time.Time // zero: none was sent yet
	Arrived  time.Time // zero: not yet
	Silent   time.Time // since when none arrives in time; zero: they do
}

// canaryStep is what a moment means for a flight.
type canaryStep struct {
	fly     bool // send the next one
	alarm   bool // tell that none arrives
	allWell bool // tell that they arrive again
}

// step takes a flight to a moment. arrived is when its message arrived, zero
// where it has not; watched is since when we could have seen it arrive. An
// alarm is raised once for a silence, however long it lasts, and ended once, by
// a message that came in time.
func (f *Flight) step(arrived, watched, now time.Time, every, within time.Duration) canaryStep {
	var s canaryStep
	if !f.Sent.IsZero() && f.Arrived.IsZero() && !arrived.IsZero() {
		f.Arrived = arrived
		if !f.Silent.IsZero() && arrived.Sub(f.Sent) <= within {
			f.Silent, s.allWell = time.Time{}, true
		}
	}
	from := f.Sent
	if watched.After(from) {
		from = watched
	}
	late := !f.Arrived.IsZero() && f.Arrived.Sub(from) > within && !f.Arrived.Before(watched)
	missing := f.Arrived.IsZero() && now.Sub(from) >= within
	if !f.Sent.IsZero() && f.Silent.IsZero() && (late || missing) {
		f.Silent, s.alarm = now, true
	}
	if f.Sent.IsZero() || now.Sub(f.Sent) >= every {
		f.Sent, f.Arrived, s.fly = now, time.Time{}, true
	}
	return s
}
