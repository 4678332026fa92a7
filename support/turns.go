package support

import (
	"cmp"
	"slices"
	"time"
)

// PersonalTurn is a time for which one person holds one place, inside one turn of
// the rota: it begins and ends where it does whenever it is asked for.
type PersonalTurn struct {
	Role     Role
	From, To time.Time
	With     []string // who holds the other place, in order
}

// Turns lists the turns of a person that are not over at from, up to those
// that begin before to, in order.
func (r *Roster) Turns(person string, from, to time.Time) []PersonalTurn {
	n, began := r.turn(from)
	var all []PersonalTurn
	for ; began.Before(to); n, began = n+1, r.turnBegins(n+1) {
		for _, role := range Roles() {
			for _, turn := range r.turnsIn(person, role, began, r.turnBegins(n+1)) {
				if turn.To.After(from) && turn.From.Before(to) {
					all = append(all, turn)
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b PersonalTurn) int { return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Role, b.Role)) })
	return all
}

// turnsIn lists those of one role inside one turn of the rota.
func (r *Roster) turnsIn(person string, role Role, from, to time.Time) []PersonalTurn {
	other := Lead
	if role == Lead {
		other = Engineer
	}
	var all []PersonalTurn
	for _, shift := range r.Shifts(from, to) {
		if shift.Of(role) != person {
			continue
		}
		if n := len(all); n > 0 && all[n-1].To.Equal(shift.From) {
			all[n-1].To = shift.To
			all[n-1].With = distinct(append(all[n-1].With, shift.Of(other)))
			continue
		}
		all = append(all, PersonalTurn{Role: role, From: shift.From, To: shift.To, With: []string{shift.Of(other)}})
	}
	return all
}
