package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"daymark/incident"
)

// PromisesDue gives the promises that were, are or will be due from one moment
// until another, those that are due first standing first.
func (s *Store) PromisesDue(ctx context.Context, from, to time.Time) ([]incident.PromiseRecord, error) {
	found, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (r incident.PromiseRecord, err error) {
		var made, due, nudged, ended sql.NullInt64
		var severity sql.NullInt64
		var components string
		if err := rows.Scan(&r.Incident, &r.Kind, &made, &due, &nudged, &ended, &r.How, &r.Name, &severity, &components); err != nil {
			return r, err
		}
		r.Made, r.Due, r.Nudged, r.Ended = moment(made), moment(due), moment(nudged), moment(ended)
		r.Severity = incident.Severity(severity.Int64)
		return r, json.Unmarshal([]byte(components), &r.Components)
	}, `SELECT p.incident, p.kind, p.made, p.due, p.nudged, p.ended, p.how, i.name,
		(SELECT d.severity FROM severity_decisions d WHERE d.incident = p.incident AND d.at <= p.made ORDER BY d.at DESC LIMIT 1),
		(SELECT json_group_array(a.component) FROM affected a WHERE a.incident = p.incident)
		FROM promises p JOIN incidents i ON i.id = p.incident WHERE p.due >= ? AND p.due < ? ORDER BY p.due, p.incident, p.kind`, from.UnixMilli(), to.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read the promises: %w", explain(err))
	}
	return found, nil
}
