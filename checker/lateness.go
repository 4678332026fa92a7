package checker

import (
	"math/bits"
	"sync"
	"time"
)

// Lateness is how long after their times the runs of the last minutes have
// begun.
type Lateness struct {
	Runs          int
	P50, P99, Max time.Duration
	Missed        int // runs that were left out since the agent began, because the next was due
}

// lateWindow is how long a lateness is remembered at least; twice that at most.
const lateWindow = 5 * time.Minute

// latenesses counts by size, in steps of an eighth of a power of two of
// microseconds. It is safe for concurrent use; the zero value is empty.
type latenesses struct {
	mu          sync.Mutex
	now, before tally
}

type tally struct {
	runs  int
	most  time.Duration
	sizes [320]int
}

func (l *latenesses) add(late time.Duration) {
	late = max(late, 0)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now.runs++
	l.now.most = max(l.now.most, late)
	l.now.sizes[sizeOf(late)]++
}

// turn forgets what is older than a window.
func (l *latenesses) turn() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.before, l.now = l.now, tally{}
}

func (l *latenesses) tell() Lateness {
	l.mu.Lock()
	both := l.now
	both.runs += l.before.runs
	both.most = max(both.most, l.before.most)
	for i, n := range l.before.sizes {
		both.sizes[i] += n
	}
	l.mu.Unlock()
	return Lateness{Runs: both.runs, P50: both.share(0.5), P99: both.share(0.99), Max: both.most}
}

// share gives the lateness that such a share of the runs does not exceed.
func (t *tally) share(part float64) time.Duration {
	seen, want := 0, part*float64(t.runs)
	for i, n := range t.sizes {
		if seen += n; n > 0 && float64(seen) >= want {
			return min(mostOf(i), t.most)
		}
	}
	return t.most
}

// sizeOf gives the step of a lateness, and mostOf what a step holds at most.
func sizeOf(late time.Duration) int {
	us := uint64(late.Microseconds()) //nolint:gosec // it is not negative
	if us < 8 {
		return int(us) //nolint:gosec // below 8
	}
	power := bits.Len64(us) - 4
	return min((power+1)*8+int(us>>power)-8, len(tally{}.sizes)-1) //nolint:gosec // below 16
}

func mostOf(size int) time.Duration {
	if size < 8 {
		return time.Duration(size+1) * time.Microsecond
	}
	power := size/8 - 1
	return time.Duration((size%8+9)<<power) * time.Microsecond
}
