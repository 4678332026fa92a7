package sms

import (
	"context"
	"fmt"
	"time"

	"daymark/notify"
)

// Budget bounds what a day may cost.
type Budget interface {
	// Spend counts segments before they are sent. Where the day has none left,
	// ok is false, and wait is how long it lasts.
	Spend(ctx context.Context, segments int, staff bool) (wait time.Duration, ok bool, err error)
	// Refund gives back segments that were not sent to the day when they were
	// counted.
	Refund(ctx context.Context, segments int, counted time.Time) error
}

// afford counts a message against the day's budget. Where that fails, nothing
// is sent: it fails closed.
func (c *Channel) afford(ctx context.Context, m *notify.Message, segments int) (refused *notify.Sent) {
	if c.opts.Budget == nil {
		return nil
	}
	wait, ok, err := c.opts.Budget.Spend(ctx, segments, m.Audience == notify.Staff)
	switch {
	case err != nil:
		return &notify.Sent{Class: notify.NotNow, Reason: notify.Brief("the day's budget cannot be read: " + err.Error())}
	case !ok:
		return &notify.Sent{Class: notify.NotNow, Reason: "the day's budget of text messages is spent", RetryAfter: wait}
	}
	return nil
}

// giveBack takes out of the budget what certainly was not sent. What cannot be
// given back is only missing from that day.
func (c *Channel) giveBack(ctx context.Context, sent *notify.Sent, segments int, counted time.Time) {
	if c.opts.Budget == nil || sent.Class != notify.NotNow && sent.Class != notify.Refused {
		return
	}
	if err := c.opts.Budget.Refund(context.WithoutCancel(ctx), segments, counted); err != nil {
		sent.Reason = notify.Brief(fmt.Sprintf("%s (its %d segments stay counted: %v)", sent.Reason, segments, err))
	}
}
