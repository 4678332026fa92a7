package notify

import (
	"fmt"
	"net/url"
	"strings"

	"daymark/incident"
)

// codePlace is where a text message gets its code when it is written.
const codePlace = "{code}"

// consentNotice asks to confirm a sign-up. Link and code are put in when it is
// sent.
func (c *Consent) consentNotice(s *Subscription, w Wishes) *Notice {
	page := oneLine(c.opts.Page.Name, maxName)
	n := &Notice{
		Kind: ConsentNotice, Confirm: s.Round, Key: "consent-" + s.ID,
		Title: "Confirm that you want to hear from " + page, LinkText: "See it and confirm",
		Text: fmt.Sprintf("Somebody, we hope you, asked on %s to be told here %s\n\nNothing comes until you have confirmed it: follow the link and press the button there. It works for 24 hours.\n\n"+
			"If it was not you, do nothing. Nothing will come, and we forget the address in two days.", c.opts.Page.URL, c.wishWords(w)),
		SMS: page + ": " + codePlace + " is your code, for 15 minutes. If you did not ask for it, do nothing.",
		Why: "You get this because this address was entered on the status page of " + page + ".",
	}
	if s.State() == Active {
		n.Title, n.LinkText = "You are subscribed to "+page+" already", "See what was asked for"
		n.Text = fmt.Sprintf("Somebody, we hope you, asked on %s to be told here %s\n\nYou are subscribed already, %s\n\n"+
			"Nothing changes unless you follow the link and press the button there. If it was not you, do nothing.", c.opts.Page.URL, c.wishWords(w), c.wishWords(s.Wishes()))
	}
	return n
}

// wishWords says wishes, as the end of a sentence.
func (c *Consent) wishWords(w Wishes) string {
	if w.Incident != "" {
		if w.Edges {
			return "of one incident: when it gets worse and when it ends."
		}
		return "of one incident: every update until it ends."
	}
	about := "of everything on the page"
	if len(w.Components) > 0 {
		var names []string
		for _, id := range w.Components {
			names = append(names, oneLine(c.names[id], maxName))
		}
		about = "of " + listed(names)
	}
	switch w.Severity {
	case incident.P1:
		about += ", in the most serious trouble alone"
	case incident.P2:
		about += ", in serious trouble alone"
	}
	how := ", with every update"
	if w.Edges {
		how = ", when trouble begins, gets worse and ends"
	}
	if w.Maintenance {
		how += ", and of planned maintenance"
	}
	return about + how + "."
}

// fill puts the link and the code into a notice that asks to confirm, and the
// page's address into one about maintenance.
func (r *Renderer) fill(n *Notice, d *Delivery) *Notice {
	if n.Kind == MaintenanceNotice && n.Link == "" {
		filled := *n
		filled.Link = r.opts.Page.URL + "/#m-" + url.PathEscape(n.Key)
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
