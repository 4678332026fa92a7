package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"daymark/access"
	"daymark/checker"
	"daymark/console"
	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/store"
)

// nasty is what a target may have us keep.
const nasty = `"><script>alert(1)</script><img src=x onerror=alert(1)>{{.}}`

// picture is the beginning of a JPEG, which is enough to be told as one.
var picture = []byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00")

// watched is a server whose journey has failed in a hostile way, and somebody
// who looks at it.
func watched(t *testing.T) (*app, *visitor, checker.Result) {
	t.Helper()
	a := newTestApp(t)
	at := time.Now().UTC().Truncate(time.Millisecond).Add(-time.Minute)
	failed := checker.Result{
		Check: "sign-in-journey", Region: "local", At: at, Started: at, Outcome: checker.Failed, Reason: nasty, Attempts: 2, Latency: time.Second,
		Warnings:     []string{nasty},
		Timings:      []checker.Timing{{Name: "dns", Duration: 2 * time.Millisecond}, {Name: nasty, Duration: time.Second}},
		Expectations: []checker.Expectation{{Expression: "title == " + nasty, Effect: "expect", Actual: nasty}},
		Evidence: []checker.Evidence{
			{Name: "page.html", MediaType: "text/html", Data: []byte("<html>" + nasty)},
			{Name: "step-01.jpg", MediaType: "image/jpeg", Data: picture},
			{Name: "not.jpg", MediaType: "image/jpeg", Data: []byte("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")},
			{Name: "network.har", MediaType: "application/json", Data: []byte(`{"log":{"entries":[{"startedDateTime":"2026-12-01T13:00:00Z","time":1e300,"request":{"method":"GET","url":"javascript:alert(1)//<script>alert(1)</script>"},"response":{"status":500,"bodySize":-9223372036854775808,"content":{"mimeType":"<script>"}},"timings":{"dns":-1,"wait":1e308,"receive":1e308}},{"startedDateTime":"9999-12-31T23:59:59Z","time":-5,"request":{"method":"<b>","url":"u"},"response":{"status":0,"_error":"<script>alert(1)</script>"},"timings":{}}]}}`)},
			{Name: "answer.bin", MediaType: "application/octet-stream", Data: []byte{0, 1, 2, 0xff}},
		},
	}
	for _, r := range []checker.Result{failed, {Check: "api-health", Region: "local", At: at, Started: at, Outcome: checker.OK, Attempts: 1, Latency: 20 * time.Millisecond, Timings: []checker.Timing{{Name: "connect", Duration: 3 * time.Millisecond}}}} {
		if _, err := a.engine.Submit(t.Context(), "local", []checker.Result{r}); err != nil {
			t.Fatal(err)
		}
	}
	v := newVisitor(t, consoleOf(t, a))
	v.join(firstLink(t, a), "person", "ana")
	return a, v, failed
}

var scripted = regexp.MustCompile(`(?i)<script>alert|<img src=x|<svg xmlns|href="javascript|<b>"`)

// TestNothingThatATargetSaysRunsInAPage: its words stand there as words.
func TestNothingThatATargetSaysRunsInAPage(t *testing.T) {
	testkit.Beside(t)
	_, v, run := watched(t)
	evidence := fmt.Sprintf("/console/checks/sign-in-journey/evidence/local/%d/", run.At.UnixMilli())
	for path, words := range map[string][]string{
		"/console/components":                             {"1 check, ", "Sign in"},
		"/console/components/sign-in":                     {"The last 90 days", "What changed lately", "Set its status by hand"},
		"/console/components/sign-in/status":              {"somebody clears it"},
		"/console/components/sign-in/silence":             {"7 days ahead at most"},
		"/console/checks/sign-in-journey":                 {"2 attempts", "Name lookup 2.0 ms", "&lt;script&gt;alert(1)", "As configured", "network.har", "the first failure"},
		"/console/checks/api-health":                      {"Connect 3.0 ms", "What each part took on average"},
		"/console/checks/api-health?hours=1&part=connect": {`aria-current="true">Connect`},
		"/console/checks/sign-in-journey/runs":            {"&lt;script&gt;alert(1)"},
		"/console/checks/sign-in-journey/evidence":        {"page.html"},
		evidence + "page.html":                            {"&lt;html&gt;", "Download", "What it says", "Of the same run: "},
		evidence + "step-01.jpg":                          {`<img src="` + evidence + `step-01.jpg/file"`},
		evidence + "not.jpg":                              {"&lt;svg xmlns"},
		evidence + "network.har":                          {"2 requests", "javascript:alert(1)//&lt;script&gt;", `class="bad">500`},
		evidence + "answer.bin":                           {"nothing that can be shown"},
		"/console/changes":                                {"POST /api/v1/changes"},
	} {
		v.get(path)
		at, _, _ := strings.Cut(path, "?")
		v.stands(at, http.StatusOK, words...)
		if found := scripted.FindString(v.page); found != "" {
			t.Errorf("%s has %q", path, found)
		}
	}
	for _, missing := range []string{"/console/components/nothing", "/console/checks/nothing", evidence + "nothing", "/console/checks/sign-in-journey/evidence/local/x/page.html"} {
		v.get(missing)
		if v.status != http.StatusNotFound {
			t.Errorf("%s: %d", missing, v.status)
		}
	}
}

// TestARoomShowsHostileEvidenceAsWords: its picture is one address of ours, and
// all that the target chose is text.
func TestARoomShowsHostileEvidenceAsWords(t *testing.T) {
	testkit.Beside(t)
	a, v, run := watched(t)
	for i := range 8 {
		run.At = time.Now().UTC().Truncate(time.Millisecond).Add(time.Duration(i-10) * time.Second)
		run.Started = run.At
		for _, region := range []string{"local", "second"} {
			run.Region = region
			if _, err := a.engine.Submit(t.Context(), region, []checker.Result{run}); err != nil {
				t.Fatal(err)
			}
		}
	}
	found, err := a.store.IncidentsOf(t.Context(), store.IncidentQuery{Open: true, Most: 2})
	if err != nil || len(found) != 1 {
		t.Fatalf("%d incidents, %v", len(found), err)
	}
	v.get("/console/incidents/" + found[0].ID)
	v.has("Seen from ", "2 requests in ", "2 of them failed", "javascript:alert(1)//&lt;script&gt;", "/step-01.jpg/file\"", "page.html", "!Last success, ")
	if found := scripted.FindString(v.page); found != "" {
		t.Errorf("it has %q", found)
	}
}

// TestFilesOfEvidenceAreNoPages: a picture is one, all else is only kept, and
// nothing of it may do anything.
func TestFilesOfEvidenceAreNoPages(t *testing.T) {
	testkit.Beside(t)
	_, v, run := watched(t)
	for name, want := range map[string]string{
		"page.html": "application/octet-stream", "step-01.jpg": "image/jpeg", "not.jpg": "application/octet-stream", "network.har": "application/octet-stream",
	} {
		path := fmt.Sprintf("%s/console/checks/sign-in-journey/evidence/local/%d/%s/file", v.base, run.At.UnixMilli(), url.PathEscape(name))
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := v.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var body bytes.Buffer
		_, err = body.ReadFrom(answer.Body)
		if err := answer.Body.Close(); err != nil {
			t.Error(err)
		}
		header := answer.Header
		if err != nil || header.Get("Content-Type") != want || header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(header.Get("Content-Security-Policy"), "sandbox") || body.Len() == 0 {
			t.Errorf("%s: %v, %v", name, header, err)
		}
		if kept := strings.HasPrefix(header.Get("Content-Disposition"), "attachment"); kept == (want == "image/jpeg") {
			t.Errorf("%s: %q", name, header.Get("Content-Disposition"))
		}
	}
}

// TestWatchingByForms sets a status, silences, and tells of a change, as
// somebody does in the console.
func TestWatchingByForms(t *testing.T) {
	testkit.Beside(t)
	a, v, _ := watched(t)
	v.get("/console/components/sign-in/status")
	v.post("/console/components/sign-in/status", "form", "set-status", "from", "/console/components/sign-in/status", "then", "/console/components/sign-in?done=set-status", "status", "partial_outage", "reason", "support hears of it", "locked", "true")
	v.stands("/console/components/sign-in", http.StatusOK, "Set by hand by Ana Reyes", "until somebody clears it", "support hears of it", "The status is set.")
	v.post("/console/components/sign-in/status/clear", "form", "clear", "from", "/console/components/sign-in")
	v.stands("/console/components/sign-in", http.StatusOK, "Its checks say how it is again.")

	until := time.Now().In(a.zone).Add(time.Hour).Format("2006-01-02T15:04")
	v.post("/console/checks/api-health/silence", "form", "silence", "from", "/console/checks/api-health/silence", "then", "/console/checks/api-health", "until", until)
	v.stands("/console/checks/api-health/silence", http.StatusUnprocessableEntity, "This was not done")
	v.post("/console/checks/api-health/silence", "form", "silence", "from", "/console/checks/api-health/silence", "then", "/console/checks/api-health", "until", until, "reason", "known "+nasty)
	v.stands("/console/checks/api-health", http.StatusOK, "Silenced until", "End the silence")
	v.get("/console")
	v.stands("/console", http.StatusOK, "Silenced", "known &#34;")
	v.get("/console/checks/api-health")
	v.post("/console/checks/api-health/silence/end", "form", "end-silence", "from", "/console/checks/api-health")
	v.stands("/console/checks/api-health", http.StatusOK, "The silence is over.")

	strikes := staffStrikes{a.core}
	v.get("/console/checks/api-health/strike")
	v.post("/console/checks/api-health/strikes", "form", "strike", "from", time.Now().In(a.zone).Add(-time.Hour).Format("2006-01-02T15:04"), "until", until, "reason", "ours", "region", "")
	if v.status != http.StatusConflict { // nothing has failed
		t.Errorf("nothing was struck out: %d", v.status)
	}
	failed := checker.Result{Check: "api-health", Region: "local", At: time.Now().UTC().Truncate(time.Millisecond).Add(-time.Minute), Outcome: checker.Failed, Reason: "refused " + nasty}
	if _, err := a.engine.Submit(t.Context(), "local", []checker.Result{failed}); err != nil {
		t.Fatal(err)
	}
	v.get("/console/checks/api-health/strike")
	v.post("/console/checks/api-health/strikes", "form", "strike", "then", "/console/checks/api-health", "from", time.Now().In(a.zone).Add(-time.Hour).Format("2006-01-02T15:04"), "until", until, "reason", "our own "+nasty, "region", "local")
	v.stands("/console/checks/api-health", http.StatusOK, "Struck out as false alarms", ": 1 run<", "our own &#34;", "Struck out as a false alarm. refused")
	struck, err := strikes.ListStrikes(t.Context(), "api-health", 9)
	if err != nil || len(struck) != 1 {
		t.Fatalf("%+v, %v", struck, err)
	}
	v.post("/console/strikes/"+struck[0].ID+"/undo", "form", "undo-strike", "then", "/console/checks/api-health?done=undo-strike")
	v.stands("/console/checks/api-health", http.StatusOK, "Those runs count again.", "Undone ")
	if entries, err := a.store.Audit(t.Context(), store.AuditQuery{Object: struck[0].ID, Most: 9}); err != nil || len(entries) != 2 {
		t.Errorf("%+v, %v", entries, err)
	}

	v.post("/console/checks/api-health/run", "form", "run", "from", "/console/checks/api-health")
	v.stands("/console/checks/api-health/run", http.StatusConflict, "No agent that is connected there can run this check at once")

	v.get("/console/changes")
	v.post("/console/changes", "form", "tell", "from", "/console/changes", "what", nasty, "link", "javascript:alert(1)")
	v.stands("/console/changes", http.StatusUnprocessableEntity, "It is to be an address such as")
	v.post("/console/changes", "form", "tell", "from", "/console/changes", "what", "Deployed "+nasty, "components", "sign-in", "link", "https://ci.example.org/7")
	v.stands("/console/changes", http.StatusOK, "It is kept.", "Deployed &#34;", `href="https://ci.example.org/7"`)
	if found := scripted.FindString(v.page); found != "" {
		t.Errorf("it has %q", found)
	}
}

// TestATokenForChangesTellsOfThemAlone: what a deployment's job has can do
// nothing else.
func TestATokenForChangesTellsOfThemAlone(t *testing.T) {
	testkit.Beside(t)
	k := newKeyring(t)
	k.make("changes", tokenOrder{Person: "rex", Role: access.Responder, Scopes: []access.Scope{access.ScopeChanges}, Life: time.Hour})
	tell := func(key, body string) (int, string) {
		r := httptest.NewRequest(http.MethodPost, "http://status.example/api/v1/changes", strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+k.secrets["changes"])
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", key)
		answer := httptest.NewRecorder()
		k.http.ServeHTTP(answer, r)
		return answer.Code, answer.Body.String()
	}
	status, first := tell("k1", `{"what": "Deployed payments 1.24.0", "components": ["shop-api"], "link": "https://ci.example.org/7", "who": "deploy job"}`)
	again, second := tell("k1", `{"what": "Deployed payments 1.24.0", "components": ["shop-api"], "link": "https://ci.example.org/7", "who": "deploy job"}`)
	if status != http.StatusOK || again != http.StatusOK || first != second {
		t.Errorf("%d %s, again %d %s", status, first, again, second)
	}
	if status, text := tell("k1", `{"what": "another"}`); status != http.StatusConflict {
		t.Errorf("another with its key: %d %s", status, text)
	}
	found, err := staffChanges{k.store, k.engine}.ListChanges(t.Context(), console.ChangeQuery{Most: 10})
	if err != nil || len(found) != 1 || found[0].What != "Deployed payments 1.24.0" || !strings.HasPrefix(found[0].Author, "rex by API token") || found[0].Who != "deploy job" {
		t.Errorf("%+v, %v", found, err)
	}
	for _, path := range []string{"/api/v1/changes", "/api/v1/incidents", "/api/v1/components", "/api/v1/checks"} {
		if answer := k.ask(http.MethodGet, path, k.secrets["changes"]); answer.Code != http.StatusForbidden {
			t.Errorf("GET %s: %d", path, answer.Code)
		}
	}
	if answer := k.ask(http.MethodPost, "/api/v1/incidents", k.secrets["changes"]); answer.Code != http.StatusForbidden {
		t.Errorf("it opens incidents: %d", answer.Code)
	}
}

// TestTheDefinitionOfACheckShowsNoSecret looks at what is not written as one, too.
func TestTheDefinitionOfACheckShowsNoSecret(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	check := a.doc.Check("api-health")
	check.HTTP.Headers = map[string]string{"Authorization": "Bearer hush-hush", "X-Api-Key": "hush-hush", "Accept": "text/plain"}
	check.HTTP.Basic = &checker.BasicAuth{User: "ann", Password: "hush-hush"}
	check.HTTP.Bearer = "hush-hush"
	text, err := definitionOf(a.doc, "api-health")
	if err != nil || strings.Contains(text, "hush-hush") || !strings.Contains(text, "text/plain") || !strings.Contains(text, "user: ann") || !strings.Contains(text, "api-health") {
		t.Errorf("%s, %v", text, err)
	}
	if check.HTTP.Basic.Password != "hush-hush" {
		t.Error("the configuration was changed")
	}
}

// TestSilencesByTheCommandLine gives them as the commands do.
func TestSilencesByTheCommandLine(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	o := &operations{engine: a.engine, doc: a.doc, core: a.core}
	set := func(c incident.Command) error {
		_, err := o.command(t.Context(), "ana", c)
		return err
	}
	if err := set(incident.SetSilence{Check: "api-health", Until: time.Now().Add(time.Hour), Reason: "known"}); err != nil {
		t.Fatal(err)
	}
	told, err := o.listSilences(t.Context(), struct{}{})
	var text strings.Builder
	if err != nil || len(told) != 1 || printSilences(&text, told) != nil || !strings.Contains(text.String(), "api-health") || !strings.Contains(text.String(), "known") {
		t.Errorf("%+v, %v: %s", told, err, text.String())
	}
	if err := set(incident.EndSilence{Check: "api-health"}); err != nil {
		t.Fatal(err)
	}
	text.Reset()
	if told, err = o.listSilences(t.Context(), struct{}{}); err != nil || len(told) != 0 || printSilences(&text, told) != nil || text.String() != "nothing is silenced\n" {
		t.Errorf("%+v, %v: %s", told, err, text.String())
	}
}
