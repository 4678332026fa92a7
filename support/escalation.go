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
// for the other, and nobody who is away is told.
func (r *Roster) Calls(e Escalation, now time.Time) []Call {
	var calls []Call
	if e.Holders.Lead != "" && e.Holders.Engineer != "" {
		return nil
	}
	told := map[string]bool{e.Holders.Lead: true, e.Holders.Engineer: true, "": true}
	for i, step := range r.rota.Escalation {
		at := e.Asked.Add(step.After)
		if at.After(now) {
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
		if at := e.Asked.Add(step.After); at.After(now) {
			return at
		}
	}
	return time.Time{}
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
		return ask(Lead, r.following(r.rota.Lead, scheduled, at, told))
	case "next-" + string(Engineer):
		return ask(Engineer, r.following(r.rota.Engineer, scheduled, at, told))
	case "everybody":
		var all []Call
		for _, person := range distinct(slices.Concat(r.rota.Lead, r.rota.Engineer)) {
			if !r.away(person, at) {
				all = append(all, Call{Person: person})
			}
		}
		return all
	}
	if slices.Contains(e.People, word) {
		return []Call{{Person: word}}
	}
	return []Call{{Channel: word}}
}

// following gives the next of a list, after whoever of it is on the rota now,
// who was not told yet and is there; "" where there is none.
func (r *Roster) following(list []string, scheduled Pair, at time.Time, told map[string]bool) string {
	from := 0
	for i, person := range list {
		if person == scheduled.Lead || person == scheduled.Engineer {
			from = i
			break
		}
	}
	for i := range list {
		person := list[(from+1+i)%len(list)]
		if !told[person] && person != scheduled.Lead && person != scheduled.Engineer && !r.away(person, at) {
			return person
		}
	}
	return ""
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
