package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"daymark/access"
	"daymark/config"
	"daymark/incident"
	"daymark/notify"
	"daymark/store"
)

// operations are the acts of an administrator, the same whether they come by
// the control socket or from a command while no server runs.
type operations struct {
	engine     *incident.Engine
	doc        *config.Document
	core       *core
	heartbeats *heartbeats // of the running server; nil where none runs
}

// createAgentToken makes a token for a region's agent and gives it, once.
func (o *operations) createAgentToken(ctx context.Context, region string) (string, error) {
	if err := o.knowsRegion(region); err != nil {
		return "", err
	}
	token, hash := access.NewAgentToken()
	act := incident.Act{Actor: "command line", Action: "agent token created", Object: region}
	err := o.engine.Do(ctx, act, func(ctx context.Context, tx incident.Tx, now time.Time) error {
		_, err := tx.(*store.Tx).AddAgentToken(ctx, now, hash, region)
		return err
	})
	return token, err
}

// knowsRegion refuses a region that the configuration does not have.
func (o *operations) knowsRegion(region string) error {
	var known []string
	for _, r := range o.doc.Regions {
		known = append(known, r.ID)
	}
	if !slices.Contains(known, region) {
		return usageError{fmt.Errorf("there is no region %q in the configuration; it has %s", region, strings.Join(known, ", "))}
	}
	return nil
}

// imported counts what an import did.
type imported struct {
	Added   int `json:"added"`
	Changed int `json:"changed"`
	Ended   int `json:"ended"` // left alone: they have said no
}

// importSubscribers adds the subscribers of a CSV document.
func (o *operations) importSubscribers(ctx context.Context, csv io.Reader) (imported, error) {
	var components []string
	for i := range o.doc.Components {
		components = append(components, o.doc.Components[i].ID)
	}
	subscribers, err := notify.ParseSubscribers(csv, notify.ImportOptions{Components: components, Countries: o.doc.Notify.SMS.Countries, Now: time.Now().UTC()})
	if err != nil {
		return imported{}, usageError{err}
	}
	var counts imported
	act := incident.Act{Actor: "command line", Action: "subscribers imported", Object: fmt.Sprintf("%d rows", len(subscribers))}
	err = o.engine.Do(ctx, act, func(ctx context.Context, tx incident.Tx, now time.Time) error {
		var err error
		counts.Added, counts.Changed, counts.Ended, err = tx.(*store.Tx).AddSubscribers(ctx, now, subscribers)
		return err
	})
	return counts, err
}
