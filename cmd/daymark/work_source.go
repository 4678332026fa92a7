package main

import (
	"context"
	"time"

	"daymark/config"
	"daymark/incident"
	"daymark/store"
)

// staffWork gives the console what staff have to do beside incidents.
type staffWork struct {
	*store.Store
	operations *operations
}

// Draft implements console.Work.
func (s staffWork) Draft(ctx context.Context, id string) (*incident.Draft, error) {
	draft, err := s.operations.reviewDraft(ctx, id)
	return draft, asRefusal(err, incident.NotFound)
}

// recurrences reads the maintenance of a configuration that comes again.
func recurrences(doc *config.Document, zone *time.Location) ([]*incident.Recurrence, error) {
	var all []*incident.Recurrence
	for _, recurring := range doc.Maintenance.Recurring {
		rule, err := incident.NewRecurrence(recurring, zone)
		if err != nil {
			return nil, err
		}
		all = append(all, rule)
	}
	return all, nil
}
