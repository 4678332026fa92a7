package remote

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"daymark/checker"
)

// tryFor is Try with so much time.
func (h *hub) tryFor(within time.Duration, region string, check checker.Check) (checker.Result, error) {
	ctx, cancel := context.WithTimeout(h.t.Context(), within)
	defer cancel()
	return h.handler.Load().Try(ctx, region, check)
}

func seen(check checker.Check) checker.Result {
	at := noon.Add(time.Hour)
	return checker.Result{Check: check.ID, Region: "eu-west", At: at, Started: at, Duration: time.Second, Outcome: checker.Failed, Reason: "it answered 500", Evidence: []checker.Evidence{{Name: "body", Data: []byte("x")}}}
}

// A check that is in no plan is tried by an agent of the region that can, and
// what comes of it is told to who asked, and stored nowhere.
func TestACheckIsTriedByAnAgent(t *testing.T) {
	h := newHub(t, ServerOptions{})
	draft := checker.Check{ID: "draft", Timeout: time.Second, HTTP: &checker.HTTP{Request: checker.Request{URL: "https://shop.example/${agent-env:PATH_OF_IT}"}}}
	server := h.handler.Load()
	if err := server.MayTry("eu-west"); !errors.Is(err, ErrNobody) {
		t.Errorf("with no agent: %v", err)
	}
	old := h.raw(goodHello)
	if _, _, err := old.ReadMessage(); err != nil {
		t.Fatal(err)
	}
	if _, err := h.tryFor(time.Minute, "eu-west", draft); !errors.Is(err, ErrOlder) {
		t.Errorf("with an older agent alone: %v", err)
	}
	asked, mostLeft := make(chan checker.Check, 1), make(chan time.Duration, 1)
	p := newProbe(t, h.web.URL, ClientOptions{OnTry: func(ctx context.Context, check checker.Check) (checker.Result, error) {
		until, _ := ctx.Deadline()
		asked <- check
		mostLeft <- time.Until(until)
		return seen(check), nil
	}})
	p.nextPlan(t)
	result, err := h.tryFor(10*time.Second, "eu-west", draft)
	if err != nil {
		t.Fatal(err)
	}
	if result.Reason != "it answered 500" || result.Check != "draft" || len(result.Evidence) > 0 {
		t.Errorf("the result is %+v", result)
	}
	got, err := json.Marshal(<-asked)
	if err != nil {
		t.Fatal(err)
	}
	if want, _ := json.Marshal(draft); string(got) != string(want) {
		t.Errorf("it is asked for %s; want %s", got, want)
	}
	if left := <-mostLeft; left > 10*time.Second-forAnswer {
		t.Errorf("the agent has %s", left)
	}
	if _, err := h.tryFor(time.Minute, "us-east", draft); !errors.Is(err, ErrNobody) {
		t.Errorf("in another region: %v", err)
	}
	give(t, p, 1) // the connection goes on, and nothing else was stored
	h.waitFor(1)
	p.stop()
	until(t, nil, "the agent is gone", func() bool { return errors.Is(server.MayTry("eu-west"), ErrOlder) })
}

// Of a region's agents the one that can rely on itself is asked.
func TestAnAgentThatReliesOnItselfIsAsked(t *testing.T) {
	h := newHub(t, ServerOptions{})
	by := func(name string) ClientOptions {
		return ClientOptions{Name: name, OnTry: func(_ context.Context, check checker.Check) (checker.Result, error) {
			result := seen(check)
			result.Reason = name
			return result, nil
		}}
	}
	first := newProbe(t, h.web.URL, by("first"))
	first.nextPlan(t)
	second := newProbe(t, h.web.URL, by("second"))
	second.nextPlan(t)
	asks := func(want string) func() bool {
		return func() bool {
			result, err := h.tryFor(10*time.Second, "eu-west", checker.Check{ID: "draft"})
			if err != nil {
				t.Fatal(err)
			}
			return result.Reason == want
		}
	}
	first.client.Tell(Health{Fault: "it has no network"})
	until(t, nil, "the other is asked", asks("second"))
	second.client.Tell(Health{Fault: "its clock is wrong"})
	first.client.Tell(Health{})
	until(t, nil, "the first is asked", asks("first"))
}

// What an agent refuses, does not answer, or answers wrongly is told, and the
// connection goes on.
func TestATrialThatComesToNothing(t *testing.T) {
	t.Parallel()
	h := newHub(t, ServerOptions{})
	draft := checker.Check{ID: "draft"}
	began, went := make(chan struct{}, 2), make(chan error, 2)
	p := newProbe(t, h.web.URL, ClientOptions{OnTry: func(ctx context.Context, check checker.Check) (checker.Result, error) {
		switch check.ID {
		case "slow":
			began <- struct{}{}
			<-ctx.Done()
			went <- ctx.Err()
			return seen(check), nil
		case "ahead":
			result := seen(check)
			result.At = result.At.Add(time.Hour)
			return result, nil
		}
		return checker.Result{}, errors.New("it ends at this moment")
	}})
	p.nextPlan(t)
	refused := func(check, want string) {
		t.Helper()
		_, err := h.tryFor(time.Minute, "eu-west", checker.Check{ID: check})
		if said, ok := errors.AsType[*RefusedError](err); !ok || !strings.Contains(said.Sentence, want) {
			t.Errorf("%s: %v; want %s", check, err, want)
		}
	}
	refused("draft", "it ends at this moment")
	refused("ahead", "is the agent's clock right?")

	if _, err := h.tryFor(forAnswer/2, "eu-west", draft); !errors.Is(err, ErrSilent) {
		t.Errorf("in no time: %v", err)
	}
	both := make(chan error, 1)
	leave, left := context.WithTimeout(t.Context(), 10*time.Second)
	go func() {
		_, err := h.handler.Load().Try(leave, "eu-west", checker.Check{ID: "slow"})
		both <- err
	}()
	<-began
	if _, err := h.tryFor(time.Minute, "eu-west", draft); !errors.Is(err, ErrTrying) {
		t.Errorf("a second at once: %v", err)
	}
	left() // whoever asked has gone
	if err := <-both; !errors.Is(err, ErrSilent) {
		t.Errorf("it came to %v", err)
	}
	refused("draft", "another check is being tried at this agent")
	if err := <-went; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the agent's time ended by %v", err)
	}
	until(t, nil, "the next is tried", func() bool {
		_, err := h.tryFor(time.Minute, "eu-west", draft)
		said, ok := errors.AsType[*RefusedError](err)
		return ok && said.Sentence == "it ends at this moment"
	})

	go func() {
		_, err := h.tryFor(time.Minute, "eu-west", checker.Check{ID: "slow"})
		both <- err
	}()
	<-began
	p.stop()
	if err := <-both; !errors.Is(err, ErrGone) {
		t.Errorf("the agent went, and it came to %v", err)
	}
	if err := <-went; !errors.Is(err, context.Canceled) {
		t.Errorf("the agent's run ended by %v", err)
	}
}

// The frames are those of docs/agent-protocol.md.
func TestTheFramesOfATrial(t *testing.T) {
	h := newHub(t, ServerOptions{})
	agent := h.raw(`{"type":"hello","protocol":1,"version":"1.3.0","agent":"probe-1","can":["try"]}`)
	if _, _, err := agent.ReadMessage(); err != nil {
		t.Fatal(err)
	}
	type told struct {
		result checker.Result
		err    error
	}
	answers := make(chan told, 1)
	try := func(answer func(id string) string) told {
		t.Helper()
		go func() {
			result, err := h.tryFor(27*time.Second, "eu-west", checker.Check{ID: "draft", HTTP: &checker.HTTP{Request: checker.Request{URL: "https://shop.example/new"}}})
			answers <- told{result, err}
		}()
		_, data, err := agent.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		var frame struct {
			Type   string
			ID     json.Number
			Within int
			Trial  map[string]any
		}
		if err := json.Unmarshal(data, &frame); err != nil || frame.Type != "try" || frame.Trial["id"] != "draft" || frame.Within < 20_000 || frame.Within > 25_000 {
			t.Fatalf("it is asked by %s (%v)", data, err)
		}
		if err := agent.WriteMessage(websocket.TextMessage, []byte(answer(frame.ID.String()))); err != nil {
			t.Fatal(err)
		}
		return <-answers
	}
	good := `"result":{"check":"draft","region":"eu-west","at":"2026-03-04T13:00:00.120Z","started":"2026-03-04T13:00:00.121Z","duration":41000000,"attempts":1,"outcome":"ok","later":1}}`
	if got := try(func(id string) string { return `{"type":"tried","id":` + id + `,` + good }); got.err != nil || got.result.Outcome != checker.OK {
		t.Errorf("it came to %+v", got)
	}
	if got := try(func(id string) string { return `{"type":"tried","id":` + id + `,"message":"not now"}` }); got.err == nil || !strings.Contains(got.err.Error(), "not now") {
		t.Errorf("it came to %+v", got)
	}
	if got := try(func(id string) string {
		return `{"type":"tried","id":` + id + `,` + strings.Replace(good, "eu-west", "us-east", 1)
	}); got.err == nil || !strings.Contains(got.err.Error(), "this token is for region eu-west") {
		t.Errorf("it came to %+v", got)
	}
	// An answer that nobody waits for is passed over; one that is none ends it.
	for _, frame := range []string{`{"type":"tried","id":99,` + good, `{"type":"tried","id":1}`} {
		if err := agent.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
			t.Fatal(err)
		}
	}
	if _, data, err := agent.ReadMessage(); err != nil || !strings.Contains(string(data), "tried needs the id of what it answers") {
		t.Errorf("%s, %v", data, err)
	}
}
