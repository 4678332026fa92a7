package config

import (
	"slices"
	"time"

	"daymark/support"
)

func (r *review) people() {
	for i := range r.doc.Support.People {
		person, path := &r.doc.Support.People[i], index("support.people", i)
		r.once(path+".may", person.May)
		r.reachable(path+".phone", person.Phone)
		if person.Role == "" {
			person.Role = "reader"
		}
	}
}

func (r *review) rotas() {
	known := r.known()
	for i := range r.doc.Support.Rotas {
		rota, path := &r.doc.Support.Rotas[i], index("support.rotas", i)
		if rota.Timezone == "" {
			rota.Timezone = r.doc.Page.Timezone
		}
		if rota.Handover == "" {
			rota.Handover = support.DefaultHandover
		}
		zone, err := time.LoadLocation(rota.Timezone)
		if err != nil {
			zone = time.UTC // told by the format
		}
		r.members(path+".lead", "lead", rota.Lead, known.people)
		r.members(path+".engineer", "engineer", rota.Engineer, known.people)
		for j, swap := range rota.Swaps {
			at := index(path+".swaps", j)
			r.member(at+".person", swap.Role, swap.Person, known.people)
			r.after(at, swap.From, swap.To, zone)
		}
		for j, absence := range rota.Absences {
			at := index(path+".absences", j)
			r.refers(at+".person", absence.Person, "person", known.people)
			r.after(at, absence.From, absence.To, zone)
		}
		r.hours(path+".on_call", &rota.OnCall, rota.Timezone)
		r.escalation(path+".escalation", rota.Escalation, known)
		r.places(path, rota, zone)
	}
}

// places tells the first moment at which Lead and Engineer would be one
// person, or a place empty. Texts that cannot be read, and lists without people, were told
// where they stand.
func (r *review) places(path string, rota *support.Rota, zone *time.Location) {
	roster, err := support.NewRoster(*rota, zone)
	if err != nil || len(rota.Lead) == 0 || len(rota.Engineer) == 0 {
		return
	}
	now := r.options.Now()
	if conflict := roster.Check(now, now.Add(support.Ahead)); conflict != nil {
		r.at(path, "%s", conflict)
	}
}

func (r *review) members(path, role string, people, known []string) {
	r.once(path, people)
	for i, person := range people {
		r.member(index(path, i), role, person, known)
	}
}

// member tells people who are not there, or may not take the role.
func (r *review) member(path, role, person string, known []string) {
	if !r.refers(path, person, "person", known) || role == "" {
		return
	}
	for i, p := range r.doc.Support.People {
		if p.ID == person && !slices.Contains(p.May, role) {
			r.at(path, "%s may not be %s: add it to support.people[%d].may, or choose somebody else", r.quoted(path, person), role, i)
			return
		}
	}
}

func (r *review) escalation(path string, steps []support.Step, known known) {
	tellable := slices.Concat(support.Told(), known.people, known.staff)
	for i, step := range steps {
		at := index(path, i)
		r.once(at+".tell", step.Tell)
		r.once(at+".by", step.By)
		for j, who := range step.Tell {
			r.refers(index(at+".tell", j), who, "role, person or staff channel", tellable)
		}
		for j, by := range step.By {
			switch {
			case by == "email" && !r.sendsEmail():
				r.at(index(at+".by", j), "notify.email.smtp says no mail server: fill it in, or leave email out")
			case by == "sms" && !r.sendsSMS():
				r.at(index(at+".by", j), "notify.sms.twilio says no account: fill it in, or leave sms out")
			case by == "voice" && (!r.sendsSMS() || r.doc.Notify.SMS.Twilio.VoiceFrom == "" && !r.broken("notify.sms.twilio.voice_from")):
				r.at(index(at+".by", j), "notify.sms.twilio says no account with a voice_from to call from: fill it in, or leave voice out")
			}
		}
		if i > 0 && step.After < steps[i-1].After {
			r.at(at+".after", "this step comes before the one above it: put them in the order of their times")
		}
	}
}
