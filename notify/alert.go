package notify

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"daymark/incident"
	"daymark/support"
)

// StaffOptions is whom staff alerts go to. Page is required.
type StaffOptions struct {
	Page     PageInfo
	People   []support.Person
	Teams    []incident.Team
	Owners   map[string]string // the team of a component
	Channels []StaffChannel
	// Wording is that of staff; nil: what happened is told as it is published.
	Wording *incident.Wording
	// Ways are the channels by which people can be told: email, sms, voice.
	Ways []string
}

// Staffing turns what the rules decided into messages for staff: pure, so that
// a store queues them in the transaction of the decision itself. It does not
// change and may be used from several goroutines.
//
// A delivery to a person or a team names them, not their address, which is
// looked up when it is sent: whoever has a new number is called there.
type Staffing struct {
	opts   StaffOptions
	people map[string]support.Person
	teams  map[string]incident.Team
}

// NewStaffing returns a Staffing, or an error that says what is missing.
func NewStaffing(opts StaffOptions) (*Staffing, error) {
	opts.Page.URL = strings.TrimRight(opts.Page.URL, "/")
	if opts.Page.Name == "" || opts.Page.Zone == nil {
		return nil, errors.New("staff alerts: a page needs a name and a time zone")
	}
	s := &Staffing{opts: opts, people: map[string]support.Person{}, teams: map[string]incident.Team{}}
	for _, p := range opts.People {
		s.people[p.ID] = p
	}
	for _, t := range opts.Teams {
		s.teams[t.ID] = t
	}
	return s, nil
}

// What a delivery's address begins with where it is looked up when it is sent.
const (
	personAddress = "person:"
	teamAddress   = "team:"
)

// PersonOf gives the person that a delivery of staff names.
func PersonOf(address string) (id string, is bool) { return strings.CutPrefix(address, personAddress) }

// Resolve puts the address of today in place of the person or team that a
// delivery names; of one in doubt the number that it went to, since that is
// what the provider knows it by.
func (s *Staffing) Resolve(d Delivery) (Delivery, error) {
	if d.Audience != Staff {
		return d, nil
	}
	if d.State == Unknown && d.Called != "" {
		d.Subscriber.Address = d.Called
		return d, nil
	}
	if id, is := strings.CutPrefix(d.Subscriber.Address, teamAddress); is {
		if d.Subscriber.Address = s.teams[id].Email; d.Subscriber.Address == "" {
			return d, fmt.Errorf("the configuration has no email address of team %s any more", id)
		}
		return d, nil
	}
	id, is := PersonOf(d.Subscriber.Address)
	if !is {
		return d, nil
	}
	p, known := s.people[id]
	if !known {
		return d, fmt.Errorf("the configuration does not know %s any more", id)
	}
	if d.Subscriber.Address = addressOf(&p, d.Channel); d.Subscriber.Address == "" {
		return d, fmt.Errorf("the configuration has no address of %s for %s any more", id, d.Channel)
	}
	return d, nil
}

// Rendering gives a Render for a Sender that looks up addresses first.
func (s *Staffing) Rendering(render func(Delivery) (Message, error)) func(Delivery) (Message, error) {
	return func(d Delivery) (Message, error) {
		d, err := s.Resolve(d)
		if err != nil {
			return Message{}, err
		}
		return render(d)
	}
}

func addressOf(p *support.Person, way string) string {
	if way == "email" {
		return p.Email
	}
	return p.Phone
}

// Alert gives the messages of an alert, which the store keeps under a number:
// to a person one for each way, to a channel one. inc is the incident that it
// is about, as it is now; nil where that is not at hand.
func (s *Staffing) Alert(number int64, a *incident.Alert, inc *incident.Incident, now time.Time) []Delivery {
	n := s.about(a, inc, now)
	base := Delivery{Audience: Staff, Incident: incident.Incident{ID: a.Incident}, Created: now}
	if a.Person == "" {
		c := s.channel(a.Channel)
		if c == nil {
			return nil
		}
		d := base
		d.ID, d.Expires, d.Notice = fmt.Sprintf("alert-%d-%s", number, c.ID), now.Add(lifeOf(a.Kind, "")), n
		return []Delivery{s.to(c, d)}
	}
	person, known := s.people[a.Person]
	if !known {
		return nil
	}
	var all []Delivery
	for _, way := range s.ways(a, &person, inc) {
		d := base
		d.ID, d.Channel, d.Expires = fmt.Sprintf("alert-%d-%s", number, way), way, now.Add(lifeOf(a.Kind, way))
		d.Subscriber = Subscriber{Channel: way, Address: personAddress + person.ID, Name: person.Name}
		own := *n
		s.answerable(&own, a, way, &person, inc, now)
		d.Notice = &own
		all = append(all, d)
	}
	return all
}

// ways lists by which ways a person hears an alert: those that it names and
// that reach them. An alert that names none goes by email, and by text message
// too where the incident is P1 or P2. Nobody hears nothing for want of a
// number: then it is an email.
func (s *Staffing) ways(a *incident.Alert, p *support.Person, inc *incident.Incident) []string {
	wanted := a.By
	if len(wanted) == 0 {
		wanted = []string{"email"}
		if inc != nil && inc.Severity != 0 && inc.Severity <= incident.P2 && a.Kind != incident.ReviewAlert {
			wanted = []string{"email", "sms"}
		}
	}
	reaches := func(way string) bool { return slices.Contains(s.opts.Ways, way) && addressOf(p, way) != "" }
	var ways []string
	for _, way := range wanted {
		if reaches(way) && !slices.Contains(ways, way) {
			ways = append(ways, way)
		}
	}
	for _, way := range []string{"email", "sms"} {
		if len(ways) == 0 && reaches(way) && a.Kind != incident.AskAlert { // whose link is long, and a secret
			ways = append(ways, way)
		}
	}
	return ways
}

// lifeOf is how long an alert is worth sending: a phone that rings an hour
// late wakes somebody for what others have done meanwhile.
func lifeOf(kind incident.AlertKind, way string) time.Duration {
	switch {
	case way == "voice":
		return 10 * time.Minute
	case kind == incident.CallAlert || kind == incident.HelpAlert || kind == incident.NudgeAlert:
		return time.Hour
	}
	return 24 * time.Hour
}

func (s *Staffing) channel(id string) *StaffChannel {
	for i := range s.opts.Channels {
		if s.opts.Channels[i].ID == id {
			return &s.opts.Channels[i]
		}
	}
	return nil
}

// to addresses a delivery to a staff channel.
func (s *Staffing) to(c *StaffChannel, d Delivery) Delivery {
	d.Audience, d.Channel = Staff, c.Kind()
	d.Subscriber = Subscriber{Channel: d.Channel, Address: c.ID, Name: c.ID}
	return d
}

// hears says whether a channel is told of a severity.
func (c *StaffChannel) hears(severity incident.Severity) bool {
	return severity != 0 && (c.From == "" || severity <= severities[c.From])
}
