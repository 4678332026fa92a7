package support

import (
	"slices"
	"time"
)

// Holders is who holds the roles of an incident because they acknowledged, or
// took a role over; "" while nobody does.
type Holders = Pair

// Call asks one person, or one staff channel, to take a role.
type Call struct {
	Step    int       // of the escalation, from 0
	At      time.Time // when it is due
	Role    Role      // that the person is asked to take; "" for help in general, and for a channel
	Person  string    // "" for a channel
	Channel string    // "" for a person
	By      []string  // email, sms, voice; empty for a channel
}

// Escalation is what an incident asks of a rota at a moment.
type Escalation struct {
	Asked   time.Time // when the incident asked for somebody
	Holders Holders
	People  []string // all that the configuration knows, so that others are staff channels
}

// Calls lists those whom the steps that are due by now tell, in order, each
// once a step: who did not hear the first call may hear the next one. Nobody
// is told any more once both roles are held. Who holds one role is never asked
// for the other, and nobody is told who is away, or outside the hours of
// on-call.
func (r *Roster) Calls(e Escalation, now time.Time) []Call {
	var calls []Call
	if e.Holders.Lead != "" && e.Holders.Engineer != "" {
		return nil
	}
	told := map[string]bool{e.Holders.Lead: true, e.Holders.Engineer: true, "": true}
	for i, step := range r.rota.Escalation {
		at := r.stepAt(e, step)
		if at.IsZero() || at.After(now) {
			break
		}
		asked := map[string]bool{e.Holders.Lead: true, e.Holders.Engineer: true, "": true}
		for _, word := range step.Tell {
			for _, call := range r.resolve(word, e, at, told) {
				who := call.Person + call.Channel
				if asked[who] {
					continue
				}
				asked[who], told[who] = true, true
				call.Step, call.At = i, at
				if call.Person != "" {
					call.By = step.By
				}
				calls = append(calls, call)
			}
		}
	}
	return calls
}

// NextCall gives when the next step after now is due; zero: none is.
func (r *Roster) NextCall(e Escalation, now time.Time) time.Time {
	if e.Holders.Lead != "" && e.Holders.Engineer != "" {
		return time.Time{}
	}
	for _, step := range r.rota.Escalation {
		if at := r.stepAt(e, step); at.After(now) {
			return at
		}
	}
	return time.Time{}
}

// stepAt gives when a step is due: its time counts while somebody is meant to
// be on call, so that an escalation that begins before the close goes on at
// the next opening. Zero: never, because nobody ever is.
func (r *Roster) stepAt(e Escalation, step Step) time.Time {
	at := r.onCall.Add(e.Asked, 0, step.After)
	if at.IsZero() {
		return at
	}
	return r.onCall.Opening(at) // the closing moment itself is outside
}

// resolve turns a word of a step into people or a channel.
func (r *Roster) resolve(word string, e Escalation, at time.Time, told map[string]bool) []Call {
	scheduled := r.Scheduled(at)
	ask := func(role Role, person string) []Call {
		if e.Holders.Of(role) != "" || person == "" {
			return nil // held already, or nobody to ask
		}
		return []Call{{Role: role, Person: person}}
	}
	switch word {
	case string(Lead):
		return ask(Lead, scheduled.Lead)
	case string(Engineer):
		return ask(Engineer, scheduled.Engineer)
	case "next-" + string(Lead):
		return r.next(Lead, e, at, told)
	case "next-" + string(Engineer):
		return r.next(Engineer, e, at, told)
	case "everybody":
		return r.everybody(slices.Concat(r.rota.Lead, r.rota.Engineer), at)
	}
	if slices.Contains(e.People, word) {
		return r.everybody([]string{word}, at)
	}
	return []Call{{Channel: word}}
}

// everybody asks those of a list who are there for help.
func (r *Roster) everybody(list []string, at time.Time) []Call {
	var all []Call
	for _, person := range distinct(list) {
		if !r.away(person, at) {
			all = append(all, Call{Person: person})
		}
	}
	return all
}

// next asks the next of a role's list, after whoever has the turn, who is not
// on the rota now, was not told yet and is there. Where there is none, all of
// the list who are there are asked for help: a step is never silent because
// the one before told the last of them.
func (r *Roster) next(role Role, e Escalation, at time.Time, told map[string]bool) []Call {
	if e.Holders.Of(role) != "" {
		return nil // held already
	}
	list, scheduled := r.list(role), r.Scheduled(at)
	from := slices.Index(list, scheduled.Of(role))
	if from < 0 { // away, or swapped for somebody who takes no turns
		n, _ := r.turn(at)
		from = turnOf(n, len(list))
	}
	for i := range list {
		person := list[(from+1+i)%len(list)]
		if !told[person] && person != scheduled.Lead && person != scheduled.Engineer && !r.away(person, at) {
			return []Call{{Role: role, Person: person}}
		}
	}
	return r.everybody(list, at)
}

func distinct(names []string) []string {
	var all []string
	for _, name := range names {
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}
