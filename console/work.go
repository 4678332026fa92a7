package console

import (
	"context"
	"time"

	"daymark/incident"
)

// Work is what staff have to do beside incidents.
type Work interface {
	// Reviews gives the reviews with something left to do, or all.
	Reviews(ctx context.Context, all bool) ([]incident.Review, error)
	// Review gives the review of an incident, or nil.
	Review(ctx context.Context, id string) (*incident.Review, error)
	// Draft gives what a review is written from. An incident that is not there,
	// or has no review, is an *incident.Refusal.
	Draft(ctx context.Context, id string) (*incident.Draft, error)
	// Maintenances gives the maintenance that is not done, and that which was
	// done after a moment.
	Maintenances(ctx context.Context, doneAfter time.Time) ([]incident.PlannedMaintenance, error)
	// Maintenance gives one, or nil.
	Maintenance(ctx context.Context, id string) (*incident.PlannedMaintenance, error)
	// MaintenanceAudience counts, by channel, who hears of maintenance of any of
	// these components.
	MaintenanceAudience(ctx context.Context, components []string) (map[string]int, error)
}

type allAsked struct {
	Status string `query:"status" words:"open,all" default:"open" doc:"open: those with something left to do."`
}
