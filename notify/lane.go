package notify

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"daymark/internal/pause"
)

// lane is one channel's way from claim to settlement. All but carry runs in
// the goroutine of run, so nothing here is locked.
type lane struct {
	opts    *SenderOptions
	channel Channel
	asks    bool // its provider can be asked
	workers int
	log     *slog.Logger
	wake    chan struct{}
	work    chan job    // what was claimed and no worker has begun
	done    chan result // holds all that was claimed, so that no worker waits

	busy      int // claimed and not noted
	ahead     ahead
	unsettled []Outcome
	breaker   breaker
	tells     chan ChannelTrouble  // what people have to know of the breaker
	doubts    map[string]time.Time // since when a delivery's fate is not known
	troubled  bool                 // the outbox failed and it was said
}

// result is what became of one claimed delivery, and what it says of the
// remote.
type result struct {
	outcome    Outcome
	remote     bool // the remote failed
	apart      bool // the remote was left alone, and had no part in it
	retryAfter time.Duration
}

// mostDoubts bounds the memory for doubts; forgetting one only makes the
// question about it last longer.
const mostDoubts = 10_000

// unbegun is why a delivery that was claimed comes back.
const unbegun = "the server ended before it was sent"

func newLane(opts *SenderOptions, l Lane) *lane {
	log := opts.Logger.With("channel", l.Channel.Name())
	_, asks := l.Channel.(Asker)
	return &lane{
		opts: opts, channel: l.Channel, asks: asks, workers: l.Workers, log: log,
		wake: make(chan struct{}, 1), work: make(chan job, l.Workers+mostAhead), done: make(chan result, l.Workers+mostAhead),
		breaker: newBreaker(opts, l.Channel.Name(), log), tells: make(chan ChannelTrouble, 1), doubts: map[string]time.Time{},
	}
}

func (l *lane) run(ctx context.Context) {
	// Sends outlive ctx, by Grace at most.
	sending, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	workers := l.hire(sending)
	var telling sync.WaitGroup
	telling.Go(func() { l.opts.herald(ctx, l.tells) })
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		timer.Reset(l.step(ctx))
		select {
		case <-ctx.Done():
		case <-l.wake:
		case <-timer.C:
		case r := <-l.done:
			l.note(r)
		}
	}
	l.finish(ctx, cut)
	close(l.work)
	workers.Wait()
	close(l.tells)
	telling.Wait()
}

// hire starts the workers. They end when work is closed.
func (l *lane) hire(sending context.Context) *sync.WaitGroup {
	var workers sync.WaitGroup
	for range l.workers {
		workers.Go(func() {
			for j := range l.work {
				l.done <- l.carry(sending, j.delivery, j.doubt)
			}
		})
	}
	return &workers
}

// job is a claimed delivery for a worker; doubt: since when its fate is not
// known.
type job struct {
	delivery *Delivery
	doubt    time.Time
}

// step settles what has ended and starts what is due and may start. It returns
// how long nothing more is to be done unless something ends or Wake is called.
func (l *lane) step(ctx context.Context) time.Duration {
	l.gather()
	l.breaker.tell(l.opts.Now(), l.tells)
	if !l.settle(ctx) {
		return l.opts.Poll
	}
	now := l.opts.Now()
	free, wait := l.breaker.allows(now, l.workers-l.busy, l.busy)
	extra := l.ahead.most(now)
	if len(l.work) > 2*extra+l.workers {
		l.recall("the channel became slower, and something worse may go first")
		return 0 // settles it, and looks again
	}
	if extra > 0 && free == l.workers-l.busy {
		if free += extra; free < (extra+1)/2 {
			free = 0 // worth no commit yet
		}
	}
	if free <= 0 {
		return max(min(wait, l.opts.TroubleAfter/4), l.opts.Poll) // a remote may want to be left alone for long
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
			l.putBack(&claimed[i], now, unbegun)
			continue
		}
		l.start(&claimed[i])
	}
	return l.opts.Poll
}

// start leaves a delivery to the workers.
func (l *lane) start(d *Delivery) {
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
	l.work <- job{d, doubt} // it holds all that is claimed
}

// recall puts back what no worker has begun.
func (l *lane) recall(reason string) {
	now := l.opts.Now()
	for {
		select {
		case j := <-l.work:
			l.busy--
			l.putBack(j.delivery, now, reason)
		default:
			return
		}
	}
}

// putBack returns a delivery that was claimed and never begun.
func (l *lane) putBack(d *Delivery, now time.Time, reason string) {
	back := Outcome{ID: d.ID, To: Retry, Due: now, Reason: reason}
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
	now := l.opts.Now()
	if !r.apart && r.outcome.To != Suppressed && (r.outcome.To != Dead || r.outcome.Called) { // otherwise the remote had no part in it
		l.breaker.note(now, r.remote, r.outcome.Reason)
	}
	if r.remote && r.retryAfter > 0 {
		l.breaker.hold(now.Add(min(r.retryAfter, l.opts.RetryMost)))
	}
	l.unsettled = append(l.unsettled, r.outcome)
	if r.remote {
		l.ahead = ahead{}
		l.recall("the channel was paused before it was sent")
	} else if !l.asks && !r.apart {
		l.ahead.count++
	}
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
	l.recall(unbegun)
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
