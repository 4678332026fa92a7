package main

import (
	"strconv"
	"sync"
	"time"

	"daymark/internal/limit"
	"daymark/internal/web"
)

// Limits of wrong tokens.
const (
	failsAtOnce = 20              // wrong ones of one address, before it is slowed down …
	failsEvery  = 6 * time.Second // … to one in this time
	failsFrom   = 10_000          // addresses that are remembered; more share one count
)

var failRate = limit.Rate{AtOnce: failsAtOnce, Every: failsEvery}

// failLimit slows down an address that wrong tokens come from. Whoever has a
// good token passes all the same, from behind the same proxy too: only what is
// unknown has to wait, for its turn to be looked up.
type failLimit struct {
	mu    sync.Mutex
	free  *limit.Counts[string] // by address
	known map[string]bool       // hashes of tokens that were accepted
	turn  chan struct{}         // one look-up at a time for all that are slowed down
}

func newFailLimit() *failLimit {
	return &failLimit{free: limit.New(failsFrom, web.UnknownAddress), known: map[string]bool{}, turn: make(chan struct{}, 1)}
}

// knows notes a token that was accepted; there are never more than tokens.
func (l *failLimit) knows(hash string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.known[hash] = true
}

// enter says how long to wait before a token of an address is looked up; with
// 0 it may be looked up, and leave is called afterwards.
func (l *failLimit) enter(address, hash string, now time.Time) (leave func(), wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if wait = l.free.Wait(address, failRate, now); wait == 0 || l.known[hash] {
		return func() {}, 0
	}
	select {
	case l.turn <- struct{}{}:
		return func() { <-l.turn }, 0
	default:
		return nil, wait
	}
}

// fail counts a wrong token; wait is how long its address has to wait, and
// first says that it did not have to before.
func (l *failLimit) fail(address string, now time.Time) (wait time.Duration, first bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if wait = l.free.Wait(address, failRate, now); wait > 0 {
		return wait, false
	}
	l.free.Add(address, failRate, now)
	return 0, l.free.Wait(address, failRate, now) > 0
}

// seconds writes a time to wait for Retry-After.
func seconds(wait time.Duration) string {
	return strconv.Itoa(int((wait + time.Second - 1) / time.Second))
}
