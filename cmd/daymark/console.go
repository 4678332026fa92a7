package main

import (
	"context"
	"errors"

	"daymark/checker"
	"daymark/console"
	"daymark/incident"
	"daymark/store"
)

// newAPI joins the API with the store.
func (a *app) newAPI() (*console.API, error) {
	source := staffSource{a.store}
	operations := &operations{engine: a.engine, doc: a.doc, core: a.core}
	return console.New(console.Options{
		Incidents: source, Measured: a.store, Evidence: source, Audit: source,
		Commands: a.engine, Work: a.store, Reports: source, Promises: promiseSource{a.core}, Rotas: rotaSource{operations},
		Deliveries: staffLedger{a.store, operations}, Storms: staffStorms{operations},
		Subscribers: staffSubscribers{a.store, operations}, Tokens: staffTokens{a.store, operations},
		Configurations: a.configurations,
		URL:            a.doc.Page.URL, Version: version, Components: a.doc.Components, Regions: a.doc.Regions, People: a.doc.Support.People,
		Logger: a.log,
	})
}

// staffSource gives what the store reads, in the console's words.
type staffSource struct{ store *store.Store }

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

// ListAudit implements console.Audit.
func (s staffSource) ListAudit(ctx context.Context, before int64, most int) ([]console.AuditEntry, error) {
	found, err := s.store.AuditBefore(ctx, before, most)
	if err != nil {
		return nil, err
	}
	entries := make([]console.AuditEntry, len(found))
	for i, e := range found {
		entries[i] = console.AuditEntry(e)
	}
	return entries, nil
}

// notFound says in the console's words that something is not there.
func notFound(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return console.ErrNotFound
	}
	return err
}
