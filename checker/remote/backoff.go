package remote

import (
	"context"
	"math/rand/v2"
	"time"

	"daymark/internal/pause"
)

// backoff is the pauses between tries: each twice the one before, up to most,
// with up to a half taken off at random, so that many agents do not come back
// at the same moment.
type backoff struct {
	least, most time.Duration
	next        time.Duration
}

// wait pauses; it is false when ctx ended first.
func (b *backoff) wait(ctx context.Context) bool {
	b.next = min(max(b.next, b.least), b.most)
	d := b.next - time.Duration(rand.Int64N(int64(b.next)/2+1)) //nolint:gosec // no secret
	b.next *= 2
	return pause.For(ctx, d) == nil
}

// reset makes the next pause the shortest again.
func (b *backoff) reset() { b.next = 0 }
