package console

import (
	"context"
	"strconv"
	"time"
)

// Audit is the trail of what people did.
type Audit interface {
	// ListAudit gives entries, newest first.
	ListAudit(ctx context.Context, q AuditQuery) ([]AuditEntry, error)
}

// AuditQuery narrows the trail; empty fields do not.
type AuditQuery struct {
	Before int64  // only those before an entry
	Person string // of this person, by whatever they acted
	Action string // whose action has this in it
	Object string // whose object has this in it
	Since  time.Time
	Until  time.Time // not itself
	Most   int
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

type auditAsked struct {
	paging
	Person string `query:"person" doc:"Only what this person did, by their id."`
	Action string `query:"action" doc:"Only acts with this in their name."`
	Object string `query:"object" doc:"Only acts on what has this in it."`
	Since  Time   `query:"since" doc:"From this time on."`
	Until  Time   `query:"until" doc:"Before this time."`
}

func (a *API) listAudit(ctx context.Context, _ Call, asked auditAsked) (page[auditRow], error) {
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
	entries, err := a.Audit.ListAudit(ctx, AuditQuery{
		Before: before, Person: asked.Person, Action: asked.Action, Object: asked.Object, Since: asked.Since.Time, Until: asked.Until.Time, Most: asked.Limit + 1,
	})
	if err != nil {
		return page[auditRow]{}, err
	}
	row := func(e *AuditEntry) auditRow {
		return auditRow{Seq: e.Seq, At: Time{e.At}, Actor: e.Actor, Action: e.Action, Object: e.Object, Hash: e.Hash}
	}
	return cut(entries, asked.Limit, row, func(e *AuditEntry) []string { return []string{strconv.FormatInt(e.Seq, 10)} }), nil
}
