package main

import (
	"context"
	"fmt"
	"slices"

	"daymark/config"
	"daymark/console"
	"daymark/incident"
	"daymark/notify"
)

// updatePreviews shows updates before they are published.
type updatePreviews struct {
	*core
	renderer *notify.Renderer // nil: nobody is written to
	channels []string         // whose messages are shown
}

func newUpdatePreviews(doc *config.Document, c *core) (*updatePreviews, error) {
	p := &updatePreviews{core: c}
	for _, way := range waysOf(doc) {
		if way == "email" || way == "sms" {
			p.channels = append(p.channels, way)
		}
	}
	if len(p.channels) == 0 {
		return p, nil
	}
	var err error
	p.renderer, err = newRenderer(doc, c)
	return p, err
}

// PreviewUpdate implements console.Previews.
func (p *updatePreviews) PreviewUpdate(ctx context.Context, by incident.By, publish incident.Publish) (*console.UpdatePreview, error) {
	decision, err := p.engine.Try(ctx, by, publish)
	if err != nil {
		return nil, err
	}
	inc, update := lastOf(&decision, publish.Incident)
	if inc == nil || update == nil {
		return nil, fmt.Errorf("preview an update of incident %s: none follows", publish.Incident)
	}
	preview := &console.UpdatePreview{Text: update.Text, Phase: update.Phase, NextBy: update.NextBy}
	if preview.Readers, err = p.store.Readers(ctx, update); err != nil {
		return nil, err
	}
	for _, channel := range p.channels {
		m, err := p.renderer.Render(sampleDelivery(channel, "", inc, update))
		if err != nil {
			return nil, err
		}
		if channel == "email" {
			preview.Subject, preview.Email = m.Subject, m.Text
			continue
		}
		segments, encoding := notify.Segments(m.SMS)
		preview.SMS, preview.Segments, preview.Encoding = m.SMS, segments, string(encoding)
	}
	return preview, nil
}

// lastOf gives an incident as a decision leaves it, with the last update that
// follows.
func lastOf(decision *incident.Decision, id string) (*incident.Incident, *incident.Update) {
	at := slices.IndexFunc(decision.Incidents, func(i incident.Incident) bool { return i.ID == id })
	for k := range slices.Backward(decision.Updates) {
		if at >= 0 && decision.Updates[k].Incident == id {
			return &decision.Incidents[at], &decision.Updates[k]
		}
	}
	return nil, nil
}

// sampleDelivery tells an update to somebody who does not exist.
func sampleDelivery(channel, language string, inc *incident.Incident, update *incident.Update) notify.Delivery {
	address := map[string]string{"email": "reader@mail.example", "sms": "+447700900123"}[channel]
	return notify.Delivery{
		ID: "preview", Channel: channel, Audience: notify.Public, Incident: *inc, Update: *update,
		Subscriber: notify.Subscriber{Channel: channel, Address: address, Language: language},
	}
}
