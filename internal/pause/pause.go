// Package pause waits, but no longer than a context lives.
//
// Use: if pause.For(ctx, time.Second) != nil, the context has ended, and
// whoever waited stops. Nothing is left behind either way.
package pause

import (
	"context"
	"time"
)

// For waits for d, or until ctx ends; the error is then ctx's. A pause of
// nothing tells as well whether ctx has ended.
func For(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() // both may be so at once
	case <-ctx.Done():
		return ctx.Err()
	}
}
