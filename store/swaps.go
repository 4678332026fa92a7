package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"daymark/incident"
)

// swapsRemembered is how long the state knows a swap that is over.
const swapsRemembered = 24 * time.Hour

// saveSwaps writes what a decision holds of swaps.
func (t *Tx) saveSwaps(ctx context.Context, d *incident.Decision) error {
	for i := range d.Swaps {
		s := &d.Swaps[i]
		text, err := encode(s)
		if err != nil {
			return err
		}
		if _, err := t.exec(ctx, "INSERT INTO swaps (id, ends, swap) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET ends = excluded.ends, swap = excluded.swap",
			s.ID, s.To.UnixMilli(), text); err != nil {
			return fmt.Errorf("save the swap %s: %w", s.ID, err)
		}
	}
	return nil
}

func scanSwap(rows *sql.Rows) (s incident.Swap, err error) {
	var text string
	if err := rows.Scan(&text); err != nil {
		return s, err
	}
	return s, json.Unmarshal([]byte(text), &s)
}

func (t *Tx) loadSwaps(ctx context.Context, state *incident.State, now time.Time) error {
	found, err := collect(ctx, t.query, scanSwap, "SELECT swap FROM swaps WHERE ends > ?", now.Add(-swapsRemembered).UnixMilli())
	if err != nil {
		return fmt.Errorf("read the swaps: %w", err)
	}
	for i := range found {
		state.Swaps[found[i].ID] = &found[i]
	}
	return nil
}

// Swaps gives the swaps that end after a moment, those that end first standing
// first.
func (s *Store) Swaps(ctx context.Context, after time.Time) ([]incident.Swap, error) {
	found, err := collect(ctx, s.readers.QueryContext, scanSwap, "SELECT swap FROM swaps WHERE ends > ? ORDER BY ends, id", after.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read the swaps: %w", explain(err))
	}
	return found, nil
}
