package remote

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"daymark/checker"
)

// recorded is a frame of a conversation between an agent and a server of
// version 0.9, which knew nothing of sharing, health, pauses or packing.
type recorded struct {
	From  string          `json:"from"`
	Frame json.RawMessage `json:"frame"`
}

func recording(t *testing.T, from string) (frames []string) {
	t.Helper()
	file, err := os.Open("testdata/agent-0.9.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for scanner := bufio.NewScanner(file); scanner.Scan(); {
		var one recorded
		if err := json.Unmarshal(scanner.Bytes(), &one); err != nil {
			t.Fatal(err)
		}
		if one.From == from {
			frames = append(frames, string(one.Frame))
		}
	}
	if len(frames) < 3 {
		t.Fatalf("%d frames", len(frames))
	}
	return frames
}

// An agent of version 0.9 works with this server: what it sent then is taken,
// and what it is answered holds what it was answered then, beside fields that
// it passes over, and no message that it does not know.
func TestAnOlderAgentWorks(t *testing.T) {
	h := newHub(t, ServerOptions{Lease: 500 * time.Millisecond, Now: func() time.Time { return noon.Add(time.Minute) }})
	h.submit = func(results []checker.Result) (rejected []checker.Rejection, err error) {
		for _, r := range results {
			if r.Check == "gone" {
				rejected = append(rejected, checker.Rejection{Check: r.Check, At: r.At, Reason: "there is no such check"})
			}
		}
		return rejected, nil
	}
	newer := newProbe(t, h.web.URL, ClientOptions{Self: "newer"})
	newer.waitForLog(t, "the runs of the region are shared")
	socket := h.raw("")
	var answers []string
	read := func() {
		t.Helper()
		_, data, err := socket.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, string(data))
	}
	for _, frame := range recording(t, "agent") {
		if err := socket.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
			t.Fatal(err)
		}
		read()
	}
	server := h.handler.Load()
	newer.stop()
	until(t, nil, "the older agent is there alone", func() bool { return len(server.Connected()) == 1 })
	if err := server.RunNow("eu-west", "tls"); err != nil {
		t.Error(err)
	}
	read()
	old := recording(t, "server")
	if len(answers) != len(old) {
		t.Fatalf("it was answered %d times; want %d: %q", len(answers), len(old), answers)
	}
	for i, answer := range answers {
		var was, is map[string]any
		if err := json.Unmarshal([]byte(old[i]), &was); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(answer), &is); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"type", "id", "rejected", "check"} {
			before, _ := json.Marshal(was[key])
			now, _ := json.Marshal(is[key])
			if string(before) != string(now) {
				t.Errorf("answer %d: %s was %s, and is %s", i, key, before, now)
			}
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.stored) != 4 { // with the one that the store rejects
		t.Errorf("%d results were stored", len(h.stored))
	}
	failure := h.stored[slices.IndexFunc(h.stored, func(r checker.Result) bool { return r.Outcome == checker.Failed })]
	if failure.Reason != "no answer within 30 s" || string(failure.Evidence[0].Data) != "GET / <b>&\n" || failure.Duration != 30*time.Second {
		t.Errorf("stored is %+v", failure)
	}
}

// This agent works with a server of version 0.9: it takes the plan as it was
// sent then, delivers, runs at once what it is asked to, and, since nothing is
// shared, runs everything.
func TestAnOlderServerWorks(t *testing.T) {
	frames := recording(t, "server")
	got := make(chan string, 10)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		socket, err := (&websocket.Upgrader{Subprotocols: []string{Subprotocol}}).Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer socket.Close()
		for _, frame := range frames {
			if !strings.HasPrefix(frame, `{"type":"run"`) { // which answers nothing
				_, data, err := socket.ReadMessage()
				if err != nil {
					return
				}
				got <- string(data)
			}
			if err := socket.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
				return
			}
		}
		_, _, _ = socket.ReadMessage() // until the agent ends
	}))
	t.Cleanup(web.Close)
	asked := make(chan string, 1)
	p := newProbe(t, web.URL, ClientOptions{Self: "newer", OnRun: func(check string) { asked <- check }})
	plan := p.nextPlan(t)
	if plan.Region != "eu-west" || len(plan.Checks) != 2 || plan.Checks[1].Attempts != 2 || plan.Checks[1].TLS.Address != "shop.example:443" {
		t.Errorf("the plan is %+v", plan)
	}
	give(t, p, 1)
	until(t, nil, "the first is taken", func() bool { return p.spool.Unacknowledged() == 0 })
	give(t, p, 2)
	if check := <-asked; check != "tls" {
		t.Errorf("it is asked for %s", check)
	}
	if counts := shares(time.Now(), p); counts[0] != 1000 {
		t.Errorf("it runs %d of 1000", counts[0])
	}
	if hello := <-got; !strings.HasPrefix(hello, `{"type":"hello","protocol":1,`) {
		t.Errorf("it says %s", hello)
	}
	p.stop()
	web.Close()
}

// What goes over the line is packed, and unpacked no larger than it may be.
func TestFramesArePackedAndBounded(t *testing.T) {
	h := newHub(t, ServerOptions{})
	dialer := websocket.Dialer{Subprotocols: []string{Subprotocol}, EnableCompression: true}
	socket, response, err := dialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(h.web.URL, "http")+Path, http.Header{"Authorization": {"Bearer secret-eu"}})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	if got := response.Header.Get("Sec-WebSocket-Extensions"); !strings.HasPrefix(got, "permessage-deflate") {
		t.Errorf("extensions are %q", got)
	}
	if err := socket.WriteMessage(websocket.TextMessage, []byte(goodHello)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := socket.ReadMessage(); err != nil {
		t.Fatal(err)
	}
	bomb := `{"type":"results","id":1,"results":[{"reason":"` + strings.Repeat("a", 200<<20) + `"}]}` // 200 kB on the line
	if err := socket.WriteMessage(websocket.TextMessage, []byte(bomb)); err != nil {
		t.Log(err) // the server may have hung up already
	}
	if _, _, err := socket.ReadMessage(); !websocket.IsCloseError(err, websocket.CloseMessageTooBig) {
		t.Errorf("the connection ended with %v", err)
	}
	h.waitForLog("it is too large")
}

// A server that is slow says for how long it wants to be spared what can wait.
func TestASlowServerAsksForAPause(t *testing.T) {
	if spared(busyAfter-1) != 0 || spared(busyAfter) != 2*busyAfter.Milliseconds() || spared(time.Hour) != mostRest.Milliseconds() {
		t.Errorf("%d, %d, %d", spared(busyAfter-1), spared(busyAfter), spared(time.Hour))
	}
	h := newHub(t, ServerOptions{})
	h.submit = func([]checker.Result) ([]checker.Rejection, error) {
		<-time.After(busyAfter + 10*time.Millisecond)
		return nil, nil
	}
	p := newProbe(t, h.web.URL, ClientOptions{})
	give(t, p, 1)
	until(t, nil, "it is asked", func() bool { return p.client.Pause() >= 2*busyAfter })
	h.set(func() { h.submit = nil })
	give(t, p, 2)
	until(t, nil, "it is not asked any more", func() bool { return p.client.Pause() == 0 })
}
