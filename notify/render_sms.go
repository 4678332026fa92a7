package notify

import (
	"fmt"
	"strings"

	"daymark/incident"
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
	m.Mark = fmt.Sprintf("%s?u=%d", r.link(d.Incident.ID), d.Update.Number)
	page := plain.Replace(oneLine(r.opts.Page.Name, maxName)) + ": "
	sentence := plain.Replace(r.sentence(d))
	since, next := " since "+r.clock(d.Incident.Since), ""
	switch d.Update.Kind {
	case incident.Ended:
		sentence, since = "Over: "+sentence, " since "+r.clock(ended(d))
	case incident.Reopened:
		// It began again now; when it first began says nothing of that.
		sentence, since = "Back again: "+sentence, ""
	}
	if !d.Update.NextBy.IsZero() && d.Update.Kind != incident.Ended {
		next = " Next update by " + r.clock(d.Update.NextBy) + "."
	}
	full := page + sentence + since + "." + next + " " + m.Mark
	m.SMS = full
	for _, shorter := range []string{
		page + sentence + "." + next + " " + m.Mark,
		sentence + since + "." + next + " " + m.Mark,
		sentence + "." + next + " " + m.Mark,
	} {
		if n, _ := Segments(m.SMS); n <= 1 {
			return
		}
		m.SMS = shorter
	}
	if n, _ := Segments(m.SMS); n > 1 {
		m.SMS = full // nothing is won by leaving anything out
	}
}
