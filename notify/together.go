package notify

import (
	"fmt"
	"strings"
	"time"

	"daymark/incident"
	"daymark/internal/lang"
)

// Beside is an update that is told in the message of another one's delivery. It
// has a delivery of its own, which ends as that one does.
type Beside struct {
	ID       string // of its delivery
	Incident incident.Incident
	Update   incident.Update
}

// Together says of how many incidents at most one message of a channel tells,
// where the storm guard held them back for the same reader. Webhooks, which
// programs read, tell of one; a text message stays short enough for a phone.
func Together(channel string) int {
	switch channel {
	case "email", "slack", "teams", "discord":
		return 10
	case "sms":
		return 5
	}
	return 1
}

// CardEntry is one of several incidents that a card tells of.
type CardEntry struct {
	Text string // what is the matter, and when the next word comes
	Link string
	Sign string
}

// entry is one of several incidents, as a message tells of it.
type entry struct {
	Sentence, Next, Link string
	Look                 look
	mark                 string // its link, with the number of the update
}

// maxEntry bounds what one of several incidents says, in characters, so that
// none is cut off at the end of a message.
const maxEntry = 150

// alone gives each of the updates of a delivery as if it went by itself.
func alone(d *Delivery) []Delivery {
	all := []Delivery{*d}
	for _, t := range d.With {
		one := *d
		one.Incident, one.Update = t.Incident, t.Update
		all = append(all, one)
	}
	for i := range all {
		all[i].With = nil
	}
	return all
}

// together gives what a message says of each of its incidents, and their worst
// status.
func (s *speaker) together(d *Delivery, most int, clock func(time.Time) string) (entries []entry, status incident.Status) {
	status = incident.Unmeasured
	for _, one := range alone(d) {
		is := worst(&one)
		if status == incident.Unmeasured || is.Badness() > status.Badness() {
			status = is
		}
		e := entry{
			Sentence: cut(s.headline(&one, s.sentence(&one)), most) + ".", Look: looks(is), Link: s.r.follows(&one),
			mark: fmt.Sprintf("%s?u=%d", s.r.link(one.Incident.ID), one.Update.Number),
		}
		if next := one.Update.NextBy; !next.IsZero() && one.Update.Kind != incident.Ended {
			e.Next = s.at("notify.next-by", clock(next))
		}
		entries = append(entries, e)
	}
	return entries, status
}

// andMore is the subject of a message about several incidents.
func (s *speaker) andMore(d *Delivery) string {
	return s.Count("notify.and-more", len(d.With), lang.Values{"sentence": s.headline(d, s.sentence(d))})
}

func (s *speaker) atOnce(d *Delivery) string {
	return s.Count("notify.at-once", 1+len(d.With), nil)
}

// several writes a delivery about several incidents for its channel. It is in
// the thread of none.
func (r *Renderer) several(m *Message, d *Delivery) error {
	m.Incident, m.Update = "", 0
	switch d.Channel {
	case "email":
		return r.emailTogether(m, d)
	case "sms":
		r.smsTogether(m, d)
	case "slack", "teams", "discord":
		m.Card = r.cardTogether(d)
	default:
		return fmt.Errorf("a message by %q tells of one incident", d.Channel)
	}
	return nil
}

// emailTogether writes an email about several incidents.
func (r *Renderer) emailTogether(m *Message, d *Delivery) error {
	s := r.speaker(d.Subscriber.Language)
	v := s.letter(s.andMore(d))
	entries, status := s.together(d, maxSentence, s.zoned)
	v.Sentence, v.Look, v.Entries, v.EntryText = s.atOnce(d), looks(status), entries, s.Text("notify.follow", nil)
	v.Paragraphs = []string{s.Text("notify.together", nil)}
	v.Link, v.LinkText = r.opts.Page.URL, s.Text("notify.whole-page", nil)
	v.Sent, v.Why, v.Stop = s.at("notify.sent-at", s.clock(r.opts.Now())), s.why(d), s.Text("notify.stop", lang.Values{"contact": r.opts.Page.Contact})
	if m.Unsubscribe != "" {
		v.Stop, v.Manage = "", r.opts.Manage(d.Subscriber)
	}
	return r.write(m, v)
}

// mostSMS is how long a text message may be: Twilio takes 1600 characters.
const mostSMS = 1500

// smsTogether writes a text message about several incidents, each on a line of
// its own with its link. The last link carries how many there are besides the
// number of its update: no other message to the same phone ends so.
func (r *Renderer) smsTogether(m *Message, d *Delivery) {
	s := r.speaker(d.Subscriber.Language)
	head := oneLine(r.opts.Page.Name, maxName) + ": " + s.atOnce(d)
	for _, most := range []int{maxSentence, maxEntry, maxEntry / 2, maxEntry / 4} {
		entries, _ := s.together(d, most, s.clock)
		lines := []string{head}
		for i := range entries {
			e := &entries[i]
			if m.Mark = e.mark; i == len(entries)-1 {
				m.Mark += fmt.Sprintf("&n=%d", len(entries))
			}
			lines = append(lines, strings.Join(strings.Fields(e.Sentence+" "+e.Next), " ")+" "+m.Mark)
		}
		m.SMS = plain.Replace(strings.Join(lines, "\n"))
		if len([]rune(m.SMS)) <= mostSMS {
			return
		}
	}
	// The page's own address is too long to stand there for each.
	m.SMS = plain.Replace(head + " " + m.Mark)
}

// cardTogether is a card about several incidents.
func (r *Renderer) cardTogether(d *Delivery) *Card {
	s := r.speaker(d.Subscriber.Language)
	entries, status := s.together(d, maxEntry, s.zoned)
	c := &Card{
		Title: cut(s.andMore(d), maxEntry), Paragraphs: []string{s.Text("notify.together", nil)}, Status: status, Look: shownAs(looks(status)),
		Link: r.opts.Page.URL, LinkText: s.Text("notify.whole-page", nil), Foot: []string{r.opts.Page.Name}, Page: r.opts.Page, Sent: r.opts.Now(),
		Incident: d.Incident, Update: d.Update,
	}
	for i := range entries {
		e := &entries[i]
		c.Entries = append(c.Entries, CardEntry{Text: strings.TrimSpace(e.Sentence + " " + e.Next), Link: e.Link, Sign: e.Look.Sign})
	}
	if r.opts.Manage != nil && d.Subscriber.ID != "" {
		c.ManageText, c.Manage = s.Text("notify.manage", nil), r.opts.Manage(d.Subscriber)
	}
	return c
}

// ReasonTogether says in the ledger that a delivery goes in one message with so
// many others.
func ReasonTogether(others int) string {
	switch others {
	case 0:
		return ""
	case 1:
		return "in one message with another incident"
	}
	return fmt.Sprintf("in one message with %d other incidents", others)
}
