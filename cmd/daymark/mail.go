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
		a.bounces, err = email.NewBounces(email.BouncesOptions{Address: options.Bounces.Address, Key: key, Reporter: a.store, Logger: a.log})
	}
	return notify.Lane{Channel: channel, Workers: channel.Workers()}, err
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
