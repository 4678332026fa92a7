package store

import (
	"context"
	"database/sql"

	"daymark/internal/telemetry"
	"daymark/notify"
)

// fillTrace reads in which trace the update of a delivery was made, where
// anybody looks.
func (t *Tx) fillTrace(ctx context.Context, d *notify.Delivery) error {
	if !telemetry.On() {
		return nil
	}
	found, err := collect(ctx, t.query, func(rows *sql.Rows) (trace string, err error) { return trace, rows.Scan(&trace) },
		"SELECT trace FROM updates WHERE id = ?", d.Update.ID)
	if err == nil && len(found) > 0 {
		d.Trace = found[0]
	}
	return err
}
