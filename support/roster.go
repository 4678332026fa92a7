package support

import (
	"fmt"
	"slices"
	"time"
)

// Role is one of the two places of a rota.
type Role string

// The roles of an incident: always two different people.
const (
	Lead     Role = "lead"
	Engineer Role = "engineer"
)

// Roles lists both.
func Roles() []Role { return []Role{Lead, Engineer} }

// Title gives the role's name for people.
func (r Role) Title() string {
	if r == Lead {
		return "Support Lead"
	}
	return "Support Engineer"
}

// Pair is who holds the two places; an empty place is "".
type Pair struct{ Lead, Engineer string }

// Of gives who holds a role.
func (p Pair) Of(role Role) string {
	if role == Lead {
		return p.Lead
	}
	return p.Engineer
}

// Roster is a Rota made ready: it tells who is on it at any moment, before
// its beginning too. It does not change and is safe for concurrent use.
type Roster struct {
	rota     Rota
	zone     *time.Location
	handover Handover
	begins   date // the day on which the first turn begins
	swaps    []span
	absences []span
	onCall   *Calendar
}

// span is a swap, or an absence without a role.
type span struct {
	role     Role
	person   string
	from, to time.Time
}

func (s *span) holds(at time.Time) bool { return !at.Before(s.from) && at.Before(s.to) }

// NewRoster reads a rota; zone is used where it names none. Errors name the
// part that is wrong. Whether its places are filled is Check's to say.
func NewRoster(rota Rota, zone *time.Location) (*Roster, error) {
	r := &Roster{rota: rota, zone: zone}
	fail := func(err error) (*Roster, error) { return nil, fmt.Errorf("rota %s: %w", rota.ID, err) }
	if rota.Timezone != "" {
		own, err := time.LoadLocation(rota.Timezone)
		if err != nil {
			return fail(err)
		}
		r.zone = own
	}
	if rota.Handover == "" {
		rota.Handover = DefaultHandover
	}
	var err error
	if r.handover, err = ParseHandover(rota.Handover); err != nil {
		return fail(err)
	}
	starting, err := ParseDate(rota.Starting, time.UTC)
	if err != nil {
		return fail(err)
	}
	for r.begins = dateOf(starting); !r.handover.Daily && r.begins.weekday() != r.handover.Day; {
		r.begins = r.begins.plus(1)
	}
	for _, swap := range rota.Swaps {
		s, err := r.span(Role(swap.Role), swap.Person, swap.From, swap.To)
		if err != nil {
			return fail(fmt.Errorf("swaps: %w", err))
		}
		r.swaps = append(r.swaps, s)
	}
	for _, absence := range rota.Absences {
		s, err := r.span("", absence.Person, absence.From, absence.To)
		if err != nil {
			return fail(fmt.Errorf("absences: %w", err))
		}
		r.absences = append(r.absences, s)
	}
	hours := rota.OnCall
	if hours.Days == "" {
		hours.Always = true
	}
	if r.onCall, err = NewCalendar(hours, r.zone); err != nil {
		return fail(fmt.Errorf("on_call: %w", err))
	}
	return r, nil
}

func (r *Roster) span(role Role, person, from, to string) (span, error) {
	begins, err := ParseMoment(from, r.zone)
	if err != nil {
		return span{}, err
	}
	ends, err := ParseMoment(to, r.zone)
	if err != nil {
		return span{}, err
	}
	if !ends.After(begins) {
		return span{}, fmt.Errorf("%s is not later than %s", to, from)
	}
	return span{role, person, begins, ends}, nil
}

// turn gives the number of the turn that a moment falls into, and when that
// turn began; turns before the first have negative numbers.
func (r *Roster) turn(at time.Time) (int, time.Time) {
	days := 7
	if r.handover.Daily {
		days = 1
	}
	n := floorDiv(dateOf(at.In(r.zone)).number()-r.begins.number(), days)
	began := r.turnBegins(n)
	if at.Before(began) { // earlier on the day of the handover
		n--
		began = r.turnBegins(n)
	}
	return n, began
}

func (r *Roster) turnBegins(n int) time.Time {
	days := 7
	if r.handover.Daily {
		days = 1
	}
	return r.begins.plus(n*days).moment(r.handover.At, r.zone, firstOf)
}

func floorDiv(a, b int) int {
	if q := a / b; a%b >= 0 {
		return q
	}
	return a/b - 1
}

// Scheduled gives who holds the places at a moment, whether or not the hours
// of on-call have begun. A swap that is written later goes before an earlier
// one; whoever is away holds no place.
func (r *Roster) Scheduled(at time.Time) Pair {
	n, _ := r.turn(at)
	return Pair{r.holder(Lead, r.rota.Lead, n, at), r.holder(Engineer, r.rota.Engineer, n, at)}
}

func (r *Roster) holder(role Role, list []string, turn int, at time.Time) string {
	person := ""
	if len(list) > 0 {
		person = list[turnOf(turn, len(list))]
	}
	for _, swap := range r.swaps {
		if swap.role == role && swap.holds(at) {
			person = swap.person
		}
	}
	if r.away(person, at) {
		return ""
	}
	return person
}

// turnOf gives whose turn of so many people it is.
func turnOf(turn, people int) int {
	if people == 0 {
		return 0
	}
	return turn - floorDiv(turn, people)*people
}

// list gives those who take turns in a role, in order.
func (r *Roster) list(role Role) []string {
	if role == Lead {
		return r.rota.Lead
	}
	return r.rota.Engineer
}

func (r *Roster) away(person string, at time.Time) bool {
	return slices.ContainsFunc(r.absences, func(s span) bool { return s.person == person && s.holds(at) })
}

// OnCall gives who is on call at a moment: nobody outside the hours of
// on-call.
func (r *Roster) OnCall(at time.Time) Pair {
	if !r.onCall.Open(at) {
		return Pair{}
	}
	return r.Scheduled(at)
}

// Opening gives the moment itself where somebody is meant to be on call then,
// else the next time when somebody is; zero where there is none within two years.
func (r *Roster) Opening(at time.Time) time.Time { return r.onCall.Opening(at) }

// Shift is a time during which the same two people hold the places.
type Shift struct {
	Pair
	From, To time.Time
}

// Shifts lists who is on call from one moment to another, in order, without
// the times when nobody is meant to be. Neighbours differ.
func (r *Roster) Shifts(from, to time.Time) []Shift {
	var all []Shift
	moments := r.changes(from, to)
	for i, at := range moments[:len(moments)-1] {
		if !r.onCall.Open(at) {
			continue
		}
		shift := Shift{r.Scheduled(at), at, moments[i+1]}
		if n := len(all); n > 0 && all[n-1].Pair == shift.Pair && all[n-1].To.Equal(at) {
			all[n-1].To = shift.To
			continue
		}
		all = append(all, shift)
	}
	return all
}

// changes lists, in order, from, to, and the moments between them at which
// who is on call may change.
func (r *Roster) changes(from, to time.Time) []time.Time {
	all := []time.Time{from, to}
	add := func(at time.Time) {
		if at.After(from) && at.Before(to) {
			all = append(all, at)
		}
	}
	n, _ := r.turn(from)
	for at := r.turnBegins(n + 1); at.Before(to); n, at = n+1, r.turnBegins(n+2) {
		add(at)
	}
	for _, s := range slices.Concat(r.swaps, r.absences) {
		add(s.from)
		add(s.to)
	}
	if !r.onCall.Always() {
		for w, ok := r.onCall.next(from); ok && w.opens.Before(to); w, ok = r.onCall.next(w.closes) {
			add(w.opens)
			add(w.closes)
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	return slices.CompactFunc(all, time.Time.Equal)
}
