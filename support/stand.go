package support

import "time"

// Stand is who is on call at a moment, and when that changes.
type Stand struct {
	Now   Pair      // both empty outside the hours of on-call
	Until time.Time // the next hand-over; zero: nothing changes within Ahead
	Next  Pair      // who is on call from then on; both empty where nobody is meant to be
}

// Stand gives who is on call at a moment, and the next hand-over: when
// anybody comes or goes, by turn, swap, absence or hours.
func (r *Roster) Stand(at time.Time) Stand {
	s := Stand{Now: r.OnCall(at)}
	for _, moment := range r.changes(at, at.Add(Ahead))[1:] {
		if next := r.OnCall(moment); next != s.Now {
			s.Until, s.Next = moment.In(r.zone), next
			break
		}
	}
	return s
}

// NextHandover gives the first moment after at at which others come on call
// than were before; going off duty alone is none. zero: none within Ahead.
func (r *Roster) NextHandover(at time.Time) (moment time.Time, off, on Pair) {
	shifts := r.Shifts(at, at.Add(Ahead))
	before := r.Scheduled(at)
	for i, shift := range shifts {
		if i > 0 {
			before = shifts[i-1].Pair
		}
		if shift.From.After(at) && shift.Pair != before {
			return shift.From.In(r.zone), before, shift.Pair
		}
	}
	return time.Time{}, Pair{}, Pair{}
}

// Zone gives the zone in which the rota's times are.
func (r *Roster) Zone() *time.Location { return r.zone }

// ID gives the rota's id.
func (r *Roster) ID() string { return r.rota.ID }
