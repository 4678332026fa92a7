package main

import (
	"context"
	"errors"
	"time"

	"daymark/checker"
	"daymark/console"
	"daymark/incident"
	"daymark/store"
)

// newAPI joins the API with the store.
func (a *app) newAPI() (*console.API, error) {
	source := staffSource{a.store, a.doc.Page.Uptime.Maintenance == "counted"}
	operations := &operations{engine: a.engine, doc: a.doc, core: a.core, agents: a.agents}
	rules, err := recurrences(a.doc, a.zone)
	if err != nil {
		return nil, err
	}
	previews, err := newUpdatePreviews(a.doc, a.core)
	if err != nil {
		return nil, err
	}
	return console.New(console.Options{
		Incidents: source, Measured: a.store, Evidence: source, Audit: source,
		Commands: a.engine, Work: staffWork{a.store, operations}, Reports: source, Promises: promiseSource{a.core}, Rotas: rotaSource{operations}, Agreements: agreements{a.core, a.doc}, Rules: a.policy, Standings: standingSource{a.store}, Previews: previews,
		Deliveries: staffLedger{a.store, operations}, Storms: staffStorms{operations},
		Subscribers: staffSubscribers{a.store, operations}, Tokens: staffTokens{a.store, operations},
		Staff: staffSignIns{a.store, operations}, Agents: staffAgents{a.store, operations, a}, Elevations: staffElevations{a.store, operations, a.now},
		Watched: source, ByHand: a.store, Strikes: staffStrikes{a.core}, Changes: staffChanges{a.store, a.engine}, Runners: newStaffRunners(a), Configurations: a.configurations, Objectives: a.objectives, Backups: a.backups, Storage: storage{a.store, a.doc, a.now}, Figures: source,
		Zone: a.zone, URL: a.doc.Page.URL, Version: version, Groups: a.doc.Groups, Components: a.doc.Components, SLAs: a.doc.SLAs, Regions: a.doc.Regions, People: a.doc.Support.People, Teams: a.doc.Teams, Templates: a.doc.Incidents.Templates, Recurring: rules,
		Logger: a.log,
	})
}

// staffSource gives what the store reads, in the console's words.
type staffSource struct {
	store   *store.Store
	counted bool // what runs in a maintenance counts as all others
}

// Figures implements console.Figures.
func (s staffSource) Figures(ctx context.Context, checks []string, byDay bool, from, until time.Time) ([]console.Figure, error) {
	found, err := s.store.Figures(ctx, checks, byDay, s.counted, from, until)
	all := make([]console.Figure, len(found))
	for i := range found {
		all[i] = console.Figure(found[i])
	}
	return all, err
}

// ListIncidents implements console.Incidents.
func (s staffSource) ListIncidents(ctx context.Context, q console.IncidentQuery) ([]incident.Incident, error) {
	return s.store.IncidentsOf(ctx, store.IncidentQuery(q))
}

// Incident implements console.Incidents.
func (s staffSource) Incident(ctx context.Context, id string) (*console.IncidentStory, error) {
	story, err := s.store.IncidentStory(ctx, id)
	if err != nil {
		return nil, notFound(err)
	}
	return (*console.IncidentStory)(story), nil
}

// ListReports implements console.Reports.
func (s staffSource) ListReports(ctx context.Context, q console.ReportQuery) ([]incident.Report, error) {
	return s.store.Reports(ctx, store.ReportQuery(q))
}

// Report implements console.Reports.
func (s staffSource) Report(ctx context.Context, id string) (*incident.Report, []incident.Answer, error) {
	r, err := s.store.UserReport(ctx, id)
	if err != nil {
		return nil, nil, notFound(err)
	}
	answers, err := s.store.Answers(ctx, id)
	return r, answers, err
}

// ListEvidence implements console.Evidence.
func (s staffSource) ListEvidence(ctx context.Context, q console.EvidenceQuery) ([]console.EvidenceRun, error) {
	query := store.EvidenceQuery{Check: q.Check, Region: q.Region, Since: q.Since, Most: q.Most}
	if q.Outcome != "" {
		query.Outcome = []checker.Outcome{q.Outcome}
	}
	found, err := s.store.EvidenceAfter(ctx, query, store.Place{At: q.AfterAt, Region: q.AfterRegion})
	if err != nil {
		return nil, err
	}
	runs := make([]console.EvidenceRun, len(found))
	for i, r := range found {
		runs[i] = console.EvidenceRun{Region: r.Region, At: r.At, Outcome: r.Outcome, Reason: r.Reason, First: r.First}
		for _, p := range r.Pieces {
			runs[i].Pieces = append(runs[i].Pieces, console.EvidencePiece{Name: p.Name, MediaType: p.MediaType, Size: p.Size})
		}
	}
	return runs, nil
}

// ReadEvidence implements console.Evidence.
func (s staffSource) ReadEvidence(ctx context.Context, run checker.Key, name string) (*checker.Evidence, checker.Outcome, error) {
	p, outcome, err := s.store.EvidencePiece(ctx, run, name)
	if err != nil {
		return nil, "", notFound(err)
	}
	return &checker.Evidence{Name: p.Name, MediaType: p.MediaType, Data: p.Data}, outcome, nil
}

// LatestRuns implements console.Watched.
func (s staffSource) LatestRuns(ctx context.Context, check string) ([]checker.Result, error) {
	return s.store.LatestRuns(ctx, check)
}

// ListRuns implements console.Watched.
func (s staffSource) ListRuns(ctx context.Context, q console.RunQuery) ([]checker.Result, error) {
	return s.store.CheckRuns(ctx, store.RunQuery{Check: q.Check, Region: q.Region, After: store.Place{At: q.AfterAt, Region: q.AfterRegion}, Most: q.Most})
}

// RunsBetween implements console.Watched.
func (s staffSource) RunsBetween(ctx context.Context, check string, from, until time.Time) ([]checker.Result, error) {
	return s.store.RunsBetween(ctx, check, from, until)
}

// VerdictChanges implements console.Watched.
func (s staffSource) VerdictChanges(ctx context.Context, check string, most int) ([]incident.Verdict, error) {
	return s.store.VerdictChanges(ctx, check, most)
}

// standingSource gives how checks stand, in the console's words.
type standingSource struct{ *store.Store }

// Standings implements console.Standings.
func (s standingSource) Standings(ctx context.Context, check string) ([]console.Standing, error) {
	found, err := s.Store.Standings(ctx, check)
	if err != nil {
		return nil, err
	}
	all := make([]console.Standing, len(found))
	for i := range found {
		all[i] = console.Standing(found[i])
	}
	return all, nil
}

// ListAudit implements console.Audit.
func (s staffSource) ListAudit(ctx context.Context, q console.AuditQuery) ([]console.AuditEntry, error) {
	found, err := s.store.Audit(ctx, store.AuditQuery(q))
	return auditOf(found), err
}

func auditOf(found []store.AuditEntry) []console.AuditEntry {
	entries := make([]console.AuditEntry, len(found))
	for i, e := range found {
		entries[i] = console.AuditEntry(e)
	}
	return entries
}

// notFound says in the console's words that something is not there.
func notFound(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return console.ErrNotFound
	}
	return err
}
