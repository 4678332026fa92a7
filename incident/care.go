package incident

import (
	"maps"
	"slices"
	"time"

	"daymark/support"
)

// Care is what staff do with an incident and what they are asked to do. None
// of it is public.
type Care struct {
	OpenedBy     string            `json:"opened_by,omitempty"` // the person who opened it by hand; "" where checks did
	MergedInto   string            `json:"merged_into,omitempty"`
	Locked       bool              `json:"locked,omitempty"` // Daymark does not resolve it
	Team         string            `json:"team,omitempty"`   // that it was passed to; "": the owner's of the worst affected component
	Asked        time.Time         `json:"asked,omitzero"`   // since when it asks for somebody
	AskedTeam    string            `json:"asked_team,omitempty"`
	Called       []string          `json:"called,omitempty"`      // who was told since: the step, and the person or channel
	Holders      support.Holders   `json:"holders,omitzero"`      // who took the roles
	Leads        []string          `json:"leads,omitempty"`       // who were Lead, in order
	Acknowledged time.Time         `json:"acknowledged,omitzero"` // when somebody first took a role
	WasOver      time.Time         `json:"was_over,omitzero"`     // when it was over before it was last reopened
	Reached      [4]time.Time      `json:"reached,omitzero"`      // when it reached P1, P2, P3, P4, or worse; zero: not since it began
	Told         []string          `json:"told,omitempty"`        // by which channels it was told of as a part of the incident that it was split off
	Revision     *Revision         `json:"revision,omitempty"`
	Eased        map[string]Eased  `json:"eased,omitempty"`   // by component: the time in which it failed, and not at its worst
	Proposed     time.Time         `json:"proposed,omitzero"` // when the Lead was asked whether it is over
	Entries      int               `json:"entries,omitempty"` // written so far
	Proposals    map[int]*Proposal `json:"proposals,omitempty"`
}

// Revision is a severity that a person chose. It stands until it is revised,
// or until the facts give a worse row than they gave then.
type Revision struct {
	Severity Severity  `json:"severity"`
	Reason   string    `json:"reason"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
	Facts    Severity  `json:"facts"` // what the facts gave
}

// Proposal is a fix that the Engineer proposed, by the number of its entry.
type Proposal struct {
	By     string   `json:"by"`
	Agreed []string `json:"agreed,omitempty"` // the words of incidents.fix_needs that agreed
	Done   bool     `json:"done,omitempty"`
	Ask    *Ask     `json:"ask,omitempty"` // that somebody was asked to agree by a link; the latest
}

// Taken says whether somebody took a role of the incident.
func (i *Incident) Taken() bool { return i.Care.Holders != support.Holders{} }

// ByHand says whether a person opened the incident: then people end it.
func (i *Incident) ByHand() bool { return i.Care.OpenedBy != "" }

// keeps says whether Daymark leaves the incident's end to people.
func (i *Incident) keeps() bool { return i.Taken() || i.ByHand() || i.Care.Locked }

// Eased is the time in which a component failed, and not at its worst.
type Eased struct {
	Since time.Time     `json:"since,omitzero"` // of a stretch that goes on
	For   time.Duration `json:"for,omitempty"`  // of those that are over
}

// ease counts the time in which a component was better than at its worst. was
// is the worst until now.
func (c *Care) ease(a *Affected, was Status, now ComponentStatus) {
	eased, since := c.Eased[a.Component], later(now.Since, a.From)
	switch {
	case was != a.Worst && was.Badness() > 0: // so far it was never as bad as now
		eased = Eased{For: since.Sub(a.From)}
	case now.Status.Badness() > 0 && now.Status != a.Worst:
		if eased.Since.IsZero() {
			eased.Since = since
		}
	case !eased.Since.IsZero():
		eased = Eased{For: eased.For + max(0, since.Sub(eased.Since))}
	}
	c.keepEased(a.Component, eased)
}

func (c *Care) keepEased(component string, eased Eased) {
	if eased == c.Eased[component] {
		return
	}
	if c.Eased == nil {
		c.Eased = map[string]Eased{}
	}
	c.Eased[component] = eased
}

// Better is for how long a component failed, and not at its worst, until its
// last such stretch began.
func (i *Incident) Better(component string) time.Duration { return i.Care.Eased[component].For }

// again is what is left of it when the incident, over at a time, is open again:
// it asks for people and counts its times anew.
func (c Care) again(over time.Time) Care {
	return Care{WasOver: over, OpenedBy: c.OpenedBy, Locked: c.Locked, Team: c.Team, Leads: c.Leads, Entries: c.Entries, Proposals: c.Proposals}
}

func (c Care) clone() Care {
	c.Called, c.Leads, c.Told = slices.Clone(c.Called), slices.Clone(c.Leads), slices.Clone(c.Told)
	c.Eased = maps.Clone(c.Eased)
	if c.Revision != nil {
		r := *c.Revision
		c.Revision = &r
	}
	c.Proposals = maps.Clone(c.Proposals)
	for number, p := range c.Proposals {
		own := *p
		own.Agreed = slices.Clone(p.Agreed)
		if p.Ask != nil {
			ask := *p.Ask
			own.Ask = &ask
		}
		c.Proposals[number] = &own
	}
	return c
}

// EntryKind says what an entry of an incident's timeline is.
type EntryKind string

// The kinds of entry. Event is what Daymark notes of people's acts.
const (
	Hypothesis EntryKind = "hypothesis"
	Test       EntryKind = "test"
	Action     EntryKind = "action"
	Propose    EntryKind = "proposal"
	Agreement  EntryKind = "agreement"
	DecisionOf EntryKind = "decision"
	Note       EntryKind = "note"
	Event      EntryKind = "event"
)

// Entry is one line of the timeline that staff keep of an incident. Entries
// are only ever added.
type Entry struct {
	Incident string
	Number   int // from 1
	At       time.Time
	By       string // a person; "" where Daymark wrote it
	Kind     EntryKind
	Of       int  // the number of the proposal that an agreement, or a fix that is done, is about
	Done     bool // a fix that is done
	Text     string
}

// AlertKind says why a person is told.
type AlertKind string

// The kinds of alert.
const (
	CallAlert     AlertKind = "call"     // to take a role
	HelpAlert     AlertKind = "help"     // called in by name
	NudgeAlert    AlertKind = "nudge"    // a promise is due soon
	EndAlert      AlertKind = "end"      // everything works: is it over?
	ProposalAlert AlertKind = "proposal" // a fix waits for agreement
	AskAlert      AlertKind = "ask"      // the same, of somebody who agrees by a link
	ReviewAlert   AlertKind = "review"   // a review is due soon, or an action of one is overdue
	ReportsAlert  AlertKind = "reports"  // users report alike, and no incident is open
)

// Alert is a message due out to one person, or to one staff channel.
type Alert struct {
	Incident  string // "" for what users report
	Component string // that users report about; "" for an incident
	At        time.Time
	Kind      AlertKind
	Rota      string       // whose escalation calls
	Person    string       // "" for a channel
	Channel   string       // "" for a person
	Role      support.Role // that a call asks to take; "" for help in general
	Proposal  int          // that an AskAlert is about, by its number
	Ask       int          // the number of the ask
	By        []string     // email, sms, voice; empty: as the person is told usually
	Text      string
}

// note writes an entry.
func (d *decider) note(inc *Incident, e Entry) int {
	inc.Care.Entries++
	e.Incident, e.Number, e.At = inc.ID, inc.Care.Entries, d.now
	d.Entries = append(d.Entries, e)
	return e.Number
}

func (d *decider) alert(inc *Incident, a Alert) {
	a.Incident, a.At = inc.ID, d.now
	d.Alerts = append(d.Alerts, a)
}
