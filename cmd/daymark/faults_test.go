package main_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"daymark/incident"
	"daymark/internal/testkit"
)

// faultyLease is how long what was due may be missing after a fault.
const faultyLease = 10 * time.Second

// event is something that was done to a region.
type event struct {
	at     time.Time
	region string // empty: all
	what   string
	// hurts says that runs of the region may be missing for a lease, and skips
	// how many more of those before and after, for a clock that was changed.
	hurts bool
	skips time.Duration
}

// TestFaults does to three regions of two agents, and their server, all that
// can happen to real processes, in an order that follows from a seed, and
// counts: no scheduled run is missing beyond the lease, none is stored twice,
// and none is made up. DAYMARK_FAULTS=SEED does the same again.
func TestFaults(t *testing.T) {
	t.Parallel() // it waits; an agent that gets no processor for an interval misses a run (takeTurn)
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("DAYMARK_FAULTS"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("the seed is %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	f := newFaulty(t)
	still := watchMachine(t)
	begun := time.Now().Add(faultyLease / 2) // by when all share
	var events []event
	mend := map[time.Time][]func(){}
	note := func(region, what string, hurts bool, skips time.Duration) {
		events = append(events, event{time.Now(), region, what, hurts, skips})
	}
	faults := testkit.Count(11, 150)
	kinds := []string{"kill", "freeze", "cut", "break", "full disk", "clock", "agent is upgraded", "server ends", "server is killed", "server is upgraded", "configuration"}
	var order []string
	for len(order) < faults { // each kind as often as another
		random.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
		order = append(order, kinds...)
	}
	<-time.After(time.Until(begun) + 2*time.Second)
	counts := map[string]int{}
	for _, kind := range order[:faults] {
		lasts := time.Duration(500+random.IntN(testkit.Count(5_000, 16_000))) * time.Millisecond
		after := f.do(kind, random, lasts, note)
		for after == nil { // until somebody is well again
			f.wait(500*time.Millisecond, mend)
			after = f.do(kind, random, lasts, note)
		}
		counts[kind]++
		at := time.Now().Add(lasts)
		mend[at] = append(mend[at], after)
		f.wait(time.Duration(1_000+random.IntN(testkit.Count(3_000, 6_000)))*time.Millisecond, mend)
	}
	f.wait(time.Duration(testkit.Count(12, 20))*time.Second, mend)
	ended := time.Now()
	f.wait(faultyLease+2*time.Second, mend)
	t.Logf("faults: %v", counts)
	f.verify(begun, ended, events, still())
}

// wait lets time pass, and mends what is due to be.
func (f *faulty) wait(d time.Duration, mend map[time.Time][]func()) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		<-time.After(20 * time.Millisecond)
		for at, all := range mend {
			if time.Now().After(at) {
				delete(mend, at)
				for _, one := range all {
					one()
				}
			}
		}
	}
}

// do does one thing and gives how to mend it; nil: nobody is left to do it to.
func (f *faulty) do(kind string, random *rand.Rand, lasts time.Duration, note func(region, what string, hurts bool, skips time.Duration)) func() {
	if strings.HasPrefix(kind, "server") || kind == "configuration" {
		return f.doToServer(kind, lasts, note)
	}
	var free []*faultyAgent
	for i, a := range f.agents {
		other := f.agents[i^1] // of the same region: one of both always lives
		if !a.busy && (!other.busy || kind == "full disk") && (kind != "full disk" || a.disk != nil) {
			free = append(free, a)
		}
	}
	if len(free) == 0 {
		return nil
	}
	a := free[random.IntN(len(free))]
	a.busy = true
	tell := func(what string, hurts bool, skips time.Duration) { note(a.region, a.name+": "+what, hurts, skips) }
	var after func()
	switch kind {
	case "kill":
		tell("killed", true, 0)
		a.process.kill()
		after = func() { tell("started", false, 0); a.start() }
	case "freeze":
		tell("frozen", true, 0)
		a.signal(syscall.SIGSTOP)
		after = func() { tell("thawed", true, 0); a.signal(syscall.SIGCONT) }
	case "cut":
		tell("cut", false, 0)
		a.way.cut()
		after = func() { tell("mended", false, 0); a.way.restore() }
	case "break":
		tell("broken", false, 0)
		a.way.sever()
		after = func() {}
	case "full disk":
		tell("disk full", false, 0)
		a.disk.fill()
		after = func() { tell("disk has room", false, 0); a.disk.free() }
	case "agent is upgraded":
		tell("ends", true, 0) // where the server is away, nobody hears of it
		a.process.interrupt()
		tell("goes on by another version", true, 0)
		a.program = f.other(a.program)
		a.start()
		after = func() {}
	case "clock":
		by := time.Duration(2_000+random.IntN(6_000)) * time.Millisecond
		if random.IntN(2) == 0 {
			by = -by
		}
		tell("clock by "+by.String(), true, by.Abs())
		a.setClock(by)
		after = func() { tell("clock right", true, by.Abs()); a.setClock(0) }
	}
	return func() { after(); a.busy = false }
}

func (f *faulty) doToServer(kind string, lasts time.Duration, note func(region, what string, hurts bool, skips time.Duration)) func() {
	if f.server == nil {
		return nil
	}
	note("", kind, false, 0)
	switch kind {
	case "configuration":
		text, err := os.ReadFile(f.site.config)
		if err != nil {
			f.t.Fatal(err)
		}
		name := fmt.Sprintf("{name: Faults%d,", time.Now().UnixNano()%1000)
		page := string(text)[strings.Index(string(text), "{name: Faults"):]
		writeFile(f.t, f.site.dir, "daymark.yaml", strings.Replace(string(text), page[:strings.Index(page, ",")+1], name, 1))
		if err := f.server.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			f.t.Error(err)
		}
		return func() {}
	case "server is upgraded":
		f.server.interrupt()
		f.program = f.other(f.program)
		f.begin()
		return func() {}
	case "server ends":
		f.server.interrupt()
	default:
		f.server.kill()
	}
	f.server = nil
	return func() { note("", "server begins", false, 0); f.begin() }
}

// verify counts everything.
func (f *faulty) verify(begun, ended time.Time, events []event, stills []incident.Span) {
	t := f.t
	t.Helper()
	db := openData(t, f.site.data("daymark.db"))
	var tally faultTally
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); <-time.After(time.Second) {
		if tally = f.count(db, begun, ended, events, stills); len(tally.beyond) == 0 {
			break // all that waited is delivered
		}
	}
	db.check("results that the rollups count differently",
		"SELECT (SELECT sum(ok + degraded + failed + unknown) FROM rollups WHERE grain = 86400) - (SELECT count(*) FROM results)", 0)
	t.Logf("%d runs were due; %d are missing within %s of a fault, %d because the machine stood still (%v), %d beyond; the longest row of missing runs of a check lasts %s; %d are stored, none twice, %d made up; the target was asked %d times",
		tally.due, tally.within, faultyLease, tally.still, stills, len(tally.beyond), time.Duration(tally.longest)*faultyEvery, tally.stored, tally.madeUp, tally.asked)
	if len(tally.beyond) > 0 || tally.madeUp > 0 || tally.due == 0 || tally.stored < tally.due*7/10 {
		t.Errorf("%+v", tally)
	}
	if t.Failed() {
		for _, e := range events {
			t.Logf("%s %s %s", e.at.UTC().Format("04:05.000"), e.region, e.what)
		}
		for _, region := range faultyRegions {
			f.tellOf(region, tally.beyond)
		}
	}
	for _, a := range f.agents {
		a.process.noPanic()
	}
	f.server.noPanic()
}

// tellOf logs what the agents of a region said about the time of the runs that
// are missing, and the server with them.
func (f *faulty) tellOf(region string, beyond []missingRun) {
	var from, until time.Time
	for _, m := range beyond {
		if m.region != region {
			continue
		}
		if from.IsZero() || m.at.Before(from) {
			from = m.at
		}
		if m.at.After(until) {
			until = m.at
		}
	}
	if from.IsZero() {
		return
	}
	from, until = from.Add(-3*faultyEvery), until.Add(2*faultyEvery)
	processes := slices.Clone(f.servers)
	for _, a := range f.agents {
		if a.region == region {
			processes = append(processes, a.past...)
		}
	}
	for _, p := range processes {
		for line := range strings.Lines(p.out.String()) {
			var said struct{ Time time.Time }
			if json.Unmarshal([]byte(line), &said) == nil && said.Time.After(from) && said.Time.Before(until) {
				f.t.Logf("%s: %s", p.name, strings.TrimSpace(line))
			}
		}
	}
}

type faultTally struct {
	due, within, still, stored, madeUp, asked, longest int
	beyond                                             []missingRun
}

// missingRun is one that was due and is not stored, though nothing excuses it.
type missingRun struct {
	check, region string
	at            time.Time
}

func (m missingRun) String() string {
	return fmt.Sprintf("%s in %s at %s", m.check, m.region, m.at.UTC().Format("04:05.000"))
}

// count compares what was due with what is stored, and this with what the
// target was asked.
func (f *faulty) count(db *data, begun, ended time.Time, events []event, stills []incident.Span) (tally faultTally) {
	for _, region := range faultyRegions {
		for i := range faultyChecks {
			check := fmt.Sprintf("check-%d", i)
			stored := map[int64]bool{}
			const every = int64(faultyEvery / time.Millisecond)
			offset := int64(-1)
			for _, at := range db.numbers("SELECT r.at FROM results r JOIN series s ON s.id = r.series WHERE s.check_id = ? AND s.region = ?", check, region) {
				if offset < 0 {
					offset = at % every
				}
				if at%every != offset { // no time of the schedule
					f.t.Logf("%s in %s ran at %d, which is no time of its schedule", check, region, at)
					tally.madeUp++
				}
				stored[at] = true
			}
			asked := 0 // by then: they go on
			for j, times := 0, f.target.times(); j < 2; j++ {
				asked += len(times[fmt.Sprintf("%s %s-%d", check, region, j)])
			}
			tally.stored += len(stored)
			tally.asked += asked
			if len(stored) > asked {
				f.t.Logf("%s in %s is stored %d times, and asked its target %d times", check, region, len(stored), asked)
				tally.madeUp += len(stored) - asked
			}
			row := 0 // of runs that are missing
			for at := begun.UnixMilli()/every*every + offset; at < ended.UnixMilli(); at += every {
				tally.due++
				if row++; stored[at] {
					row = 0
				}
				tally.longest = max(tally.longest, row)
				switch {
				case stored[at]:
				case excused(time.UnixMilli(at), region, events):
					tally.within++
				case stood(time.UnixMilli(at), stills):
					tally.still++
				default:
					tally.beyond = append(tally.beyond, missingRun{check, region, time.UnixMilli(at)})
				}
			}
		}
	}
	return tally
}

// watchMachine notes when this process, which only waits, was kept from running
// for so long that agents beside it may have been as well: a machine that stands
// still makes no runs, and no agent can help it. What it gives ends it.
func watchMachine(t *testing.T) func() []incident.Span {
	t.Helper()
	var stills []incident.Span
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for last := time.Now(); ; {
			select {
			case <-done:
				return
			case <-time.After(50 * time.Millisecond):
			}
			now := time.Now()
			if now.Sub(last) > faultyEvery/2 {
				stills = append(stills, incident.Span{From: last, Until: now})
			}
			last = now
		}
	}()
	end := sync.OnceFunc(func() { close(done); <-ended })
	t.Cleanup(end)
	return func() []incident.Span { end(); return stills }
}

// stood says whether a run was due while the machine stood still, or so shortly
// before that it could not be made.
func stood(at time.Time, stills []incident.Span) bool {
	return slices.ContainsFunc(stills, func(s incident.Span) bool {
		return at.After(s.From.Add(-faultyEvery)) && at.Before(s.Until.Add(faultyEvery))
	})
}

// excused says whether a run may be missing: within the lease after a fault
// that cost an agent, and within those of what happened in them.
func excused(at time.Time, region string, events []event) bool {
	const slack = faultyEvery
	var until time.Time
	for _, e := range events {
		if e.region != "" && e.region != region {
			continue
		}
		if at.Before(e.at.Add(-e.skips - slack)) {
			continue
		}
		if e.hurts || e.at.Before(until) {
			until = e.at.Add(faultyLease + e.skips + slack)
		}
	}
	return at.Before(until)
}
