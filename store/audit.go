package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"daymark/incident"
)

// AuditEntry is one act of a person, as the audit trail keeps it.
type AuditEntry struct {
	Seq    int64     `json:"seq"` // of the event that it made; grows, with gaps
	At     time.Time `json:"at"`
	Actor  string    `json:"actor"`
	Action string    `json:"action"`
	Object string    `json:"object"`
	Hash   string    `json:"hash"` // over this entry and the hash before it, in hexadecimal; "" before the chain began
}

// link gives the hash of an entry after another's.
func (e AuditEntry) link(before string) (string, error) {
	e.Hash = before
	text, err := json.Marshal(e) // field by field, so that nothing can move from one to another
	if err != nil {
		return "", fmt.Errorf("hash an audit entry: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// Record implements incident.Tx. Entries are only ever added, each chained to
// the one before it.
func (t *Tx) Record(ctx context.Context, now time.Time, act incident.Act) (int64, error) {
	seq, err := t.event(ctx, now, what{Act: act.Action})
	if err != nil {
		return 0, err
	}
	heads, err := collect(ctx, t.query, func(rows *sql.Rows) (hash string, err error) { return hash, rows.Scan(&hash) },
		"SELECT hash FROM audit ORDER BY seq DESC LIMIT 1")
	if err != nil {
		return 0, fmt.Errorf("read the end of the audit trail: %w", err)
	}
	entry := AuditEntry{Seq: seq, At: now.UTC().Truncate(time.Millisecond), Actor: act.Actor, Action: act.Action, Object: act.Object}
	head := ""
	if len(heads) > 0 {
		head = heads[0]
	}
	if entry.Hash, err = entry.link(head); err != nil {
		return 0, err
	}
	if _, err := t.exec(ctx, "INSERT INTO audit (seq, at, actor, action, object, hash) VALUES (?, ?, ?, ?, ?, ?)",
		entry.Seq, entry.At.UnixMilli(), entry.Actor, entry.Action, entry.Object, entry.Hash); err != nil {
		return 0, fmt.Errorf("record an act: %w", err)
	}
	return seq, nil
}

// ReadAudit gives each entry of the audit trail of a database, oldest first,
// to each, whether or not a server runs on it.
func ReadAudit(ctx context.Context, path string, each func(AuditEntry) error) (err error) {
	db, err := open(path, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rows, err := db.QueryContext(ctx, "SELECT seq, at, actor, action, object, hash FROM audit ORDER BY seq")
	if err != nil && strings.Contains(err.Error(), "no such column: hash") {
		return fmt.Errorf("%s is of an older version: start `daymark serve` on it once; entries from before then are not chained", path)
	}
	if err != nil {
		return fmt.Errorf("read the audit trail of %s: %w", path, explain(err))
	}
	defer rows.Close()
	for rows.Next() {
		var e AuditEntry
		var at int64
		if err := rows.Scan(&e.Seq, &at, &e.Actor, &e.Action, &e.Object, &e.Hash); err != nil {
			return fmt.Errorf("read the audit trail of %s: %w", path, err)
		}
		e.At = time.UnixMilli(at).UTC()
		if err := each(e); err != nil {
			return err
		}
	}
	return rows.Err()
}

// AuditReport is what a verification found.
type AuditReport struct {
	Entries   int    // in the chain
	Unchained int    // from before the chain began
	Head      string // the last hash: note it elsewhere, and entries cut off the end show too
}

// AuditFault says where an audit trail is not what was written.
type AuditFault struct {
	Seq int64
	Why string
}

// Error says it.
func (f *AuditFault) Error() string {
	return fmt.Sprintf("the audit trail is broken at entry %d: %s", f.Seq, f.Why)
}

// VerifyAudit works the chain out again. known is a head that was noted
// earlier, or "". What does not fit is an *AuditFault.
func VerifyAudit(ctx context.Context, path, known string) (AuditReport, error) {
	var report AuditReport
	met := known == ""
	err := ReadAudit(ctx, path, func(e AuditEntry) error {
		if e.Hash == "" && report.Head == "" {
			report.Unchained++
			return nil
		}
		want, err := e.link(report.Head)
		if err != nil {
			return err
		}
		if e.Hash != want {
			return &AuditFault{e.Seq, "it, or what stood before it, was changed or removed"}
		}
		report.Entries++
		report.Head = e.Hash
		met = met || e.Hash == known
		return nil
	})
	if err == nil && !met {
		err = &AuditFault{0, "no entry has the hash that was noted: entries were cut off its end, or this is another database"}
	}
	return report, err
}
