package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"daymark/checker/remote"
	"daymark/internal/testkit"
)

// agentOf starts a real agent of a region, which ends with the test.
func agentOf(t *testing.T, a *app, base, region string) {
	t.Helper()
	o := &operations{engine: a.engine, doc: a.doc, core: a.core}
	token, err := o.createAgentToken(t.Context(), region)
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	start := &agentStart{data: t.TempDir(), client: remote.ClientOptions{URL: base, Token: token, Name: "probe", Version: version, Self: "probe", Logger: slog.New(slog.DiscardHandler)}}
	go func() { ended <- runAgent(ctx, start) }()
	t.Cleanup(func() {
		end()
		if err := <-ended; err != nil {
			t.Errorf("the agent ended with %v", err)
		}
	})
	for late := time.After(30 * time.Second); a.agents.MayTry(region) != nil; {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-late:
			t.Fatal("the agent cannot be asked")
		}
	}
}

// TestACheckIsTriedInAChosenRegion: by an agent of that region, with what its
// environment holds and the secrets that it has by the version that runs, and
// no others; nothing of it is stored.
func TestACheckIsTriedInAChosenRegion(t *testing.T) {
	t.Setenv("DAYMARK_TRIED_KEY", "key-of-the-agent")
	t.Setenv("DAYMARK_TRIED_SECRET", "secret-of-the-server")
	var calls, right atomic.Int32
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/tried" {
			return
		}
		calls.Add(1)
		if r.Header.Get("X-Key") == "key-of-the-agent" && r.Header.Get("X-Secret") == "secret-of-the-server" {
			right.Add(1)
		}
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write([]byte("key-of-the-agent secret-of-the-server"))
	}))
	t.Cleanup(target.Close)
	check := func(id, regions string) string {
		return "      - {id: " + id + `, schedule: "0 3 29 2 *", regions: [` + regions + `], http: {url: "` + target.URL + `/tried", headers: {X-Key: "${agent-env:DAYMARK_TRIED_KEY}", X-Secret: "${env:DAYMARK_TRIED_SECRET}"}}, expect: [status == 200, body contains "nothing"]}` + "\n"
	}
	const last = "        degraded: [latency > duration(\"1s\")]\n"
	a := newTestAppOf(t, "127.0.0.1:3", last, last+check("there", "second")+check("here", "local"))
	if err := a.configurations.keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	base := consoleOf(t, a)
	v := newVisitor(t, base)
	v.join(firstLink(t, a), "person", "ana")
	try := func(status int, text, check, region string, says ...string) {
		t.Helper()
		a.configurations.trials = newTrials() // as after a while
		v.post("/console/configuration/try", "text", text, "check", check, "region", region, "beside", "check region why base", "form", "document", "from", "/console/configuration")
		v.stands("/console/configuration/try", status, says...)
	}
	text := strings.Replace(a.doc.Text(), "status == 200, body", "status == 201, body", 1) + "# typed\n"

	v.get("/console/configuration")
	v.stands("/console/configuration", http.StatusOK, "<option>local</option>", "Not in second: no agent of second is connected now.")
	try(http.StatusConflict, text, "there", "second", "o agent of second is connected now", "# typed")
	try(http.StatusUnprocessableEntity, text, "there", "third", "he version that runs has no region &#34;third&#34;")

	agentOf(t, a, base, "second")
	v.get("/console/configuration")
	v.stands("/console/configuration", http.StatusOK, "<option>local</option><option>second</option>")
	try(http.StatusOK, text, "there", "second", "there: failed", "status == 201", "It ran in second.", "# typed", "<option selected>second</option>")
	if calls.Load() != 1 || right.Load() != 1 {
		t.Errorf("the target was called %d times, %d of them with the secrets", calls.Load(), right.Load())
	}
	for _, secret := range []string{"key-of-the-agent", "secret-of-the-server"} {
		if strings.Contains(v.page, secret) {
			t.Errorf("the page has %s", secret)
		}
	}
	// What the agents of the region do not have they are not told.
	try(http.StatusUnprocessableEntity, text, "here", "second", "uses a secret that the agents of second are not told by the version that runs")
	try(http.StatusUnprocessableEntity, strings.ReplaceAll(text, "/tried", "/elsewhere"), "there", "second", "sends something else, or elsewhere")
	if calls.Load() != 1 {
		t.Errorf("a trial that was refused called the target")
	}
	// A check without secrets runs anywhere, before any version has it.
	fresh := strings.Replace(text, "      - {id: there,", `      - {id: fresh, schedule: "@daily", http: {url: "`+target.URL+`/tried"}, expect: [status == 418]}`+"\n      - {id: there,", 1)
	try(http.StatusOK, fresh, "fresh", "second", "fresh: ok", "It ran in second.")
	for _, tried := range []string{"there", "fresh"} {
		if runs, err := a.store.LatestRuns(t.Context(), tried); err != nil || len(runs) > 0 {
			t.Errorf("stored are %+v (%v)", runs, err)
		}
	}
}

// TestAnOlderAgentIsNotOffered: nor asked; the refusal says what to do.
func TestAnOlderAgentIsNotOffered(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	if err := a.configurations.keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	base := consoleOf(t, a)
	o := &operations{engine: a.engine, doc: a.doc, core: a.core}
	token, err := o.createAgentToken(t.Context(), "second")
	if err != nil {
		t.Fatal(err)
	}
	dialer := websocket.Dialer{Subprotocols: []string{remote.Subprotocol}}
	socket, _, err := dialer.Dial("ws"+strings.TrimPrefix(base, "http")+remote.Path, http.Header{"Authorization": {"Bearer " + token}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	if err := socket.WriteMessage(websocket.TextMessage, []byte(`{"type":"hello","protocol":1,"version":"0.9","agent":"older","can":["run"]}`)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := socket.ReadMessage(); err != nil {
		t.Fatal(err)
	}
	v := newVisitor(t, base)
	v.join(firstLink(t, a), "person", "ana")
	const why = "he agents of second are of an older version, which tries no check: bring them to the version of the server"
	v.get("/console/configuration")
	v.stands("/console/configuration", http.StatusOK, "Not in second: t"+why+".")
	v.post("/console/configuration/try", "text", a.doc.Text(), "check", "api-health", "region", "second", "form", "document", "from", "/console/configuration")
	v.stands("/console/configuration/try", http.StatusConflict, why)
}
