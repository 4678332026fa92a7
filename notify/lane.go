package notify

import (
	"context"
	"log/slog"
	"time"

	"daymark/internal/pause"
)

// lane is one channel's way from claim to settlement. All but carry runs in
// the goroutine of run, so nothing here is locked.
type lane struct {
	opts    *SenderOptions
	channel Channel
	workers int
	log     *slog.Logger
	wake    chan struct{}
	done    chan result // holds one a worker, so that no worker waits

	busy      int
	unsettled []Outcome
	breaker   breaker
	doubts    map[string]time.Time // since when a delivery's fate is not known
	troubled  bool                 // the outbox failed and it was said
}

// result is what became of one claimed delivery, and what it says of the
// remote.
type result struct {
	outcome    Outcome
	remote     bool // the remote failed
	retryAfter time.Duration
}

// mostDoubts bounds the memory for doubts; forgetting one only makes the
// question about it last longer.
const mostDoubts = 10_000

func newLane(opts *SenderOptions, l Lane) *lane {
	log := opts.Logger.With("channel", l.Channel.Name())
	return &lane{
		opts: opts, channel: l.Channel, workers: l.Workers, log: log,
		wake: make(chan struct{}, 1), done: make(chan result, l.Workers),
		breaker: breaker{opts: opts, log: log}, doubts: map[string]time.Time{},
	}
}

func (l *lane) run(ctx context.Context) {
	// Sends outlive ctx, by Grace at most.
	sending, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		timer.Reset(l.step(ctx, sending))
		select {
		case <-ctx.Done():
		case <-l.wake:
		case <-timer.C:
		case r := <-l.done:
			l.note(r)
		}
	}
	l.finish(ctx, cut)
}

// step settles what has ended and starts what is due and may start. It returns
// how long nothing more is to be done unless something ends or Wake is called.
func (l *lane) step(ctx, sending context.Context) time.Duration {
	l.gather()
	if !l.settle(ctx) {
		return l.opts.Poll
	}
	now := l.opts.Now()
	free, wait := l.breaker.allows(now, l.workers-l.busy, l.busy)
	if free == 0 {
		return max(wait, l.opts.Poll)
	}
	// A claim that was begun is seen to its end: cut off between its commit
	// and its answer, it would leave deliveries under way that nobody sends.
	claiming, cancel := context.WithTimeout(context.WithoutCancel(ctx), outboxTimeout)
	defer cancel()
	claimed, err := l.opts.Outbox.Claim(claiming, l.channel.Name(), free, now)
	if !l.works(err) {
		return l.opts.Poll
	}
	for i := range claimed {
		if ctx.Err() != nil {
			l.putBack(&claimed[i], now)
			continue
		}
		l.start(sending, &claimed[i])
	}
	return l.opts.Poll
}

// start sends a delivery in a goroutine of its own.
func (l *lane) start(sending context.Context, d *Delivery) {
	l.busy++
	doubt := d.Changed
	if d.State == Unknown {
		if earlier, ok := l.doubts[d.ID]; ok && earlier.Before(doubt) {
			doubt = earlier
		}
		if len(l.doubts) >= mostDoubts {
			clear(l.doubts)
		}
		l.doubts[d.ID] = doubt
	}
	go func() { l.done <- l.carry(sending, d, doubt) }()
}

// putBack returns a delivery that was claimed and never begun.
func (l *lane) putBack(d *Delivery, now time.Time) {
	back := Outcome{ID: d.ID, To: Retry, Due: now, Reason: "the server ended before it was sent"}
	if d.State == Unknown {
		back.To = Unknown
	}
	l.unsettled = append(l.unsettled, back)
}

// gather takes what has ended meanwhile, so that it is settled together.
func (l *lane) gather() {
	for {
		select {
		case r := <-l.done:
			l.note(r)
		default:
			return
		}
	}
}

func (l *lane) note(r result) {
	l.busy--
	if r.outcome.To != Unknown {
		delete(l.doubts, r.outcome.ID)
	}
	if r.outcome.To == Dead {
		l.log.Warn("a delivery was refused for good", "delivery", r.outcome.ID, "reason", r.outcome.Reason)
	}
	now := l.opts.Now()
	l.breaker.note(now, r.remote, r.outcome.Reason)
	if r.remote && r.retryAfter > 0 {
		l.breaker.hold(now.Add(min(r.retryAfter, l.opts.RetryMost)))
	}
	l.unsettled = append(l.unsettled, r.outcome)
}

// settle records what has ended. What the outbox does not take is kept and
// offered again; until then nothing new is claimed.
func (l *lane) settle(ctx context.Context) bool {
	if len(l.unsettled) == 0 {
		return true
	}
	settling, cancel := context.WithTimeout(context.WithoutCancel(ctx), outboxTimeout)
	defer cancel()
	if !l.works(l.opts.Outbox.Settle(settling, l.unsettled, l.opts.Now())) {
		return false
	}
	l.unsettled = l.unsettled[:0:0]
	return true
}

// works logs the outbox's first failure and its end, not each one between.
func (l *lane) works(err error) bool {
	switch {
	case err != nil && !l.troubled:
		l.log.Error("the outbox fails; nothing new is sent until it works", "error", err)
	case err == nil && l.troubled:
		l.log.Info("the outbox works again")
	}
	l.troubled = err != nil
	return err == nil
}

// finish waits for what is under way and records it.
func (l *lane) finish(ctx context.Context, cut context.CancelFunc) {
	grace := time.AfterFunc(l.opts.Grace, cut)
	defer grace.Stop()
	for l.busy > 0 {
		l.note(<-l.done) // a channel returns soon after the cut, by its contract
		l.gather()
		l.settle(ctx)
	}
	for tries := 0; !l.settle(ctx); tries++ {
		if tries == 3 {
			l.log.Error("what became of these deliveries could not be recorded; they are in doubt", "count", len(l.unsettled))
			return
		}
		_ = pause.For(context.WithoutCancel(ctx), l.opts.Poll) // nothing ends it
	}
}
