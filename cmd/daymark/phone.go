package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"daymark/access"
	"daymark/config"
	"daymark/incident"
	"daymark/notify"
	"daymark/notify/sms"
	"daymark/store"
	"daymark/support"
)

// phoneAnswers lets who is called take the role that the call asks for.
type phoneAnswers struct {
	store  *store.Store
	engine *incident.Engine
	doc    *config.Document
}

// Answer implements sms.Answerer. It is a command of the person who was called,
// with the call as its key: a second time changes nothing. A call that has
// ended answers nothing any more.
func (p phoneAnswers) Answer(ctx context.Context, delivery string) (string, error) {
	called, err := p.store.Called(ctx, delivery)
	if errors.Is(err, store.ErrNotFound) {
		return "This call is not known.", nil
	}
	if err != nil {
		return "", err
	}
	if !slices.Contains([]notify.State{notify.Sending, notify.Unknown, notify.Accepted}, called.State) {
		return "This call is over. Nothing was changed.", nil
	}
	person := p.doc.Person(called.Person)
	if person == nil {
		return "The configuration does not know you any more.", nil
	}
	roles := []support.Role{called.Role}
	if called.Role == "" {
		if roles = nil; len(person.May) == 0 {
			return "You may not take a role of an incident. Others are called.", nil
		}
		for _, role := range person.May {
			roles = append(roles, support.Role(role))
		}
	}
	var refused *incident.Refusal
	for _, role := range roles {
		by := incident.By{Person: person.ID, Via: "phone"}
		_, err := p.engine.Command(ctx, by, "voice/"+delivery+"/"+string(role), incident.Acknowledge{Incident: called.Incident, Role: role})
		if errors.As(err, &refused) {
			continue
		}
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("Thank you, %s. You are %s now.", person.Name, role.Title()), nil
	}
	return refused.Text + ". Nothing was changed.", nil
}

// buildVoice makes the channel that calls, and its callbacks.
func (a *app) buildVoice(key []byte) (notify.Lane, error) {
	channel, err := sms.NewVoice(sms.Options{SMS: a.doc.Notify.SMS, PageURL: a.doc.Page.URL, Key: key, Now: a.now})
	if err != nil {
		return notify.Lane{}, err
	}
	a.onStop("close the connections of calls", func(context.Context) error { channel.Close(); return nil })
	a.voice, err = sms.NewVoiceCallback(a.callbackOptions(key), phoneAnswers{a.store, a.engine, a.doc})
	return notify.Lane{Channel: channel}, err
}

// voiceRoutes are the addresses that Twilio calls about calls.
func (a *app) voiceRoutes() []route {
	if a.voice == nil {
		return nil
	}
	return []route{
		{pattern: "POST " + sms.VoiceStatusPath, role: access.Provider, handler: http.HandlerFunc(a.voice.ServeStatus)},
		{pattern: "POST " + sms.VoiceKeyPath, role: access.Provider, handler: http.HandlerFunc(a.voice.ServeKey)},
	}
}
