package console_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"daymark/access"
	"daymark/console"
	"daymark/incident"
	"daymark/support"
)

// Each row that works on incidents makes its command of what was asked.
func TestWhatIsAskedBecomesACommand(t *testing.T) {
	due := time.Date(2026, 12, 9, 12, 0, 0, 0, time.UTC)
	f := newFixture(t)
	f.story = func(string) (*console.IncidentStory, error) {
		return &console.IncidentStory{Incident: incident.Incident{ID: "i", Name: "It fails"}}, nil
	}
	f.works = []incident.PlannedMaintenance{{ID: "m", Title: "New disks"}}
	asked := map[string]bool{}
	for _, test := range []struct {
		path, body string
		want       incident.Command
	}{
		{
			"/incidents", `{"name": "Leeds is closed", "severity": "P2", "components": [{"component": "api", "status": "partial_outage"}, {"component": "sign-in"}], "what": "a", "doing": "b", "you_can": "c"}`,
			incident.Open{Name: "Leeds is closed", Severity: incident.P2, Components: []incident.OpenComponent{{Component: "api", Status: incident.PartlyDown}, {Component: "sign-in"}}, What: "a", Doing: "b", YouCan: "c"},
		},
		{"/incidents/i/acknowledge", `{"role": "lead"}`, incident.Acknowledge{Incident: "i", Role: support.Lead}},
		{"/incidents/i/handover", `{"role": "engineer", "to": "ben", "note": "n"}`, incident.HandOver{Incident: "i", Role: support.Engineer, To: "ben", Note: "n"}},
		{"/incidents/i/pass", `{"team": "t", "reason": "r"}`, incident.PassTo{Incident: "i", Team: "t", Reason: "r"}},
		{"/incidents/i/call", `{"person": "dee", "text": "t"}`, incident.CallIn{Incident: "i", Person: "dee", Text: "t"}},
		{"/incidents/i/entries", `{"kind": "action", "text": "t", "of": 4, "done": true}`, incident.Write{Incident: "i", Kind: incident.Action, Text: "t", Of: 4, Done: true}},
		{"/incidents/i/updates", `{"phase": "identified", "what": "w", "next_by": "2026-12-09T12:00:00Z"}`, incident.Publish{Incident: "i", Phase: incident.Identified, What: "w", NextBy: due}},
		{"/incidents/i/updates", `{"template": "looking"}`, incident.Publish{Incident: "i", Template: "looking"}},
		{"/incidents/i/updates", `{"what": "w", "after": 0}`, incident.Publish{Incident: "i", What: "w", Ordered: true}},
		{"/incidents/i/updates", `{"what": "w", "after": 2}`, incident.Publish{Incident: "i", What: "w", Ordered: true, After: 2}},
		{"/incidents/i/updates/3/edit", `{"text": "t"}`, incident.EditUpdate{Incident: "i", Number: 3, Text: "t"}},
		{"/incidents/i/severity", `{"severity": "P1", "reason": "r"}`, incident.Revise{Incident: "i", Severity: incident.P1, Reason: "r"}},
		{"/incidents/i/severity", `{"severity": "facts", "reason": "r"}`, incident.Revise{Incident: "i", Reason: "r"}},
		{"/incidents/i/lock", `{"locked": true}`, incident.Lock{Incident: "i", Locked: true}},
		{"/incidents/i/merge", `{"into": "j", "confirm": "It  fails"}`, incident.Merge{Incident: "i", Into: "j"}},
		{"/incidents/i/split", `{"components": ["api"], "reason": "r"}`, incident.Split{Incident: "i", Components: []string{"api"}, Reason: "r"}},
		{"/incidents/i/resolve", `{}`, incident.Resolve{Incident: "i"}},
		{"/components/api/status", `{"status": "operational", "locked": true, "reason": "r"}`, incident.SetStatus{Component: "api", Status: incident.Operational, Locked: true, Reason: "r"}},
		{"/components/api/status/clear", ``, incident.ClearStatus{Component: "api"}},
		{"/components/api/silence", `{"until": "2026-12-09T12:00:00Z", "reason": "r"}`, incident.SetSilence{Component: "api", Until: due, Reason: "r"}},
		{"/components/api/silence/end", ``, incident.EndSilence{Component: "api"}},
		{"/checks/journey/silence", `{"until": "2026-12-09T12:00:00Z", "reason": "r"}`, incident.SetSilence{Check: "journey", Until: due, Reason: "r"}},
		{"/checks/journey/silence/end", ``, incident.EndSilence{Check: "journey"}},
		{"/reports", `{"component": "api", "text": "t", "contact": "c"}`, incident.FileReport{Component: "api", Text: "t", Contact: "c"}},
		{"/reports/r/triage", `{"priority": "P3", "incident": "i"}`, incident.TriageReport{Report: "r", Priority: incident.P3, Incident: "i"}},
		{"/reports/r/triage", `{"not_ours": true, "answer": "a"}`, incident.TriageReport{Report: "r", NotOurs: true, Answer: "a"}},
		{"/reports/r/answers", `{"text": "t", "close": true}`, incident.AnswerReport{Report: "r", Text: "t", Close: true}},
		{"/incidents/i/review/ask", `{"due": "2026-12-09T12:00:00Z"}`, incident.AskReview{Incident: "i", Due: due}},
		{"/incidents/i/review", `{"summary": "s", "users": 7}`, incident.WriteReview{Incident: "i", Summary: new("s"), Users: 7}},
		{
			"/incidents/i/review/actions", `{"kind": "detect", "text": "t", "owner": "chi", "due": "2026-12-09T12:00:00Z"}`,
			incident.AddAction{Incident: "i", Kind: incident.Detect, Text: "t", Owner: "chi", Due: due},
		},
		{"/incidents/i/review", `{"luck": "", "after": "a.b"}`, incident.WriteReview{Incident: "i", Luck: new(""), After: "a.b"}},
		{"/incidents/i/review", `{"no_users": true}`, incident.WriteReview{Incident: "i", NoUsers: true}},
		{"/incidents/i/review/actions/2/change", `{"owner": "fay", "due": "2026-12-09T12:00:00Z"}`, incident.ChangeAction{Incident: "i", Number: 2, Owner: "fay", Due: due}},
		{"/incidents/i/review/withdraw", ``, incident.WithdrawReview{Incident: "i"}},
		{"/incidents/i/review/actions/2/done", ``, incident.FinishAction{Incident: "i", Number: 2}},
		{
			"/maintenance", `{"title": "New disks", "components": ["api"], "starts": "2026-12-09T12:00:00Z", "minutes": 90}`,
			incident.PlanMaintenance{Title: "New disks", Components: []string{"api"}, Starts: due, Lasts: 90 * time.Minute},
		},
		{"/maintenance/m/extend", `{"minutes": 30}`, incident.ExtendMaintenance{ID: "m", By: 30 * time.Minute}},
		{"/maintenance/m/end", `{"why": "w"}`, incident.EndMaintenance{ID: "m", Why: "w"}},
		{"/maintenance/m/cancel", `{"confirm": "New disks"}`, incident.CancelMaintenance{ID: "m"}},
		{"/incidents/i/review/publish", `{"text": "a"}`, incident.PublishReview{Incident: "i", Text: "a"}},
		{"/incidents/i/review/sign", ``, incident.SignReview{Incident: "i"}},
	} {
		var got incident.Command
		f.command = func(by incident.By, key string, command incident.Command) (string, error) {
			if by.Person != "ana" || !strings.HasPrefix(by.Via, "API token") || !strings.HasSuffix(key, " k1") || key == " k1" {
				t.Errorf("%s: by %+v with the key %q", test.path, by, key)
			}
			got = command
			return "made", nil
		}
		status, _, text := f.call("POST", "/api/v1"+test.path, test.body, "Idempotency-Key", "k1")
		if status != http.StatusOK || !strings.Contains(text, `"made":"made"`) || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s %s: %d %s made %+v; want %+v", test.path, test.body, status, text, got, test.want)
		}
		asked[reflect.TypeOf(test.want).Name()+strings.Split(test.path, "/")[1]] = true
	}
	rows := 0
	for _, o := range f.api.Operations() {
		if o.Right == access.WriteIncidents && !o.Tries && o.Path != "/api/v1/storm" && o.Path != "/api/v1/checks/{id}/run" && !strings.Contains(o.Path, "/strikes") && o.Path != "/api/v1/incidents/{id}/entries/{number}/ask" { // those have tests of their own
			rows++
		}
	}
	if rows != len(asked) {
		t.Errorf("%d rows work on incidents, and %d were tried", rows, len(asked))
	}
}

func TestARefusalIsAProblem(t *testing.T) {
	f := newFixture(t)
	for kind, status := range map[incident.RefusalKind]int{
		incident.NotFound: 404, incident.Conflict: 409, incident.Invalid: 422, incident.Forbidden: 403,
	} {
		f.command = func(incident.By, string, incident.Command) (string, error) {
			return "", &incident.Refusal{Kind: kind, Text: "the role is taken"}
		}
		if p := f.refused(status, "POST", "/api/v1/incidents/i/acknowledge", `{"role": "lead"}`); p.Detail != "The role is taken." {
			t.Errorf("%s: %+v", kind, p)
		}
	}
}

func TestWorkIsListed(t *testing.T) {
	f := newFixture(t)
	if reviews := get[list](f, "/api/v1/reviews"); len(reviews.Items) != 1 || len(reviews.Items[0]["actions"].([]any)) != 1 {
		t.Errorf("reviews: %v", reviews)
	}
	if works := get[list](f, "/api/v1/maintenance"); len(works.Items) != 1 || works.Items[0]["stage"] != "scheduled" {
		t.Errorf("maintenance: %v", works)
	}
}

// Who asks somebody to agree is shown the link, once.
func TestALinkToAgreeIsShownToWhoAsksForIt(t *testing.T) {
	f := newFixture(t)
	var got incident.Command
	f.command = func(_ incident.By, _ string, command incident.Command) (string, error) {
		got = command
		return "2", nil
	}
	ask := &incident.Ask{Number: 2, Person: "dee", Expires: now.Add(incident.AskLife)}
	f.story = func(string) (*console.IncidentStory, error) {
		return &console.IncidentStory{Incident: incident.Incident{ID: "i", Care: incident.Care{Proposals: map[int]*incident.Proposal{4: {By: "ben", Ask: ask}}}}}, nil
	}
	status, _, text := f.call("POST", "/api/v1/incidents/i/entries/4/ask", `{"person": "dee"}`)
	if status != http.StatusOK || !strings.Contains(text, `"link":"https://status.example/console/agree/i.4.2"`) || !strings.Contains(text, `"mailed":true`) {
		t.Errorf("%d %s", status, text)
	}
	if want := (incident.AskAgreement{Incident: "i", Of: 4, Person: "dee"}); got != want {
		t.Errorf("it made %+v; want %+v", got, want)
	}
	if status, _, text := f.call("POST", "/api/v1/incidents/i/entries/5/ask", ``); status != http.StatusNotFound {
		t.Errorf("of no proposal: %d %s", status, text)
	}
}
