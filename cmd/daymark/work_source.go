package main

import (
	"context"

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
