package support

import (
	"fmt"
	"time"
)

// Ahead is how far ahead a rota is checked when it is loaded.
const Ahead = 400 * 24 * time.Hour

// Conflict is a time at which a rota breaks its rule: one person in both
// roles, or a place that nobody holds. It is an error.
type Conflict struct {
	Rota     string
	From, To time.Time // in the rota's zone
	Person   string    // who would be both; "" where a place is empty
	Empty    Role      // the place that is empty
	Away     string    // who would hold it, were they there; may be ""
}

// Error says it with the moment.
func (c *Conflict) Error() string {
	when := fmt.Sprintf("from %s to %s", moment(c.From), moment(c.To))
	switch {
	case c.Person != "":
		return fmt.Sprintf("%s would be both Support Lead and Support Engineer %s: add a swap, or change the order of a list", c.Person, when)
	case c.Away != "":
		return fmt.Sprintf("nobody would be %s %s, because %s is away: add a swap for that time", c.Empty.Title(), when, c.Away)
	}
	return fmt.Sprintf("nobody would be %s %s: name people in %s", c.Empty.Title(), when, c.Empty)
}

func moment(at time.Time) string { return at.Format("Mon 2 Jan 2006 15:04") }

// Check gives the first conflict from one moment to another, or nil. Times
// outside the hours of on-call have no places to fill.
func (r *Roster) Check(from, to time.Time) *Conflict {
	for _, shift := range r.Shifts(from, to) {
		c := &Conflict{Rota: r.rota.ID, From: shift.From.In(r.zone), To: shift.To.In(r.zone)}
		for _, role := range Roles() {
			if shift.Of(role) == "" {
				c.Empty, c.Away = role, r.missing(role, shift.From)
				return c
			}
		}
		if shift.Lead == shift.Engineer {
			c.Person = shift.Lead
			return c
		}
	}
	return nil
}

// missing gives who would hold a place, were they there.
func (r *Roster) missing(role Role, at time.Time) string {
	present := *r
	present.absences = nil
	return present.Scheduled(at).Of(role)
}
