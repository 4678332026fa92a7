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
			Updates: []incident.Update{{Number: 1, At: at(2), Text: "Nobody can sign in.\n\nWe look.", Findings: []incident.Finding{
				{Component: "sign-in", Status: incident.Down, Regions: []string{"west", "east"}},
				{Component: "api", Status: incident.Down, Everywhere: true},
				{Component: "batch", Status: incident.Operational, Regions: []string{"north"}},
			}}},
			Care: incident.Care{Acknowledged: at(3)},
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
		Severities: []incident.SeverityDecision{
			{At: at(1), Severity: incident.P2, Reason: "P2: Sign in is slow"}, {At: at(3), Severity: incident.P1, Reason: "P1: Sign in\nis not available"},
		},
		Reports: []incident.Report{{ID: "r1", At: at(4), Contact: "ann@example.org"}, {ID: "r2", At: at(5), Contact: "ann@example.org"}, {ID: "r3", At: at(6)}},
		Runs: []incident.RunCount{
			{Check: "journey", Region: "west", Name: "A customer signs in", Journey: true, RegionName: "Ireland", Failed: 7, Degraded: 2, Told: 10},
			{Check: "health", Region: "east", Degraded: 1, Told: 4},
			{Check: "fine", Region: "east", Told: 4},
		},
		Region: func(id string) string {
			return map[string]string{"west": "Ireland", "east": "Virginia", "north": "Oslo"}[id]
		},
		Component: func(id string) string { return map[string]string{"sign-in": "Sign in"}[id] },
		Word:      func(s incident.Status) string { return map[incident.Status]string{incident.Down: "Down"}[s] },
		Zone:      time.UTC, Now: at(30),
	}
	text := draft.Markdown()
	for _, want := range []string{
		"# Review: Sign in was not available\n", "Signed off by dee on 1 December 2026 13:58.",
		"- Sign in: Down at its worst, from 1 December 2026 13:00 until 1 December 2026 13:20 (20 min)",
		"- journey A customer signs in from Ireland: 7 of 10 runs that could tell failed, 2 degraded\n",
		"- check health from east: 0 of 4 runs that could tell failed, 1 degraded\n", "- regions that updates named: Ireland, Virginia, every region\n",
		"- 3 reports of users, by 2 people, from 1 December 2026 13:04 until 1 December 2026 13:06\n",
		"- from 1 December 2026 13:01 until 1 December 2026 13:03 (2 min): P2: Sign in is slow\n",
		"- from 1 December 2026 13:03 until 1 December 2026 13:25 (22 min): P1: Sign in is not available\n",
		"- 12 users were affected (a number given by hand)", "- acknowledged: 1 December 2026 13:03", "- mitigated: 1 December 2026 13:20",
		"An acknowledgement, due by 1 December 2026 13:11: kept by a person", "The next update, due by 1 December 2026 13:12: kept by the facts",
		"The resolution, due by 1 December 2026 13:15: **broken**", "- [x] 1. watch keys (detect; ben", "- [ ] 2. renew",
		"- 1 December 2026 13:02 update 1: Nobody can sign in. We look.\n", "ana, note: see &lt;b>this&lt;/b>", "_To be written.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("without %q:\n%s", want, text)
		}
	}
	for _, no := range []string{"fine", "Oslo"} {
		if strings.Contains(text, no) {
			t.Errorf("%s did not fail, and is told:\n%s", no, text)
		}
	}
	draft.Incident.Resolved, draft.Reports, draft.Component, draft.Word = time.Time{}, draft.Reports[:1], nil, nil
	open := draft.Markdown()
	for _, want := range []string{"- sign-in: major_outage at its worst,", "until now (27 min): P1: Sign in", "- 1 report of users, by 1 person,"} {
		if !strings.Contains(open, want) {
			t.Errorf("while it is open, without %q:\n%s", want, open)
		}
	}
	if strings.Contains(text, "The first word") {
		t.Error("a promise that another replaced is told as kept or broken")
	}
	if issue := draft.Review.Issue(&draft.Review.Actions[1]); !strings.HasPrefix(issue, "## renew\n\nAction 2 (prevent) of the review of incident one") {
		t.Errorf("the issue is %s", issue)
	}
}

// The words to begin with come from what people noted and what was promised.
func TestADraftSuggestsWords(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 12, 1, 13, minute, 0, 0, time.UTC) }
	draft := incident.Draft{
		Incident: incident.Incident{Name: "Nobody can pay", Worst: incident.P1, Since: at(0), Opened: at(1), Resolved: at(25), Care: incident.Care{Acknowledged: at(3)}},
		Entries: []incident.Entry{
			{At: at(4), Kind: incident.Hypothesis, Text: "a key\nexpired"}, {At: at(5), Kind: incident.Note, Text: "lunch"}, {At: at(6), Kind: incident.Agreement, Text: "renew it"},
		},
		Promises: []incident.Promise{
			{Kind: incident.NextUpdate, Made: at(1), Due: at(11), Ended: at(9), How: incident.ByPerson},
			{Kind: incident.Restored, Made: at(1), Due: at(15), Ended: at(25), How: incident.ByFacts},
			{Kind: incident.FirstWord, Made: at(1), Due: at(6), Ended: at(2), How: incident.Replaced},
		},
		Zone: time.UTC, Now: at(30),
	}
	want := incident.Suggested{
		Summary: "Nobody can pay, from 1 December 2026 13:00 until 1 December 2026 13:25 (25 min). It was P1 at its worst.",
		Causes:  "- a key expired (hypothesis, 1 December 2026 13:04)\n- renew it (agreement, 1 December 2026 13:06)",
		Well:    "- Somebody had taken it 2 min after it was seen.\n- The next update, due by 1 December 2026 13:11, was kept.",
		Badly:   "- The resolution, due by 1 December 2026 13:15, was not kept.",
	}
	if got := draft.Suggest(); got != want {
		t.Errorf("%+v", got)
	}
	if got := (&incident.Draft{Zone: time.UTC}).Suggest(); got.Causes+got.Well+got.Badly != "" {
		t.Errorf("of nothing: %+v", got)
	}
}
