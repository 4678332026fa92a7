package main_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"daymark/internal/testkit"
)

// An agent whose token is refused says so, goes on by its last plan, and
// loses nothing of what it saw meanwhile.
func TestAnAgentWithAWrongTokenLosesNothing(t *testing.T) {
	testkit.Beside(t)
	target := newCounted(t)
	s := newSite(t, fmt.Sprintf(`{id: api, schedule: "@every 1s", timeout: 20s, attempts: 1, regions: [second], http: {url: %q}}`, target.url))
	server := s.serve(t)
	db := openData(t, s.data("daymark.db"))
	token, kept := s.token(t, "second"), t.TempDir()
	agent := func(token string) *process {
		return begin(t, "agent", "--server", s.url, "--token", token, "--data", kept)
	}

	right := agent(token)
	eventually(t, "the agent to have its plan", func() bool { return target.runs.Load() > 0 })
	target.pause(t)
	right.interrupt()
	if right.err != nil {
		t.Errorf("the agent ended with %v", right.err)
	}
	target.everyRunArrived(t, func() *data { return db }, "second")

	wrong := agent("dma_" + strings.Repeat("0", len(token)-4))
	wrong.waitSays("the server refused the token: The token is not known here, or was revoked; make one with: daymark agent token create")
	wrong.waitSays("no connection to the server; it is tried again")
	server.waitSays("an agent was refused: its token is not valid")
	before := target.runs.Load()
	eventually(t, "two runs without the server", func() bool { return target.runs.Load() >= before+2 })
	target.pause(t)
	wrong.interrupt()
	if strings.Contains(server.out.String()+wrong.out.String(), token) {
		t.Error("a token is in the log")
	}

	last := agent(token)
	target.everyRunArrived(t, func() *data { return db }, "second")
	last.interrupt()
	wrong.noPanic()
}

func TestAWrongAddressOfTheServerIsToldInWords(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for name, tc := range map[string]struct {
		server string
		status int // of the exit; -1: it goes on trying
		says   []string
	}{
		"no address":              {"status.example", 2, []string{"server's address", "status.example", "https://"}},
		"another scheme":          {"ftp://status.example", 2, []string{"server's address", "ftp://status.example", "https://"}},
		"nobody listens":          {gone.URL, -1, []string{gone.URL, "connection refused"}},
		"another web server":      {other.URL, -1, []string{other.URL, "the server answered 404 Not Found"}},
		"TLS where there is none": {strings.Replace(other.URL, "http", "https", 1), -1, []string{"the server does not speak TLS on this port"}},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.Beside(t)
			agent := begin(t, "agent", "--server", tc.server, "--token", "dma_0", "--data", t.TempDir())
			for _, text := range tc.says {
				agent.waitSays(text)
			}
			if tc.status >= 0 {
				if code := agent.waitEnd(); code != tc.status {
					t.Errorf("exit status %d; want %d", code, tc.status)
				}
				return
			}
			if agent.ended() {
				t.Error("the agent gave up")
			}
			agent.interrupt()
			if agent.err != nil {
				t.Errorf("it ended with %v", agent.err)
			}
		})
	}
}

// envelope is a message of the agent protocol, as far as these tests speak it.
type envelope struct {
	Type     string           `json:"type"`
	Protocol int              `json:"protocol,omitempty"`
	Agent    string           `json:"agent,omitempty"`
	ID       uint64           `json:"id,omitempty"`
	Results  []map[string]any `json:"results,omitempty"`
	Rejected []refusal        `json:"rejected,omitempty"`
	Message  string           `json:"message,omitempty"`
}

type refusal struct{ Check, Reason string }

// connect connects as an agent does.
func connect(t *testing.T, s site, token string) *websocket.Conn {
	t.Helper()
	dialer := websocket.Dialer{Subprotocols: []string{"daymark.agent.v1"}, HandshakeTimeout: 10 * time.Second}
	conn, answer, err := dialer.Dial(strings.Replace(s.url, "http", "ws", 1)+"/agent/v1/connect", http.Header{"Authorization": {"Bearer " + token}})
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetReadDeadline(time.Now().Add(40 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := conn.WriteJSON(envelope{Type: "hello", Protocol: 1, Agent: "test"}); err != nil {
		t.Fatal(err)
	}
	return conn
}

// submit sends results and gives the answer to them.
func submit(t *testing.T, conn *websocket.Conn, id uint64, results ...map[string]any) envelope {
	t.Helper()
	if err := conn.WriteJSON(envelope{Type: "results", ID: id, Results: results}); err != nil {
		t.Fatal(err)
	}
	for {
		var m envelope
		if err := conn.ReadJSON(&m); err != nil {
			t.Fatal(err)
		}
		if m.ID == id && m.Type != "results" {
			return m
		}
	}
}

func TestResultsThatCannotBeTakenAreRefusedAndTheRestIsTaken(t *testing.T) {
	testkit.Beside(t)
	s := newSite(t, `{id: api, schedule: "@hourly", regions: [second], http: {url: "http://127.0.0.1:9/"}}`,
		`{id: here-only, schedule: "@hourly", regions: [local], http: {url: "http://127.0.0.1:9/"}}`)
	server := s.serve(t)
	conn := connect(t, s, s.token(t, "second"))
	now := time.Now().UTC().Truncate(time.Second)
	result := func(check, region, outcome string, at time.Time) map[string]any {
		return map[string]any{"check": check, "region": region, "at": at, "started": at, "duration": 1000000, "outcome": outcome}
	}
	wants := []refusal{
		{"api", `this token is for region second, and the result says "local"`},
		{"nowhere", `there is no check "nowhere" in the configuration`},
		{"here-only", `check "here-only" does not run in region "second"`},
		{"api", `there is no outcome "splendid"`},
		{"api", "the run lies in the future; is the agent's clock right?"},
		{"api", "the run is older than 30 days"},
	}
	answer := submit(t, conn, 1,
		result("api", "local", "failed", now),
		result("api", "second", "ok", now.Add(-2*time.Second)),
		result("nowhere", "second", "failed", now),
		result("here-only", "second", "failed", now),
		result("api", "second", "splendid", now),
		result("api", "second", "failed", now.Add(time.Hour)),
		result("api", "second", "failed", now.AddDate(0, 0, -31)),
		result("api", "second", "ok", now.Add(-time.Second)),
	)
	if answer.Type != "ack" || len(answer.Rejected) != len(wants) {
		t.Fatalf("the answer is %+v", answer)
	}
	for _, want := range wants {
		if !slices.Contains(answer.Rejected, want) {
			t.Errorf("%s was not refused over %s, but %+v", want.Check, want.Reason, answer.Rejected)
		}
		server.waitSays(strings.ReplaceAll(want.Reason, `"`, `\"`)) // as JSON has it
	}
	db := openData(t, s.data("daymark.db"))
	db.check("results taken", "SELECT count(*) FROM results WHERE outcome = 0", 2)
	db.check("results", "SELECT count(*) FROM results", 2)
	db.check("incidents", "SELECT count(*) FROM incidents", 0)
	server.noPanic()
}

func TestABatchOf100MBIsRefusedAndTheServerStaysWell(t *testing.T) {
	testkit.Beside(t)
	s := newSite(t, `{id: api, schedule: "@hourly", regions: [second], http: {url: "http://127.0.0.1:9/"}}`)
	server := s.serve(t)
	token := s.token(t, "second")
	conn := connect(t, s, token)
	ended := make(chan error, 1)
	go func() {
		for {
			if _, _, err := conn.ReadMessage(); err != nil {
				ended <- err
				return
			}
		}
	}()
	huge := append([]byte(`{"type":"results","id":1,"results":[{"check":"api","reason":"`), bytes.Repeat([]byte("x"), 100<<20)...)
	_ = conn.WriteMessage(websocket.TextMessage, huge) // the server hangs up before the end
	if err := <-ended; !websocket.IsCloseError(err, websocket.CloseMessageTooBig) {
		t.Errorf("the connection ended with %v; want status 1009", err)
	}
	server.waitSays(`an agent's message was refused: it is too large`)

	if !ready(s.url) {
		t.Error("the server is not ready any more")
	}
	at := time.Now().UTC().Truncate(time.Second)
	answer := submit(t, connect(t, s, token), 2, map[string]any{"check": "api", "region": "second", "at": at, "started": at, "outcome": "ok"})
	if answer.Type != "ack" || len(answer.Rejected) > 0 {
		t.Errorf("the next batch was answered by %+v", answer)
	}
	openData(t, s.data("daymark.db")).check("results", "SELECT count(*) FROM results", 1)
	server.noPanic()
}

// An agent whose canary never passes makes every failure unknown. It says so
// where somebody looks who wonders why nothing goes down.
func TestAnAgentThatNeverPassesItsCanaryIsTold(t *testing.T) {
	testkit.Beside(t)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	s := newSite(t, fmt.Sprintf(`{id: api, schedule: "@every 1s", timeout: 20s, attempts: 1, http: {url: %q}}`, gone.URL))
	source, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	canary := fmt.Sprintf("agents: {canary: {every: 1s, addresses: [%q]}, ", strings.TrimPrefix(gone.URL, "http://"))
	writeFile(t, s.dir, "daymark.yaml", strings.Replace(string(source), "agents: {", canary, 1))
	server := s.serve(t)
	server.waitSays("this agent could not be relied on since it began")
	health := exec.Command(binary(), "health", "--url", s.url+"/readyz")
	if said, code := runCommand(t, health); code != 0 || said != "ready\nits own agent cannot be relied on: what it sees fail is unknown; the log says why\n" {
		t.Errorf("health ends with %d and says %q", code, said)
	}
	server.interrupt()
	server.noPanic()
}
