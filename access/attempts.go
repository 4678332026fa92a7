package access

import (
	"sync"
	"time"

	"daymark/internal/limit"
)

// Attempts counts wrong passwords and codes. It slows down who guesses and
// never who is guessed at: a browser that its person has signed in with before
// has counts of its own, and everybody else is counted by the network that
// they come from. It is safe for concurrent use.
type Attempts struct {
	mu   sync.Mutex
	free *limit.Counts[count]
	// known are those of browsers that are known, by device: however many guess
	// elsewhere, these find room.
	known *limit.Counts[count]
}

// count is what is counted together. Its parts stand apart, so that nobody
// types what is another's.
type count struct{ step, device, person, network string }

// Try is one attempt to sign in.
type Try struct {
	Step    string // what is tried: the password or the code
	Person  string // whose it is to be; as typed
	Network string // that it comes from
	Known   bool   // from a browser that the person has signed in with before
	Device  string // which; empty where it is not known
}

// What is tried.
const (
	TryPassword = "password"
	TryCode     = "code"
)

// counts are those of an attempt, each with its rate.
func (t *Try) counts() map[count]limit.Rate {
	if t.Known {
		return map[count]limit.Rate{{device: t.Device}: {AtOnce: 10, Every: 30 * time.Second}}
	}
	everywhere := limit.Rate{AtOnce: 200, Every: 30 * time.Second}
	if t.Step == TryCode {
		everywhere = limit.Rate{AtOnce: 50, Every: 5 * time.Minute} // who is here has the password
	}
	return map[count]limit.Rate{
		{network: t.Network}: {AtOnce: 30, Every: 6 * time.Second},
		{step: t.Step, person: t.Person, network: t.Network}: {AtOnce: 5, Every: 30 * time.Second},
		{step: t.Step, person: t.Person}:                     everywhere,
	}
}

// mostCounts bounds the memory.
const mostCounts = 20_000

// NewAttempts makes it.
func NewAttempts() *Attempts {
	return &Attempts{free: limit.New(mostCounts, count{}), known: limit.New(mostCounts, count{})}
}

// kept gives where the counts of an attempt are.
func (a *Attempts) kept(t *Try) *limit.Counts[count] {
	if t.Known {
		return a.known
	}
	return a.free
}

// Begin counts an attempt before it is looked at, so that many at once are not
// looked at together; the right one is taken back by Right.
func (a *Attempts) Begin(t Try, now time.Time) (wait time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	kept, counts := a.kept(&t), t.counts()
	for key, r := range counts {
		wait = max(wait, kept.Wait(key, r, now))
	}
	if wait > 0 {
		return wait
	}
	for key, r := range counts {
		kept.Add(key, r, now)
	}
	return 0
}

// Right takes back what Begin counted.
func (a *Attempts) Right(t Try) {
	a.mu.Lock()
	defer a.mu.Unlock()
	kept := a.kept(&t)
	for key, r := range t.counts() {
		kept.Undo(key, r)
	}
}
