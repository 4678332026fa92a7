package remote

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// shares counts how many of a thousand runs at a time are each agent's own.
func shares(at time.Time, agents ...*probe) []int {
	counts := make([]int, len(agents))
	for i := range 1000 {
		for j, agent := range agents {
			if agent.client.Mine(fmt.Sprint("check-", i), at) {
				counts[j]++
			}
		}
	}
	return counts
}

func sum(numbers []int) (all int) {
	for _, n := range numbers {
		all += n
	}
	return all
}

// Agents of a region share its runs; one that ends leaves them to the others
// at once, and one that comes takes its share at a time that all know.
func TestAgentsShareTheRunsOfARegion(t *testing.T) {
	h := newHub(t, ServerOptions{Lease: time.Minute, Now: time.Now})
	first := newProbe(t, h.web.URL, ClientOptions{Self: "first"})
	first.waitForLog(t, "the runs of the region are shared")
	if got := shares(time.Now(), first); got[0] != 1000 {
		t.Errorf("alone it runs %v", got)
	}
	second := newProbe(t, h.web.URL, ClientOptions{Self: "second"})
	old := newProbe(t, h.web.URL, ClientOptions{}) // an older one, which runs everything
	other := newProbe(t, h.web.URL, ClientOptions{Self: "first", Token: "secret-us"})
	until(t, nil, "both know of each other", func() bool {
		return len(h.handler.Load().Share("eu-west").Members) == 2 && strings.Count(first.log.String(), "agents=2") == 1 && strings.Contains(second.log.String(), "agents=2")
	})
	now := time.Now()
	if got := shares(now.Add(-time.Second), first, second); got[0] != 1000 || got[1] != 0 {
		t.Errorf("of what was due before the second came, they run %v", got)
	}
	if got := shares(now.Add(handover), first, second, old); got[0] < 300 || got[1] < 300 || got[0]+got[1] != 1000 || got[2] != 1000 {
		t.Errorf("of what is due later they run %v", got)
	}
	other.waitForLog(t, "agents=1")
	if got := shares(now, other); got[0] != 1000 {
		t.Errorf("an agent of another region runs %v", got)
	}
	first.client.Leave()
	until(t, nil, "the second runs everything", func() bool { return shares(time.Now(), second)[0] == 1000 })
	if !first.client.Connected() {
		t.Error("it cannot deliver what it still has")
	}
	second.stop()
	other.stop()
	old.stop()
}

// An agent that is silent for less than its lease has what it had before; its
// runs are another's before the lease is over.
func TestTheRunsOfASilentAgentAreTaken(t *testing.T) {
	const lease = 2 * time.Second
	h := newHub(t, ServerOptions{Lease: lease, Now: time.Now})
	first := newProbe(t, h.web.URL, ClientOptions{Self: "first"})
	silent := h.raw(`{"type":"hello","protocol":1,"version":"1","agent":"silent","self":"silent","can":["share"]}`)
	until(t, nil, "both share", func() bool { return strings.Contains(first.log.String(), "agents=2") })
	began := time.Now()
	until(t, nil, "the other runs everything", func() bool { return shares(time.Now().Add(time.Hour), first)[0] == 1000 })
	if took := time.Since(began); took > 10*lease { // the property test holds it to the lease
		t.Errorf("it took %v", took)
	}
	// Its word is heard again: it shares again, on the same connection.
	before := strings.Count(first.log.String(), "agents=2")
	if err := silent.WriteMessage(1, []byte(`{"type":"health","health":{"spool":12}}`)); err != nil {
		t.Fatal(err)
	}
	until(t, nil, "both share again", func() bool { return strings.Count(first.log.String(), "agents=2") > before })
	for _, state := range h.handler.Load().Connected() {
		if state.Name == "silent" && (state.Health.Spool != 12 || state.HealthAt.IsZero() || !state.Shares) {
			t.Errorf("of the silent one is known: %+v", state)
		}
	}
}

// A server that has just begun goes on by what the agents hold, and waits for
// the others that are named there.
func TestANewServerGoesOnByWhatIsHeld(t *testing.T) {
	h := newHub(t, ServerOptions{Lease: time.Minute, Now: time.Now})
	agents := []*probe{newProbe(t, h.web.URL, ClientOptions{Self: "first"}), newProbe(t, h.web.URL, ClientOptions{Self: "second"})}
	until(t, nil, "both share", func() bool {
		return strings.Contains(agents[0].log.String(), "agents=2") && strings.Contains(agents[1].log.String(), "agents=2")
	})
	before := h.handler.Load().Share("eu-west")
	later := time.Now().Add(time.Minute)
	h.stop()
	if got := shares(later, agents...); sum(got) != 1000 {
		t.Errorf("while the server is away for a moment they run %v", got)
	}
	agents[1].stop()
	h.start()
	until(t, nil, "the first is back", func() bool { return strings.Count(agents[0].log.String(), "connected to the server") == 2 })
	if after := h.handler.Load().Share("eu-west"); after == nil || after.From != before.From || len(after.Members) != 2 {
		t.Errorf("before %+v, after %+v", before, after)
	}
	if got := shares(later, agents[0]); got[0] == 1000 {
		t.Error("the first took what the second may still run")
	}
}

// With a lease that has lapsed an agent runs everything, and a start without
// the server does not wait for one.
func TestAnAgentAloneRunsEverything(t *testing.T) {
	now := time.Unix(1000, 0)
	h := newHolding(func() time.Time { return now }, 10*time.Second)
	mine := func() bool { return h.mine("a", now) }
	if mine() {
		t.Error("it runs before it knows of others")
	}
	h.miss()
	if !mine() {
		t.Error("it waits for a server that is away")
	}
	h.take(&Share{Members: []string{"other"}}, "me")
	now = now.Add(10 * time.Second)
	if mine() {
		t.Error("it runs what is another's")
	}
	h.hear()
	now = now.Add(10*time.Second + 1)
	if share, _ := h.held(); !mine() || share != nil {
		t.Error("its lease lasts for ever")
	}
	h.lasts(0)
	if !mine() {
		t.Error("with a server that shares nothing it does not run everything")
	}
	silent := newHolding(func() time.Time { return now }, 10*time.Second)
	now = now.Add(10*time.Second + 1)
	if !silent.mine("a", now) {
		t.Error("a server that says nothing keeps it from running")
	}
}

// The agent inside the server shares its region as any other.
func TestTheAgentInsideShares(t *testing.T) {
	h := newHub(t, ServerOptions{Lease: time.Minute, Inside: "eu-west", Now: time.Now})
	server := h.handler.Load()
	own := func(at time.Time) (n int) {
		for i := range 1000 {
			if server.Mine(fmt.Sprint("check-", i), at) {
				n++
			}
		}
		return n
	}
	if n := own(time.Now()); n != 1000 {
		t.Errorf("alone it runs %d", n)
	}
	p := newProbe(t, h.web.URL, ClientOptions{Self: "p"})
	p.waitForLog(t, "agents=2")
	later := time.Now().Add(handover)
	if inside, elsewhere := own(later), shares(later, p)[0]; inside < 300 || elsewhere < 300 || inside+elsewhere != 1000 {
		t.Errorf("the one inside runs %d, the other %d", inside, elsewhere)
	}
	p.stop()
	until(t, nil, "the one inside runs everything", func() bool { return own(time.Now()) == 1000 })
}
