package incident_test

import (
	"strings"
	"testing"
	"time"

	"daymark/incident"
)

// The draft tells what is known in its place, each event on one line, and
// takes nothing that people wrote for markup.
func TestADraftTellsWhatIsKnown(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 12, 1, 13, minute, 0, 0, time.UTC) }
	draft := incident.Draft{
		Incident: incident.Incident{
			ID: "one", Name: "Sign in was not available", Worst: incident.P1, Since: at(0), Opened: at(1), Monitoring: at(20), Resolved: at(25),
			Affected: []incident.Affected{{Component: "sign-in", Worst: incident.Down, From: at(0), Until: at(20)}},
			Updates:  []incident.Update{{Number: 1, At: at(2), Text: "Nobody can sign in.\n\nWe look."}},
			Care:     incident.Care{Acknowledged: at(3)},
		},
		Entries: []incident.Entry{{Number: 1, At: at(4), By: "ana", Kind: incident.Note, Text: "see <b>this</b>"}},
		Promises: []incident.Promise{
			{Kind: incident.Acknowledged, Made: at(1), Due: at(11), Ended: at(3), How: incident.ByPerson},
			{Kind: incident.NextUpdate, Made: at(2), Due: at(12), Ended: at(12), How: incident.ByFacts},
			{Kind: incident.Restored, Made: at(1), Due: at(15), Ended: at(25), How: incident.ByFacts},
			{Kind: incident.FirstWord, Made: at(1), Due: at(6), Ended: at(2), How: incident.Replaced},
		},
		Review: incident.Review{
			Incident: "one", Name: "Sign in was not available", Severity: incident.P1, Due: at(59), Summary: "# A key expired", Users: 12, SignedBy: "dee", Signed: at(58),
			Actions: []incident.ReviewAction{{Number: 1, Kind: incident.Detect, Text: "watch keys", Owner: "ben", Due: at(59), Done: at(57)}, {Number: 2, Kind: incident.Prevent, Text: "renew", Owner: "ben", Due: at(59)}},
		},
		Zone: time.UTC, Now: at(30),
	}
	text := draft.Markdown()
	for _, want := range []string{
		"# Review: Sign in was not available\n", "Signed off by dee on 1 December 2026 13:58.",
		"- sign-in: major_outage at its worst, from 1 December 2026 13:00 until 1 December 2026 13:20 (20 min)",
		"- 12 users were affected (a number given by hand)", "- acknowledged: 1 December 2026 13:03", "- mitigated: 1 December 2026 13:20",
		"An acknowledgement, due by 1 December 2026 13:11: kept by a person", "The next update, due by 1 December 2026 13:12: kept by the facts",
		"The resolution, due by 1 December 2026 13:15: **broken**", "- [x] 1. watch keys (detect; ben", "- [ ] 2. renew",
		"- 1 December 2026 13:02 update 1: Nobody can sign in. We look.\n", "ana, note: see &lt;b>this&lt;/b>", "_To be written.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("without %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "The first word") {
		t.Error("a promise that another replaced is told as kept or broken")
	}
	if issue := draft.Review.Issue(&draft.Review.Actions[1]); !strings.HasPrefix(issue, "## renew\n\nAction 2 (prevent) of the review of incident one") {
		t.Errorf("the issue is %s", issue)
	}
}
