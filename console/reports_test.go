package console_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"daymark/access"
	"daymark/console"
	"daymark/incident"
)

func TestReportsComeInParts(t *testing.T) {
	f := newFixture(t)
	var asked []console.ReportQuery
	f.reports = func(q console.ReportQuery) ([]incident.Report, error) {
		asked = append(asked, q)
		if q.AfterID != "" {
			return []incident.Report{{ID: "c", At: now, Due: now, State: incident.Received}}, nil
		}
		return []incident.Report{
			{ID: "a", At: now, Due: now.Add(time.Minute), State: incident.Received, Contact: "ann@example.org"},
			{ID: "b", At: now.Add(time.Second), Due: now.Add(time.Hour), State: incident.Triaged, Outcome: incident.Accepted, Priority: incident.P3},
			{ID: "c", At: now, Due: now, State: incident.Received},
		}, nil
	}
	for status, place := range map[string]time.Time{"open": now.Add(time.Hour), "all": now.Add(time.Second)} {
		asked = nil
		first := get[list](f, "/api/v1/reports?limit=2&status="+status)
		if len(first.Items) != 2 || first.Next == "" || first.Items[1]["priority"] != "P3" {
			t.Fatalf("%s: %v", status, first)
		}
		rest := get[list](f, "/api/v1/reports?limit=2&status="+status+"&cursor="+url.QueryEscape(first.Next))
		if len(rest.Items) != 1 || rest.Next != "" {
			t.Errorf("%s, the rest: %v", status, rest)
		}
		if q := asked[1]; asked[0].Most != 3 || !asked[0].After.IsZero() || q.All != (status == "all") || q.AfterID != "b" || !q.After.Equal(place) {
			t.Errorf("%s asked for %+v", status, asked)
		}
	}
	other := get[list](f, "/api/v1/reports?limit=2&status=all").Next
	for _, cursor := range []string{other, "x", "b3Blbg"} {
		if p := f.refused(400, "GET", "/api/v1/reports?cursor="+url.QueryEscape(cursor), ""); !strings.Contains(p.Errors[0].Where, "cursor") {
			t.Errorf("cursor %q: %+v", cursor, p)
		}
	}
}

func TestAReportTellsWhatItsReporterHeard(t *testing.T) {
	f := newFixture(t)
	r := get[map[string]any](f, "/api/v1/reports/r")
	if answers := r["answers"].([]any); len(answers) != 2 || answers[0].(map[string]any)["by"] != nil || answers[1].(map[string]any)["by"] != "ana" {
		t.Errorf("it is %v", r)
	}
	f.refused(404, "GET", "/api/v1/reports/none", "")
}

// How to reach a reporter is for those who work on incidents.
func TestContactsAreForThoseWhoAnswer(t *testing.T) {
	f := newFixture(t)
	f.reports = func(console.ReportQuery) ([]incident.Report, error) {
		return []incident.Report{{ID: "r", At: now, Due: now, State: incident.Received, Contact: "ann@example.org"}}, nil
	}
	for name, test := range map[string]struct {
		role   access.Role
		scopes []access.Scope
		want   string
	}{
		"a reader":                     {access.Reader, nil, ""},
		"a responder":                  {access.Responder, nil, "ann@example.org"},
		"a responder who reads alone":  {access.Responder, []access.Scope{access.ScopeRead}, ""},
		"one who works on incidents":   {access.Responder, []access.Scope{access.ScopeIncidents}, "ann@example.org"},
		"a reader, and incidents":      {access.Reader, []access.Scope{access.ScopeIncidents}, ""},
		"an administrator":             {access.Administrator, nil, "ann@example.org"},
		"an administrator who reads":   {access.Administrator, []access.Scope{access.ScopeRead}, ""},
		"an administrator, both alike": {access.Administrator, access.Scopes(), "ann@example.org"},
	} {
		f.who = access.Principal{Kind: access.ByToken, Person: "ana", Token: "t1", Role: test.role, Scopes: test.scopes}
		listed, one := get[list](f, "/api/v1/reports").Items[0], get[map[string]any](f, "/api/v1/reports/r")
		if listed["contact"] != test.want || one["contact"] != test.want || listed["reachable"] != true || one["reachable"] != true {
			t.Errorf("%s sees %v and %v", name, listed, one)
		}
	}
}
