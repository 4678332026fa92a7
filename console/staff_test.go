package console_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"daymark/access"
	"daymark/checker"
	"daymark/console"
)

// staff is who works here and what measures, as functions' answers; what is
// done is noted in words.
type staff struct {
	agents []console.Agent
	did    []string
}

func (s *staff) note(who access.Principal, words ...string) {
	s.did = append(s.did, strings.Join(append([]string{who.Person}, words...), " "))
}

func (s *staff) Accounts(context.Context) ([]access.Account, error) {
	return []access.Account{{Person: "ana", Factor: []byte("sealed"), Codes: []string{"a", "b"}, Created: now, Entered: now}}, nil
}

func (s *staff) EverySession(context.Context, time.Time) ([]access.Session, error) {
	return []access.Session{
		{ID: "s1", Person: "ana", Stage: access.SignedIn, Browser: "Firefox", Address: "192.0.2.1", Began: now, Seen: now, Expires: now},
		{ID: "s2", Person: "ben", Stage: access.SignedIn, Began: now, Seen: now, Expires: now},
		{ID: "s3", Person: "ana", Stage: access.AskedCode, Began: now, Seen: now, Expires: now},
	}, nil
}

func (s *staff) Invite(_ context.Context, call console.Call, person string) (string, time.Time, error) {
	s.note(call.Who, "invites", person)
	return "https://status.example/console/welcome/secret", now, nil
}

func (s *staff) RemoveAccount(_ context.Context, who access.Principal, person string) error {
	s.note(who, "removes", person)
	return nil
}

func (s *staff) SignOut(_ context.Context, who access.Principal, person, id string) error {
	s.note(who, "signs out", person, id)
	return nil
}

func (s *staff) Agents() []console.Agent { return s.agents }

func (s *staff) AgentTokens(context.Context) ([]access.AgentToken, error) {
	return []access.AgentToken{{ID: "a1", Region: "west", Created: now, Heard: now, Agent: "west-1", Version: "1"}, {ID: "a2", Region: "east", Created: now, Revoked: now}}, nil
}

func (s *staff) MakeAgentToken(_ context.Context, call console.Call, region, name string) (console.MadeSecret, error) {
	s.note(call.Who, "makes", region, name, call.Key)
	return console.MadeSecret{ID: "a3", Secret: "dma_new"}, nil
}

func (s *staff) RotateAgentToken(_ context.Context, call console.Call, id string, overlap time.Duration) (console.MadeSecret, error) {
	s.note(call.Who, "rotates", id, overlap.String())
	return console.MadeSecret{ID: "a4", Secret: "dma_newer"}, nil
}

func (s *staff) RevokeAgentToken(_ context.Context, who access.Principal, id, reason string) error {
	s.note(who, "revokes", id, reason)
	return nil
}

func (s *staff) MakeAPIToken(_ context.Context, call console.Call, t *access.APIToken) (console.MadeSecret, error) {
	s.note(call.Who, "makes", t.Name, "of", t.Person, string(t.Role), t.Expires.Sub(now).String())
	return console.MadeSecret{ID: "t9", Secret: "dmk_new", Expires: t.Expires}, nil
}

func (s *staff) RotateAPIToken(_ context.Context, call console.Call, id string, overlap time.Duration) (console.MadeSecret, error) {
	s.note(call.Who, "rotates", id, overlap.String())
	return console.MadeSecret{ID: "t10", Secret: "dmk_newer", Expires: now}, nil
}

func (s *staff) Elevations(_ context.Context, before string, most int) ([]access.Elevation, error) {
	all := []access.Elevation{
		{ID: "e2", Person: "ben", Own: access.Reader, Role: access.Responder, Reason: "nobody is here", Began: now, Until: now.Add(time.Hour)},
		{ID: "e1", Person: "ana", Own: access.Reader, Role: access.Editor, Reason: "it burns", Began: now.Add(-time.Hour), Until: now, Ended: now.Add(-time.Minute), How: "by hand"},
	}
	if before != "" {
		all = slices.DeleteFunc(all, func(e access.Elevation) bool { return e.ID >= before })
	}
	return all[:min(most, len(all))], nil
}

func (s *staff) Elevation(_ context.Context, id string) (*access.Elevation, error) {
	all, _ := s.Elevations(nil, "", 9) //nolint:staticcheck // it asks for none
	for i := range all {
		if all[i].ID == id {
			return &all[i], nil
		}
	}
	return nil, console.ErrNotFound
}

func (s *staff) DoneIn(_ context.Context, id string, _ int) ([]console.AuditEntry, error) {
	return []console.AuditEntry{{Seq: 7, At: now, Action: "resolved", Object: "in " + id}}, nil
}

func (s *staff) EndElevation(_ context.Context, who access.Principal, id string) error {
	s.note(who, "ends", id)
	return nil
}

func (f *fixture) done(want ...string) {
	f.t.Helper()
	if !slices.Equal(f.did, want) {
		f.t.Errorf("was done: %q; want %q", f.did, want)
	}
	f.did = nil
}

// as lets somebody else call.
func (f *fixture) as(person string, role access.Role, scopes ...access.Scope) {
	f.who = access.Principal{Kind: access.ByToken, Person: person, Token: "t", Role: role, Scopes: scopes}
}

func TestPeopleAreSeenByAllAndTheirAccountsByAdministrators(t *testing.T) {
	f := newFixture(t)
	people := get[list](f, "/api/v1/people").Items
	if len(people) != 1 || people[0]["role"] != "reader" || people[0]["on_call"].([]any)[0] != "main" {
		t.Errorf("people: %v", people)
	}
	if account := people[0]["account"].(map[string]any); account["second_factor"] != true || account["recovery_codes"] != 2.0 || account["sessions"] != 1.0 {
		t.Errorf("account: %v", account)
	}
	if sessions := get[list](f, "/api/v1/sessions").Items; len(sessions) != 2 || sessions[0]["browser"] != "Firefox" {
		t.Errorf("sessions: %v", sessions)
	}
	f.as("ben", access.Reader)
	if people := get[list](f, "/api/v1/people").Items; people[0]["account"] != nil {
		t.Errorf("a reader sees how others sign in: %v", people)
	}
	if sessions := get[list](f, "/api/v1/sessions").Items; len(sessions) != 1 || sessions[0]["person"] != "ben" {
		t.Errorf("a reader's sessions: %v", sessions)
	}
	f.refused(403, "GET", "/api/v1/sessions?person=ana", "")
}

func TestAccountsAreChangedByNaming(t *testing.T) {
	f := newFixture(t)
	f.refused(404, "POST", "/api/v1/people/zoe/invite", "")
	f.refused(400, "POST", "/api/v1/people/ana/remove", `{}`)
	if p := f.refused(422, "POST", "/api/v1/people/ana/remove", `{"confirm": "ben"}`); p.Errors[0].Where != "body.confirm" {
		t.Errorf("%+v", p)
	}
	f.refused(422, "POST", "/api/v1/people/ana/sign-out", `{"confirm": ""}`)
	f.refused(404, "POST", "/api/v1/people/zoe/sign-out", `{"confirm": "zoe"}`)
	f.done()
	if _, _, text := f.call("POST", "/api/v1/people/ana/invite", ""); !strings.Contains(text, "/console/welcome/secret") {
		t.Error(text)
	}
	f.call("POST", "/api/v1/people/ana/remove", `{"confirm": "ana"}`)
	f.call("POST", "/api/v1/people/ana/sign-out", `{"confirm": "ana"}`)
	f.call("POST", "/api/v1/sessions/s2/end", "")
	f.done("ana invites ana", "ana removes ana", "ana signs out ana ", "ana signs out ben s2")
	f.as("ben", access.Editor)
	f.refused(404, "POST", "/api/v1/sessions/s1/end", "")
	f.call("POST", "/api/v1/sessions/s2/end", "")
	f.done("ben signs out ben s2")
	f.as("ben", access.Editor, access.ScopeRead)
	f.refused(404, "POST", "/api/v1/sessions/s2/end", "")
	f.done()
}

// TestNobodyMakesATokenThatCanMore: than they can by themselves, whatever they
// have risen to.
func TestNobodyMakesATokenThatCanMore(t *testing.T) {
	f := newFixture(t)
	f.tokens = func(person string) ([]access.APIToken, error) {
		all := []access.APIToken{{ID: "t1", Name: "report", Person: "ana", Role: access.Administrator, Created: now, Expires: now.Add(time.Hour)}, {ID: "t2", Name: "x", Person: "ben", Role: access.Reader, Created: now, Expires: now.Add(time.Hour)}}
		return slices.DeleteFunc(all, func(t access.APIToken) bool { return person != "" && t.Person != person }), nil
	}
	if _, _, text := f.call("POST", "/api/v1/tokens", `{"role": "editor", "scopes": ["read"]}`); !strings.Contains(text, `"secret":"dmk_new"`) {
		t.Error(text)
	}
	f.call("POST", "/api/v1/tokens", `{"role": "reader", "person": "ben", "name": "n", "days": 2}`)
	f.call("POST", "/api/v1/tokens/t2/rotate", `{"overlap_hours": 2}`)
	f.done("ana makes API of ana editor 2160h0m0s", "ana makes n of ben reader 48h0m0s", "ana rotates t2 2h0m0s")
	f.as("ana", access.Reader) // a token of hers that may little
	f.refused(403, "POST", "/api/v1/tokens", `{"role": "responder"}`)
	f.refused(403, "POST", "/api/v1/tokens", `{"role": "reader", "person": "ben"}`)
	f.refused(403, "POST", "/api/v1/tokens/t1/rotate", "")
	f.refused(404, "POST", "/api/v1/tokens/t2/rotate", "")
	f.who = access.Principal{Kind: access.BySession, Person: "ben", Role: access.Administrator, Elevation: &access.Elevation{Own: access.Reader}}
	f.refused(403, "POST", "/api/v1/tokens", `{"role": "responder"}`)
	f.refused(403, "POST", "/api/v1/tokens", `{"role": "reader", "person": "ana"}`)
	f.done()
	f.call("POST", "/api/v1/tokens", `{"role": "reader"}`)
	f.done("ben makes API of ben reader 2160h0m0s")
	f.who = ana
	f.refused(422, "POST", "/api/v1/tokens/t1/revoke", `{"confirm": "another"}`)
	f.refused(404, "POST", "/api/v1/tokens/t9/revoke", `{"confirm": "another"}`)
}

func TestAgentsAndWhatItMeansWithoutOne(t *testing.T) {
	f := newFixture(t)
	f.results = []checker.Result{{Check: "journey", Region: "west", At: now.Add(-time.Minute), Outcome: checker.OK}}
	f.agents = []console.Agent{{Region: "west", Name: "west-1", Version: "1", Token: "a1", Since: now, Seen: now, Lag: 90 * time.Second, Results: 5, Health: console.AgentHealth{Told: now, Shares: true, Spool: 1200, Start: 4 * time.Millisecond, Missed: 2}}}
	regions := get[list](f, "/api/v1/agents").Items
	west, east := regions[0], regions[1]
	if west["lives"] != true || west["means"] != "1 check runs from here." || west["newest"] == nil || west["agents"].([]any)[0].(map[string]any)["late_seconds"] != 90.0 {
		t.Errorf("west: %v", west)
	}
	health, _ := west["agents"].([]any)[0].(map[string]any)["health"].(map[string]any)
	if health["shares"] != true || health["spool_bytes"] != 1200.0 || health["start_late_seconds"] != 0.004 || health["missed"] != 2.0 {
		t.Errorf("the health of west-1: %v", health)
	}
	if east["lives"] != false || !strings.Contains(east["means"].(string), "Nothing is measured from here") || strings.Contains(east["means"].(string), "nowhere else") {
		t.Errorf("east: %v", east)
	}
	f.agents = []console.Agent{{Region: "west", Inside: true, Fault: "its clock is off"}}
	if west := get[list](f, "/api/v1/agents").Items[0]; west["lives"] != false || !strings.Contains(west["means"].(string), "unknown and not down") {
		t.Errorf("west, which cannot tell: %v", west)
	}
	if tokens := get[list](f, "/api/v1/agents/tokens").Items; len(tokens) != 2 || tokens[0]["works"] != true || tokens[1]["works"] != false {
		t.Errorf("tokens: %v", tokens)
	}
	if status, _, text := f.call("POST", "/api/v1/agents/tokens", `{"region": "west", "name": "rack"}`, "Idempotency-Key", "k"); status != http.StatusOK || !strings.Contains(text, "dma_new") {
		t.Error(text)
	}
	f.call("POST", "/api/v1/agents/tokens/a1/rotate", `{"overlap_hours": 24}`)
	f.refused(422, "POST", "/api/v1/agents/tokens/a1/revoke", `{"confirm": "east"}`)
	f.refused(404, "POST", "/api/v1/agents/tokens/a9/revoke", "")
	f.call("POST", "/api/v1/agents/tokens/a2/revoke", "") // it was
	f.call("POST", "/api/v1/agents/tokens/a1/revoke", `{"confirm": "west", "reason": "lost"}`)
	f.done("ana makes west rack k", "ana rotates a1 24h0m0s", "ana revokes a1 lost")
}

func TestElevationsAreListedAndEnded(t *testing.T) {
	f := newFixture(t)
	first := get[list](f, "/api/v1/elevations?limit=1")
	if len(first.Items) != 1 || first.Items[0]["lasts"] != true || first.Items[0]["done"].([]any)[0].(map[string]any)["object"] != "in e2" {
		t.Errorf("%v", first)
	}
	if rest := get[list](f, "/api/v1/elevations?cursor="+first.Next); len(rest.Items) != 1 || rest.Items[0]["lasts"] != false || rest.Items[0]["how"] != "by hand" {
		t.Errorf("%v", rest)
	}
	f.call("POST", "/api/v1/elevations/e1/end", "") // it is over
	f.call("POST", "/api/v1/elevations/e2/end", "")
	f.refused(404, "POST", "/api/v1/elevations/e9/end", "")
	f.as("chi", access.Editor)
	f.refused(404, "POST", "/api/v1/elevations/e2/end", "")
	f.as("ben", access.Reader)
	f.call("POST", "/api/v1/elevations/e2/end", "")
	f.done("ana ends e2", "ben ends e2")
}

func TestTheTrailIsNarrowedByTheAPI(t *testing.T) {
	f := newFixture(t)
	get[list](f, "/api/v1/audit?person=ana&action=token&object=t1&since=2026-12-01T00:00:00Z&until=2026-12-02T00:00:00Z")
	day := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	if want := (console.AuditQuery{Person: "ana", Action: "token", Object: "t1", Since: day, Until: day.AddDate(0, 0, 1), Most: 51}); f.asked != want {
		t.Errorf("%+v; want %+v", f.asked, want)
	}
}
