package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"daymark/notify"
	"daymark/notify/email"
	"daymark/notify/sms"
)

// buildSender joins the channels that are configured to the outbox. Without
// any there is no sender.
func (a *app) buildSender() error {
	var lanes []notify.Lane
	if a.doc.Notify.Email.SMTP.Host != "" {
		channel, err := email.New(email.Options{Email: a.doc.Notify.Email})
		if err != nil {
			return err
		}
		a.onStop("close the mail connections", func(context.Context) error { channel.Close(); return nil })
		lanes = append(lanes, notify.Lane{Channel: channel})
	}
	if a.doc.Notify.SMS.Twilio.AccountSID != "" {
		lane, err := a.buildSMS()
		if err != nil {
			return err
		}
		lanes = append(lanes, lane)
	}
	if len(lanes) == 0 {
		return nil
	}
	page := notify.PageInfo{Name: a.doc.Page.Name, URL: a.doc.Page.URL, Zone: a.zone, Contact: a.doc.Page.Contact}
	var components, regions []notify.Named
	for i := range a.doc.Components {
		c := &a.doc.Components[i]
		components = append(components, notify.Named{ID: c.ID, Name: c.Name, Names: c.Names})
	}
	for _, region := range a.doc.Regions {
		regions = append(regions, notify.Named{ID: region.ID, Name: region.Name})
	}
	renderer, err := notify.NewRenderer(notify.RendererOptions{
		Page: page, Components: components, Regions: regions, Language: a.doc.Page.Languages[0],
	})
	if err != nil {
		return err
	}
	a.sender, err = notify.NewSender(notify.SenderOptions{Outbox: a.store, Lanes: lanes, Render: renderer.Render, Logger: a.log})
	return err
}

func (a *app) buildSMS() (notify.Lane, error) {
	key, err := signingKey(a.doc.Server.Data)
	if err != nil {
		return notify.Lane{}, err
	}
	channel, err := sms.New(sms.Options{SMS: a.doc.Notify.SMS, PageURL: a.doc.Page.URL, Key: key})
	if err != nil {
		return notify.Lane{}, err
	}
	a.onStop("close the connections to Twilio", func(context.Context) error { channel.Close(); return nil })
	a.callback, err = sms.NewCallback(sms.CallbackOptions{
		Reporter: a.store, AuthToken: a.doc.Notify.SMS.Twilio.AuthToken, PageURL: a.doc.Page.URL, Key: key, Logger: a.log, Now: time.Now,
	})
	return notify.Lane{Channel: channel}, err
}

// signingKey gives the key that signs what comes back to us, made once.
func signingKey(data string) ([]byte, error) {
	path := filepath.Join(data, "keys", "callbacks")
	key, err := os.ReadFile(path)
	if err == nil && len(key) == 32 {
		return key, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the key of callbacks: %w", err)
	}
	key = make([]byte, 32)
	_, _ = rand.Read(key) // never fails, by its contract
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of keys: %w", err)
	}
	if err := writeWhole(path, key); err != nil {
		return nil, fmt.Errorf("keep the key of callbacks: %w", err)
	}
	return key, nil
}
