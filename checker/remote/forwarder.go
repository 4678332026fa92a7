package remote

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"daymark/checker"
)

// ForwarderOptions is what a Forwarder is made of.
type ForwarderOptions struct {
	Spool *Spool
	// Deliver gives results to the other side. nil means that all were taken
	// for good but for those rejected, which never will be; an error means
	// that none may have been, and all are given again.
	Deliver func(ctx context.Context, results []checker.Result) (rejected []checker.Rejection, err error)
	// Pause is how long the other side wants to be spared old results; nil: it
	// says nothing of that.
	Pause  func() time.Duration
	Batch  int              // results at most in one Deliver; default: 500
	Hold   int              // results at most kept in memory while the disk takes none; default: 10,000
	Least  time.Duration    // the first pause after an error; default: 100 ms
	Most   time.Duration    // the longest; default: 30 s
	Logger *slog.Logger     // default: slog.Default()
	Now    func() time.Time // default: time.Now
}

// Defaults of ForwarderOptions.
const (
	DefaultBatch      = 500
	DefaultHold       = 10_000
	DefaultLeastPause = 100 * time.Millisecond
	DefaultMostPause  = 30 * time.Second
)

// maxHoldBytes bounds the evidence that is kept in memory.
const maxHoldBytes = 64_000_000

func (o *ForwarderOptions) setDefaults() {
	if o.Batch == 0 {
		o.Batch = DefaultBatch
	}
	if o.Hold == 0 {
		o.Hold = DefaultHold
	}
	if o.Least == 0 {
		o.Least = DefaultLeastPause
	}
	if o.Most == 0 {
		o.Most = DefaultMostPause
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Pause == nil {
		o.Pause = func() time.Duration { return 0 }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
}

func (o *ForwarderOptions) validate() error {
	switch {
	case o.Spool == nil:
		return errors.New("new forwarder: a Spool is needed")
	case o.Deliver == nil:
		return errors.New("new forwarder: Deliver is needed")
	case o.Batch < 1 || o.Hold < 1 || o.Least < 1 || o.Most < o.Least:
		return errors.New("new forwarder: Batch, Hold, Least and Most have to be positive, and Most not below Least")
	}
	return nil
}

// Forwarder takes results into a spool and delivers them until the other side
// has them. When the disk takes none it keeps them in memory, delivers from
// there and puts them on the disk as soon as that is possible again.
type Forwarder struct {
	options ForwarderOptions
	hold    hold
	held    chan struct{} // holds one: something came into memory
	failing atomic.Bool   // the last write to the spool failed
	rest    time.Time     // no old results before; Run's alone
	saving  sync.Mutex    // held while what is in memory goes to the disk
}

// NewForwarder makes a Forwarder; Run makes it deliver.
func NewForwarder(options ForwarderOptions) (*Forwarder, error) {
	options.setDefaults()
	if err := options.validate(); err != nil {
		return nil, err
	}
	return &Forwarder{
		options: options,
		hold:    hold{most: options.Hold, mostBytes: maxHoldBytes},
		held:    make(chan struct{}, 1),
	}, nil
}

// Submit implements checker.Sink. nil means that the results are on disk or,
// while the disk takes none, in memory; the log says when that begins and
// ends, and how many were lost when too many came meanwhile. The error is ctx's,
// ErrSpoolClosed, or ErrTooLarge.
func (f *Forwarder) Submit(ctx context.Context, results []checker.Result) error {
	err := f.options.Spool.Submit(ctx, results)
	if err == nil {
		f.recovered()
		f.saveHeld(ctx) // Run may wait for the other side
		return nil
	}
	if ctx.Err() != nil || errors.Is(err, ErrSpoolClosed) || errors.Is(err, ErrTooLarge) {
		return err
	}
	if !f.failing.Swap(true) {
		f.options.Logger.Error("results cannot be written to disk; they are kept in memory and delivered from there", "error", err)
	}
	if lost := f.hold.add(results); lost > 0 {
		f.options.Logger.Error("the oldest results in memory are lost", "results", lost, "kept", f.hold.len())
	}
	select {
	case f.held <- struct{}{}:
	default:
	}
	return nil
}

func (f *Forwarder) recovered() {
	if f.failing.Swap(false) {
		f.options.Logger.Info("results are written to disk again")
	}
}

// Held gives the number of results that are in memory only.
func (f *Forwarder) Held() int { return f.hold.len() }

// Run delivers until ctx ends. It is called once at a time.
func (f *Forwarder) Run(ctx context.Context) error {
	pause := backoff{least: f.options.Least, most: f.options.Most}
	last := ""
	for ctx.Err() == nil {
		f.saveHeld(ctx)
		delivered, err := f.deliverNext(ctx)
		switch {
		case err != nil && ctx.Err() != nil:
		case err != nil:
			if err.Error() != last {
				last = err.Error()
				f.options.Logger.Warn("results could not be delivered; they are tried again", "error", err)
			}
			pause.wait(ctx)
		case delivered:
			if last != "" {
				f.options.Logger.Info("results are delivered again")
			}
			last = ""
			pause.reset()
		default:
			f.wait(ctx)
		}
	}
	f.lastSave()
	return nil
}

// wait pauses until there may be something to deliver.
func (f *Forwarder) wait(ctx context.Context) {
	var rested <-chan time.Time
	if f.options.Spool.parted() {
		timer := time.NewTimer(max(f.rest.Sub(f.options.Now()), 0))
		defer timer.Stop()
		rested = timer.C
	}
	select {
	case <-f.options.Spool.ready:
	case <-f.held:
	case <-rested:
	case <-ctx.Done():
	}
}

// oldAfter is how old a result is, with others behind it, when old results are
// taken for a pile.
const oldAfter = 10 * time.Second

// deliverNext delivers the next results, of the spool and then of the memory.
// It is false when there are none at all, or none before a rest is over.
func (f *Forwarder) deliverNext(ctx context.Context) (bool, error) {
	spool := f.options.Spool
	live, err := spool.peekLive(f.options.Batch)
	if err != nil {
		return false, err
	}
	if len(live.Results) > 0 {
		if err := f.deliver(ctx, live.Results); err != nil {
			return false, err
		}
		spool.ackLive(live.Token)
		return true, nil
	}
	if delivered, err := f.deliverHeld(ctx); delivered || err != nil {
		return delivered, err
	}
	parted := spool.parted()
	if parted && f.options.Now().Before(f.rest) {
		return false, nil
	}
	batch, err := spool.peek(f.options.Batch)
	switch {
	case err != nil:
		return false, err
	case len(batch.Results) == 0 && parted:
		f.options.Logger.Info("all that had piled up is delivered")
		return true, spool.join()
	case len(batch.Results) == 0:
		return false, nil
	case !parted && f.options.Now().Sub(batch.Results[0].At) > oldAfter && spool.backlogged(batch.Token):
		f.options.Logger.Info("results have piled up; new ones go first from now on", "bytes", spool.Unacknowledged())
		spool.split()
	}
	began := f.options.Now()
	if err := f.deliver(ctx, batch.Results); err != nil {
		return false, err
	}
	ended := f.options.Now()
	f.rest = ended.Add(min(max(ended.Sub(began), f.options.Pause()), mostRest))
	return true, spool.Ack(batch.Token)
}

// mostRest bounds how long old results wait for their turn.
const mostRest = 5 * time.Second

// deliverHeld delivers what is in memory alone.
func (f *Forwarder) deliverHeld(ctx context.Context) (bool, error) {
	results, before := f.hold.peek(f.options.Batch)
	if len(results) == 0 {
		return false, nil
	}
	if err := f.deliver(ctx, results); err != nil {
		return false, err
	}
	f.hold.remove(before)
	return true, nil
}

func (f *Forwarder) deliver(ctx context.Context, results []checker.Result) error {
	rejected, err := f.options.Deliver(ctx, results)
	if err != nil {
		return err
	}
	for _, one := range rejected {
		f.options.Logger.Error("a result was rejected and is dropped", "check", one.Check, "at", one.At, "reason", one.Reason)
	}
	return nil
}

// saveHeld puts what is in memory on the disk, where that takes it now.
func (f *Forwarder) saveHeld(ctx context.Context) {
	f.saving.Lock()
	defer f.saving.Unlock()
	for {
		results, before := f.hold.peek(f.options.Batch)
		if len(results) == 0 || f.options.Spool.Submit(ctx, results) != nil { // Submit has logged why, and this is tried again
			return
		}
		f.hold.remove(before)
		f.recovered()
	}
}

// lastSave is for what would be lost with the memory when the process ends.
func (f *Forwarder) lastSave() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	f.saveHeld(ctx)
	if lost := f.hold.len(); lost > 0 {
		f.options.Logger.Error("results are lost: the disk took none until the end", "results", lost)
	}
}
