package limit

import (
	"sync"
	"time"
)

// mostNoted bounds the memory of a Minutely.
const mostNoted = 10_000

// Minutely says what is due at most once a minute, by whatever it is counted
// by. It is safe for concurrent use; its zero value works.
type Minutely struct {
	mu    sync.Mutex
	noted map[string]time.Time
}

// Due says whether something is due, and that it is done then, however it goes.
func (m *Minutely) Due(what string, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now.Sub(m.noted[what]) < time.Minute {
		return false
	}
	if m.noted == nil || len(m.noted) >= mostNoted {
		m.noted = map[string]time.Time{}
	}
	m.noted[what] = now
	return true
}
