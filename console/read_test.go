package console_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"daymark/access"
	"daymark/checker"
	"daymark/console"
	"daymark/incident"
)

func anIncident(n int) incident.Incident {
	return incident.Incident{
		ID: fmt.Sprintf("mhwz4k1q%04d", n), Name: "Sign in is not available", Phase: incident.Investigating, Severity: incident.P1, Worst: incident.P1,
		Reason: "P1: sign-in is not available", Since: now.Add(-10 * time.Minute), Opened: now.Add(-9 * time.Minute), Updated: now,
		Affected: []incident.Affected{{Component: "sign-in", Status: incident.Down, Worst: incident.Down, From: now.Add(-10 * time.Minute)}},
		Promise:  &incident.Promise{Kind: incident.NextUpdate, Made: now, Due: now.Add(time.Minute)},
	}
}

// Pages of every size hold each incident once, in order, whatever the sizes.
func TestIncidentsByPages(t *testing.T) {
	f := newFixture(t)
	f.list = func(q console.IncidentQuery) (found []incident.Incident, err error) {
		if !q.Open || q.Severity != incident.P1 || q.Component != "sign-in" {
			t.Errorf("asked for %+v", q)
		}
		for n := 9; n > 0 && len(found) < q.Most; n-- {
			if inc := anIncident(n); q.Before == "" || inc.ID < q.Before {
				found = append(found, inc)
			}
		}
		return found, nil
	}
	for limit := 1; limit <= 10; limit++ {
		var ids []string
		path := fmt.Sprintf("/api/v1/incidents?status=open&severity=P1&component=sign-in&limit=%d", limit)
		for next := path; next != ""; {
			page := get[list](f, next)
			if len(page.Items) > limit {
				t.Fatalf("%d items; the limit is %d", len(page.Items), limit)
			}
			for _, item := range page.Items {
				ids = append(ids, item["id"].(string)[8:])
			}
			next = ""
			if page.Next != "" {
				next = path + "&cursor=" + page.Next
			}
		}
		if got := strings.Join(ids, " "); got != "0009 0008 0007 0006 0005 0004 0003 0002 0001" {
			t.Errorf("limit %d: %s", limit, got)
		}
	}
}

// TestACursorIsOneOfOurs: what somebody made up or cut off is no empty list.
func TestACursorIsOneOfOurs(t *testing.T) {
	f := newFixture(t)
	f.list = func(q console.IncidentQuery) ([]incident.Incident, error) {
		return []incident.Incident{anIncident(2), anIncident(1)}[:min(q.Most, 2)], nil
	}
	good := get[list](f, "/api/v1/incidents?limit=1").Next
	for _, cursor := range []string{"abc", "zz", "bXg0cGc4bjRuN3Zj", good[:len(good)-4], good[4:], "AAAA" + good, "%21"} {
		if p := f.refused(http.StatusBadRequest, "GET", "/api/v1/incidents?cursor="+cursor, ""); len(p.Errors) != 1 || p.Errors[0].Where != "query.cursor" {
			t.Errorf("%s: %+v", cursor, p)
		}
	}
	get[list](f, "/api/v1/incidents?cursor="+good)
}

func TestAnIncidentInTheList(t *testing.T) {
	f := newFixture(t)
	f.list = func(q console.IncidentQuery) ([]incident.Incident, error) {
		if q.Open || q.Severity != 0 || q.Component != "" || q.Before != "" || q.Most != 51 {
			t.Errorf("asked for %+v", q)
		}
		warning := anIncident(1)
		warning.Check, warning.Affected, warning.Promise = "journey", nil, nil
		warning.Severity, warning.Worst, warning.Phase, warning.Resolved = incident.P4, incident.P4, incident.Resolved, now
		return []incident.Incident{anIncident(2), warning}, nil
	}
	page := get[list](f, "/api/v1/incidents")
	one, warning := page.Items[0], page.Items[1]
	if one["since"] != "2026-12-01T13:32:07.120Z" || one["public"] != true || one["severity"] != "P1" || one["resolved"] != nil || one["check"] != nil {
		t.Errorf("an incident: %v", one)
	}
	if affected := one["affected"].([]any)[0].(map[string]any); affected["name"] != "Sign in" || affected["status"] != "major_outage" {
		t.Errorf("what it affects: %v", affected)
	}
	if promise := one["promise"].(map[string]any); promise["due"] != "2026-12-01T13:43:07.120Z" || promise["state"] != "running" {
		t.Errorf("its promise: %v", promise)
	}
	if warning["check"] != "journey" || warning["public"] != false || warning["resolved"] != "2026-12-01T13:42:07.120Z" {
		t.Errorf("a warning: %v", warning)
	}
}

func TestAnIncidentsStory(t *testing.T) {
	f := newFixture(t)
	f.story = func(id string) (*console.IncidentStory, error) {
		if id != "one" {
			return nil, fmt.Errorf("incident %s: %w", id, console.ErrNotFound)
		}
		inc := anIncident(1)
		inc.Affected[0].Until = now.Add(-time.Minute)
		inc.Updates = []incident.Update{{
			ID: "u1", Number: 1, Kind: incident.Opened, Phase: incident.Investigating, Severity: incident.P1, At: now.Add(-8 * time.Minute), Text: "We look into it.",
			Auto: true, NextBy: now.Add(time.Hour), Changes: []incident.AffectedChange{{Component: "sign-in", Old: incident.Operational, New: incident.Down}},
		}}
		return &console.IncidentStory{
			Incident: inc,
			Edits:    []incident.Edit{{Update: "u1", At: now.Add(-time.Minute), By: "ana", Before: "We loko into it."}},
			Severities: []incident.SeverityDecision{{At: now.Add(-9 * time.Minute), Severity: incident.P1, Reason: "P1: sign-in is not available", Clause: `availability == "none"`, Facts: incident.SeverityFacts{
				Availability: "none", Criticality: "critical", Available: 0.5, RegionsFailing: 2, ErrorRate: 1, LatencyP95: 1500 * time.Microsecond, LatencyRatio: 1,
			}}},
			Promises: []incident.Promise{
				{Kind: incident.FirstWord, Made: now.Add(-9 * time.Minute), Due: now.Add(-7 * time.Minute), Ended: now.Add(-8 * time.Minute)},
				{Kind: incident.NextUpdate, Made: now.Add(-8 * time.Minute), Due: now.Add(-3 * time.Minute), Ended: now.Add(-2 * time.Minute)},
				{Kind: incident.NextUpdate, Made: now.Add(-2 * time.Minute), Due: now.Add(-time.Millisecond)},
			},
		}, nil
	}
	story := get[struct {
		ID       string
		Timeline []struct{ At, Kind, Text string }
		Promises []struct{ State string }
		Updates  []struct {
			Changes []struct{ Before, After string }
			NextBy  string `json:"next_by"`
			Told    []struct{ Text, By string }
		}
		Severities []struct {
			Clause string
			Facts  map[string]any
		}
	}](f, "/api/v1/incidents/one")
	if told := story.Updates[0].Told; len(told) != 1 || told[0].Text != "We loko into it." || told[0].By != "ana" {
		t.Errorf("before it was put right it told %+v", told)
	}
	var kinds, states []string
	for _, m := range story.Timeline {
		kinds = append(kinds, m.Kind)
	}
	for _, p := range story.Promises {
		states = append(states, p.State)
	}
	if got := strings.Join(kinds, " "); got != "affected severity update promise promise works" {
		t.Errorf("the timeline: %s", got)
	}
	if story.Timeline[0].Text != "Sign in began to fail." || story.Timeline[4].Text != "The next update, due by 13:39:07 UTC: broken." {
		t.Errorf("the timeline: %+v", story.Timeline)
	}
	if got := strings.Join(states, " "); got != "kept broken late" {
		t.Errorf("the promises: %s", got)
	}
	facts := story.Severities[0].Facts
	if facts["latency_p95_ms"] != 1.5 || facts["available"] != 0.5 || story.Updates[0].Changes[0].After != "major_outage" || story.Updates[0].NextBy != "2026-12-01T14:42:07.120Z" {
		t.Errorf("%+v", story)
	}
	f.refused(http.StatusNotFound, "GET", "/api/v1/incidents/another", "")
}

func TestComponentsAndChecks(t *testing.T) {
	f := newFixture(t)
	f.statuses = map[string]incident.ComponentStatus{"sign-in": {Component: "sign-in", Status: incident.Down, Since: now, Reason: "its check is down"}}
	f.verdicts = map[string]incident.Verdict{"journey": {Check: "journey", Word: incident.CheckDown, Since: now, Reason: "1 of 2 regions failing"}}
	f.results = []checker.Result{
		{Check: "gone", Region: "west", At: now, Outcome: checker.OK},
		{Check: "journey", Region: "east", At: now, Outcome: checker.OK, Latency: 120500 * time.Microsecond},
		{Check: "journey", Region: "left", At: now, Outcome: checker.OK},
		{Check: "journey", Region: "west", At: now, Outcome: checker.Failed, Reason: "the button is not there"},
	}
	components := get[list](f, "/api/v1/components").Items
	if len(components) != 2 || components[0]["status"] != "major_outage" || components[0]["reason"] != "its check is down" || components[1]["status"] != "unknown" ||
		components[1]["since"] != nil || components[1]["criticality"] != "minor" || fmt.Sprint(components[0]["checks"], components[0]["depends_on"]) != "[journey] [api]" {
		t.Errorf("components: %v", components)
	}
	checks := get[list](f, "/api/v1/checks").Items
	if len(checks) != 1 || checks[0]["verdict"] != "down" || checks[0]["kind"] != "browser" || checks[0]["component"] != "sign-in" {
		t.Fatalf("checks: %v", checks)
	}
	latest := checks[0]["latest"].([]any)
	west, east := latest[0].(map[string]any), latest[1].(map[string]any)
	if len(latest) != 2 || west["region"] != "west" || west["reason"] != "the button is not there" || east["latency_ms"] != 120.5 {
		t.Errorf("latest: %v", latest)
	}
	if got := get[list](f, "/api/v1/checks?component=api").Items; len(got) != 0 {
		t.Errorf("of a component without checks: %v", got)
	}
	f.verdicts = nil
	if got := get[list](f, "/api/v1/checks?component=sign-in").Items; got[0]["verdict"] != "unknown" {
		t.Errorf("never measured: %v", got)
	}
}

func TestEvidenceIsListed(t *testing.T) {
	f := newFixture(t)
	var asked console.EvidenceQuery
	f.evidence = func(q console.EvidenceQuery) ([]console.EvidenceRun, error) {
		asked = q
		if q.Check == "unknown" {
			return nil, nil
		}
		run := console.EvidenceRun{Region: "west", At: now, Outcome: checker.Failed, Reason: "no", First: true, Pieces: []console.EvidencePiece{{Name: "page.html", MediaType: "text/html", Size: 5}}}
		return []console.EvidenceRun{run, run}[:min(q.Most, 2)], nil
	}
	page := get[list](f, "/api/v1/checks/journey/evidence?region=west&outcome=failed&since=2026-12-01T13:00:00%2B01:00&limit=1")
	if asked.Check != "journey" || asked.Region != "west" || asked.Outcome != checker.Failed || !asked.Since.Equal(now.Truncate(time.Hour).Add(-time.Hour)) || asked.Most != 2 || !asked.AfterAt.IsZero() {
		t.Errorf("asked for %+v", asked)
	}
	if len(page.Items) != 1 || page.Items[0]["first"] != true || page.Next == "" {
		t.Errorf("%+v", page)
	}
	get[list](f, "/api/v1/checks/journey/evidence?cursor="+page.Next)
	if !asked.AfterAt.Equal(now) || asked.AfterRegion != "west" {
		t.Errorf("the next part asked for %+v", asked)
	}
	f.refused(http.StatusNotFound, "GET", "/api/v1/checks/unknown/evidence", "")
}

func TestTheAuditTrailIsListed(t *testing.T) {
	f := newFixture(t)
	f.audit = func(before int64, most int) (entries []console.AuditEntry, err error) {
		for seq := int64(5); seq > 0 && len(entries) < most; seq-- {
			if before == 0 || seq < before {
				entries = append(entries, console.AuditEntry{Seq: seq, At: now, Actor: "ana", Action: "API token revoked", Object: "t1"})
			}
		}
		return entries, nil
	}
	seqs := ""
	for next := "/api/v1/audit?limit=2"; next != ""; {
		page := get[list](f, next)
		for _, item := range page.Items {
			seqs += fmt.Sprint(item["seq"])
		}
		next = ""
		if page.Next != "" {
			next = "/api/v1/audit?limit=2&cursor=" + page.Next
		}
	}
	if seqs != "54321" {
		t.Error(seqs)
	}
}

func TestWhoSeesAndEndsWhichTokens(t *testing.T) {
	f := newFixture(t)
	var asked string
	f.tokens = func(person string) ([]access.APIToken, error) {
		asked = person
		return []access.APIToken{{ID: "t1", Name: "report", Person: "ana", Role: access.Editor, Created: now, Expires: now.Add(time.Hour), Revoked: now}}, nil
	}
	var order console.Revocation
	f.revoke = func(r console.Revocation) (*access.APIToken, error) {
		order = r
		return &access.APIToken{ID: r.ID, Person: "ana", Role: access.Reader, Scopes: []access.Scope{access.ScopeRead}, Expires: now.Add(time.Hour), Revoked: now}, nil
	}
	if got := get[list](f, "/api/v1/tokens").Items; asked != "" || got[0]["works"] != false || fmt.Sprint(got[0]["scopes"]) != "[]" {
		t.Errorf("an administrator asked for %q: %v", asked, got)
	}
	get[list](f, "/api/v1/tokens?person=ben")
	if asked != "ben" {
		t.Errorf("asked for %q", asked)
	}
	if status, _, text := f.call("POST", "/api/v1/tokens/t9/revoke", `{"reason": "the laptop is lost"}`, "Idempotency-Key", "one"); status != http.StatusOK || !strings.Contains(text, `"revoked":"2026-12-01T13:42:07.120Z"`) {
		t.Errorf("%d %s", status, text)
	}
	if order.ID != "t9" || order.Person != "" || order.Reason != "the laptop is lost" || order.Who.Person != "ana" {
		t.Errorf("%+v", order)
	}

	f.who = access.Principal{Kind: access.ByToken, Person: "chi", Token: "t2", Role: access.Editor}
	get[list](f, "/api/v1/tokens")
	if asked != "chi" {
		t.Errorf("an editor sees the tokens of %q", asked)
	}
	f.refused(http.StatusForbidden, "GET", "/api/v1/tokens?person=ana", "")
	if status, _, _ := f.call("POST", "/api/v1/tokens/t9/revoke", ""); status != http.StatusOK || order.Person != "chi" {
		t.Errorf("an editor ends tokens of %q: %d", order.Person, status)
	}
	f.revoke = func(console.Revocation) (*access.APIToken, error) { return nil, console.ErrNotFound }
	f.refused(http.StatusNotFound, "POST", "/api/v1/tokens/t9/revoke", "")
}

// A token that leaks and only reads ends no token but itself.
func TestANarrowedTokenEndsOnlyItself(t *testing.T) {
	f := newFixture(t)
	f.who.Scopes = []access.Scope{access.ScopeRead}
	f.revoke = func(r console.Revocation) (*access.APIToken, error) {
		return &access.APIToken{ID: r.ID, Person: "ana", Role: access.Reader, Created: now, Expires: now, Revoked: now}, nil
	}
	f.refused(http.StatusNotFound, "POST", "/api/v1/tokens/t2/revoke", "")
	if status, _, text := f.call("POST", "/api/v1/tokens/t1/revoke", ""); status != http.StatusOK {
		t.Errorf("%d %s", status, text)
	}
}

func TestWhoAmI(t *testing.T) {
	f := newFixture(t)
	f.tokens = func(string) ([]access.APIToken, error) {
		return []access.APIToken{{ID: "t0"}, {ID: "t1", Name: "mine", Role: access.Editor}}[1:], nil
	}
	me := get[map[string]any](f, "/api/v1/me")
	if me["person"] != "ana" || me["name"] != "Ana Reyes" || me["role"] != "administrator" || me["token"].(map[string]any)["name"] != "mine" || len(me["rights"].([]any)) != len(access.Grants()) {
		t.Errorf("%v", me)
	}
	f.who.Role, f.who.Scopes = access.Responder, []access.Scope{access.ScopeRead}
	f.tokens = func(string) ([]access.APIToken, error) { return nil, nil }
	if me := get[map[string]any](f, "/api/v1/me"); fmt.Sprint(me["rights"]) != "[self:read self:write incidents:read components:read evidence:read deliveries:read subscribers:read people:read agents:read elevations:read]" || me["token"] != nil {
		t.Errorf("%v", me)
	}
}

// Whoever calls learns nothing of our insides.
func TestWhatFailsInsideStaysInside(t *testing.T) {
	f := newFixture(t)
	f.list = func(console.IncidentQuery) ([]incident.Incident, error) {
		return nil, errors.New("no such table: incidents in /var/lib")
	}
	if p := f.refused(http.StatusInternalServerError, "GET", "/api/v1/incidents", ""); strings.Contains(p.Detail, "table") || p.Title != "Internal Server Error" || p.Type != "about:blank" {
		t.Errorf("%+v", p)
	}
}
