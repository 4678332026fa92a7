package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"daymark/notify"
	"daymark/notify/sms"
)

// buildSender joins the channels that are configured to the outbox. Without
// any there is no sender.
func (a *app) buildSender() error {
	var lanes []notify.Lane
	if a.doc.Notify.Email.SMTP.Host != "" {
		lane, err := a.buildEmail()
		if err != nil {
			return err
		}
		lanes = append(lanes, lane)
	}
	if a.doc.Notify.SMS.Twilio.AccountSID != "" {
		ways, err := a.buildTwilio()
		if err != nil {
			return err
		}
		lanes = append(lanes, ways...)
	}
	hooks, err := a.buildHooks()
	if err != nil {
		return err
	}
	if lanes = append(lanes, hooks...); len(lanes) == 0 {
		return nil
	}
	for _, lane := range lanes {
		a.channels = append(a.channels, lane.Channel.Name())
	}
	renderer, err := newRenderer(a.doc, a.core)
	if err != nil {
		return err
	}
	troubled, err := a.troubled()
	if err != nil {
		return err
	}
	a.sender, err = notify.NewSender(notify.SenderOptions{
		Outbox: a.store, Lanes: lanes, Render: a.staff.Rendering(renderer.Render), Logger: a.log, Now: a.now, Trouble: a.channelFails, Troubled: troubled,
	})
	return err
}

// troubled gives the channels that an earlier process told to fail. What is not
// configured any more is forgotten.
func (a *app) troubled() (some []notify.ChannelTrouble, err error) {
	all, err := a.store.Troubles(context.Background())
	if err != nil {
		return nil, err
	}
	for _, trouble := range all {
		if slices.Contains(a.channels, trouble.Channel) {
			some = append(some, trouble)
			continue
		}
		trouble.Over = true
		if err := a.store.KeepTrouble(context.Background(), trouble, nil, a.now()); err != nil {
			return nil, err
		}
	}
	return some, nil
}

// channelFails tells staff, by other channels, of one that fails for long and
// of its end.
func (a *app) channelFails(ctx context.Context, trouble notify.ChannelTrouble) error {
	now := a.now()
	if err := a.store.KeepTrouble(ctx, trouble, a.staff.ChannelFails(trouble, now), now); err != nil {
		return err
	}
	a.sender.Wake()
	return nil
}

// buildTwilio makes the channels that go through Twilio, and their callbacks.
func (a *app) buildTwilio() ([]notify.Lane, error) {
	key, err := signingKey(a.doc.Server.Data)
	if err != nil {
		return nil, err
	}
	opts := sms.Options{SMS: a.doc.Notify.SMS, PageURL: a.doc.Page.URL, Key: key, Now: a.now}
	if most := a.doc.Notify.SMS.DailyBudget; most > 0 {
		opts.Budget = &smsBudget{app: a, most: most}
	}
	channel, err := sms.New(opts)
	if err != nil {
		return nil, err
	}
	a.onStop("close the connections to Twilio", func(context.Context) error { channel.Close(); return nil })
	if a.callback, err = sms.NewCallback(a.callbackOptions(key)); err != nil {
		return nil, err
	}
	if a.inbound, err = sms.NewInbound(sms.InboundOptions{
		Consent: a.consent, AuthToken: a.doc.Notify.SMS.Twilio.AuthToken, PageURL: a.doc.Page.URL, Logger: a.log,
	}); err != nil {
		return nil, err
	}
	lanes := []notify.Lane{{Channel: channel}}
	if a.doc.Notify.SMS.Twilio.VoiceFrom == "" {
		return lanes, nil
	}
	calls, err := a.buildVoice(key)
	return append(lanes, calls), err
}

func (a *app) callbackOptions(key []byte) sms.CallbackOptions {
	return sms.CallbackOptions{
		Reporter: a.store, AuthToken: a.doc.Notify.SMS.Twilio.AuthToken, PageURL: a.doc.Page.URL, Key: key, OptedOut: a.store.OptOut, Logger: a.log, Now: a.now,
	}
}

// signingKey gives the key that signs what comes back to us, made once.
func signingKey(data string) ([]byte, error) { return keyOf(data, "callbacks") }

// keyOf gives the key of a purpose, made once.
func keyOf(data, purpose string) ([]byte, error) {
	path := filepath.Join(data, keysFolder, purpose)
	key, err := os.ReadFile(path)
	if err == nil && len(key) == 32 {
		return key, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the key of %s: %w", purpose, err)
	}
	key = make([]byte, 32)
	_, _ = rand.Read(key) // never fails, by its contract
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of keys: %w", err)
	}
	if err := writeWhole(path, key); err != nil {
		return nil, fmt.Errorf("keep the key of %s: %w", purpose, err)
	}
	return key, nil
}
