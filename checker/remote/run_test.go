package remote

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// An agent that can is asked for a run; one that is older than this, of
// another region, or gone, is not.
func TestAnAgentIsAskedForARun(t *testing.T) {
	h := newHub(t, ServerOptions{})
	old := h.raw(goodHello)
	if _, data, err := old.ReadMessage(); err != nil || !strings.HasPrefix(string(data), `{"type":"plan"`) {
		t.Fatalf("%s, %v", data, err)
	}
	server := h.handler.Load()
	if err := server.RunNow("eu-west", "api"); !errors.Is(err, ErrNobody) {
		t.Errorf("with an older agent alone: %v", err)
	}
	asked := make(chan string, 10)
	p := newProbe(t, h.web.URL, ClientOptions{OnRun: func(check string) { asked <- check }})
	p.nextPlan(t)
	if err := server.RunNow("us-east", "api"); !errors.Is(err, ErrNobody) {
		t.Errorf("of another region: %v", err)
	}
	if err := server.RunNow("eu-west", "api"); err != nil {
		t.Fatal(err)
	}
	select {
	case check := <-asked:
		if check != "api" {
			t.Errorf("it is asked for %s", check)
		}
	case <-time.After(2 * time.Minute):
		t.Fatal("it is not asked")
	}
	give(t, p, 1) // the connection goes on
	h.waitFor(1)
	p.stop()
	until(t, nil, "the agent is gone", func() bool { return errors.Is(server.RunNow("eu-west", "api"), ErrNobody) })
	// The older agent's next message is no wish that it does not know.
	if err := old.WriteMessage(websocket.TextMessage, []byte(`{"type":"results","id":7,"results":[{"check":"api","region":"eu-west","at":"2026-03-04T12:00:02Z","started":"2026-03-04T12:00:02Z","duration":5,"outcome":"ok"}]}`)); err != nil {
		t.Fatal(err)
	}
	if _, data, err := old.ReadMessage(); err != nil || !strings.HasPrefix(string(data), `{"type":"ack","id":7`) {
		t.Errorf("%s, %v", data, err)
	}
}

// A client that is not given what to do with such a wish does not say that it
// can, and passes over one.
func TestAClientThatRunsNothingAtOnce(t *testing.T) {
	h := newHub(t, ServerOptions{})
	p := newProbe(t, h.web.URL, ClientOptions{})
	p.nextPlan(t)
	for _, c := range h.handler.Load().connections() {
		if c.snapshot().RunsNow {
			t.Error("it says that it can")
		}
		c.asked <- "api"
	}
	give(t, p, 1)
	h.waitFor(1)
}
