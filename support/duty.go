package support

import (
	"cmp"
	"slices"
	"time"
)

// Duty is what a person was on call for in one month of the rota's zone.
type Duty struct {
	Person   string
	Month    time.Time     // its first moment
	OnCall   time.Duration // in either role
	OutHours time.Duration // of it, outside the service hours
}

// Duties adds up who was on call for how long from one moment to another, by
// month and person, in that order. service says what counts as within hours.
func (r *Roster) Duties(from, to time.Time, service *Calendar) []Duty {
	type key struct {
		month  int64
		person string
	}
	sums := map[key]*Duty{}
	for _, shift := range r.Shifts(from, to) {
		for begins := shift.From; begins.Before(shift.To); {
			y, m, _ := begins.In(r.zone).Date()
			month, next := date{y, m, 1}.moment(0, r.zone, firstOf), date{y, m + 1, 1}.moment(0, r.zone, firstOf)
			ends := earlier(shift.To, next)
			for _, person := range distinct([]string{shift.Lead, shift.Engineer}) {
				if person == "" {
					continue
				}
				k := key{month.Unix(), person}
				if sums[k] == nil {
					sums[k] = &Duty{Person: person, Month: month}
				}
				sums[k].OnCall += ends.Sub(begins)
				sums[k].OutHours += ends.Sub(begins) - service.Between(begins, ends)
			}
			begins = ends
		}
	}
	all := make([]Duty, 0, len(sums))
	for _, duty := range sums {
		all = append(all, *duty)
	}
	slices.SortFunc(all, func(a, b Duty) int { return cmp.Or(a.Month.Compare(b.Month), cmp.Compare(a.Person, b.Person)) })
	return all
}
