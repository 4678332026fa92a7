package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"daymark/incident"
)

// Load implements incident.Tx.
func (t *Tx) Load(ctx context.Context, now time.Time, horizons map[string]time.Duration, endedAfter time.Time) (*incident.State, error) {
	state := incident.NewState(now)
	if err := t.loadRuns(ctx, state, now, horizons); err != nil {
		return nil, err
	}
	if err := t.loadVerdicts(ctx, state); err != nil {
		return nil, err
	}
	if err := t.loadComponents(ctx, state); err != nil {
		return nil, err
	}
	if err := t.loadMaintenances(ctx, state, now); err != nil {
		return nil, err
	}
	incidents, err := loadIncidents(ctx, t.query, "resolved IS NULL OR resolved > ?", newestOfFew, endedAfter.UnixMilli())
	if err != nil {
		return nil, err
	}
	for i := range incidents {
		state.Incidents[incidents[i].ID] = &incidents[i]
	}
	if err := t.loadOverrides(ctx, state); err != nil {
		return nil, err
	}
	if err := t.loadSilences(ctx, state); err != nil {
		return nil, err
	}
	if err := t.loadReports(ctx, state, endedAfter); err != nil {
		return nil, err
	}
	if err := t.loadReviews(ctx, state); err != nil {
		return nil, err
	}
	if err := t.loadSwaps(ctx, state, now); err != nil {
		return nil, err
	}
	return state, nil
}

// Incident implements incident.Tx.
func (t *Tx) Incident(ctx context.Context, id string) (*incident.Incident, error) {
	found, err := loadIncidents(ctx, t.query, "id = ?", newestOfFew, id)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

func (t *Tx) loadRuns(ctx context.Context, state *incident.State, now time.Time, horizons map[string]time.Duration) error {
	type series struct {
		id int64
		incident.Series
	}
	all, err := collect(ctx, t.query, func(rows *sql.Rows) (s series, err error) {
		return s, rows.Scan(&s.id, &s.Check, &s.Region)
	}, "SELECT id, check_id, region FROM series")
	if err != nil {
		return fmt.Errorf("read the series: %w", err)
	}
	for _, s := range all {
		horizon, known := horizons[s.Check]
		if !known {
			continue
		}
		list, err := collect(ctx, t.query, func(rows *sql.Rows) (run incident.Run, err error) {
			var outcome int
			var latency int64
			var warning sql.NullString
			if err := rows.Scan(&run.At, &outcome, &latency, &warning); err != nil {
				return run, err
			}
			run.Outcome, run.Latency = outcomeOf[outcome&3], time.Duration(latency)*time.Microsecond
			if warning.Valid {
				run.Warning = &incident.Warning{}
				err = json.Unmarshal([]byte(warning.String), run.Warning)
			}
			return run, err
		}, "SELECT at, outcome, latency, warning FROM results WHERE series = ? AND at >= ? ORDER BY at", s.id, now.Add(-horizon).UnixMilli())
		if err != nil {
			return fmt.Errorf("read the runs of %s in %s: %w", s.Check, s.Region, err)
		}
		runs := &incident.Runs{}
		for _, run := range list {
			runs.Add(run, horizon, now.Add(incident.MaxAhead))
		}
		state.Runs[s.Series] = runs
	}
	return nil
}

func (t *Tx) loadVerdicts(ctx context.Context, state *incident.State) (err error) {
	state.Verdicts, err = verdicts(ctx, t.query)
	return err
}

func (t *Tx) loadComponents(ctx context.Context, state *incident.State) (err error) {
	state.Components, err = statuses(ctx, t.query)
	return err
}

// verdicts reads the verdict on each check that was measured, by check.
func verdicts(ctx context.Context, query querier) (map[string]incident.Verdict, error) {
	rows, err := collect(ctx, query, func(rows *sql.Rows) (v incident.Verdict, err error) {
		var since sql.NullInt64
		err = rows.Scan(&v.Check, &v.Word, &since, &v.Reason)
		v.Since = moment(since)
		return v, err
	}, "SELECT check_id, word, since, reason FROM verdicts")
	if err != nil {
		return nil, fmt.Errorf("read the verdicts: %w", explain(err))
	}
	all := make(map[string]incident.Verdict, len(rows))
	for _, v := range rows {
		all[v.Check] = v
	}
	return all, nil
}

// statuses reads the status of each component that was measured, by component.
func statuses(ctx context.Context, query querier) (map[string]incident.ComponentStatus, error) {
	rows, err := collect(ctx, query, func(rows *sql.Rows) (c incident.ComponentStatus, err error) {
		var since sql.NullInt64
		err = rows.Scan(&c.Component, &c.Status, &since, &c.Reason)
		c.Since = moment(since)
		return c, err
	}, "SELECT id, status, since, reason FROM components")
	if err != nil {
		return nil, fmt.Errorf("read the components: %w", explain(err))
	}
	all := make(map[string]incident.ComponentStatus, len(rows))
	for _, c := range rows {
		all[c.Component] = c
	}
	return all, nil
}

// querier is what reads rows: the writer's transaction or a reader.
type querier func(ctx context.Context, query string, args ...any) (*sql.Rows, error)

// collect reads all rows of a query.
func collect[T any](ctx context.Context, query querier, scan func(*sql.Rows) (T, error), text string, args ...any) ([]T, error) {
	rows, err := query(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells of any fault
	var all []T
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, item)
	}
	return all, rows.Err()
}

// Orders of incidents: newest first. The plus keeps SQLite from walking all
// incidents by their id where another index finds the few that are asked for.
const (
	newestOfFew = "+id DESC"
	newestOfAll = "id DESC"
)

// loadIncidents reads incidents with all that belongs to them, in an order.
func loadIncidents(ctx context.Context, query querier, where, order string, args ...any) ([]incident.Incident, error) {
	incidents, err := collect(ctx, query, scanIncident, selectIncidents+where+` ORDER BY `+order, args...)
	if err != nil {
		return nil, fmt.Errorf("read the incidents: %w", err)
	}
	for i := range incidents {
		if err := fill(ctx, query, &incidents[i]); err != nil {
			return nil, fmt.Errorf("read incident %s: %w", incidents[i].ID, err)
		}
	}
	return incidents, nil
}

const selectIncidents = `SELECT id, check_id, name, phase, severity, worst, reason, since, opened, updated,
	monitoring, resolved, clean_since, ease_since, turns, care FROM incidents WHERE `

func scanIncident(rows *sql.Rows) (inc incident.Incident, err error) {
	var since, opened, updated, monitoring, resolved, clean, ease sql.NullInt64
	var turns, care string
	err = rows.Scan(&inc.ID, &inc.Check, &inc.Name, &inc.Phase, &inc.Severity, &inc.Worst, &inc.Reason, &since, &opened, &updated,
		&monitoring, &resolved, &clean, &ease, &turns, &care)
	if err != nil {
		return inc, err
	}
	if err := json.Unmarshal([]byte(care), &inc.Care); err != nil {
		return inc, fmt.Errorf("read what staff do with incident %s: %w", inc.ID, err)
	}
	inc.Turns, err = decodeTimes(turns)
	inc.Since, inc.Opened, inc.Updated = moment(since), moment(opened), moment(updated)
	inc.Monitoring, inc.Resolved = moment(monitoring), moment(resolved)
	inc.CleanSince, inc.EaseSince = moment(clean), moment(ease)
	return inc, err
}

func fill(ctx context.Context, query querier, inc *incident.Incident) (err error) {
	inc.Affected, err = collect(ctx, query, func(rows *sql.Rows) (a incident.Affected, err error) {
		var since, until sql.NullInt64
		err = rows.Scan(&a.Component, &a.Status, &a.Worst, &since, &until)
		a.From, a.Until = moment(since), moment(until)
		return a, err
	}, "SELECT component, status, worst, since, until FROM affected WHERE incident = ? ORDER BY position", inc.ID)
	if err != nil {
		return err
	}
	inc.Updates, err = collect(ctx, query, scanUpdate, `SELECT id, incident, number, kind, phase, severity, at, text, auto, promised, next_by,
		changes, channels, author, edited, findings FROM updates WHERE incident = ? ORDER BY number`, inc.ID)
	if err != nil {
		return err
	}
	promises, err := collect(ctx, query, func(rows *sql.Rows) (p incident.Promise, err error) {
		var made, due, nudged sql.NullInt64
		err = rows.Scan(&p.Incident, &p.Kind, &made, &due, &nudged)
		p.Made, p.Due, p.Nudged = moment(made), moment(due), moment(nudged)
		return p, err
	}, "SELECT incident, kind, made, due, nudged FROM promises WHERE incident = ? AND ended IS NULL ORDER BY made, kind", inc.ID)
	if err != nil {
		return err
	}
	for i := range promises {
		if promises[i].Kind.Words() {
			inc.Promise = &promises[i]
		} else {
			inc.Clocks = append(inc.Clocks, promises[i])
		}
	}
	return nil
}

func scanUpdate(rows *sql.Rows) (u incident.Update, err error) {
	var at, promised, next, edited sql.NullInt64
	var changes, channels, findings string
	if err := rows.Scan(&u.ID, &u.Incident, &u.Number, &u.Kind, &u.Phase, &u.Severity, &at, &u.Text, &u.Auto, &promised, &next,
		&changes, &channels, &u.By, &edited, &findings); err != nil {
		return u, err
	}
	u.At, u.Promised, u.NextBy = moment(at), moment(promised), moment(next)
	u.Edited = moment(edited)
	if err := json.Unmarshal([]byte(changes), &u.Changes); err != nil {
		return u, fmt.Errorf("read the changes of update %s: %w", u.ID, err)
	}
	if err := json.Unmarshal([]byte(channels), &u.Channels); err != nil {
		return u, fmt.Errorf("read the channels of update %s: %w", u.ID, err)
	}
	if findings == "[]" {
		return u, nil
	}
	if err := json.Unmarshal([]byte(findings), &u.Findings); err != nil {
		return u, fmt.Errorf("read the findings of update %s: %w", u.ID, err)
	}
	return u, nil
}

// OpenIncidents gives the incidents that are not over, for staff: warnings and
// others that are not public included, the newest first.
func (s *Store) OpenIncidents(ctx context.Context) ([]incident.Incident, error) {
	found, err := loadIncidents(ctx, s.readers.QueryContext, "resolved IS NULL", newestOfFew)
	return found, explain(err)
}
