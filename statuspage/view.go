package statuspage

import (
	"html/template"
	"time"

	"daymark/incident"
)

// View is what the page says, in words, ready for a template: no rule and no
// format is left to decide.
type View struct {
	Name     string
	Title    string // of the window: the sentence without its full stop
	Status   incident.Status
	Say      Say
	Facts    *Facts // nil: nothing is wrong that visitors were told of
	Sections []SectionView
	Planned  Planned
	Past     Past
	Zone     string // which zone the times are in
	Contact  Contact
}

// Say is the top of the page: one sentence, and the promise.
type Say struct {
	Status   incident.Status
	Sentence string
	Follow   Line // empty: nothing follows
	Checked  Line
	Promise  *Promise
}

// Promise is the block that says when the next word comes.
type Promise struct {
	State     string // running, late, auto
	Heading   string
	Due       Line
	DueISO    string
	MadeISO   string
	Ruler     Ruler
	Began     string
	Ends      string
	Hint      string
	Countdown bool // script may say how long it still is
}

// Ruler is a promise drawn: what is gone is solid, what is left is ticks.
type Ruler struct {
	Width int // 10 a tick
	Gone  int
}

// Facts says what is affected and what is being done.
type Facts struct {
	Affected []AffectedView
	Doing    []Doing
}

// AffectedView is one component of an open incident.
type AffectedView struct {
	Name   string
	Link   string // empty: the component left the configuration
	Status incident.Status
	Word   string
}

// Doing is what was last said about one incident.
type Doing struct {
	Name string // of the incident, where there are several
	Text string // in plain words
	HTML template.HTML
	Note Line // which update it was, and when
	Auto bool
	Link string
	// last is the id of the update, to know a new one.
	last string
}

// SectionView is a group of components.
type SectionView struct {
	ID         string
	Name       string
	Components []ComponentView
	Fold       *Fold // nil: it cannot be folded
}

// ComponentView is one component.
type ComponentView struct {
	ID      string // of the fragment
	Name    string
	Link    string
	Status  incident.Status
	Word    string
	Regions []string // what is seen from where, a sentence each
	Answers string   // how fast it is; empty: it publishes nothing of that
	Strip   *Strip   // nil: it publishes no uptime
}

// Strip is 90 days of a component.
type Strip struct {
	ID    string
	Good  string // path of the good days, a dash each
	Marks []Mark
	Width float64
	From  string
	// Figure and Rest are the uptime: "99.95 %" and what it is of.
	Figure string
	Rest   string
	Days   []DayView
	Empty  string // said where there is no day to list
	Until  string // the last day, for script
	None   bool   // no day was measured
}

// Mark is every day of one kind, as one path.
type Mark struct {
	Class string
	Path  string
}

// DayView is a day, or days, that the list speaks of.
type DayView struct {
	ISO   string
	First bool // it says from when on there are measures
	Span  int  // days that it is of, up to that one, where there are several
	Text  string
	Said  []string
	Links []Link
}

// Link is a name with its address.
type Link struct {
	Text string
	To   string
}

// Past is what ended in the last 30 days.
type Past struct {
	Incidents []PastView
	Rest      string
	Earlier   bool // there is a history to point to
}

// PastView is one incident in a list. Status and Word are empty once it is
// over, and Lasted says since when it goes on while it is not.
type PastView struct {
	When   Moment
	Lasted string
	Name   string
	Status incident.Status
	Word   string
	Link   string
	HTML   template.HTML // what was last said
	Into   string        // where one that became part of another goes on
	Kept   []string
}

// Contact is whom to ask.
type Contact struct {
	Text string
	To   string // mailto: or an address
}

// days of a strip.
const stripDays = 90

// recent is how far back the page looks for ended incidents.
const recent = 30 * 24 * time.Hour
