package notify

import "strings"

// Runbook is what to do about something that Daymark complains of itself: a
// section of docs/operation.md, by its anchor, which the console shows. Whatever complains names one, and
// a test looks that it is there.
type Runbook string

// The runbooks of complaints.
const (
	RunbookChannel  Runbook = "a-channel-fails"
	RunbookCanary   Runbook = "no-canary-arrives"
	RunbookLost     Runbook = "alerts-of-staff-are-lost"
	RunbookStorm    Runbook = "messages-are-held-as-a-storm"
	RunbookBudget   Runbook = "the-budget-of-text-messages-is-spent"
	RunbookHook     Runbook = "an-address-of-a-subscription-takes-nothing"
	RunbookBackup   Runbook = "no-backup-can-be-made"
	RunbookDrill    Runbook = "a-backup-cannot-be-restored"
	RunbookCopy     Runbook = "the-copy-of-the-page-cannot-be-written"
	RunbookBurnRate Runbook = "an-error-budget-is-spent-too-fast"
)

// Runbooks lists all of them.
func Runbooks() []Runbook {
	return []Runbook{RunbookChannel, RunbookCanary, RunbookLost, RunbookStorm, RunbookBudget, RunbookHook, RunbookBackup, RunbookDrill, RunbookCopy, RunbookBurnRate}
}

// booked adds to a complaint a link to what to do, in words where it has
// another one; the end of one asks nothing.
func (s *Staffing) booked(r Runbook, n Notice) Notice {
	at := "docs/operation.md#" + string(r)
	if url := s.opts.Page.URL; url != "" {
		at = url + "/console/runbooks#" + string(r)
	}
	switch {
	case n.Over:
	case n.Link == "" && s.opts.Page.URL != "":
		n.Link, n.LinkText = at, "Open the runbook"
	default:
		n.Text = strings.TrimPrefix(n.Text+"\n\nRunbook: "+at, "\n\n")
	}
	return n
}
