package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"daymark/incident"
)

// saveReviews writes what a decision holds of reviews.
func (t *Tx) saveReviews(ctx context.Context, d *incident.Decision) error {
	for i := range d.Reviews {
		r := &d.Reviews[i]
		text, err := encode(r)
		if err != nil {
			return err
		}
		if _, err := t.exec(ctx, `INSERT INTO reviews (incident, due, ended, review) VALUES (?, ?, ?, ?)
			ON CONFLICT (incident) DO UPDATE SET due = excluded.due, ended = excluded.ended, review = excluded.review`,
			r.Incident, r.Due.UnixMilli(), r.Over(), text); err != nil {
			return fmt.Errorf("save the review of incident %s: %w", r.Incident, err)
		}
	}
	return nil
}

func scanReview(rows *sql.Rows) (r incident.Review, err error) {
	var text string
	if err := rows.Scan(&text); err != nil {
		return r, err
	}
	return r, json.Unmarshal([]byte(text), &r)
}

// loadReviews reads the reviews that are not over, and those of the incidents
// that the state has.
func (t *Tx) loadReviews(ctx context.Context, state *incident.State) error {
	all, err := collect(ctx, t.query, scanReview, "SELECT review FROM reviews WHERE ended = 0")
	if err != nil {
		return fmt.Errorf("read the reviews: %w", err)
	}
	for i := range all {
		state.Reviews[all[i].Incident] = &all[i]
	}
	for id := range state.Incidents {
		of, err := t.Review(ctx, id)
		if err != nil {
			return err
		}
		if of != nil {
			state.Reviews[id] = of
		}
	}
	return nil
}

// Reviews gives the reviews with something left to do, or with all each of
// them, those that are due first standing first.
func (s *Store) Reviews(ctx context.Context, all bool) ([]incident.Review, error) {
	found, err := collect(ctx, s.readers.QueryContext, scanReview, "SELECT review FROM reviews WHERE ended = 0 OR ? ORDER BY due, incident", all)
	if err != nil {
		return nil, fmt.Errorf("read the reviews: %w", explain(err))
	}
	return found, nil
}

// Review gives the review of an incident, or nil.
func (s *Store) Review(ctx context.Context, inc string) (*incident.Review, error) {
	return reviewOf(ctx, s.readers.QueryContext, inc)
}

// Review implements incident.Tx.
func (t *Tx) Review(ctx context.Context, inc string) (*incident.Review, error) {
	return reviewOf(ctx, t.query, inc)
}

func reviewOf(ctx context.Context, query querier, inc string) (*incident.Review, error) {
	found, err := collect(ctx, query, scanReview, "SELECT review FROM reviews WHERE incident = ?", inc)
	if err != nil {
		return nil, fmt.Errorf("read the review of incident %s: %w", inc, explain(err))
	}
	if len(found) == 0 {
		return nil, nil
	}
	return &found[0], nil
}
