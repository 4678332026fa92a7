package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"daymark/checker"
	"daymark/incident"
)

// IncidentQuery says which incidents are asked for. What is empty asks for all.
type IncidentQuery struct {
	Open      bool // only those that are not over
	Over      bool // only those that are
	Severity  incident.Severity
	Component string
	Before    string    // an id: only older ones
	From      time.Time // opened then or later; zero: at any time
	Until     time.Time // opened before
	Lasted    time.Time // not over before; zero: whenever
	Most      int
}

// IncidentsOf gives incidents for staff, newest first: warnings and others
// that are not public included.
func (s *Store) IncidentsOf(ctx context.Context, q IncidentQuery) ([]incident.Incident, error) {
	where, args, order := []string{"1 = 1"}, []any{}, newestOfAll
	add := func(clause string, arg ...any) { where, args = append(where, clause), append(args, arg...) }
	if q.Open {
		add("resolved IS NULL")
		order = newestOfFew
	}
	if q.Over {
		add("resolved IS NOT NULL")
	}
	if q.Severity != 0 {
		add("severity = ?", q.Severity)
	}
	if q.Component != "" {
		add("id IN (SELECT incident FROM affected WHERE component = ?)", q.Component)
	}
	if q.Before != "" {
		add("id < ?", q.Before)
	}
	if !q.From.IsZero() {
		add("opened >= ?", q.From.UnixMilli())
	}
	if !q.Until.IsZero() {
		add("opened < ?", q.Until.UnixMilli())
	}
	if !q.Lasted.IsZero() {
		add("(resolved IS NULL OR resolved > ?)", q.Lasted.UnixMilli())
	}
	found, err := loadIncidents(ctx, s.readers.QueryContext, strings.Join(where, " AND "), order+" LIMIT ?", append(args, q.Most)...)
	return found, explain(err)
}

// IncidentStory is all that is known of one incident.
type IncidentStory struct {
	incident.Incident
	Severities []incident.SeverityDecision // oldest first
	Promises   []incident.Promise          // oldest first
	Entries    []incident.Entry            // of the timeline that staff keep, oldest first
	Edits      []incident.Edit             // of its updates, oldest first
}

// IncidentStory gives an incident for staff; ErrNotFound where there is none.
func (s *Store) IncidentStory(ctx context.Context, id string) (*IncidentStory, error) {
	tx, err := s.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("read incident %s: %w", id, explain(err))
	}
	defer func() { _ = tx.Rollback() }() // it wrote nothing
	found, err := loadIncidents(ctx, tx.QueryContext, "id = ?", newestOfFew, id)
	if err != nil {
		return nil, explain(err)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("incident %s: %w", id, ErrNotFound)
	}
	story := &IncidentStory{Incident: found[0]}
	story.Severities, err = collect(ctx, tx.QueryContext, func(rows *sql.Rows) (d incident.SeverityDecision, err error) {
		var at sql.NullInt64
		var facts string
		if err := rows.Scan(&d.Incident, &at, &d.Severity, &d.Reason, &d.Clause, &facts, &d.By); err != nil {
			return d, err
		}
		d.At = moment(at)
		return d, json.Unmarshal([]byte(facts), &d.Facts)
	}, "SELECT incident, at, severity, reason, clause, facts, author FROM severity_decisions WHERE incident = ? ORDER BY at", id)
	if err != nil {
		return nil, fmt.Errorf("read the severities of incident %s: %w", id, explain(err))
	}
	story.Promises, err = collect(ctx, tx.QueryContext, func(rows *sql.Rows) (p incident.Promise, err error) {
		var made, due, nudged, ended sql.NullInt64
		err = rows.Scan(&p.Incident, &p.Kind, &made, &due, &nudged, &ended, &p.How)
		p.Made, p.Due, p.Nudged, p.Ended = moment(made), moment(due), moment(nudged), moment(ended)
		return p, err
	}, "SELECT incident, kind, made, due, nudged, ended, how FROM promises WHERE incident = ? ORDER BY made, kind", id)
	if err != nil {
		return nil, fmt.Errorf("read the promises of incident %s: %w", id, explain(err))
	}
	if story.Entries, err = entriesOf(ctx, tx.QueryContext, id); err != nil {
		return nil, err
	}
	story.Edits, err = editsOf(ctx, tx.QueryContext, id)
	return story, err
}

// Statuses gives the status of each component that was measured, by component.
func (s *Store) Statuses(ctx context.Context) (map[string]incident.ComponentStatus, error) {
	return statuses(ctx, s.readers.QueryContext)
}

// Verdicts gives the verdict on each check that was measured, by check.
func (s *Store) Verdicts(ctx context.Context) (map[string]incident.Verdict, error) {
	return verdicts(ctx, s.readers.QueryContext)
}

// LatestResults gives the newest run of each check in each region that is
// kept, in order of check and region: when, outcome, latency and reason alone.
func (s *Store) LatestResults(ctx context.Context) ([]checker.Result, error) {
	results, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (r checker.Result, err error) {
		var at, latency int64
		var outcome int
		err = rows.Scan(&r.Check, &r.Region, &at, &outcome, &latency, &r.Reason)
		r.At, r.Outcome, r.Latency = time.UnixMilli(at).UTC(), outcomeOf[outcome&3], time.Duration(latency)*time.Microsecond
		return r, err
	}, `SELECT s.check_id, s.region, r.at, r.outcome, r.latency, coalesce(r.detail ->> '$.reason', '') FROM series s CROSS JOIN results r ON r.series = s.id
		AND r.at = (SELECT max(at) FROM results WHERE series = s.id) ORDER BY s.check_id, s.region`)
	if err != nil {
		return nil, fmt.Errorf("read the latest results: %w", explain(err))
	}
	return results, nil
}

// Place is a run in the order of a list: newest first, then by region.
type Place struct {
	At     time.Time
	Region string
}

// EvidenceAfter gives the runs of a check whose evidence is kept, in the order
// of Place, from the one after a place on; without their data. The zero place
// is before all.
func (s *Store) EvidenceAfter(ctx context.Context, q EvidenceQuery, after Place) ([]EvidenceRun, error) {
	until := q.Until
	if !after.At.IsZero() && (until.IsZero() || after.At.Before(until)) {
		until = after.At
	}
	runs, err := s.evidenceRuns(ctx, `AND (e.at < ? OR s.region > ?) ORDER BY e.at DESC, s.region LIMIT ?`,
		append(q.args(until), millisOr(after.At, 1<<62), after.Region, q.Most)...)
	if err != nil {
		return nil, fmt.Errorf("read the evidence of %s: %w", q.Check, explain(err))
	}
	return runs, nil
}
