package notify

import (
	"log/slog"
	"time"
)

// breaker pauses a channel whose remote fails altogether, so that a thousand
// deliveries do not each find out for themselves. After the pause one send
// tries; the others follow when it worked.
type breaker struct {
	opts     *SenderOptions
	channel  string
	log      *slog.Logger
	failures int // in a row
	open     bool
	until    time.Time
	since    time.Time       // it was opened
	reason   string          // of the last failure
	told     *ChannelTrouble // nil: nobody was told that it is open
}

// newBreaker returns one that is open where people know of the channel's trouble
// already: one send tries, and another failure pauses the channel as before.
func newBreaker(opts *SenderOptions, channel string, log *slog.Logger) breaker {
	b := breaker{opts: opts, channel: channel, log: log}
	for i := range opts.Troubled {
		if t := &opts.Troubled[i]; t.Channel == channel {
			b.open, b.since, b.reason, b.told, b.failures = true, t.Since, t.Reason, t, opts.Failures-1
		}
	}
	return b
}

// allows says how many of the free workers may start now; where none may, how
// long that lasts at least.
func (b *breaker) allows(now time.Time, free, busy int) (int, time.Duration) {
	switch {
	case now.Before(b.until):
		return 0, b.until.Sub(now)
	case b.open && busy > 0:
		return 0, 0 // the one that tries is under way
	case b.open:
		return 1, 0
	}
	return free, 0
}

// note takes in how a call went. One line is logged when the channel is paused
// and one when it works again.
func (b *breaker) note(now time.Time, failed bool, reason string) {
	if !failed {
		if b.open {
			b.log.Info("the channel works again")
		}
		b.failures, b.open = 0, false
		return
	}
	b.failures, b.reason = b.failures+1, reason
	if b.failures < b.opts.Failures || now.Before(b.until) {
		return
	}
	if !b.open {
		b.log.Warn("the channel is paused: its remote fails; one message tries every half minute or so, the others wait",
			"failures", b.failures, "reason", reason)
		b.since = now
	}
	b.open = true
	spread := b.opts.PauseMost - b.opts.PauseLeast
	b.until = now.Add(b.opts.PauseLeast + time.Duration(b.opts.Random()*float64(spread)))
}

// tell offers what people have to know and do not yet: that the channel fails
// for long, and the end of that. Where it is not taken, it is offered again.
func (b *breaker) tell(now time.Time, to chan<- ChannelTrouble) {
	trouble := ChannelTrouble{Channel: b.channel, Since: b.since, Reason: b.reason}
	switch {
	case b.opts.Trouble == nil:
		return
	case b.told == nil && b.open && now.Sub(b.since) >= b.opts.TroubleAfter:
	case b.told != nil && (!b.open || !b.told.Since.Equal(b.since)): // it worked meanwhile, at least once
		trouble = ChannelTrouble{Channel: b.channel, Since: b.told.Since, Over: true}
	default:
		return
	}
	select {
	case to <- trouble:
		if b.told = &trouble; trouble.Over {
			b.told = nil
		}
	default: // an earlier one is being told
	}
}

// hold leaves the remote alone until a time.
func (b *breaker) hold(until time.Time) {
	if until.After(b.until) {
		b.until = until
	}
}
