package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"daymark/support"
)

// CallOuts lists who was called from one moment until another, in order: for
// each incident a person once, at their first call. One that was called before
// already is not listed again.
func (s *Store) CallOuts(ctx context.Context, from, to time.Time) ([]support.CallOut, error) {
	all, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (c support.CallOut, err error) {
		var at sql.NullInt64
		err = rows.Scan(&c.Rota, &c.Person, &at)
		c.At = moment(at)
		return c, err
	}, `SELECT rota, person, at FROM alerts first WHERE at >= ? AND at < ? AND kind = 'call' AND person <> ''
		AND NOT EXISTS (SELECT 1 FROM alerts before WHERE before.incident = first.incident AND before.person = first.person
			AND before.kind = 'call' AND (before.at, before.id) < (first.at, first.id)) ORDER BY at, id`, from.UnixMilli(), to.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read who was called: %w", explain(err))
	}
	return all, nil
}
