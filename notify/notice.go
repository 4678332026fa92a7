package notify

import (
	"cmp"
	"strings"

	"daymark/incident"
)

// Audience says whom a delivery is for.
type Audience string

// The audiences.
const (
	Public Audience = "public" // subscribers
	Staff  Audience = "staff"
)

// NoticeKind says what a notice is about.
type NoticeKind string

// The kinds of notice.
const (
	AlertNotice   NoticeKind = "alert"   // staff are called, nudged or asked
	EntryNotice   NoticeKind = "entry"   // an entry of an incident's room, for a mirror
	ConsentNotice NoticeKind = "consent" // somebody confirms a subscription, or hears of theirs
	TroubleNotice NoticeKind = "trouble" // Daymark complains of itself
	TrialNotice   NoticeKind = "trial"   // canary, or a test by hand
	AccessNotice  NoticeKind = "access"  // somebody rose above their role
	SwapNotice    NoticeKind = "swap"    // a turn on call is offered, taken, or taken back

	MaintenanceNotice NoticeKind = "maintenance" // planned work is announced, begins, is over; Key is its id
)

// Notice is a message of its own, already in words. It is kept as JSON.
type Notice struct {
	Kind     NoticeKind        `json:"kind"`
	Title    string            `json:"title"`               // one line: the subject of an email, the whole of a short text message
	Text     string            `json:"text,omitempty"`      // paragraphs with an empty line between
	SMS      string            `json:"sms,omitempty"`       // the whole text message; empty: Title and Link
	Link     string            `json:"link,omitempty"`      // http or https
	LinkText string            `json:"link_text,omitempty"` // what following it does
	Why      string            `json:"why,omitempty"`       // why they get this, in one sentence
	Severity incident.Severity `json:"severity,omitempty"`  // of what it is about; 0: none
	Role     string            `json:"role,omitempty"`      // that a call asks to take
	Key      string            `json:"key,omitempty"`       // the same for all notices of one matter, for channels that fold them
	Taken    bool              `json:"taken,omitempty"`     // somebody has taken the matter: what rings may stop
	Over     bool              `json:"over,omitempty"`      // the matter has ended
	Language string            `json:"language,omitempty"`  // that it is written in, where it goes to no subscriber
	Ask      *AskRef           `json:"ask,omitempty"`       // what its link asks to agree to. The link is put in when it is sent
	Attach   *Attach           `json:"attach,omitempty"`    // the file that goes with an email
	Confirm  int               `json:"confirm,omitempty"`   // the round of the sign-up that it asks to confirm; 0: none. Its link and code are put in when it is sent
}

// notice writes a notice for its channel.
func (r *Renderer) notice(m *Message, d *Delivery) error {
	n := r.fill(d.Notice, d)
	m.Notice, m.Subject = n, oneLine(n.Title, maxSentence)
	switch d.Channel {
	case "email":
		s := r.speaker(cmp.Or(d.Subscriber.Language, n.Language))
		v := s.letter(m.Subject)
		v.Sentence, v.Paragraphs, v.Look = m.Subject, split(n.Text), noticeLook(n)
		v.Link, v.LinkText = n.Link, n.LinkText
		v.Sent, v.Why = s.at("notify.sent-at", s.clock(r.opts.Now())), oneLine(n.Why, maxSentence)
		if m.Unsubscribe != "" && !d.Subscriber.Confirmed.IsZero() {
			v.Manage = r.opts.Manage(d.Subscriber)
		}
		r.reportLinks(m, v, s, n)
		if n.Attach != nil {
			return r.attach(m, v, n.Attach)
		}
		return r.write(m, v)
	case "sms":
		m.SMS = plain.Replace(n.SMS)
		if m.SMS == "" {
			m.SMS = strings.TrimSpace(plain.Replace(oneLine(r.opts.Page.Name, maxName)+": "+m.Subject) + " " + n.Link)
		}
		m.Mark = m.SMS
	default:
		m.Text = cut(n.Text, maxText)
	}
	return nil
}

func noticeLook(n *Notice) look {
	switch {
	case n.Over:
		return looks(incident.Operational)
	case n.Severity == incident.P1:
		return looks(incident.Down)
	case n.Severity == incident.P2:
		return looks(incident.PartlyDown)
	case n.Severity != 0 || n.Kind == TroubleNotice:
		return looks(incident.Slow)
	}
	return looks(incident.Unmeasured)
}
