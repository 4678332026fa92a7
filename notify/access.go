package notify

import (
	"fmt"
	"slices"
	"time"

	"daymark/support"
)

// Rise is somebody who rose above their role for a time.
type Rise struct {
	ID     string
	Person string // who; id in the configuration
	Role   string // that they have meanwhile
	Reason string
	Until  time.Time
}

// Rose tells the others that somebody rose above their role: each of some
// people, by email or, without that, by text message. Where none of them can
// be reached, the channels of staff hear.
func (s *Staffing) Rose(r Rise, others []string, now time.Time) []Delivery {
	n := Notice{
		Kind: AccessNotice, Key: "elevation-" + r.ID,
		Title: fmt.Sprintf("%s rose to %s until %s", s.name(r.Person), r.Role, timeOfDay(r.Until, now, s.opts.Page.Zone)),
		Text:  "Their reason: " + oneLine(r.Reason, maxText) + "\n\nIt ends by itself. What they do meanwhile is listed, and an administrator can end it.",
		Link:  s.opts.Page.URL + "/console/elevations", LinkText: "See it",
		Why: "You get this because you are an administrator, or on call.",
	}
	var all []Delivery
	for i := range s.opts.People {
		if person := s.opts.People[i].ID; person != r.Person && slices.Contains(others, person) {
			notice := n
			all = append(all, s.letter("elevation-"+r.ID, person, &notice, now, 24*time.Hour)...)
		}
	}
	if len(all) > 0 {
		return all
	}
	for i := range s.opts.Channels {
		notice := n
		id := s.opts.Channels[i].ID
		all = append(all, s.to(&s.opts.Channels[i], Delivery{ID: "elevation-" + r.ID + "-" + id, Created: now, Expires: now.Add(24 * time.Hour), Notice: &notice}))
	}
	return all
}

// letter is a notice to one person; none where they cannot be reached so. id is
// the same for all who get it.
func (s *Staffing) letter(id, person string, n *Notice, now time.Time, life time.Duration) []Delivery {
	way := s.letterWay()
	at := slices.IndexFunc(s.opts.People, func(p support.Person) bool { return p.ID == person })
	if way == "" || at < 0 || addressOf(&s.opts.People[at], way) == "" {
		return nil
	}
	return []Delivery{{
		ID: id + "-" + person, Channel: way, Audience: Staff, Created: now, Expires: now.Add(life), Notice: n,
		Subscriber: Subscriber{Channel: way, Address: personAddress + person, Name: s.opts.People[at].Name},
	}}
}

// letterWay is how people are told what does not ring: by email where that is
// set up, else by text message; "" where neither is.
func (s *Staffing) letterWay() string {
	for _, way := range []string{"email", "sms"} {
		if slices.Contains(s.opts.Ways, way) {
			return way
		}
	}
	return ""
}
