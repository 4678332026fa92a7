package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

const auditColumns = "SELECT seq, at, actor, action, object, hash FROM audit "

func scanAudit(rows *sql.Rows) (e AuditEntry, err error) {
	var at int64
	err = rows.Scan(&e.Seq, &at, &e.Actor, &e.Action, &e.Object, &e.Hash)
	e.At = time.UnixMilli(at).UTC()
	return e, err
}

// AuditQuery says which entries are asked for. What is empty asks for all.
type AuditQuery struct {
	Before int64  // only those before an entry
	Person string // only of this person, by whatever they acted
	Action string // only those whose action has this in it
	Object string // only those whose object has this in it
	Since  time.Time
	Until  time.Time // not itself
	Most   int
}

// Audit gives entries of the audit trail, newest first.
func (s *Store) Audit(ctx context.Context, q AuditQuery) ([]AuditEntry, error) {
	where, args := []string{"1 = 1"}, []any{}
	add := func(clause string, arg ...any) { where, args = append(where, clause), append(args, arg...) }
	if q.Before > 0 {
		add("seq < ?", q.Before)
	}
	if q.Person != "" {
		add("(actor = ? OR substr(actor, 1, length(?) + 1) = ? || ' ')", q.Person, q.Person, q.Person)
	}
	if q.Action != "" {
		add("instr(lower(action), lower(?)) > 0", q.Action)
	}
	if q.Object != "" {
		add("instr(lower(object), lower(?)) > 0", q.Object)
	}
	if !q.Since.IsZero() {
		add("at >= ?", q.Since.UnixMilli())
	}
	if !q.Until.IsZero() {
		add("at < ?", q.Until.UnixMilli())
	}
	entries, err := collect(ctx, s.readers.QueryContext, scanAudit, auditColumns+"WHERE "+strings.Join(where, " AND ")+" ORDER BY seq DESC LIMIT ?", append(args, q.Most)...)
	if err != nil {
		return nil, fmt.Errorf("read the audit trail: %w", explain(err))
	}
	return entries, nil
}
