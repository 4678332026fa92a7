package notify

import (
	"context"
	"sync"

	"daymark/internal/pause"
)

// Sender empties the outbox through its channels, each in a lane of its own,
// so that a channel which fails slows nobody but itself.
//
// It claims a delivery only when a send can start at once, or for a fast channel
// whose provider cannot be asked within a quarter of a second, so what a kill
// leaves in doubt is little more than what was under way. A delivery in doubt is asked
// about where the provider can be asked, and sent again where it cannot.
type Sender struct {
	opts  SenderOptions
	lanes []*lane
}

// NewSender returns a Sender that does nothing before Run.
func NewSender(opts SenderOptions) (*Sender, error) {
	opts.setDefaults()
	if err := opts.validate(); err != nil {
		return nil, err
	}
	s := &Sender{opts: opts}
	for _, l := range opts.Lanes {
		orElse(&l.Workers, defaultWorkers)
		s.lanes = append(s.lanes, newLane(&s.opts, l))
	}
	return s, nil
}

// Wake says that the outbox may hold something new. It never blocks and may be
// called at any time; a call that is lost costs one Poll.
func (s *Sender) Wake() {
	for _, l := range s.lanes {
		select {
		case l.wake <- struct{}{}:
		default: // it is awake already
		}
	}
}

// Run sends until ctx ends. Then it claims nothing more, lets sends under way
// finish within Grace, cuts off those that do not, records what became of each
// and returns; nothing that it started runs on. It is called once.
func (s *Sender) Run(ctx context.Context) {
	if !s.recover(ctx) {
		return
	}
	var lanes sync.WaitGroup
	for _, l := range s.lanes {
		lanes.Go(func() { l.run(ctx) })
	}
	lanes.Wait()
}

// recover marks what an earlier process left under way, as often as it takes:
// claiming before that would take its doubts for our own sends.
func (s *Sender) recover(ctx context.Context) bool {
	for failed := 0; ctx.Err() == nil; failed++ {
		n, err := s.opts.Outbox.Recover(ctx, s.opts.Now())
		switch {
		case err == nil && n > 0:
			s.opts.Logger.Info("deliveries were under way when the last process ended", "count", n)
			return true
		case err == nil:
			return true
		case failed == 0 && ctx.Err() == nil:
			s.opts.Logger.Error("the outbox cannot be read; nothing is sent until it can", "error", err)
		}
		_ = pause.For(ctx, s.opts.Poll) // that ctx ended is seen above
	}
	return false
}
