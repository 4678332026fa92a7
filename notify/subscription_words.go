package notify

import (
	"cmp"
	"net/url"
	"strings"

	"daymark/incident"
	"daymark/internal/lang"
)

// codePlace is where a text message gets its code when it is written.
const codePlace = "{code}"

// consentNotice asks to confirm a sign-up, in the language that it asks for.
// Link and code are put in when it is sent.
func (c *Consent) consentNotice(s *Subscription, w Wishes) *Notice {
	l := lang.Or(cmp.Or(w.Language, c.opts.Languages[0]))
	values := lang.Values{
		"page": oneLine(c.opts.Page.Name, maxName), "url": c.opts.Page.URL, "wishes": c.wishWords(l, w), "code": codePlace,
	}
	say := func(id string) string { return l.Text("consent."+id, values) }
	n := &Notice{
		Kind: ConsentNotice, Confirm: s.Round, Key: "consent-" + s.ID, Title: say("title"), LinkText: say("link"),
		Text: say("asked") + "\n\n" + say("until") + "\n\n" + say("not-you"), SMS: say("sms"), Why: say("why"),
	}
	if s.State() == Active {
		n.Title, n.LinkText = say("again-title"), say("again-link")
		n.Text = say("asked") + "\n\n"
		values["wishes"] = c.wishWords(l, s.Wishes())
		n.Text += say("again") + "\n\n"
		if w.Incident != "" && s.Incident == "" {
			n.Text += say("kept")
		} else {
			n.Text += say("unchanged")
		}
	}
	return n
}

// wishWords says wishes, in sentences.
func (c *Consent) wishWords(l *lang.Language, w Wishes) string {
	say := func(id string, values lang.Values) string { return l.Text("page."+id, values) + "." }
	var all []string
	switch {
	case w.Incident != "":
		all = append(all, l.Text("consent.one", nil))
	case len(w.Components) == 0:
		all = append(all, say("wish-all", nil))
	default:
		var names []string
		for _, id := range w.Components {
			named := c.names[id]
			names = append(names, oneLine(cmp.Or(named.Names[l.Tag], named.Name), maxName))
		}
		all = append(all, say("wish-some", lang.Values{"names": l.List(names)}))
	}
	switch w.Severity {
	case incident.P1:
		all = append(all, say("severity-1", nil))
	case incident.P2:
		all = append(all, say("severity-2", nil))
	}
	if w.Edges {
		all = append(all, say("pace-ends", nil))
	} else {
		all = append(all, say("wish-every", nil))
	}
	if w.Maintenance {
		all = append(all, say("wish-maintenance", nil))
	}
	return strings.Join(all, " ")
}

// fill puts the link and the code into a notice that asks to confirm, and the
// address of its page into one about maintenance or a visitor's report.
func (r *Renderer) fill(n *Notice, d *Delivery) *Notice {
	if n.Kind == MaintenanceNotice && n.Link == "" {
		filled := *n
		filled.Link = r.opts.Page.URL + "/maintenance/" + url.PathEscape(n.Key)
		return &filled
	}
	if n.Kind == ReportNotice && r.opts.Report != nil {
		filled := *n
		filled.Link = r.opts.Report(n.Key)
		return &filled
	}
	if n.Ask != nil && r.opts.Agree != nil {
		filled := *n
		filled.Link = r.opts.Agree(*n.Ask)
		return &filled
	}
	if n.Confirm == 0 || r.opts.Confirm == nil {
		return n
	}
	filled := *n
	link, code := r.opts.Confirm(d.Subscriber, n.Confirm)
	filled.Link, filled.SMS = link, strings.ReplaceAll(n.SMS, codePlace, code)
	return &filled
}
