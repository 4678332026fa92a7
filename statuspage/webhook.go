package statuspage

import (
	"context"
	"fmt"
	"time"

	"daymark/incident"
	"daymark/statuspage/wire"
)

// Webhook tells of an incident as subscribers' webhooks get it: the incident
// as it is given, with the page around it, no older than the incident's last
// update. The error says why the page could not be read.
func (p *Page) Webhook(ctx context.Context, i *incident.Incident) (*wire.Webhook, error) {
	var at time.Time
	if len(i.Updates) > 0 {
		at = i.Updates[len(i.Updates)-1].At
	}
	r, err := p.since(ctx, at)
	if err != nil {
		return nil, fmt.Errorf("describe incident %s: %w", i.ID, err)
	}
	row := r.wireIncident(i)
	return wire.NewWebhook(r.wirePage(), r.roll(), &row), nil
}

// since gives a rendering that holds what was committed at a time: messages
// go out at once, when the hub may not have rendered it yet. One is made for
// all that ask for the same time, and it does not become the current one,
// since the hub tells open pages what changed between its own.
func (p *Page) since(ctx context.Context, at time.Time) (*rendering, error) {
	r, err := p.latest(ctx)
	if err != nil || !r.snapshot.Updated.Before(at) {
		return r, err
	}
	p.rendering.Lock()
	defer p.rendering.Unlock()
	if p.early != nil && !p.earlyFor.Before(at) {
		return p.early, nil
	}
	if p.early, err = p.render(ctx, p.current.Load()); err != nil {
		return nil, err
	}
	p.earlyFor = at
	return p.early, nil
}
