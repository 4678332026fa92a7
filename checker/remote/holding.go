package remote

import (
	"sync"
	"time"
)

// holding is an agent's side of sharing: by what it knows which runs are its
// own. With a lease that has lapsed it knows nothing of the others any more,
// and then all runs are its own: one that two have made is stored once, one
// that nobody has made is lost. It is safe for concurrent use.
type holding struct {
	now func() time.Time

	mu    sync.Mutex
	lease time.Duration // how long a word of the server lasts
	began time.Time
	alone bool   // nothing has to be waited for: the server shares nothing, or cannot be reached
	share *Share // nil: none was told
	me    string // in the share
	word  time.Time
}

func newHolding(now func() time.Time, lease time.Duration) *holding {
	return &holding{now: now, lease: lease, began: now()}
}

// mine says whether a run is this agent's.
func (h *holding) mine(check string, at time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.now()
	if h.share == nil {
		// In the first moments a share may be on its way.
		return h.alone || now.Sub(h.began) > h.lease
	}
	return now.Sub(h.word) > h.lease || h.share.Owner(check, at) == h.me
}

// take goes by another share from now on.
func (h *holding) take(share *Share, me string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.share, h.me, h.word, h.alone = share, me, h.now(), false
}

// hear renews the lease: what the server told last still holds.
func (h *holding) hear() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.share != nil {
		h.word = h.now()
	}
}

// lasts is told by the server with its plan; 0: it shares nothing.
func (h *holding) lasts(lease time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if lease > 0 {
		h.lease = lease
		return
	}
	h.share, h.alone = nil, true
}

// miss notes that the server cannot be reached: a start need not wait for it.
func (h *holding) miss() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.alone = true
}

// held gives the share that has not lapsed, and who the agent is in it; nil:
// there is none.
func (h *holding) held() (share *Share, me string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.share == nil || h.now().Sub(h.word) > h.lease {
		return nil, ""
	}
	return h.share, h.me
}
