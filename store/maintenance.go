package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"daymark/checker"
	"daymark/incident"
)

// maintenanceKept is for how long the state remembers maintenance that is
// done, at least: as long as results come late.
const maintenanceKept = 30 * 24 * time.Hour

func (t *Tx) loadMaintenances(ctx context.Context, state *incident.State, now time.Time) error {
	all, err := loadMaintenances(ctx, t.query, "done IS NULL OR done > ? OR ends > ?", now.Add(-maintenanceKept).UnixMilli(), now.UnixMilli())
	if err != nil {
		return err
	}
	for i := range all {
		state.Maintenances[all[i].ID] = &all[i]
	}
	return nil
}

// loadMaintenances reads maintenance, in the order in which it begins.
func loadMaintenances(ctx context.Context, query querier, where string, args ...any) ([]incident.PlannedMaintenance, error) {
	all, err := collect(ctx, query, scanMaintenance, `SELECT id, rule, title, text, components, stage, announce, starts, ends, made,
		announced, began, over, done, updated, why, moves FROM maintenances WHERE `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read the maintenance: %w", err)
	}
	return all, nil
}

func scanMaintenance(rows *sql.Rows) (m incident.PlannedMaintenance, err error) {
	var announce, starts, ends, made, announced, began, over, done, updated sql.NullInt64
	var components, moves string
	if err := rows.Scan(&m.ID, &m.Rule, &m.Title, &m.Text, &components, &m.Stage, &announce, &starts, &ends, &made,
		&announced, &began, &over, &done, &updated, &m.Why, &moves); err != nil {
		return m, err
	}
	m.Announce, m.Starts, m.Ends, m.Made = moment(announce), moment(starts), moment(ends), moment(made)
	m.Announced, m.Began, m.Over, m.Done, m.Updated = moment(announced), moment(began), moment(over), moment(done), moment(updated)
	if err := json.Unmarshal([]byte(components), &m.Components); err != nil {
		return m, fmt.Errorf("read the components of maintenance %s: %w", m.ID, err)
	}
	if err := json.Unmarshal([]byte(moves), &m.Moves); err != nil {
		return m, fmt.Errorf("read how maintenance %s was moved: %w", m.ID, err)
	}
	return m, nil
}

func (t *Tx) saveMaintenance(ctx context.Context, now time.Time, m *incident.PlannedMaintenance) error {
	components, err := encode(m.Components)
	if err != nil {
		return err
	}
	before, err := loadMaintenances(ctx, t.query, "id = ?", m.ID)
	if err != nil {
		return err
	}
	moves, err := encode(m.Moves)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `INSERT INTO maintenances (id, rule, title, text, components, stage, announce, starts, ends, made, announced, began, over, done, updated, why, moves)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET title = excluded.title, text = excluded.text, components = excluded.components, stage = excluded.stage,
		announce = excluded.announce, starts = excluded.starts, ends = excluded.ends, made = excluded.made, announced = excluded.announced,
		began = excluded.began, over = excluded.over, done = excluded.done, updated = excluded.updated, why = excluded.why, moves = excluded.moves`,
		m.ID, m.Rule, m.Title, m.Text, components, m.Stage, m.Announce.UnixMilli(), m.Starts.UnixMilli(), m.Ends.UnixMilli(), m.Made.UnixMilli(),
		millis(m.Announced), millis(m.Began), millis(m.Over), millis(m.Done), m.Updated.UnixMilli(), m.Why, moves)
	if err != nil {
		return err
	}
	if len(before) == 0 {
		return t.queueMaintenance(ctx, now, &incident.PlannedMaintenance{}, m)
	}
	return t.queueMaintenance(ctx, now, &before[0], m)
}

// Maintenance gives one maintenance; nil where there is none.
func (s *Store) Maintenance(ctx context.Context, id string) (*incident.PlannedMaintenance, error) {
	found, err := loadMaintenances(ctx, s.readers.QueryContext, "id = ?", id)
	if err != nil || len(found) == 0 {
		return nil, explain(err)
	}
	return &found[0], nil
}

// Excuse implements incident.Tx.
func (t *Tx) Excuse(ctx context.Context, results []checker.Result) error {
	for i := range results {
		r := &results[i]
		series, err := t.seriesID(ctx, incident.Series{Check: r.Check, Region: r.Region})
		if err != nil {
			return err
		}
		if _, err := t.exec(ctx, "UPDATE results SET excused = 1 WHERE series = ? AND at = ?", series, r.At.UnixMilli()); err != nil {
			return err
		}
		if err := t.rollUp(ctx, excused, series, r); err != nil {
			return fmt.Errorf("count a run of check %s inside a maintenance: %w", r.Check, err)
		}
	}
	return nil
}

// Maintenances gives the maintenance that is not done, and that which was done
// after a moment, for staff: what is not announced yet included.
func (s *Store) Maintenances(ctx context.Context, doneAfter time.Time) ([]incident.PlannedMaintenance, error) {
	found, err := loadMaintenances(ctx, s.readers.QueryContext, "done IS NULL OR done > ? ORDER BY starts, id", doneAfter.UnixMilli())
	return found, explain(err)
}
