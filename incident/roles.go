package incident

import (
	"cmp"
	"slices"
	"time"

	"daymark/support"
)

// Acknowledge takes a role of an incident. The same person never holds both.
type Acknowledge struct {
	Incident string       `json:"incident"`
	Role     support.Role `json:"role"`
	Person   string       `json:"person"` // who takes it; "": who gives the command
}

func (c Acknowledge) act() (action, object string) {
	return "incident acknowledged as " + string(c.Role), c.Incident
}

func (c Acknowledge) apply(d *decider, by By) (string, error) {
	inc, err := d.open(c.Incident)
	if err != nil {
		return "", err
	}
	person := cmp.Or(c.Person, by.Person)
	if err := d.policy.mayHold(inc, c.Role, person); err != nil {
		return "", err
	}
	switch holder := inc.Care.Holders.Of(c.Role); holder {
	case person:
		return inc.ID, nil // said twice
	case "":
	default:
		return "", refuse(Conflict, "%s is %s already: the role can be handed over", d.policy.person(holder), c.Role.Title())
	}
	d.hold(inc, c.Role, person)
	d.note(inc, Entry{Kind: Event, By: by.Person, Text: d.policy.person(person) + " took the role of " + c.Role.Title() + "."})
	if inc.Care.Acknowledged.IsZero() {
		inc.Care.Acknowledged = d.now
		d.endClock(inc, Acknowledged, ByPerson)
	}
	return inc.ID, nil
}

// HandOver passes a role that somebody holds to somebody else.
type HandOver struct {
	Incident string       `json:"incident"`
	Role     support.Role `json:"role"`
	To       string       `json:"to"`   // a person
	Note     string       `json:"note"` // what they should know; may be empty
}

func (c HandOver) act() (action, object string) {
	return string(c.Role) + " handed over to " + c.To, c.Incident
}

func (c HandOver) apply(d *decider, by By) (string, error) {
	inc, err := d.open(c.Incident)
	if err != nil {
		return "", err
	}
	if err := d.policy.mayHold(inc, c.Role, c.To); err != nil {
		return "", err
	}
	from := inc.Care.Holders.Of(c.Role)
	switch from {
	case "":
		return "", refuse(Conflict, "nobody is %s of incident %s: who takes the role acknowledges", c.Role.Title(), inc.ID)
	case c.To:
		return inc.ID, nil
	}
	text := d.policy.person(from) + " handed the role of " + c.Role.Title() + " over to " + d.policy.person(c.To) + "."
	if c.Note != "" {
		note, err := written("the note", c.Note)
		if err != nil {
			return "", err
		}
		text += " " + note
	}
	d.hold(inc, c.Role, c.To)
	d.note(inc, Entry{Kind: Event, By: by.Person, Text: text})
	d.alert(inc, Alert{Kind: HelpAlert, Person: c.To, Role: c.Role, Text: text})
	return inc.ID, nil
}

// PassTo gives an incident to another team, whose rota is asked from now on.
type PassTo struct {
	Incident string `json:"incident"`
	Team     string `json:"team"`
	Reason   string `json:"reason"`
}

func (c PassTo) act() (action, object string) {
	return "incident passed to team " + c.Team, c.Incident
}

func (c PassTo) apply(d *decider, by By) (string, error) {
	inc, err := d.open(c.Incident)
	if err != nil {
		return "", err
	}
	team, known := d.policy.teams[c.Team]
	if !known {
		return "", refuse(NotFound, "there is no team %q in the configuration", c.Team)
	}
	reason, err := written("the reason", c.Reason)
	if err != nil {
		return "", err
	}
	if d.policy.team(inc) == c.Team {
		return "", refuse(Conflict, "incident %s is with %s already", inc.ID, team.Name)
	}
	inc.Care.Team, inc.Care.Holders = c.Team, support.Holders{}
	inc.CleanSince, inc.Care.Proposed = time.Time{}, time.Time{} // whether it is over is theirs to say
	d.note(inc, Entry{Kind: Event, By: by.Person, Text: "Passed to " + team.Name + ": " + reason})
	d.ask(inc, c.Team)
	return inc.ID, nil
}

// CallIn asks a person by name for help.
type CallIn struct {
	Incident string `json:"incident"`
	Person   string `json:"person"`
	Text     string `json:"text"` // why
}

func (c CallIn) act() (action, object string) { return c.Person + " called in", c.Incident }

func (c CallIn) apply(d *decider, by By) (string, error) {
	inc, err := d.open(c.Incident)
	if err != nil {
		return "", err
	}
	if _, known := d.policy.people[c.Person]; !known {
		return "", refuse(NotFound, "there is no person %q in the configuration", c.Person)
	}
	text, err := written("the text", c.Text)
	if err != nil {
		return "", err
	}
	d.note(inc, Entry{Kind: Event, By: by.Person, Text: "Called in " + d.policy.person(c.Person) + ": " + text})
	d.alert(inc, Alert{Kind: HelpAlert, Person: c.Person, Text: text})
	return inc.ID, nil
}

// mayHold says why a person cannot take a role of an incident.
func (p *Policy) mayHold(inc *Incident, role support.Role, person string) error {
	if !slices.Contains(support.Roles(), role) {
		return refuse(Invalid, "there is no role %q: it is lead or engineer", role)
	}
	who, known := p.people[person]
	switch {
	case person == "":
		return refuse(Invalid, "it is not said who takes the role of %s: name a person", role.Title())
	case !known:
		return refuse(NotFound, "there is no person %q in the configuration", person)
	case !slices.Contains(who.May, string(role)):
		return refuse(Forbidden, "%s may not be %s: the configuration does not say so in `may`", p.person(person), role.Title())
	}
	for _, other := range support.Roles() {
		if other != role && inc.Care.Holders.Of(other) == person {
			return refuse(Conflict, "%s is %s of this incident, and nobody holds both roles", p.person(person), other.Title())
		}
	}
	return nil
}

func (d *decider) hold(inc *Incident, role support.Role, person string) {
	if role == support.Lead {
		inc.Care.Holders.Lead = person
		inc.Care.Leads = append(slices.DeleteFunc(slices.Clone(inc.Care.Leads), func(had string) bool { return had == person }), person)
	} else {
		inc.Care.Holders.Engineer = person
	}
}

// person gives a person's name, or their id where they are not configured any
// more.
func (p *Policy) person(id string) string { return cmp.Or(p.people[id].Name, id) }
