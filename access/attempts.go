package access

import (
	"sync"
	"time"
)

// Attempts counts wrong passwords and codes. It slows down who guesses and
// never who is guessed at: a browser that its person has signed in with before
// has counts of its own, and everybody else is counted by the network that
// they come from. It is safe for concurrent use.
type Attempts struct {
	mu   sync.Mutex
	free map[count]time.Time // when each is at nothing again
}

// count is what is counted together. Its parts stand apart, so that nobody
// types what is another's.
type count struct{ step, device, person, network string }

// rate is how many wrong ones are taken at once, and how often one after that.
type rate struct {
	atOnce int
	every  time.Duration
}

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
func (t *Try) counts() map[count]rate {
	if t.Known {
		return map[count]rate{{device: t.Device}: {10, 30 * time.Second}}
	}
	everywhere := rate{200, 30 * time.Second}
	if t.Step == TryCode {
		everywhere = rate{50, 5 * time.Minute} // who is here has the password
	}
	return map[count]rate{
		{network: t.Network}: {30, 6 * time.Second},
		{step: t.Step, person: t.Person, network: t.Network}: {5, 30 * time.Second},
		{step: t.Step, person: t.Person}:                     everywhere,
	}
}

// mostCounts bounds the memory: counts that are at nothing leave first, and
// what does not fit shares one. Known browsers always fit: there are as many as
// people have signed in with.
const mostCounts = 20_000

// others is the count of what does not fit.
var others = count{}

// NewAttempts makes it.
func NewAttempts() *Attempts { return &Attempts{free: map[count]time.Time{}} }

func (a *Attempts) wait(key count, r rate, now time.Time) time.Duration {
	free, counted := a.free[a.fit(key)]
	if !counted {
		return 0
	}
	wait := free.Sub(now) - time.Duration(r.atOnce-1)*r.every
	return min(max(wait, 0), time.Duration(r.atOnce)*r.every) // a clock may have been set back
}

// Begin counts an attempt before it is looked at, so that many at once are not
// looked at together; the right one is taken back by Right.
func (a *Attempts) Begin(t Try, now time.Time) (wait time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	counts := t.counts()
	for key, r := range counts {
		wait = max(wait, a.wait(key, r, now))
	}
	if wait > 0 {
		return wait
	}
	a.forget(now)
	for key, r := range counts {
		key = a.fit(key)
		full := a.free[key]
		if full.Before(now) {
			full = now
		}
		a.free[key] = full.Add(r.every)
	}
	return 0
}

// Right takes back what Begin counted.
func (a *Attempts) Right(t Try) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for key, r := range t.counts() {
		key = a.fit(key)
		if free, counted := a.free[key]; counted {
			a.free[key] = free.Add(-r.every)
		}
	}
}

// forget drops counts that are at nothing.
func (a *Attempts) forget(now time.Time) {
	if len(a.free) < mostCounts {
		return
	}
	for key, free := range a.free {
		if !free.After(now) {
			delete(a.free, key)
		}
	}
}

// fit is under which name a key is counted.
func (a *Attempts) fit(key count) count {
	if _, there := a.free[key]; !there && key.device == "" && len(a.free) >= mostCounts {
		return others
	}
	return key
}
