package support

import (
	"fmt"
	"slices"
	"time"
)

// Cover is a time for which somebody holds a place of a rota, as two people
// agreed: a swap that the configuration does not have.
type Cover struct {
	Role     Role
	Person   string
	From, To time.Time
}

// With gives the roster with covers on top of it, each in its turn: of two that
// overlap the later one counts. One that does not fit, because the
// configuration is another by now, is left out.
func (r *Roster) With(covers []Cover) *Roster {
	with, _ := r.lay(covers)
	return with
}

// Unfit says why the first of some covers that does not fit cannot be; nil: all
// fit.
func (r *Roster) Unfit(covers []Cover) *Conflict {
	_, conflict := r.lay(covers)
	return conflict
}

func (r *Roster) lay(covers []Cover) (with *Roster, first *Conflict) {
	for _, cover := range covers {
		switch conflict := r.Fits(cover); {
		case conflict == nil:
			r = r.plus(cover)
		case first == nil:
			first = conflict
		}
	}
	return r, first
}

// Fits says why a cover cannot be: it would put one person in both places, or
// the place in the hands of somebody who is away. nil: it can.
func (r *Roster) Fits(c Cover) *Conflict {
	if !c.To.After(c.From) {
		return nil // it is of no time
	}
	with := r.plus(c)
	for _, shift := range with.Shifts(c.From, c.To) {
		conflict := &Conflict{Rota: r.rota.ID, From: shift.From.In(r.zone), To: shift.To.In(r.zone)}
		switch {
		case shift.Of(c.Role) == "":
			conflict.Empty, conflict.Away = c.Role, c.Person
			return conflict
		case shift.Lead == shift.Engineer:
			conflict.Person = c.Person
			return conflict
		}
	}
	return nil
}

// plus gives the roster with one cover more.
func (r *Roster) plus(c Cover) *Roster {
	with := *r
	with.swaps = append(slices.Clone(r.swaps), span{c.Role, c.Person, c.From, c.To})
	return &with
}

// Holds says why somebody does not hold a place for the whole of a time; "":
// they do.
func (r *Roster) Holds(role Role, person string, from, to time.Time) string {
	shifts := r.Shifts(from, to)
	if len(shifts) == 0 {
		return "nobody is meant to be on call from " + moment(from.In(r.zone)) + " to " + moment(to.In(r.zone))
	}
	for _, shift := range shifts {
		if shift.Of(role) != person {
			return fmt.Sprintf("%s is not %s from %s to %s", person, role.Title(), moment(shift.From.In(r.zone)), moment(shift.To.In(r.zone)))
		}
	}
	return ""
}

// Away lists who is away at some time from one moment to another, in the order
// of the configuration.
func (r *Roster) Away(from, to time.Time) []Cover {
	var all []Cover
	for _, absence := range r.absences {
		if absence.from.Before(to) && absence.to.After(from) {
			all = append(all, Cover{Person: absence.person, From: absence.from, To: absence.to})
		}
	}
	return all
}
