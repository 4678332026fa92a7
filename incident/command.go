package incident

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Command is what a person asks for. Each is a plain struct whose fields are
// the question; Apply says what follows.
type Command interface {
	// act names it for the audit trail: what was done, and on what.
	act() (action, object string)
	// apply changes the state, or refuses, before it has changed anything. It
	// gives the id of the incident, or the number of the entry, that it made.
	apply(d *decider, by By) (made string, err error)
}

// By is who gives a command.
type By struct {
	Person string // an id of support.people; "" for the administrator of the machine
	Via    string // how: "command line", "API token …", or "in the console"
}

// String names them for the audit trail.
func (b By) String() string {
	switch {
	case b.Person == "":
		return b.Via
	case b.Via == "":
		return b.Person
	}
	if strings.HasPrefix(b.Via, "in ") {
		return b.Person + " " + b.Via
	}
	return b.Person + " by " + b.Via
}

// Refusal is a command that the rules or the state do not allow. Its text is
// one sentence for who gave it.
type Refusal struct {
	Kind RefusalKind
	Text string
}

// RefusalKind says what is wrong with a command.
type RefusalKind string

// The kinds of refusal.
const (
	NotFound  RefusalKind = "not found" // what it names is not there
	Conflict  RefusalKind = "conflict"  // the state does not allow it now
	Invalid   RefusalKind = "invalid"   // it can never be right
	Forbidden RefusalKind = "forbidden" // who gave it may not
)

// Error gives the sentence.
func (r *Refusal) Error() string { return r.Text }

func refuse(kind RefusalKind, format string, args ...any) error {
	return &Refusal{kind, fmt.Sprintf(format, args...)}
}

// Apply does what a person asked for and all that follows. It reads no clock,
// database or network. A *Refusal has changed nothing.
func Apply(state *State, command Command, by By, policy *Policy, now time.Time) (made string, decision Decision, err error) {
	d := newDecider(state, policy, now)
	before, keep := d.snapshot(), d.recalls()
	if made, err = command.apply(&d, by); err != nil {
		return "", Decision{}, err
	}
	d.judge(policy.checkIDs(), true)
	d.incidents(policy.checkIDs(), before)
	keep()
	state.Decided = now
	return made, d.Decision, nil
}

// open gives an incident that is not over.
func (d *decider) open(id string) (*Incident, error) {
	inc := d.state.Incidents[id]
	switch {
	case inc == nil:
		return nil, refuse(NotFound, "there is no incident %q that is open, or was until a moment ago", id)
	case inc.Care.MergedInto != "":
		return nil, refuse(Conflict, "incident %s is part of incident %s now: act on that one", id, inc.Care.MergedInto)
	case !inc.Open():
		return nil, refuse(Conflict, "incident %s is over since %s", id, d.policy.clock(inc.Resolved, d.now))
	case inc.Warns():
		return nil, refuse(Conflict, "incident %s is a warning of check %s: it ends when the check does not warn any more", id, inc.Check)
	}
	return inc, nil
}

// MaxText bounds, in characters, what a person writes at once.
const MaxText = 10_000

// written checks a text that a person wrote.
func written(field, text string) (string, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return "", refuse(Invalid, "%s is empty", field)
	case !utf8.ValidString(text):
		return "", refuse(Invalid, "%s is not valid UTF-8", field)
	case utf8.RuneCountInString(text) > MaxText:
		return "", refuse(Invalid, "%s has %d characters; %d are allowed", field, utf8.RuneCountInString(text), MaxText)
	}
	return text, nil
}
