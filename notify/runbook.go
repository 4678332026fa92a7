package notify

import "strings"

// Runbook is what to do about something that Daymark complains of itself: a
// section of docs/operation.md, by its anchor. Whatever complains names one, and
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

// of adds to a complaint where to read what to do; the end of one asks nothing.
func (r Runbook) of(n Notice) Notice {
	if !n.Over {
		n.Text = strings.TrimPrefix(n.Text+"\n\nRunbook: docs/operation.md#"+string(r), "\n\n")
	}
	return n
}
