package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"daymark/access"
	"daymark/console"
	"daymark/incident"
)

func TestWhatIsNotMeantIsToldWithItsPlace(t *testing.T) {
	f := newFixture(t)
	f.revoke = func(console.Revocation) (*access.APIToken, error) {
		t.Error("something that was not understood was done")
		return nil, console.ErrNotFound
	}
	f.list = func(console.IncidentQuery) ([]incident.Incident, error) {
		t.Error("something that was not understood was looked up")
		return nil, nil
	}
	for name, test := range map[string]struct {
		method, path, body string
		want               string // places and the beginnings of what is said there
	}{
		"unknown parameter":   {"GET", "/api/v1/incidents?stauts=open", "", "query.stauts There is no such parameter; there are status, severity, component, limit, cursor."},
		"parameter of none":   {"GET", "/api/v1/me?x=1", "", "query.x There is no such parameter; there is none at all."},
		"given twice":         {"GET", "/api/v1/incidents?limit=1&limit=2", "", "query.limit It is given more than once."},
		"no such word":        {"GET", "/api/v1/incidents?status=closed", "", "query.status It is to be one of open, over, all."},
		"empty word":          {"GET", "/api/v1/incidents?severity=", "", "query.severity It is to be one of P1, P2, P3, P4."},
		"too few":             {"GET", "/api/v1/incidents?limit=0", "", "query.limit It is to be a number from 1 to 200."},
		"too many":            {"GET", "/api/v1/incidents?limit=201", "", "query.limit It is to be a number from 1 to 200."},
		"no number":           {"GET", "/api/v1/incidents?limit=ten", "", "query.limit It is to be a number from 1 to 200."},
		"a huge number":       {"GET", "/api/v1/incidents?limit=99999999999999999999", "", "query.limit It is to be a number from 1 to 200."},
		"no cursor of ours":   {"GET", "/api/v1/audit?cursor=zzz", "", "query.cursor It is not what next of the part before said: begin without it."},
		"cursor of another":   {"GET", "/api/v1/audit?cursor=YWJj", "", "query.cursor It is not what next of the part before said: begin without it."},
		"cursor of two":       {"GET", "/api/v1/checks/journey/evidence?cursor=YWJj", "", "query.cursor It is not what next of the part before said: begin without it."},
		"cursor of no time":   {"GET", "/api/v1/checks/journey/evidence?cursor=YQpi", "", "query.cursor It is not what next of the part before said: begin without it."},
		"no base64":           {"GET", "/api/v1/incidents?cursor=***", "", "query.cursor It is not what next of the part before said: begin without it."},
		"no time":             {"GET", "/api/v1/checks/journey/evidence?since=today", "", "query.since It is to be a time such as 2026-12-01T13:00:00Z."},
		"long text":           {"GET", "/api/v1/incidents?component=" + strings.Repeat("a", 201), "", "query.component It has more than 200 characters."},
		"broken text":         {"GET", "/api/v1/incidents?component=%ff", "", "query.component It is to be text in UTF-8."},
		"broken id":           {"POST", "/api/v1/tokens/%ff/revoke", "", "path.id It is to be text in UTF-8."},
		"unknown field":       {"POST", "/api/v1/tokens/t/revoke", `{"why": "x"}`, "body.why There is no such field; there are reason."},
		"field in capitals":   {"POST", "/api/v1/tokens/t/revoke", `{"Reason": "x"}`, "body.Reason There is no such field; there are reason."},
		"what is in the path": {"POST", "/api/v1/tokens/t/revoke", `{"ID": "other"}`, "body.ID There is no such field; there are reason."},
		"wrong type":          {"POST", "/api/v1/tokens/t/revoke", `{"reason": 5}`, "body.reason It is to be text, not a number."},
		"a list for a text":   {"POST", "/api/v1/tokens/t/revoke", `{"reason": ["x"]}`, "body.reason It is to be text, not a list."},
		"no object":           {"POST", "/api/v1/tokens/t/revoke", `["reason"]`, "body It is to be an object, not a list."},
		"null":                {"POST", "/api/v1/tokens/t/revoke", `null`, "body It is to be an object, not null."},
		"a long reason":       {"POST", "/api/v1/tokens/t/revoke", `{"reason": "` + strings.Repeat("ä", 201) + `"}`, "body.reason It has more than 200 characters."},
		"all at once":         {"POST", "/api/v1/tokens/t/revoke?a=1", `{"b": 1, "a": 1, "reason": true}`, "query.a There is no such parameter; there is none at all. | body.reason It is to be text, not true or false. | body.a There is no such field; there are reason. | body.b There is no such field; there are reason."},
	} {
		t.Run(name, func(t *testing.T) {
			p := f.refused(http.StatusBadRequest, test.method, test.path, test.body)
			var got []string
			for _, e := range p.Errors {
				got = append(got, e.Where+" "+e.Detail)
			}
			if strings.Join(got, " | ") != test.want {
				t.Errorf("said: %s\nwant: %s", strings.Join(got, " | "), test.want)
			}
		})
	}
}

func TestWhatCannotBeReadAtAll(t *testing.T) {
	f := newFixture(t)
	const path = "/api/v1/tokens/t/revoke"
	big := `{"reason": "` + strings.Repeat("a", console.MaxBody) + `"}`
	for name, test := range map[string]struct {
		status  int
		body    string
		headers []string
	}{
		"no JSON":            {http.StatusBadRequest, `{"reason": `, nil},
		"two values":         {http.StatusBadRequest, `{} {}`, nil},
		"broken UTF-8":       {http.StatusBadRequest, "{\"reason\": \"\xff\"}", nil},
		"a form":             {http.StatusUnsupportedMediaType, `reason=x`, []string{"Content-Type", "application/x-www-form-urlencoded"}},
		"plain text":         {http.StatusUnsupportedMediaType, `{}`, []string{"Content-Type", "text/plain"}},
		"too much":           {http.StatusRequestEntityTooLarge, big, nil},
		"too deep":           {http.StatusBadRequest, strings.Repeat(`{"reason":`, 6000), nil},
		"type in two values": {http.StatusBadRequest, `{"reason": 5, "reason": "x"}`, nil},
		"an empty key":       {http.StatusBadRequest, `{}`, []string{"Idempotency-Key", ""}},
		"a key with blanks":  {http.StatusBadRequest, `{}`, []string{"Idempotency-Key", "a b"}},
		"a long key":         {http.StatusBadRequest, `{}`, []string{"Idempotency-Key", strings.Repeat("k", 201)}},
		"a key of letters":   {http.StatusBadRequest, `{}`, []string{"Idempotency-Key", "ä"}},
	} {
		t.Run(name, func(t *testing.T) { f.refused(test.status, "POST", path, test.body, test.headers...) })
	}
	f.refused(http.StatusBadRequest, "GET", "/api/v1/incidents?a=%zz", "")
	// What only looks unusual is taken: a parameter of the type, a longest key.
	f.refused(http.StatusNotFound, "POST", path, `{"reason": null}`, "Content-Type", "Application/JSON; charset=utf-8", "Idempotency-Key", strings.Repeat("k", 200))
}

// Whatever comes as a query or a body, the answer is one of those that the
// document names, and nothing is done that was not asked well.
func FuzzRequests(f *testing.F) {
	for _, seed := range []struct{ query, body string }{
		{"status=open&limit=3", `{"reason":"x"}`}, {"cursor=YWJj", `{"reason":{"reason":[1]}}`}, {"%zz", "{"}, {"a=1;b=2", `{"a":1e999}`}, {"limit=-1", "\x00"},
	} {
		f.Add(seed.query, seed.body)
	}
	f.Fuzz(func(t *testing.T, query, body string) {
		x := newFixture(t)
		x.revoke = func(r console.Revocation) (*access.APIToken, error) {
			if r.ID != "t" || len(r.Reason) > 800 {
				t.Errorf("asked was %+v", r)
			}
			return nil, console.ErrNotFound
		}
		if u, err := url.Parse("https://status.example/api/v1/incidents?" + query); err == nil && u.Path == "/api/v1/incidents" && u.Fragment == "" {
			status, _, text := x.call("GET", "/api/v1/incidents?"+u.RawQuery, "")
			if status != http.StatusOK && status != http.StatusBadRequest {
				t.Errorf("%q: %d %s", query, status, text)
			}
		}
		status, _, text := x.call("POST", "/api/v1/tokens/t/revoke", body)
		if status != http.StatusNotFound && status != http.StatusBadRequest && status != http.StatusRequestEntityTooLarge {
			t.Errorf("%q: %d %s", body, status, text)
		}
	})
}
