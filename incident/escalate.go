package incident

import (
	"fmt"
	"slices"
	"time"

	"daymark/support"
)

// team gives the team that has an incident: the one that it was passed to, or
// the owner of the worst affected component; "" where nobody owns any.
func (p *Policy) team(inc *Incident) string {
	if inc.Care.Team != "" {
		return inc.Care.Team
	}
	best, team := -1, ""
	for _, a := range p.ordered(inc.Affected) {
		c := p.components[a.Component]
		if c == nil || c.Owner == "" {
			continue
		}
		// How bad it is comes first, then how much it matters.
		if rank := 4*a.Worst.Badness() + int(c.weight()); rank > best {
			best, team = rank, c.Owner
		}
	}
	return team
}

// RotaOf gives the id of the rota that an incident is on; "" where it is on
// none.
func (p *Policy) RotaOf(inc *Incident) string { return p.teams[p.team(inc)].Rota }

// roster gives the rota that an incident is on, or nil.
func (p *Policy) roster(inc *Incident) *support.Roster { return p.rosters[p.RotaOf(inc)] }

// stakeholder gives who else agrees to a fix; "" for nobody.
func (p *Policy) stakeholder(inc *Incident) string { return p.teams[p.team(inc)].Stakeholder }

// vacate takes the roles of an incident from those who are not in the
// configuration any more, on the record: they are asked for anew.
func (d *decider) vacate(inc *Incident) {
	for _, role := range support.Roles() {
		holder := inc.Care.Holders.Of(role)
		if _, known := d.policy.people[holder]; known || holder == "" {
			continue
		}
		if role == support.Lead {
			inc.Care.Holders.Lead = ""
		} else {
			inc.Care.Holders.Engineer = ""
		}
		d.note(inc, Entry{Kind: Event, Text: holder + " is not in the configuration any more: nobody is " + role.Title() + " now."})
	}
}

// leadOf gives who is reminded of an incident's promises: its Lead, or while
// nobody is, the one on call.
func (p *Policy) leadOf(inc *Incident, now time.Time) string {
	if inc.Care.Holders.Lead != "" {
		return inc.Care.Holders.Lead
	}
	if roster := p.roster(inc); roster != nil {
		return roster.OnCall(now).Lead
	}
	return ""
}

// ask lets an incident ask a team for people from now on, or from the next
// hour in which somebody is on call.
func (d *decider) ask(inc *Incident, team string) {
	inc.Care.Asked, inc.Care.AskedTeam, inc.Care.Called = d.now, team, nil
	if roster := d.policy.roster(inc); roster != nil {
		if opens := roster.Opening(inc.Care.Asked); !opens.IsZero() {
			inc.Care.Asked = opens
		}
	}
}

// escalate tells those whom the steps that are due name, once a step, until both
// roles are taken. What visitors do not see calls nobody.
func (d *decider) escalate(inc *Incident) {
	if !d.policy.calls(inc) {
		return
	}
	if team := d.policy.team(inc); inc.Care.Asked.IsZero() || inc.Care.AskedTeam != team {
		d.ask(inc, team)
	}
	roster := d.policy.roster(inc)
	if roster == nil {
		return
	}
	for _, call := range roster.Calls(d.policy.escalation(inc), d.now) {
		told := fmt.Sprintf("%d %s%s", call.Step, call.Person, call.Channel)
		if slices.Contains(inc.Care.Called, told) {
			continue
		}
		inc.Care.Called = append(inc.Care.Called, told)
		d.alert(inc, Alert{Kind: CallAlert, Rota: d.policy.RotaOf(inc), Person: call.Person, Channel: call.Channel, Role: call.Role, By: call.By, Text: inc.Reason})
	}
}

// calls says whether an incident asks for people: nobody is woken for what
// visitors do not see, nor for what works again.
func (p *Policy) calls(inc *Incident) bool {
	return inc.Public() && (inc.CleanSince.IsZero() || inc.ByHand())
}

func (p *Policy) escalation(inc *Incident) support.Escalation {
	return support.Escalation{Asked: inc.Care.Asked, Holders: inc.Care.Holders, People: p.everybody}
}

// callDue gives when the next step of an escalation is due; zero: none is.
func (p *Policy) callDue(inc *Incident, now time.Time) time.Time {
	roster := p.roster(inc)
	if roster == nil || !p.calls(inc) || inc.Care.Asked.IsZero() {
		return time.Time{}
	}
	return roster.NextCall(p.escalation(inc), now)
}
