package console

import (
	"context"
	"time"

	"daymark/incident"
)

// ByHand is what people say of components in place of their checks.
type ByHand interface {
	// Overrides gives the statuses that people set, by component.
	Overrides(ctx context.Context) (map[string]incident.Override, error)
	// Silences gives those that last, and those that ended after a moment, the
	// one that began last first.
	Silences(ctx context.Context, endedAfter time.Time) ([]incident.Silence, error)
}

type overrideRow struct {
	By     string `json:"by"`
	At     Time   `json:"at"`
	Reason string `json:"reason"`
	Locked bool   `json:"locked" doc:"It stands until it is cleared; else until the checks say something new."`
}

func overrideOf(all map[string]incident.Override, component string) *overrideRow {
	o, set := all[component]
	if !set {
		return nil
	}
	return &overrideRow{o.By, Time{o.At}, o.Reason, o.Locked}
}
