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
	free map[string]time.Time // by key: when its count is at nothing again
}

// rate is how many wrong ones are taken at once, and how often one after that.
type rate struct {
	atOnce int
	every  time.Duration
}

// Try is one attempt to sign in.
type Try struct {
	Person  string // whose password or code it is to be; as typed
	Network string // that it comes from
	Known   bool   // from a browser that the person has signed in with before
	Device  string // which; empty where it is not known
}

// counts are the keys of an attempt, each with its rate.
func (t *Try) counts() map[string]rate {
	if t.Known {
		return map[string]rate{"device " + t.Device: {10, 30 * time.Second}}
	}
	return map[string]rate{
		"network " + t.Network:                      {30, 6 * time.Second},
		"person " + t.Person + " from " + t.Network: {5, 30 * time.Second},
		"person " + t.Person:                        {200, 30 * time.Second},
	}
}

// mostCounts bounds the memory: counts that are at nothing leave first, and
// what does not fit shares one.
const (
	mostCounts = 20_000
	otherCount = "others"
)

// NewAttempts makes it.
func NewAttempts() *Attempts { return &Attempts{free: map[string]time.Time{}} }

func (a *Attempts) wait(key string, r rate, now time.Time) time.Duration {
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
func (a *Attempts) fit(key string) string {
	if _, there := a.free[key]; !there && len(a.free) >= mostCounts {
		return otherCount
	}
	return key
}
