package remote

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/internal/testkit"
)

// world is a region with a server and some agents, in which time goes in
// steps: what boards and holdings do is all there is.
type world struct {
	now    time.Time
	board  *board // nil: the server is away
	agents []*worldAgent
	stored map[worldRun]int // how many agents brought a run
	told   time.Time        // when the server last asked for a word
	quiet  time.Time        // when something last happened to anybody
	hurt   time.Time        // when an agent last died or froze
	events []string
}

type worldRun struct {
	check string
	at    int64
}

type worldAgent struct {
	id      string
	lives   bool
	frozen  bool
	cut     bool // nothing goes through its network
	linked  bool // it has a connection, which may be cut
	came    time.Time
	since   time.Time // since when it has lived without a freeze
	skew    time.Duration
	holding *holding
	inbox   []worldMessage
	spool   []worldRun
}

type worldMessage struct {
	at    time.Time
	share *Share // nil: the server asks for a word
}

const (
	worldStep  = 250 * time.Millisecond
	worldLease = 10 * time.Second
	worldEvery = 3 * time.Second
	// worldGiveUp is when a silent connection is given up.
	worldGiveUp = 45 * time.Second
)

var worldChecks = []string{"a", "b", "c", "d", "e", "f", "g"}

func newWorld(agents int) *world {
	w := &world{now: time.UnixMilli(1_800_000_000_000), stored: map[worldRun]int{}, board: newBoard(worldLease)}
	for i := range agents {
		w.agents = append(w.agents, &worldAgent{id: fmt.Sprint("agent-", i)})
	}
	return w
}

func (w *world) note(format string, args ...any) {
	w.events = append(w.events, w.now.Format("04:05.00 ")+fmt.Sprintf(format, args...))
	w.quiet = w.now
}

// step lets some time pass.
func (w *world) step(delay func() time.Duration) {
	w.now = w.now.Add(worldStep)
	w.serve(delay)
	for _, a := range w.agents {
		if a.lives && !a.frozen {
			w.live(a, delay)
		}
	}
}

func (w *world) serve(delay func() time.Duration) {
	if w.board == nil {
		return
	}
	if regions := w.board.lapse(w.now); len(regions) > 0 {
		w.tell(delay)
	}
	if w.now.Sub(w.told) < worldLease/wordsInLease {
		return
	}
	w.told = w.now
	for _, a := range w.agents {
		if a.linked {
			a.inbox = append(a.inbox, worldMessage{at: w.now.Add(delay())})
		}
	}
}

// tell sends all that are connected the present share.
func (w *world) tell(delay func() time.Duration) {
	for _, a := range w.agents {
		if a.linked {
			a.inbox = append(a.inbox, worldMessage{w.now.Add(delay()), w.board.of("r")})
		}
	}
}

// live is one agent's step.
func (w *world) live(a *worldAgent, delay func() time.Duration) {
	if a.linked && !a.cut {
		for len(a.inbox) > 0 && !a.inbox[0].at.After(w.now) {
			m := a.inbox[0]
			a.inbox = a.inbox[1:]
			a.came = w.now
			if m.share != nil {
				a.holding.take(m.share, a.id)
			} else {
				a.holding.hear()
			}
			if !w.board.hear("r", a.id, w.now) && w.board.join("r", a.id, nil, w.now) {
				w.tell(delay)
			}
		}
		for _, run := range a.spool {
			w.stored[run]++
		}
		a.spool = nil
	}
	if a.linked && w.now.Sub(a.came) > worldGiveUp {
		a.linked, a.inbox = false, nil
	}
	if !a.linked {
		if w.board == nil || a.cut {
			a.holding.miss()
		} else {
			w.connect(a, delay)
		}
	}
	for _, check := range worldChecks {
		// An agent's clock may be wrong; the times of runs are not.
		clock := w.now.Add(a.skew)
		period, offset := worldEvery.Milliseconds(), int64(weigh("offset", check)%3000)
		at := (clock.UnixMilli()-offset)/period*period + offset
		if at > clock.Add(-worldStep).UnixMilli() && a.holding.mine(check, time.UnixMilli(at)) {
			a.spool = append(a.spool, worldRun{check, at})
		}
	}
}

func (w *world) connect(a *worldAgent, delay func() time.Duration) {
	a.linked, a.came, a.inbox = true, w.now, nil
	a.holding.lasts(worldLease)
	held, _ := a.holding.held()
	if w.board.join("r", a.id, held, w.now) {
		w.tell(delay)
		return
	}
	a.inbox = append(a.inbox, worldMessage{w.now.Add(delay()), w.board.of("r")})
}

// happen does one thing to one agent or the server.
func (w *world) happen(what string, a *worldAgent) {
	switch {
	case what == "start" && !a.lives:
		a.lives, a.frozen, a.since = true, false, w.now
		a.holding = newHolding(func() time.Time { return w.now }, worldLease)
	case what == "kill" && a.lives:
		a.lives, a.frozen = false, false
		w.unlink(a)
		w.hurt = w.now
	case what == "freeze" && a.lives && !a.frozen:
		a.frozen = true
		w.hurt = w.now
	case what == "thaw" && a.frozen:
		a.frozen, a.since, w.hurt = false, w.now, w.now
	case what == "cut" && !a.cut:
		a.cut = true
		if a.lives && (a.holding.share == nil || slices.ContainsFunc(a.inbox, func(m worldMessage) bool { return m.share != nil })) {
			w.hurt = w.now // it never hears what is its own now, and knows by its lease alone
		}
	case what == "mend" && a.cut:
		a.cut = false
	case what == "server ends" && w.board != nil:
		w.board = nil
		for _, x := range w.agents {
			x.linked, x.inbox = false, nil
		}
	case what == "server begins" && w.board == nil:
		w.board = newBoard(worldLease)
	case what == "break" && a.linked && !a.cut:
		w.unlink(a)
	default:
		return
	}
	w.note("%s %s", what, a.id)
}

// settled says whether no run may be missing at a time: no agent died or froze
// of late. What happens to the others meanwhile, each within the lease that the
// thing before has left, may add another lease.
func (w *world) settled(at time.Time) bool {
	const takes = worldLease + 2*handover
	hurt := at.Sub(w.hurt)
	return hurt > 6*takes || hurt > takes && (at.Sub(w.quiet) > takes || w.quiet.Equal(w.hurt))
}

// unlink ends a connection in a way that the server sees, if it can.
func (w *world) unlink(a *worldAgent) {
	if a.linked && !a.cut && w.board != nil {
		w.board.part("r", a.id, w.now)
	}
	if !a.cut {
		a.linked, a.inbox = false, nil
	}
}

// TestEachRunIsMadeOnceAndByOne holds every interleaving of what can happen to
// agents and the server against what is promised: each run is stored at most
// once, at least once while an agent lives, but for a lease after one died, and
// made by one agent alone when all has been well for a while. That the server,
// or the network, is away loses no run.
func TestEachRunIsMadeOnceAndByOne(t *testing.T) {
	lost, doubled, all, musts, ones := 0, 0, 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(rapid.IntRange(1, 4).Draw(t, "agents"))
		for _, a := range w.agents {
			a.skew = time.Duration(rapid.IntRange(-1000, 1000).Draw(t, "skew")) * time.Millisecond
		}
		delay := func() time.Duration { return time.Duration(rapid.IntRange(0, 400).Draw(t, "delay")) * time.Millisecond }
		w.happen("start", w.agents[0])
		begun := w.now
		type expectation struct {
			run           worldRun
			must, oneOnly bool
		}
		var due []expectation
		for range rapid.IntRange(1, testkit.Count(25, 60)).Draw(t, "events") {
			what := rapid.SampledFrom([]string{"start", "start", "kill", "freeze", "thaw", "cut", "mend", "server ends", "server begins", "server begins", "break", "nothing"}).Draw(t, "what")
			w.happen(what, rapid.SampledFrom(w.agents).Draw(t, "whom"))
			for range rapid.SampledFrom([]int{1, 4, 20, 60, 200, 400}).Draw(t, "steps") {
				w.step(delay)
				for _, check := range worldChecks {
					period, offset := worldEvery.Milliseconds(), int64(weigh("offset", check)%3000)
					// What was due two seconds ago has run by now, on any clock.
					past := w.now.Add(-2 * time.Second)
					at := (past.UnixMilli()-offset)/period*period + offset
					if at <= past.Add(-worldStep).UnixMilli() || past.Sub(begun) < 15*time.Second {
						continue
					}
					steady := func(a *worldAgent) bool {
						return a.lives && !a.frozen && past.Sub(a.since) > worldLease+2*handover
					}
					due = append(due, expectation{
						run:  worldRun{check, at},
						must: slices.ContainsFunc(w.agents, steady) && w.settled(past),
						oneOnly: w.board != nil && past.Sub(w.quiet) > worldGiveUp+worldLease+2*handover &&
							!slices.ContainsFunc(w.agents, func(a *worldAgent) bool { return a.lives && (a.frozen || a.cut) }),
					})
				}
			}
		}
		// In the end all is well, and what was kept arrives.
		w.happen("server begins", w.agents[0])
		for _, a := range w.agents {
			for _, what := range []string{"mend", "thaw", "start"} {
				w.happen(what, a)
			}
		}
		kept := map[worldRun]bool{} // on the disk of an agent that did not come back yet
		for range 80 {
			w.step(delay)
		}
		for _, a := range w.agents {
			for _, run := range a.spool {
				kept[run] = true
			}
		}
		for _, one := range due {
			n := w.stored[one.run]
			all++
			if one.must {
				musts++
			}
			if one.oneOnly {
				ones++
			}
			switch {
			case n == 0 && one.must && !kept[one.run]:
				t.Fatalf("nobody ran %s at %s:\n%v", one.run.check, time.UnixMilli(one.run.at).UTC().Format("04:05.000"), w.events)
			case n > 1 && one.oneOnly:
				t.Fatalf("%d agents ran %s at %s:\n%v", n, one.run.check, time.UnixMilli(one.run.at).UTC().Format("04:05.000"), w.events)
			case n == 0:
				lost++
			case n > 1:
				doubled++
			}
		}
	})
	t.Logf("of %d runs %d had to be made, and %d by one alone; nobody made %d, and %d were made by more than one and stored once", all, musts, ones, lost, doubled)
}

// A member that comes or goes moves the runs of no other.
func TestOnlyTheRunsOfAMemberMove(t *testing.T) {
	members := []string{"a", "b", "c", "d"}
	at := time.UnixMilli(5)
	counts := map[string]int{}
	for i := range 10_000 {
		check := fmt.Sprint("check-", i)
		whole := Share{Members: members}
		owner := whole.Owner(check, at)
		counts[owner]++
		for _, gone := range members {
			rest := Share{Members: slices.DeleteFunc(slices.Clone(members), func(m string) bool { return m == gone })}
			if got := rest.Owner(check, at); owner != gone && got != owner {
				t.Fatalf("%s went from %s to %s, because %s is gone", check, owner, got, gone)
			}
		}
	}
	for member, n := range counts {
		if n < 2_300 || n > 2_700 {
			t.Errorf("%s has %d of 10,000 checks", member, n)
		}
	}
}
