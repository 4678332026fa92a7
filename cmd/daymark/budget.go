package main

import (
	"context"
	"fmt"
	"time"

	"daymark/internal/civil"
	"daymark/notify"
)

// smsBudget counts the segments of a day of the page against
// notify.sms.daily_budget.
type smsBudget struct {
	app  *app
	most int
}

// staffMore is how much of the budget alerts of staff may take, in percent: the
// public's messages never use up what wakes the people who end an outage.
const staffMore = 120

// Spend implements sms.Budget. The first refusal of a day is told to staff, by
// other channels.
func (b *smsBudget) Spend(ctx context.Context, segments int, staff bool) (wait time.Duration, ok bool, err error) {
	now := b.app.now()
	day, next := b.day(now)
	most := b.most
	if staff {
		most = most * staffMore / 100
	}
	ok, err = b.app.store.SpendSMS(ctx, day, segments, most)
	if err != nil || ok {
		return 0, ok, err
	}
	id, what := "sms-budget-"+day, "Text messages to subscribers are not sent any more today; alerts of staff are, up to a fifth more."
	if staff {
		id, what = "sms-budget-staff-"+day, "Not even alerts of staff are sent by text message any more today. They still go by email and by phone."
	}
	notice := notify.Notice{
		Title: fmt.Sprintf("The day's budget of %d segments of text messages is spent", b.most), Key: id,
		Text: what + "\n\nThe next day begins at " + next.Format("15:04 on 2 January") + ". The budget is notify.sms.daily_budget.",
	}
	if err := b.app.store.QueueNotices(ctx, b.app.staff.Trouble(notify.RunbookBudget, id, notice, now), now); err != nil {
		return 0, false, err
	}
	b.app.sender.Wake()
	return next.Sub(now), false, nil
}

// Refund implements sms.Budget.
func (b *smsBudget) Refund(ctx context.Context, segments int, counted time.Time) error {
	day, _ := b.day(counted)
	_, err := b.app.store.SpendSMS(ctx, day, -segments, b.most*staffMore)
	return err
}

// day names the day of the page, and says when the next one begins.
func (b *smsBudget) day(now time.Time) (name string, next time.Time) {
	now = now.In(b.app.zone)
	return now.Format(time.DateOnly), civil.Plus(now, 1)
}
