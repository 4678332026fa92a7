package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"daymark/config"
	"daymark/incident"
	"daymark/internal/redact"
	"daymark/notify"
	"daymark/store"
)

// core is the store with the engine around it: all that commands need.
type core struct {
	zone   *time.Location
	policy *incident.Policy
	store  *store.Store
	engine *incident.Engine
	staff  *notify.Staffing
	now    func() time.Time
	key    []byte // of what concerns subscriptions
}

func coreLogger(doc *config.Document, std streams, logging *logOptions) *slog.Logger {
	return logging.logger(std.err, redact.New(doc.Secrets()...))
}

// openCore opens the database of a configuration; its data folder exists and
// is locked.
func openCore(ctx context.Context, doc *config.Document, log *slog.Logger, now func() time.Time) (*core, error) {
	zone, err := time.LoadLocation(doc.Page.Timezone)
	if err != nil {
		return nil, fmt.Errorf("load the page's time zone: %w", err)
	}
	policy, err := incident.NewPolicy(incident.PolicyOptions{
		Regions: doc.Regions, Components: doc.Components, Severities: doc.Severities, Rules: doc.Incidents, SLAs: doc.SLAs,
		Teams: doc.Teams, Reports: doc.Reports, Support: doc.Support, Zone: zone,
		Maintenance: doc.Maintenance, Language: doc.Page.Languages[0], Lease: doc.Agents.Lease,
	})
	if err != nil {
		return nil, fmt.Errorf("make the rules: %w", err)
	}
	staff, err := newStaffing(doc, zone)
	if err != nil {
		return nil, err
	}
	key, noKey := keyOf(doc.Server.Data, "subscriptions") // a folder that is not ours is told of by the database, in better words
	s, err := store.Open(ctx, store.Options{
		Path: filepath.Join(doc.Server.Data, databaseFile), Zone: zone, Language: doc.Page.Languages[0], Logger: log, Key: key,
		Staff: staff, MailReports: mailsReports(doc), Storm: cmp.Or(doc.Notify.Storm.PerMinute, notify.DefaultStorm),
	})
	if err != nil {
		return nil, err
	}
	if noKey != nil {
		return nil, errors.Join(noKey, s.Close())
	}
	engine, err := incident.NewEngine(incident.EngineOptions{Store: s, Policy: policy, MaxAge: doc.Server.Retention.Results, Now: now, Logger: log})
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return &core{zone: zone, policy: policy, store: s, engine: engine, staff: staff, now: now, key: key}, nil
}
