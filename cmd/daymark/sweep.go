package main

import (
	"context"
	"time"

	"daymark/config"
	"daymark/store"
)

// How often old data is deleted, and how often the size of evidence is looked
// at: an hour of a large outage can bring more than there is room for.
const (
	sweepEvery = time.Hour
	trimEvery  = time.Minute
)

// sweep deletes what is older than its retention, and evidence that there is
// no room for.
func (a *app) sweep(ctx context.Context) {
	keep := retentionOf(a.doc)
	keep.Runs = a.policy.Knows
	hour, minute := time.NewTicker(sweepEvery), time.NewTicker(trimEvery)
	defer hour.Stop()
	defer minute.Stop()
	due := true
	for {
		if due {
			if _, err := a.store.Sweep(ctx, keep, time.Now()); err != nil && ctx.Err() == nil {
				a.log.Error("old data could not be deleted; it is tried again in an hour", "error", err)
			}
			if _, err := a.store.SweepSubscriptions(ctx, time.Now()); err != nil && ctx.Err() == nil {
				a.log.Error("addresses that nobody needs could not be deleted; it is tried again in an hour", "error", err)
			}
			if err := a.store.SweepReports(ctx, time.Now()); err != nil && ctx.Err() == nil {
				a.log.Error("contacts of old reports could not be deleted; it is tried again in an hour", "error", err)
			}
			if err := a.store.SweepSessions(ctx, time.Now()); err != nil && ctx.Err() == nil {
				a.log.Error("sessions that are over could not be deleted; it is tried again in an hour", "error", err)
			}
		} else if _, err := a.store.TrimEvidence(ctx, keep.EvidenceSize); err != nil && ctx.Err() == nil {
			a.log.Error("no room could be made for evidence; it is tried again in a minute", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-hour.C:
			due = true
		case <-minute.C:
			due = false
		}
	}
}

// retentionOf says how long is kept what.
func retentionOf(doc *config.Document) store.Retention {
	r := doc.Server.Retention
	return store.Retention{Results: r.Results, Evidence: r.Evidence, Hours: r.Hours, Days: r.Days, Deliveries: r.Hours, EvidenceSize: int64(r.EvidenceSize)}
}
