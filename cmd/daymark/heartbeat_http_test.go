package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"daymark/access"
	"daymark/checker"
	"daymark/internal/redact"
	"daymark/internal/testkit"
	"daymark/internal/web"
	"daymark/store"
)

// callTest is the handler of calls with one token, and what it was told.
type callTest struct {
	handler *callHandler
	mux     http.Handler
	token   string
	gone    string // of a check that left the configuration
	calls   []checker.BeatCall
	now     time.Time
	fails   error // what storing a call answers
}

func newCallTest(t *testing.T) *callTest {
	t.Helper()
	check := checker.Check{ID: "nightly", Regions: []string{"local"}, Heartbeat: &checker.Heartbeat{Every: time.Hour}}
	beat, err := checker.PrepareBeat(check, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	token, hash := access.NewHeartbeatToken()
	gone, goneHash := access.NewHeartbeatToken()
	c := &callTest{token: token, gone: gone, now: time.Date(2026, 12, 1, 2, 0, 0, 0, time.UTC)}
	c.handler = &callHandler{
		token: func(_ context.Context, got string, _ time.Time) (string, error) {
			switch got {
			case hash:
				return "nightly", nil
			case goneHash:
				return "left", nil
			}
			return "", store.ErrNotFound
		},
		call: func(_ context.Context, _ *checker.Beat, call checker.BeatCall) error {
			if c.fails == nil {
				c.calls = append(c.calls, call)
			}
			return c.fails
		},
		beats: map[string]*checker.Beat{"nightly": beat}, redact: redact.New("database-password"),
		errors: web.Errors{Name: "Test"}, limit: newCallLimit(), now: func() time.Time { return c.now }, log: slog.New(slog.DiscardHandler),
	}
	mux := http.NewServeMux()
	for _, method := range []string{"GET", "POST"} {
		mux.Handle(method+" /heartbeat/{token}", c.handler)
		mux.Handle(method+" /heartbeat/{token}/{signal}", c.handler)
	}
	c.mux = web.Secure(c.handler.errors.Router(mux))
	return c
}

func (c *callTest) ask(method, path string, body io.Reader) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	c.mux.ServeHTTP(answer, httptest.NewRequest(method, "http://status.example"+path, body))
	return answer
}

func TestCalls(t *testing.T) {
	testkit.Beside(t)
	for name, test := range map[string]struct {
		method, path, body string // TOKEN stands for the token
		status             int
		want               checker.BeatCall // where the status is 200
	}{
		"bare":                    {"GET", "/heartbeat/TOKEN", "", 200, checker.BeatCall{Signal: checker.SignalEnd}},
		"HEAD":                    {"HEAD", "/heartbeat/TOKEN", "", 200, checker.BeatCall{Signal: checker.SignalEnd}},
		"POST with a log":         {"POST", "/heartbeat/TOKEN", "done\n", 200, checker.BeatCall{Signal: checker.SignalEnd, Log: "done"}},
		"start":                   {"GET", "/heartbeat/TOKEN/start", "", 200, checker.BeatCall{Signal: checker.SignalStart}},
		"success":                 {"GET", "/heartbeat/TOKEN/success", "", 200, checker.BeatCall{Signal: checker.SignalEnd}},
		"fail":                    {"POST", "/heartbeat/TOKEN/fail", "no space", 200, checker.BeatCall{Signal: checker.SignalFail, Log: "no space"}},
		"exit code 0":             {"GET", "/heartbeat/TOKEN/0", "", 200, checker.BeatCall{Signal: checker.SignalEnd}},
		"exit code 255":           {"GET", "/heartbeat/TOKEN/255", "", 200, checker.BeatCall{Signal: checker.SignalEnd, ExitCode: 255}},
		"a run with a name":       {"GET", "/heartbeat/TOKEN/start?rid=8a5e4c86-11aa", "", 200, checker.BeatCall{Signal: checker.SignalStart, Run: "8a5e4c86-11aa"}},
		"a secret in the log":     {"POST", "/heartbeat/TOKEN", "psql database-password\ncurl x/TOKEN", 200, checker.BeatCall{Signal: checker.SignalEnd, Log: "psql [redacted]\ncurl x/[redacted]"}},
		"a code beyond 255":       {"GET", "/heartbeat/TOKEN/256", "", 400, checker.BeatCall{}},
		"a negative code":         {"GET", "/heartbeat/TOKEN/-1", "", 400, checker.BeatCall{}},
		"a code with a plus":      {"GET", "/heartbeat/TOKEN/+1", "", 400, checker.BeatCall{}},
		"another word":            {"GET", "/heartbeat/TOKEN/log", "", 400, checker.BeatCall{}},
		"a bad name of a run":     {"GET", "/heartbeat/TOKEN?rid=a%20b", "", 400, checker.BeatCall{}},
		"a long name of a run":    {"GET", "/heartbeat/TOKEN?rid=" + strings.Repeat("a", 65), "", 400, checker.BeatCall{}},
		"an unknown token":        {"GET", "/heartbeat/dmh_" + strings.Repeat("A", 43), "", 404, checker.BeatCall{}},
		"no token":                {"GET", "/heartbeat/nothing/start", "", 404, checker.BeatCall{}},
		"an unknown token's fail": {"POST", "/heartbeat/dmh_" + strings.Repeat("A", 43) + "/fail", "x", 404, checker.BeatCall{}},
		"too deep":                {"GET", "/heartbeat/TOKEN/start/now", "", 404, checker.BeatCall{}},
		"another method":          {"DELETE", "/heartbeat/TOKEN", "", 405, checker.BeatCall{}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCallTest(t)
			answer := c.ask(test.method, strings.ReplaceAll(test.path, "TOKEN", c.token), strings.NewReader(strings.ReplaceAll(test.body, "TOKEN", c.token)))
			if answer.Code != test.status {
				t.Fatalf("answered %d %s; want %d", answer.Code, answer.Body, test.status)
			}
			if header := answer.Header(); header.Get("Cache-Control") != "no-store" || header.Get("Set-Cookie") != "" || header.Get("Content-Security-Policy") == "" {
				t.Errorf("headers %v", header)
			}
			switch {
			case test.status != 200 && len(c.calls) > 0:
				t.Errorf("a refused call was taken: %+v", c.calls)
			case test.status == 200 && (len(c.calls) != 1 || c.calls[0] != test.want || answer.Body.Len() > 3):
				t.Errorf("took %+v, answered %q; want %+v", c.calls, answer.Body, test.want)
			}
		})
	}
}

// Who has no token learns nothing, not even that there are heartbeats.
func TestStrangersGetTheAnswerOfAnyUnknownAddress(t *testing.T) {
	testkit.Beside(t)
	c := newCallTest(t)
	want := c.ask(http.MethodGet, "/nothing", http.NoBody)
	for _, path := range []string{"/heartbeat/x", "/heartbeat/" + c.token[:20], "/heartbeat/dmh_" + strings.Repeat("b", 43), "/heartbeat/" + c.token + "x/start", "/heartbeat/" + c.gone} {
		got := c.ask(http.MethodGet, path, http.NoBody)
		if got.Code != want.Code || !bytes.Equal(got.Body.Bytes(), want.Body.Bytes()) || fmt.Sprint(got.Header()) != fmt.Sprint(want.Header()) {
			t.Errorf("%s is told from an unknown address: %d %v", path, got.Code, got.Header())
		}
	}
}

func TestACallThatCannotBeStoredIsAskedForAgain(t *testing.T) {
	testkit.Beside(t)
	c := newCallTest(t)
	c.fails = errors.New("the disk is full")
	answer := c.ask(http.MethodGet, "/heartbeat/"+c.token, http.NoBody)
	if answer.Code != http.StatusServiceUnavailable || answer.Header().Get("Retry-After") == "" || strings.Contains(answer.Body.String(), "disk") {
		t.Errorf("%d %v %s", answer.Code, answer.Header(), answer.Body)
	}
	c.fails = fmt.Errorf("wrapped: %w", store.ErrNotFound)
	if answer = c.ask(http.MethodGet, "/heartbeat/"+c.token, http.NoBody); answer.Code != http.StatusNotFound {
		t.Errorf("revoked meanwhile, it answers %d", answer.Code)
	}
}

func TestCallsAreLimited(t *testing.T) {
	testkit.Beside(t)
	c := newCallTest(t)
	ask := func() *httptest.ResponseRecorder { return c.ask(http.MethodGet, "/heartbeat/"+c.token, http.NoBody) }
	for i := range callsAtOnce {
		if answer := ask(); answer.Code != http.StatusOK {
			t.Fatalf("call %d was answered %d", i, answer.Code)
		}
	}
	answer := ask()
	if answer.Code != http.StatusTooManyRequests || answer.Header().Get("Retry-After") != "1" {
		t.Fatalf("one more: %d, retry after %q", answer.Code, answer.Header().Get("Retry-After"))
	}
	c.now = c.now.Add(callsEvery)
	if one, two := ask(), ask(); one.Code != http.StatusOK || two.Code != http.StatusTooManyRequests {
		t.Errorf("a moment later: %d and %d", one.Code, two.Code)
	}
	c.now = c.now.Add(-time.Hour) // a clock that is set right
	if answer := ask(); answer.Code != http.StatusTooManyRequests || answer.Header().Get("Retry-After") != "60" {
		t.Errorf("after the clock was set back: %d, %q", answer.Code, answer.Header().Get("Retry-After"))
	}
	if len(c.calls) != callsAtOnce+1 {
		t.Errorf("%d calls were taken", len(c.calls))
	}
}

// What a caller sends slowly, or not to its end, still counts.
func TestACallerThatDoesNotEndItsBody(t *testing.T) {
	testkit.Beside(t)
	c := newCallTest(t)
	broken := io.MultiReader(strings.NewReader("one\ntwo\n"), iotest.ErrReader(io.ErrUnexpectedEOF))
	answer := c.ask(http.MethodPost, "/heartbeat/"+c.token+"/7", broken)
	if answer.Code != http.StatusOK || len(c.calls) != 1 || c.calls[0].Log != "one\ntwo" || c.calls[0].ExitCode != 7 {
		t.Errorf("%d, %+v", answer.Code, c.calls)
	}
	if answer.Header().Get("Connection") != "close" {
		t.Error("the connection is kept though more may come")
	}
}

func TestReadTail(t *testing.T) {
	testkit.Beside(t)
	const most = checker.BeatLogTail
	for name, test := range map[string]struct {
		body       io.Reader
		tail       int
		cut, whole bool
	}{
		"nothing":          {strings.NewReader(""), 0, false, true},
		"little":           {strings.NewReader("abc"), 3, false, true},
		"just all":         {strings.NewReader(strings.Repeat("x", most)), most, false, true},
		"one too many":     {strings.NewReader(strings.Repeat("x", most+1)), most, true, true},
		"byte by byte":     {iotest.OneByteReader(strings.NewReader(strings.Repeat("x", most+9))), most, true, true},
		"more than enough": {io.LimitReader(endless{}, maxCallBody+1000), most, true, false},
		"broken off":       {io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(io.ErrUnexpectedEOF)), 3, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			tail, cut, whole := readTail(test.body)
			if len(tail) != test.tail || cut != test.cut || whole != test.whole {
				t.Errorf("%d bytes, cut %v, whole %v; want %d, %v, %v", len(tail), cut, whole, test.tail, test.cut, test.whole)
			}
		})
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func FuzzCalls(f *testing.F) {
	for _, word := range []string{"", "start", "success", "fail", "0", "255", "256", "-1", "+1", "007", "1e2"} {
		f.Add(word, "", []byte("done"))
		f.Add(word, "a-b.c_1", []byte("\x1b[31m\xff"))
	}
	f.Fuzz(func(t *testing.T, word, run string, body []byte) {
		call, err := parseCall(word, run)
		if err == nil && (call.ExitCode < 0 || call.ExitCode > 255 || call.Signal != checker.SignalEnd && call.ExitCode != 0 || len(call.Run) > 64) {
			t.Fatalf("%q, %q: %+v", word, run, call)
		}
		tail, cut, whole := readTail(bytes.NewReader(body))
		if !whole || cut != (len(body) > checker.BeatLogTail) || !bytes.HasSuffix(body, tail) {
			t.Fatalf("%d bytes of %d, cut %v, whole %v", len(tail), len(body), cut, whole)
		}
	})
}
