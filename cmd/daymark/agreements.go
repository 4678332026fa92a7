package main

import (
	"slices"
	"strings"
	"time"

	"daymark/config"
	"daymark/console"
	"daymark/incident"
	"daymark/notify"
	"daymark/support"
)

// agreeLink gives the address at which somebody answers who is asked to agree.
func agreeLink(c *core, doc *config.Document) func(notify.AskRef) string {
	return func(ask notify.AskRef) string {
		return strings.TrimRight(doc.Page.URL, "/") + "/console/agree/" + notify.AgreeToken(c.key, ask)
	}
}

// agreements are the links of asks, as the console has them.
type agreements struct {
	core *core
	doc  *config.Document
}

// Link implements console.Agreements.
func (a agreements) Link(ask console.AskRef) string {
	return agreeLink(a.core, a.doc)(notify.AskRef(ask))
}

// Of implements console.Agreements.
func (a agreements) Of(token string) (console.AskRef, bool) {
	ask, ours := notify.AskOfToken(a.core.key, token)
	return console.AskRef(ask), ours
}

// Asked implements console.Agreements.
func (a agreements) Asked(inc *incident.Incident, ask console.AskRef, now time.Time) (*incident.Ask, incident.AskState) {
	return a.core.policy.Asked(inc, ask.Proposal, ask.Number, now)
}

// Mails implements console.Agreements.
func (a agreements) Mails(person string) bool {
	people := a.doc.Support.People
	at := slices.IndexFunc(people, func(p support.Person) bool { return p.ID == person })
	return a.doc.Notify.Email.SMTP.Host != "" && at >= 0 && people[at].Email != ""
}
