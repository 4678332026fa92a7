package console

import (
	"context"
	"strconv"
	"time"
)

// Audit is the trail of what people did.
type Audit interface {
	// ListAudit gives entries, newest first: those before an entry, or from
	// the newest on where before is 0.
	ListAudit(ctx context.Context, before int64, most int) ([]AuditEntry, error)
}

// AuditEntry is one act.
type AuditEntry struct {
	Seq    int64
	At     time.Time
	Actor  string
	Action string
	Object string
	Hash   string
}

type auditRow struct {
	Seq    int64  `json:"seq" doc:"Grows, with gaps."`
	At     Time   `json:"at"`
	Actor  string `json:"actor"`
	Action string `json:"action"`
	Object string `json:"object"`
	Hash   string `json:"hash" doc:"Over this entry and the hash before it; empty before the chain began."`
}

func (a *API) listAudit(ctx context.Context, _ Call, asked paging) (page[auditRow], error) {
	place, err := asked.parts(1)
	if err != nil {
		return page[auditRow]{}, err
	}
	before := int64(0)
	if place != nil {
		if before, err = strconv.ParseInt(place[0], 10, 64); err != nil || before <= 0 {
			return page[auditRow]{}, badCursor()
		}
	}
	entries, err := a.Audit.ListAudit(ctx, before, asked.Limit+1)
	if err != nil {
		return page[auditRow]{}, err
	}
	row := func(e *AuditEntry) auditRow {
		return auditRow{Seq: e.Seq, At: Time{e.At}, Actor: e.Actor, Action: e.Action, Object: e.Object, Hash: e.Hash}
	}
	return cut(entries, asked.Limit, row, func(e *AuditEntry) []string { return []string{strconv.FormatInt(e.Seq, 10)} }), nil
}
