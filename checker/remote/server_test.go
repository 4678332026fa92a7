package remote

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"daymark/checker"
)

func TestWhoIsLetIn(t *testing.T) {
	h := newHub(t, ServerOptions{})
	socketHeaders := map[string]string{
		"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg==",
		"Sec-WebSocket-Protocol": Subprotocol, "Authorization": "Bearer secret-eu",
	}
	for name, test := range map[string]struct {
		header, value string // "-": none
		status        int
		says          string
	}{
		"no token":        {"Authorization", "-", 401, "daymark agent token create"},
		"wrong token":     {"Authorization", "Bearer nothing", 401, "not known here, or was revoked"},
		"another scheme":  {"Authorization", "Basic c2VjcmV0LWV1", 401, "daymark agent token create"},
		"store is away":   {"Authorization", "Bearer unlucky", 503, "cannot be checked now"},
		"a browser":       {"Origin", "http://127.0.0.1", 403, "not for browsers"},
		"other protocol":  {"Sec-WebSocket-Protocol", "daymark.agent.v9", 400, Subprotocol},
		"no WebSocket":    {"Upgrade", "-", 400, ""},
		"all as it shall": {"X-Nothing", "-", 101, ""},
	} {
		t.Run(name, func(t *testing.T) {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.web.URL+Path, nil)
			if err != nil {
				t.Fatal(err)
			}
			for header, value := range socketHeaders {
				request.Header.Set(header, value)
			}
			request.Header.Set(test.header, test.value)
			if test.value == "-" {
				request.Header.Del(test.header)
			}
			response, err := http.DefaultTransport.RoundTrip(request)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = response.Body.Close() }()
			if response.StatusCode != test.status {
				t.Errorf("status %d, want %d", response.StatusCode, test.status)
			}
			if test.status == 101 {
				return
			}
			var body bytes.Buffer
			if _, err := body.ReadFrom(response.Body); err != nil || !strings.Contains(body.String(), test.says) {
				t.Errorf("body %q, %v", body.String(), err)
			}
			if strings.Contains(body.String(), "locked") {
				t.Error("a visitor sees internals")
			}
		})
	}
}

func TestAgentsThatBreakTheProtocol(t *testing.T) {
	results := `{"type":"results","id":1,"results":[]}`
	for name, test := range map[string]struct {
		hello   string
		kind    int
		message string
		says    string
	}{
		"no JSON":                  {goodHello, websocket.TextMessage, "hello?", "not what the protocol says"},
		"no type":                  {goodHello, websocket.TextMessage, "{}", "no type"},
		"a binary frame":           {goodHello, websocket.BinaryMessage, "\x00", "messages are text frames"},
		"results without any":      {goodHello, websocket.TextMessage, results, "results need an id"},
		"results of another shape": {goodHello, websocket.TextMessage, `{"type":"results","id":1,"results":[{"at":7}]}`, "not what the protocol says"},
		"results before hello":     {"", websocket.TextMessage, `{"type":"ack","id":1}`, "the first message is hello"},
		"hello without a name":     {"", websocket.TextMessage, `{"type":"hello","protocol":1}`, "hello needs"},
		"a later protocol":         {"", websocket.TextMessage, `{"type":"hello","protocol":2,"agent":"x"}`, "this server speaks protocol 1, and the agent 2"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHub(t, ServerOptions{})
			socket := h.raw(test.hello)
			if err := socket.WriteMessage(test.kind, []byte(test.message)); err != nil {
				t.Fatal(err)
			}
			said := ""
			var closed *websocket.CloseError
			for {
				_, data, err := socket.ReadMessage()
				if errors.As(err, &closed) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				var m message
				if err := json.Unmarshal(data, &m); err != nil {
					t.Fatal(err)
				}
				if m.Type == typeError {
					said = m.Message
				}
			}
			if closed.Code != websocket.CloseProtocolError || !strings.Contains(said, test.says) {
				t.Errorf("closed with %v after %q", closed, said)
			}
			h.waitForLog("an agent broke the protocol")
		})
	}
}

func TestOlderAndNewerAgents(t *testing.T) {
	h := newHub(t, ServerOptions{})
	socket := h.raw(goodHello) // with a field that nobody knows
	expect := func(want string) {
		t.Helper()
		if _, data, err := socket.ReadMessage(); err != nil || !strings.HasPrefix(string(data), want) {
			t.Errorf("got %s, %v; want %s", data, err, want)
		}
	}
	expect(`{"type":"plan","plan":{"revision":"1","region":"eu-west"`)
	for _, text := range []string{
		`{"type":"song","la":1}`,
		`{"type":"results","id":7,"results":[{"check":"api","region":"eu-west","at":"2026-03-04T12:00:01Z","started":"2026-03-04T12:00:01Z","duration":5,"outcome":"ok","colour":"red"}]}`,
	} {
		if err := socket.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	expect(`{"type":"ack","id":7,"received":1772629200000000000,"sent":1772629200000000000}`) // with the server's clock, which older agents pass over
	h.waitFor(1)
}

func TestBatchOfAHundredMegabytes(t *testing.T) {
	h := newHub(t, ServerOptions{})
	socket := h.raw(goodHello)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	sent := make(chan error, 1)
	go func() {
		writer, err := socket.NextWriter(websocket.TextMessage)
		for chunk, n := bytes.Repeat([]byte("x"), 1<<20), 0; n < 100 && err == nil; n++ {
			_, err = writer.Write(chunk)
		}
		sent <- err
	}()
	var closed *websocket.CloseError
	for {
		_, _, err := socket.ReadMessage()
		if err == nil {
			continue // the plan
		}
		if !errors.As(err, &closed) || closed.Code != websocket.CloseMessageTooBig {
			t.Fatalf("closed with %v, want code 1009", err)
		}
		break
	}
	_ = socket.Close()
	<-sent //nolint:errcheck // it fails wherever the server hung up
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 40<<20 {
		t.Errorf("%d MB were allocated for a message that is refused", took>>20)
	}
	h.waitForLog("an agent's message was refused: it is too large")
	p := newProbe(t, h.web.URL, ClientOptions{}) // everybody else goes on
	give(t, p, 1)
	h.waitFor(1)
}

func TestSilentAgent(t *testing.T) {
	h := newHub(t, ServerOptions{KeepAlive: 10 * time.Millisecond})
	talks := newProbe(t, h.web.URL, ClientOptions{Name: "talks"})
	talks.nextPlan(t)
	h.raw(goodHello) // never reads, so never answers a ping
	h.waitForLog("an agent was silent too long")
	until(t, nil, "only the other one is left", func() bool {
		agents := h.handler.Load().Connected()
		return len(agents) == 1 && agents[0].Name == "talks"
	})
}

func TestSift(t *testing.T) {
	now := noon
	for name, test := range map[string]struct {
		change func(*checker.Result)
		want   string // part of the reason; empty: taken
	}{
		"good":                {func(*checker.Result) {}, ""},
		"a minute ahead":      {func(r *checker.Result) { r.At = now.Add(time.Minute) }, ""},
		"further ahead":       {func(r *checker.Result) { r.At = now.Add(time.Minute + time.Millisecond) }, "in the future"},
		"began ahead":         {func(r *checker.Result) { r.Started = now.Add(time.Hour) }, "in the future"},
		"thirty days ago":     {func(r *checker.Result) { r.At = now.Add(-maxAge) }, ""},
		"earlier":             {func(r *checker.Result) { r.At = now.Add(-maxAge - time.Millisecond) }, "older than 30 days"},
		"never":               {func(r *checker.Result) { r.At = time.Time{} }, "older than 30 days"},
		"never begun":         {func(r *checker.Result) { r.Started = time.Time{} }, "began more than a day before"},
		"not in milliseconds": {func(r *checker.Result) { r.At = r.At.Add(time.Microsecond) }, "whole milliseconds"},
		"another region":      {func(r *checker.Result) { r.Region = "us-east" }, "this token is for region eu-west"},
		"no region":           {func(r *checker.Result) { r.Region = "" }, "this token is for region eu-west"},
		"no check":            {func(r *checker.Result) { r.Check = "" }, "the name of a check"},
		"a long name":         {func(r *checker.Result) { r.Check = strings.Repeat("x", 201) }, "the name of a check"},
		"no outcome":          {func(r *checker.Result) { r.Outcome = "" }, "there is no outcome"},
		"another outcome":     {func(r *checker.Result) { r.Outcome = "superb" }, "there is no outcome"},
		"a long reason":       {func(r *checker.Result) { r.Reason = strings.Repeat("ü", checker.MaxReason+1) }, ""},
		"a longer reason":     {func(r *checker.Result) { r.Reason = strings.Repeat("ü", checker.MaxReason+2) }, "reason is longer"},
		"negative duration":   {func(r *checker.Result) { r.Duration = -1 }, "a duration is negative"},
		"negative latency":    {func(r *checker.Result) { r.Latency = -1 }, "a duration is negative"},
		"a timing of years":   {func(r *checker.Result) { r.Timings = []checker.Timing{{Duration: 1 << 62}} }, "a timing is negative"},
		"attempts":            {func(r *checker.Result) { r.Attempts = 1 << 30 }, "attempts"},
		"many warnings":       {func(r *checker.Result) { r.Warnings = make([]string, 501) }, "more than 500"},
		"long warnings":       {func(r *checker.Result) { r.Warnings = []string{strings.Repeat("x", 128_001)} }, "more than 128000 bytes"},
		"all evidence": {func(r *checker.Result) {
			r.Evidence = []checker.Evidence{{Data: make([]byte, checker.MaxEvidence)}}
		}, ""},
		"more evidence": {func(r *checker.Result) {
			r.Evidence = []checker.Evidence{{Data: make([]byte, checker.MaxEvidence)}, {Data: []byte{1}}}
		}, "the evidence has more"},
		"a long type": {func(r *checker.Result) {
			r.Evidence = []checker.Evidence{{MediaType: strings.Repeat("x", 201)}}
		}, "piece of evidence"},
	} {
		t.Run(name, func(t *testing.T) {
			result := numbered(0)
			test.change(&result)
			good, rejected := sift([]checker.Result{result}, "eu-west", now)
			switch {
			case test.want == "" && (len(good) != 1 || len(rejected) != 0):
				t.Errorf("rejected %+v", rejected)
			case test.want != "" && (len(good) != 0 || len(rejected) != 1 || !strings.Contains(rejected[0].Reason, test.want)):
				t.Errorf("taken %d, rejected %+v", len(good), rejected)
			case len(rejected) == 1 && len(rejected[0].Check) > 210:
				t.Error("the rejection repeats what is too long")
			}
		})
	}
}

func TestBoundedResultsAreTaken(t *testing.T) {
	long := strings.Repeat("\x01ü", 5_000)
	result := numbered(0)
	result.Reason = long
	for range 1000 {
		result.Warnings = append(result.Warnings, long)
		result.Expectations = append(result.Expectations, checker.Expectation{Expression: long, Actual: long})
		result.Timings = append(result.Timings, checker.Timing{Name: long, Duration: time.Second})
	}
	for range 10 {
		result.Evidence = append(result.Evidence, checker.Evidence{Name: long, MediaType: long, Data: make([]byte, 100_000)})
	}
	result.Bound()
	if good, rejected := sift([]checker.Result{result}, "eu-west", noon); len(good) != 1 {
		t.Errorf("rejected %+v", rejected)
	}
	var line bytes.Buffer
	if err := appendRecord(&line, result); err != nil {
		t.Error(err)
	}
	t.Logf("the largest result has %d bytes on disk", line.Len())
}
