package notify

import (
	"fmt"
	"slices"
	"time"

	"daymark/incident"
)

// roomLife is how long news of an incident is worth sending to staff.
const roomLife = 4 * time.Hour

// Told gives the messages that a decision means for the channels of staff, and
// for the teams whose components have what visitors do not see. Each has an id
// that follows from what it tells.
func (s *Staffing) Told(d *incident.Decision, now time.Time) []Delivery {
	var all []Delivery
	for i := range d.Incidents {
		inc := &d.Incidents[i]
		for _, n := range s.news(d, inc, now) {
			all = append(all, s.spread(inc, &n, now)...)
		}
	}
	return slices.Concat(all, s.taken(d, now), s.mirrored(d, now), s.swapped(d, now))
}

// taken lets pagers fall silent for what somebody has just taken. Others read
// it in the room.
func (s *Staffing) taken(d *incident.Decision, now time.Time) []Delivery {
	var all []Delivery
	for i := range d.Incidents {
		inc := &d.Incidents[i]
		for j := range s.opts.Channels {
			c := &s.opts.Channels[j]
			if c.PagerDuty == nil || !inc.Open() || !inc.Care.Acknowledged.Equal(now) || !c.hears(inc.Worst) {
				continue
			}
			n := s.notice(inc, "Taken: "+s.what(inc), "")
			n.Taken = true
			all = append(all, s.to(c, Delivery{
				ID: fmt.Sprintf("told-%s-taken-%d-%s", inc.ID, now.UnixMilli(), c.ID), Incident: incident.Incident{ID: inc.ID},
				Created: now, Expires: now.Add(roomLife), Notice: &n,
			}))
		}
	}
	return all
}

// news is something that happened to an incident.
type news struct {
	id       string // what it is, of this incident
	severity incident.Severity
	edge     bool // beginning, worsening or end: a pager hears of these alone
	notice   Notice
}

// news lists what happened to an incident in a decision: its published
// updates; or, where nothing was published with it, that it began, became
// worse or ended.
func (s *Staffing) news(d *incident.Decision, inc *incident.Incident, now time.Time) []news {
	var all []news
	spoken := false
	for i := range d.Updates {
		if u := &d.Updates[i]; u.Incident == inc.ID {
			all, spoken = append(all, s.published(inc, u, now)), true
		}
	}
	if spoken {
		return all
	}
	if !inc.Open() {
		if inc.Resolved.Equal(now) {
			all = append(all, s.ended(inc, now))
		}
		return all
	}
	for _, decision := range d.Severities {
		if decision.Incident != inc.ID || decision.Severity != inc.Severity {
			continue
		}
		if title := s.began(inc, now); title != "" {
			n := s.notice(inc, title, joined([]string{s.sinceLine(inc, now), sentenceOf(inc.Reason), s.nextPromise(inc, now)}))
			return append(all, news{id: fmt.Sprintf("at-%d", now.UnixMilli()), severity: inc.Severity, edge: true, notice: n})
		}
	}
	return all
}

// began says in what way an incident is new at this moment, as its title;
// "" where it is not: it eased, or is as bad as it was before.
func (s *Staffing) began(inc *incident.Incident, now time.Time) string {
	title := inc.Severity.String() + ": " + s.what(inc)
	switch {
	case inc.Warns():
		return "Warning: " + inc.Name
	case !inc.Care.Reached[inc.Severity-1].Equal(now):
		return ""
	case !inc.Care.Reached[incident.P4-1].Equal(now):
		return "Worse, " + title
	case !inc.Opened.Equal(now):
		return "Back again, " + title
	}
	return title
}

func (s *Staffing) ended(inc *incident.Incident, now time.Time) news {
	n := s.notice(inc, "Over: "+s.what(inc), fmt.Sprintf("It lasted %s.", lasting(max(time.Minute, now.Sub(inc.Since)))))
	n.Over = true
	return news{id: fmt.Sprintf("at-%d", now.UnixMilli()), severity: inc.Worst, edge: true, notice: n}
}

func (s *Staffing) published(inc *incident.Incident, u *incident.Update, now time.Time) news {
	title, edge := u.Severity.String()+": "+s.what(inc), true
	switch u.Kind {
	case incident.Ended:
		title = "Over: " + s.what(inc)
	case incident.Reopened:
		title = "Back again, " + title
	case incident.Worsened:
		title = "Worse, " + title
	case incident.Progress:
		title, edge = fmt.Sprintf("%s: update %d", title, u.Number), false
	}
	text := u.Text
	if s.opts.Wording != nil {
		text = s.opts.Wording.Text(u)
	}
	if u.Auto {
		text += "\n\nPublished by Daymark from what it measured."
	}
	if !u.NextBy.IsZero() && u.Kind != incident.Ended {
		text += "\n\nThe next update is promised by " + timeOfDay(u.NextBy, now, s.opts.Page.Zone) + "."
	}
	n := s.notice(inc, title, text)
	n.Over = u.Kind == incident.Ended
	severity := u.Severity
	if n.Over {
		severity = inc.Worst // whoever was told of it hears that it is over
	}
	return news{id: fmt.Sprintf("u%d", u.Number), severity: severity, edge: edge, notice: n}
}

func (s *Staffing) notice(inc *incident.Incident, title, text string) Notice {
	return Notice{
		Kind: AlertNotice, Title: oneLine(title, maxSentence), Text: cut(text, maxText), Severity: inc.Severity,
		Link: s.link(inc), LinkText: "Open the incident", Key: inc.ID,
	}
}

// spread gives some news to each channel that hears of such, and what visitors
// do not see to the teams that own it.
func (s *Staffing) spread(inc *incident.Incident, n *news, now time.Time) []Delivery {
	var all []Delivery
	for i := range s.opts.Channels {
		c := &s.opts.Channels[i]
		if !c.hears(n.severity) || c.PagerDuty != nil && !n.edge {
			continue
		}
		notice := n.notice
		all = append(all, s.to(c, Delivery{
			ID: "told-" + inc.ID + "-" + n.id + "-" + c.ID, Incident: incident.Incident{ID: inc.ID},
			Created: now, Expires: now.Add(roomLife), Notice: &notice,
		}))
	}
	if inc.Public() || !slices.Contains(s.opts.Ways, "email") {
		return all
	}
	for _, id := range s.owners(inc) {
		team, notice := s.teams[id], n.notice
		if team.Email == "" {
			continue
		}
		notice.Why = "You get this because " + oneLine(team.Name, maxName) + " owns it. Visitors of the page do not see it."
		all = append(all, Delivery{
			ID: "told-" + inc.ID + "-" + n.id + "-team-" + id, Channel: "email", Audience: Staff, Incident: incident.Incident{ID: inc.ID},
			Subscriber: Subscriber{Channel: "email", Address: teamAddress + id, Name: team.Name},
			Created:    now, Expires: now.Add(24 * time.Hour), Notice: &notice,
		})
	}
	return all
}

// owners lists the teams that an incident concerns, each once.
func (s *Staffing) owners(inc *incident.Incident) []string {
	if inc.Care.Team != "" {
		return []string{inc.Care.Team}
	}
	var all []string
	for _, a := range inc.Affected {
		if team := s.opts.Owners[a.Component]; team != "" && !slices.Contains(all, team) {
			all = append(all, team)
		}
	}
	return all
}

// mirrored gives the new entries of the rooms to the channels that mirror them.
func (s *Staffing) mirrored(d *incident.Decision, now time.Time) []Delivery {
	var all []Delivery
	for _, e := range d.Entries {
		at := slices.IndexFunc(d.Incidents, func(inc incident.Incident) bool { return inc.ID == e.Incident })
		if at < 0 {
			continue
		}
		inc := &d.Incidents[at]
		for i := range s.opts.Channels {
			c := &s.opts.Channels[i]
			if !c.Mirror || c.PagerDuty != nil || !c.hears(inc.Worst) {
				continue
			}
			n := s.notice(inc, s.entryTitle(&e), e.Text)
			n.Kind = EntryNotice
			all = append(all, s.to(c, Delivery{
				ID: fmt.Sprintf("entry-%s-%d-%s", inc.ID, e.Number, c.ID), Incident: incident.Incident{ID: inc.ID},
				Created: now, Expires: now.Add(roomLife), Notice: &n,
			}))
		}
	}
	return all
}

// entryTitle names who wrote an entry of a room, and what it is.
func (s *Staffing) entryTitle(e *incident.Entry) string {
	title := fmt.Sprintf("%s, %s %d", s.name(e.By), e.Kind, e.Number)
	switch {
	case e.Kind == incident.Event:
		return s.name(e.By)
	case e.Done:
		return fmt.Sprintf("%s: the fix of proposal %d is done", title, e.Of)
	case e.Of != 0:
		return fmt.Sprintf("%s, on proposal %d", title, e.Of)
	}
	return title
}

// Trouble gives what Daymark complains of itself to the people who can mend it:
// all channels of staff but those left out, or where there are none, by email
// everybody who may be Support Lead. id is the same for the same complaint;
// key for the complaint and its end; book says what to do about it.
func (s *Staffing) Trouble(book Runbook, id string, n Notice, now time.Time, without ...string) []Delivery {
	return s.trouble(id, s.booked(book, n), now, without...)
}

func (s *Staffing) trouble(id string, n Notice, now time.Time, without ...string) []Delivery {
	n.Kind = TroubleNotice
	var all []Delivery
	for i := range s.opts.Channels {
		if c := &s.opts.Channels[i]; !slices.Contains(without, c.ID) {
			all = append(all, s.troubleOn(c.ID, id, n, now)...)
		}
	}
	if len(all) > 0 {
		return all
	}
	return s.troubleToLeads("email", id, n, now)
}

// TroubleOn is Trouble on one channel of staff.
func (s *Staffing) TroubleOn(book Runbook, channel, id string, n Notice, now time.Time) []Delivery {
	return s.troubleOn(channel, id, s.booked(book, n), now)
}

func (s *Staffing) troubleOn(channel, id string, n Notice, now time.Time) []Delivery {
	c := s.channel(channel)
	if c == nil {
		return nil
	}
	n.Kind = TroubleNotice
	return []Delivery{s.to(c, Delivery{ID: id + "-" + c.ID, Created: now, Expires: now.Add(24 * time.Hour), Notice: &n})}
}
