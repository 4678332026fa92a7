package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// CanaryBook keeps the flights. Each call is one transaction.
type CanaryBook interface {
	// Flight gives the latest flight on a channel; the zero Flight where none was.
	Flight(ctx context.Context, channel string) (Flight, error)
	// Arrived gives when a delivery came into one of these states; zero where it
	// has not.
	Arrived(ctx context.Context, delivery string, states []State) (time.Time, error)
	// KeepFlight keeps a flight, and queues what is to be sent with it.
	KeepFlight(ctx context.Context, channel string, f Flight, deliveries []Delivery, now time.Time) error
}

// CanariesOptions sets up Canaries. All but Arrival, Watched, Wake and
// Logger is required.
type CanariesOptions struct {
	Canary Canary
	Book   CanaryBook
	Staff  *Staffing
	Notice func(now time.Time) *Notice // what is sent
	// Arrival gives the address at which we hear of an email's arrival ourselves,
	// by its delivery; nil: Canary.Email is elsewhere, where nobody sees it.
	Arrival func(delivery string) string
	Watched time.Time // since when arrivals can be seen; zero: always
	Now     func() time.Time
	Wake    func() // the sender; may be nil
	Logger  *slog.Logger
}

// Canaries sends a message to an address and a number of our own at an
// interval, and tells a channel of staff when none arrives in time.
//
// An email to an address of our own has arrived when our listener has it; one
// to an address elsewhere counts as arrived when the mail server has taken it
// and it does not come back. A text message has arrived when Twilio says that
// it was delivered.
type Canaries struct{ opts CanariesOptions }

// NewCanaries returns Canaries that do nothing before Run.
func NewCanaries(opts CanariesOptions) (*Canaries, error) {
	if opts.Book == nil || opts.Staff == nil || opts.Notice == nil || opts.Now == nil {
		return nil, errors.New("canary: Book, Staff, Notice and Now are required")
	}
	orElse(&opts.Canary.Every, DefaultCanaryEvery)
	orElse(&opts.Canary.Within, DefaultCanaryWithin)
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	return &Canaries{opts}, nil
}

// SeesCanary says whether the canary's email goes to our own listener, which
// sees it arrive.
func (e *Email) SeesCanary(c Canary) bool {
	return e.Bounces.Listen != "" && e.Bounces.Address != "" && strings.EqualFold(c.Email, e.Bounces.Address)
}

// canaryEvery is how often Run looks.
const canaryEvery = time.Second

// Run looks for what is due until ctx ends. A book that fails is tried again.
func (c *Canaries) Run(ctx context.Context) {
	ticker := time.NewTicker(canaryEvery)
	defer ticker.Stop()
	failing := false
	for {
		err := c.Tick(ctx)
		switch {
		case err != nil && ctx.Err() == nil && !failing:
			c.opts.Logger.ErrorContext(ctx, "the canary cannot be looked after; it is tried again each second", "error", err)
			failing = true
		case err == nil && failing:
			c.opts.Logger.InfoContext(ctx, "the canary is looked after again")
			failing = false
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Tick does what is due now.
func (c *Canaries) Tick(ctx context.Context) error {
	there := []State{Accepted, Delivered}
	if c.opts.Arrival != nil {
		there = []State{Delivered}
	}
	email := c.look(ctx, "email", c.opts.Canary.Email, there)
	return errors.Join(email, c.look(ctx, "sms", c.opts.Canary.Phone, []State{Delivered}))
}

func (c *Canaries) look(ctx context.Context, channel, address string, there []State) error {
	if address == "" {
		return nil
	}
	now := c.opts.Now()
	f, err := c.opts.Book.Flight(ctx, channel)
	if err != nil {
		return err
	}
	var arrived time.Time
	if !f.Sent.IsZero() && f.Arrived.IsZero() {
		if arrived, err = c.opts.Book.Arrived(ctx, f.Delivery, there); err != nil {
			return err
		}
	}
	before := f
	if channel == "email" && c.opts.Arrival == nil && !f.Arrived.IsZero() && f.Silent.IsZero() {
		// The mail server took it, and may say later that it came back.
		back, err := c.opts.Book.Arrived(ctx, f.Delivery, []State{Undelivered})
		if err != nil {
			return err
		}
		if !back.IsZero() {
			f.Arrived = time.Time{}
		}
	}
	if !arrived.IsZero() {
		c.opts.Logger.InfoContext(ctx, "a canary arrived", "channel", channel, "after", arrived.Sub(f.Sent).Round(time.Millisecond))
	}
	s := f.step(arrived, c.opts.Watched, now, c.opts.Canary.Every, c.opts.Canary.Within)
	if f == before {
		return nil
	}
	var queued []Delivery
	if s.alarm {
		queued = append(queued, c.told(&f, channel, now)...)
	}
	if s.allWell {
		queued = append(queued, c.ended(&before, channel, now)...)
	}
	if s.fly {
		f.Delivery = fmt.Sprintf("canary-%s-%d", channel, now.UnixMilli())
		if channel == "email" && c.opts.Arrival != nil {
			address = c.opts.Arrival(f.Delivery)
		}
		queued = append(queued, Delivery{
			ID: f.Delivery, Channel: channel, Audience: Staff, Created: now, Expires: now.Add(c.opts.Canary.Every),
			Subscriber: Subscriber{Channel: channel, Address: address, Name: "canary"}, Notice: c.opts.Notice(now),
		})
	}
	if err := c.opts.Book.KeepFlight(ctx, channel, f, queued, now); err != nil {
		return err
	}
	if len(queued) > 0 && c.opts.Wake != nil {
		c.opts.Wake()
	}
	return nil
}

var canaryNames = map[string]string{"email": "email", "sms": "text message"}

// told raises the alarm of a silence, whose beginning names it.
func (c *Canaries) told(f *Flight, channel string, now time.Time) []Delivery {
	c.opts.Logger.Warn("a canary did not arrive in time", "channel", channel, "sent", f.Sent)
	return c.alarm(fmt.Sprintf("canary-%s-silent-%d", channel, f.Silent.UnixMilli()), Notice{
		Title: fmt.Sprintf("No %s arrives: the canary has not come in %s", canaryNames[channel], lasting(max(time.Minute, c.opts.Canary.Within))),
		Text: fmt.Sprintf("Daymark sent %s to itself, which should have arrived within %s. Subscribers may hear nothing by this channel. `daymark notify test --channel %s` tries it.",
			map[string]string{"email": "an email", "sms": "a text message"}[channel], lasting(max(time.Minute, c.opts.Canary.Within)), channel),
		Key: "canary-" + channel,
	}, now)
}

func (c *Canaries) ended(f *Flight, channel string, now time.Time) []Delivery {
	c.opts.Logger.Info("canaries arrive again", "channel", channel)
	return c.alarm(fmt.Sprintf("canary-%s-again-%d", channel, f.Silent.UnixMilli()), Notice{
		Title: fmt.Sprintf("Each %s arrives again, after %s", canaryNames[channel], lasting(max(time.Minute, now.Sub(f.Silent)))),
		Key:   "canary-" + channel, Over: true,
	}, now)
}

// alarm goes to the channel that the configuration names, else to all.
func (c *Canaries) alarm(id string, n Notice, now time.Time) []Delivery {
	if all := c.opts.Staff.TroubleOn(RunbookCanary, c.opts.Canary.Alarm, id, n, now); len(all) > 0 {
		return all
	}
	return c.opts.Staff.Trouble(RunbookCanary, id, n, now)
}
