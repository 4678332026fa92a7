package notify

import (
	"fmt"
	"slices"
	"time"
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
	for i, way := 0, s.letterWay(); i < len(s.opts.People) && way != ""; i++ {
		p := &s.opts.People[i]
		if p.ID == r.Person || !slices.Contains(others, p.ID) || addressOf(p, way) == "" {
			continue
		}
		notice := n
		all = append(all, Delivery{
			ID: "elevation-" + r.ID + "-" + p.ID, Channel: way, Audience: Staff, Created: now, Expires: now.Add(24 * time.Hour), Notice: &notice,
			Subscriber: Subscriber{Channel: way, Address: personAddress + p.ID, Name: p.Name},
		})
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
