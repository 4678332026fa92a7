package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"daymark/access"
	"daymark/checker/remote"
	"daymark/config"
	"daymark/console"
	"daymark/incident"
	"daymark/notify"
)

// operations are the acts of an administrator, the same whether they come by
// the control socket or from a command while no server runs.
type operations struct {
	engine     *incident.Engine
	doc        *config.Document
	core       *core
	heartbeats *heartbeats    // of the running server; nil where none runs
	agents     *remote.Server // of the running server; nil where none runs
	// configurations are those of the running server; nil where none runs.
	configurations *configurations
	site           *console.Site // of the running server; nil where none runs
}

// createAgentToken makes a token for a region's agent and gives it, once.
func (o *operations) createAgentToken(ctx context.Context, region string) (string, error) {
	made, err := o.makeAgentToken(ctx, byCommand(), region, "")
	return made.Secret, err
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

// importOptions says what a file of subscribers may hold.
func (o *operations) importOptions() notify.ImportOptions {
	var components []string
	for i := range o.doc.Components {
		components = append(components, o.doc.Components[i].ID)
	}
	return notify.ImportOptions{
		Components: components, Countries: o.doc.Notify.SMS.Countries, Languages: o.doc.Page.Languages, Refused: noLane(o.doc), Now: time.Now().UTC(),
	}
}

// tendSubscribers is lookAfter for the command line.
func (o *operations) tendSubscribers(ctx context.Context, order console.SubscriberOrder) (console.SubscriberAnswer, error) {
	answer, err := o.lookAfter(ctx, access.CommandLine(), order)
	if refusal, ok := errors.AsType[*incident.Refusal](err); ok {
		err = usageError{refusal}
	}
	return answer, err
}
