package incident

import (
	"strings"
	"unicode/utf8"
)

// Limits of what visitors report.
const (
	MaxPublicReports = MaxReports / 2 // that wait at once; the rest is for what staff write down
	MaxPublicText    = 4000           // characters of a report, and of what is added
	MaxAdded         = 10             // how often somebody adds to a report
	maxBegan         = 200            // characters of when it began
)

// SourcePage is the source of what visitors report on the page.
const SourcePage = "page"

// PublicReport takes a problem that a visitor of the page tells of, who may
// not know the component. Link is a hash: only the visitor knows the token.
type PublicReport struct {
	FileReport
	Began    string `json:"began"`    // when, in the visitor's words; may be empty
	Language string `json:"language"` // that they read the page in
	Link     string `json:"link"`     // a hash of the token by which they follow it
	Sender   string `json:"sender"`   // a keyed hash of their network: one counts once
}

func (c PublicReport) apply(d *decider, _ By) (string, error) {
	waiting := 0
	for _, r := range d.state.openReports() {
		if r.Source == SourcePage {
			waiting++
		}
	}
	began := strings.TrimSpace(c.Began)
	switch {
	case waiting >= MaxPublicReports:
		return "", refuse(Conflict, "%d reports of visitors wait, and more are not taken", MaxPublicReports)
	case utf8.RuneCountInString(strings.TrimSpace(c.Text)) > MaxPublicText:
		return "", refuse(Invalid, "the text has more than %d characters", MaxPublicText)
	case utf8.RuneCountInString(began) > maxBegan || !utf8.ValidString(began):
		return "", refuse(Invalid, "when it began has more than %d characters, or is not valid UTF-8", maxBegan)
	case c.Link == "":
		return "", refuse(Invalid, "the report has no link by which its reporter follows it")
	}
	return c.file(d, Report{Source: SourcePage, Link: c.Link, Sender: c.Sender, Language: c.Language, Began: began})
}

// AddToReport adds what a reporter knows besides, or that it works again.
type AddToReport struct {
	Report string `json:"report"`
	Text   string `json:"text"`
	Works  bool   `json:"works"` // it works again for the reporter; Text may be empty then
}

func (c AddToReport) act() (action, object string) { return "report added to", c.Report }

func (c AddToReport) apply(d *decider, _ By) (string, error) {
	r, err := d.report(c.Report)
	if err != nil {
		return "", err
	}
	text := strings.TrimSpace(c.Text)
	if c.Works && text == "" {
		text = WorksAgainSaid
	}
	if text, err = written("the text", text); err != nil {
		return "", err
	}
	switch {
	case utf8.RuneCountInString(text) > MaxPublicText:
		return "", refuse(Invalid, "the text has more than %d characters", MaxPublicText)
	case r.State == Closed:
		return "", refuse(Conflict, "report %s is closed", r.ID)
	case r.Added >= MaxAdded:
		return "", refuse(Conflict, "to report %s was added %d times, and no more is taken", r.ID, MaxAdded)
	}
	r.Added++
	d.keepReport(r)
	d.Answers = append(d.Answers, Answer{Report: r.ID, At: d.now, Reporter: true, State: r.State, Text: text})
	return r.ID, nil
}

// What is said where nobody chose other words. The page says it in the
// reporter's language.
const (
	WorkingAnswer  = "We have looked at your report and work on it."
	SameAnswer     = "Somebody else reported the same. We work on it, and answer you both."
	NotOursAnswer  = "What you report is not a problem of ours."
	WorksAgainSaid = "It works again for me."
	AlsoSaid       = "I have this too."
)
