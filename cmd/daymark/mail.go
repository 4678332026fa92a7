package main

import (
	"context"

	"daymark/notify"
	"daymark/notify/email"
)

// buildEmail makes the channel of email and, where it is wanted, the listener
// for what comes back.
func (a *app) buildEmail() (notify.Lane, error) {
	key, err := signingKey(a.doc.Server.Data)
	if err != nil {
		return notify.Lane{}, err
	}
	options := a.doc.Notify.Email
	channel, err := email.New(email.Options{Email: options, Key: key, Reporter: a.store})
	if err != nil {
		return notify.Lane{}, err
	}
	a.onStop("close the mail connections", func(context.Context) error { channel.Close(); return nil })
	if options.Bounces.Listen != "" {
		a.bounces, err = email.NewBounces(email.BouncesOptions{
			Address: options.Bounces.Address, Key: key, Reporter: a.store, Arrivals: a.store, Logger: a.log, Now: a.now,
		})
	}
	return notify.Lane{Channel: channel, Workers: channel.Workers()}, err
}

// arrivals gives where the canary's email goes if we see it arrive; nil where
// it goes elsewhere.
func (a *app) arrivals(canary notify.Canary) (func(delivery string) string, error) {
	options := a.doc.Notify.Email
	if !options.SeesCanary(canary) {
		return nil, nil
	}
	key, err := signingKey(a.doc.Server.Data)
	if err != nil {
		return nil, err
	}
	return email.Arrivals(options.Bounces.Address, key)
}

// startBounces listens for what comes back, until stop.
func (a *app) startBounces(ctx context.Context) error {
	if a.bounces == nil {
		return nil
	}
	if err := a.bounces.Start(ctx, a.doc.Notify.Email.Bounces.Listen); err != nil {
		return err
	}
	a.onStop("stop listening for bounces", func(context.Context) error { return a.bounces.Close() })
	return nil
}
