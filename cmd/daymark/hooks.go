package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"daymark/config"
	"daymark/notify"
	"daymark/notify/hook"
	"daymark/statuspage/wire"
	"daymark/store"
)

// hooksEvery is how often it is looked whether an address fails for good.
const hooksEvery = time.Minute

// hookChannels are the channels of webhooks, chats and PagerDuty that somebody
// can be told by: a staff channel is of the kind, or readers may subscribe.
func hookChannels(doc *config.Document) []string {
	var wanted []string
	for _, name := range hook.Names() {
		ofStaff := slices.ContainsFunc(doc.Notify.Staff, func(s notify.StaffChannel) bool { return s.Kind() == name })
		if ofStaff || slices.Contains(doc.Notify.Subscriptions.Channels, name) {
			wanted = append(wanted, name)
		}
	}
	return wanted
}

// buildHooks makes the channels that post to addresses of the web.
func (a *app) buildHooks() ([]notify.Lane, error) {
	wanted := hookChannels(a.doc)
	if len(wanted) == 0 {
		return nil, nil
	}
	key, err := signingKey(a.doc.Server.Data)
	if err != nil {
		return nil, err
	}
	hooks, err := hook.New(hook.Options{
		Staff: a.doc.Notify.Staff, Key: key, Page: notify.PageInfo{Name: a.doc.Page.Name, URL: a.doc.Page.URL},
		Describe: func(ctx context.Context, c *notify.Card) (*wire.Webhook, error) {
			return a.page.Webhook(ctx, &c.Incident)
		},
	})
	if err != nil {
		return nil, err
	}
	a.onStop("close the connections to webhooks and chats", func(context.Context) error { hooks.CloseIdle(); return nil })
	var lanes []notify.Lane
	for _, name := range wanted {
		workers := 4
		if name == "webhook" {
			workers = 16 // each has a host of its own, and a dead one takes ten seconds
		}
		lanes = append(lanes, notify.Lane{Channel: hooks.Channel(name), Workers: workers})
	}
	return lanes, nil
}

// watchHooks ends the subscriptions of addresses that fail for good.
func (a *app) watchHooks(ctx context.Context) {
	tick := time.NewTicker(hooksEvery)
	defer tick.Stop()
	for {
		a.endFailingHooks(ctx, time.Now())
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (a *app) endFailingHooks(ctx context.Context, now time.Time) {
	ended, err := a.store.EndFailingHooks(ctx, now, func(f store.FailingHook) []notify.Delivery {
		return hookGivenUp(a.staff, &f, now)
	})
	if err != nil && ctx.Err() == nil {
		a.log.ErrorContext(ctx, "the subscriptions of addresses that fail could not be ended; it is tried again in a minute", "error", err)
	}
	for _, f := range ended {
		a.log.WarnContext(ctx, "a subscription ended because its address takes nothing", "subscriber", f.Subscriber, "channel", f.Channel, "since", f.First, "reason", f.Reason)
	}
	if len(ended) > 0 && a.sender != nil {
		a.sender.Wake()
	}
}

// hookGivenUp tells staff of a subscription that ended so.
func hookGivenUp(staff *notify.Staffing, f *store.FailingHook, now time.Time) []notify.Delivery {
	id := fmt.Sprintf("hook-%s-%d", f.Subscriber, f.First.UnixMilli())
	return staff.Trouble(notify.RunbookHook, id, notify.Notice{
		Key: id, Title: fmt.Sprintf("A subscription by %s ended: its address takes nothing", f.Channel),
		Text: fmt.Sprintf("Subscription %s has taken nothing since %s. The last that came of it: %s.", f.Subscriber, f.First.UTC().Format("15:04 on 2 January (UTC)"), f.Reason),
		Why:  "Nobody else is told: whoever subscribed sees it on the subscription's page.",
	}, now)
}
