package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"
)

// SenderOptions sets up a Sender. Outbox, Lanes and Render are required.
type SenderOptions struct {
	Outbox Outbox
	Lanes  []Lane // one a channel
	// Render writes a delivery as its channel sends it; it is called at each
	// attempt, from several goroutines.
	Render func(Delivery) (Message, error)

	Logger *slog.Logger     // default: nobody
	Now    func() time.Time // default: time.Now
	Poll   time.Duration    // how often the outbox is looked at without Wake; 1 s

	AskFor   time.Duration // nothing found for so long means not taken; 2 min
	AskEvery time.Duration // between two questions about one message; 10 s

	RetryFirst time.Duration // the greatest wait after the first failure, doubled at each; 5 s
	RetryMost  time.Duration // the greatest wait ever; 5 min

	Failures   int           // of the remote in a row that pause its channel; 5
	PauseLeast time.Duration // 10 s
	PauseMost  time.Duration // 30 s

	// Trouble is told once when a channel has been paused for TroubleAfter, and
	// once more when it works again; nil: nobody is told. It delays no message,
	// and what it cannot tell it is told again.
	Trouble      func(context.Context, ChannelTrouble) error
	TroubleAfter time.Duration // 2 min
	// Troubled are the troubles that an earlier process told, and not the end
	// of: that is told when the channel works again.
	Troubled []ChannelTrouble

	Grace time.Duration // how long sends under way may take once Run has been told to end; 10 s
	// Random gives numbers from 0 up to 1 for jitter; default: math/rand/v2.
	Random func() float64
}

// Lane is a channel with the number of its sends that may run at once.
type Lane struct {
	Channel Channel
	Workers int // 4 when 0
}

const (
	defaultWorkers = 4
	outboxTimeout  = 15 * time.Second // for one call of the outbox
)

func orElse[T comparable](value *T, fallback T) {
	var zero T
	if *value == zero {
		*value = fallback
	}
}

func (o *SenderOptions) setDefaults() {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	orElse(&o.Poll, time.Second)
	orElse(&o.AskFor, 2*time.Minute)
	orElse(&o.AskEvery, 10*time.Second)
	orElse(&o.RetryFirst, 5*time.Second)
	orElse(&o.RetryMost, 5*time.Minute)
	orElse(&o.Failures, 5)
	orElse(&o.PauseLeast, 10*time.Second)
	orElse(&o.PauseMost, 30*time.Second)
	orElse(&o.TroubleAfter, 2*time.Minute)
	orElse(&o.Grace, 10*time.Second)
}

func (o *SenderOptions) validate() error {
	if o.Outbox == nil || o.Render == nil {
		return errors.New("sender: Outbox and Render are required")
	}
	if o.PauseMost < o.PauseLeast || o.RetryMost < o.RetryFirst {
		return errors.New("sender: the greatest wait is less than the least")
	}
	known := map[string]bool{}
	for _, l := range o.Lanes {
		if l.Channel == nil || l.Workers < 0 {
			return errors.New("sender: a lane needs a channel and may not have a negative number of workers")
		}
		if name := l.Channel.Name(); known[name] {
			return fmt.Errorf("sender: two lanes for channel %s", name)
		}
		known[l.Channel.Name()] = true
	}
	return nil
}
