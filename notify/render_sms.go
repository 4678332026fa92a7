package notify

import (
	"fmt"
	"net/url"
	"strings"

	"daymark/incident"
	"daymark/internal/lang"
)

// plain spells characters that are only typography as GSM-7 has them, so that
// a curly quote does not more than halve what fits.
var plain = strings.NewReplacer(
	"’", "'", "‘", "'", "“", `"`, "”", `"`, "–", "-", "—", "-", "…", "...",
	"\u00a0", " ", "\u202f", " ", "•", "-", "`", "'",
)

// sms writes a text message: in one segment where that is possible without
// leaving out what matters, which is what, when the next word comes, and the
// link. The link comes last and carries the number of the update, by which
// the provider's list shows whether this message is in it.
func (r *Renderer) sms(m *Message, d *Delivery) {
	s := r.speaker(d.Subscriber.Language)
	m.Mark = fmt.Sprintf("%s?u=%d", r.link(d.Incident.ID), d.Update.Number)
	if goesOn(d) { // which is told of there, in updates with the same numbers
		m.Mark = fmt.Sprintf("%s?of=%s&u=%d", r.follows(d), url.QueryEscape(d.Incident.ID), d.Update.Number)
	}
	page := oneLine(r.opts.Page.Name, maxName) + ": "
	sentence := s.headline(d, s.sentence(d))
	since, next := sentence, ""
	switch {
	case goesOn(d):
	case d.Update.Kind == incident.Ended:
		since = s.Text("notify.since", lang.Values{"sentence": sentence, "time": s.clock(ended(d))})
	case d.Update.Kind == incident.Reopened: // it began again now; when it first began says nothing of that
	default:
		since = s.Text("notify.since", lang.Values{"sentence": sentence, "time": s.clock(d.Incident.Since)})
	}
	if !d.Update.NextBy.IsZero() && d.Update.Kind != incident.Ended {
		next = " " + s.at("notify.next-by", s.clock(d.Update.NextBy))
	}
	for _, text := range []string{page + since, page + sentence, since, sentence, page + since} {
		m.SMS = plain.Replace(text+"."+next) + " " + m.Mark
		if n, _ := Segments(m.SMS); n <= 1 {
			return
		}
	} // nothing is won by leaving anything out
}
