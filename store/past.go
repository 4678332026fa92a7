package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"daymark/incident"
	"daymark/internal/lang"
	"daymark/statuspage"
)

// trace is what a search needs to know of an incident or a maintenance to find
// it.
type trace struct {
	id          string
	at          time.Time
	maintenance *incident.PlannedMaintenance // nil: it is an incident
	words       wordsSeen
}

// Past implements statuspage.Source. Words are compared here and not by SQL:
// databases disagree on case and know nothing of accents.
func (p *Page) Past(ctx context.Context, s statuspage.Search) (*statuspage.Found, error) {
	if len(s.Words) > 0 {
		// All that was ever said is read: one at a time, so that the checks' own
		// work goes on beside it.
		select {
		case p.searching <- struct{}{}:
			defer func() { <-p.searching }()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	tx, err := p.store.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("search the past: %w", explain(err))
	}
	defer func() { _ = tx.Rollback() }() // it wrote nothing
	found, err := p.past(ctx, tx.QueryContext, &s)
	if err != nil {
		return nil, fmt.Errorf("search the past: %w", explain(err))
	}
	return found, nil
}

func (p *Page) past(ctx context.Context, query querier, s *statuspage.Search) (*statuspage.Found, error) {
	var traces []trace
	if s.Kind != statuspage.OfMaintenance {
		incidents, err := tracesOfIncidents(ctx, query, s)
		if err != nil {
			return nil, err
		}
		traces = incidents
	}
	if s.Kind != statuspage.OfIncidents {
		maintenances, err := tracesOfMaintenance(ctx, query, s)
		if err != nil {
			return nil, err
		}
		traces = append(traces, maintenances...)
	}
	traces = slices.DeleteFunc(traces, func(t trace) bool { return !t.words.all(s.Words) })
	slices.SortFunc(traces, func(a, b trace) int { return cmp.Or(b.at.Compare(a.at), strings.Compare(b.id, a.id)) })
	found := &statuspage.Found{}
	for i := range traces {
		local := traces[i].at.In(p.store.zone)
		month := time.Date(local.Year(), local.Month(), 1, 0, 0, 0, 0, p.store.zone)
		if n := len(found.Months); n == 0 || !found.Months[n-1].Equal(month) {
			found.Months = append(found.Months, month)
		}
	}
	if !s.Month.IsZero() {
		end := s.Month.AddDate(0, 1, 0)
		traces = slices.DeleteFunc(traces, func(t trace) bool { return t.at.Before(s.Month) || !t.at.Before(end) })
	}
	found.Total = len(traces)
	from := min(len(traces), (max(s.Page, 1)-1)*perPage)
	for _, t := range traces[from:min(len(traces), from+perPage)] {
		entry := statuspage.PastEntry{Maintenance: t.maintenance}
		if t.maintenance == nil {
			record, err := incidentRecord(ctx, query, t.id)
			if err != nil {
				return nil, err
			}
			entry.Incident = record
		}
		found.Entries = append(found.Entries, entry)
	}
	return found, nil
}

// public is what visitors see of incidents.
const publicIncident = "worst BETWEEN 1 AND 3"

func tracesOfIncidents(ctx context.Context, query querier, s *statuspage.Search) ([]trace, error) {
	where, args := publicIncident, []any{}
	if s.Component != "" {
		where += " AND EXISTS (SELECT 1 FROM affected a WHERE a.incident = incidents.id AND a.component = ?)"
		args = append(args, s.Component)
	}
	at := map[string]int{}
	traces, err := collect(ctx, query, func(rows *sql.Rows) (t trace, err error) {
		var since sql.NullInt64
		var name string
		err = rows.Scan(&t.id, &since, &name)
		t.at = moment(since)
		t.words.look(s.Words, name)
		return t, err
	}, "SELECT id, since, name FROM incidents WHERE "+where, args...)
	if err != nil || len(s.Words) == 0 {
		return traces, err
	}
	for i := range traces {
		at[traces[i].id] = i
	}
	look := func(statement string, seen func(t *trace, text string)) error {
		rows, err := query(ctx, statement)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // rows.Err tells of any fault
		for rows.Next() {
			var id, text string
			if err := rows.Scan(&id, &text); err != nil {
				return err
			}
			if i, ok := at[id]; ok {
				seen(&traces[i], text)
			}
		}
		return rows.Err()
	}
	if err := look("SELECT incident, text FROM updates", func(t *trace, text string) { t.words.look(s.Words, text) }); err != nil {
		return nil, err
	}
	return traces, look("SELECT incident, component FROM affected", func(t *trace, component string) { t.words.lookFolded(s.Words, s.Names[component]) })
}

func tracesOfMaintenance(ctx context.Context, query querier, s *statuspage.Search) ([]trace, error) {
	all, err := loadMaintenances(ctx, query, "announced IS NOT NULL AND began IS NOT NULL")
	if err != nil {
		return nil, err
	}
	var traces []trace
	for i := range all {
		m := &all[i]
		if s.Component != "" && !slices.Contains(m.Components, s.Component) {
			continue
		}
		t := trace{id: m.ID, at: m.Starts, maintenance: m}
		t.words.look(s.Words, m.Title)
		t.words.look(s.Words, m.Text)
		for _, component := range m.Components {
			t.words.lookFolded(s.Words, s.Names[component])
		}
		traces = append(traces, t)
	}
	return traces, nil
}

// wordsSeen notes which words of a search were seen, a bit each.
type wordsSeen uint64

func (w *wordsSeen) look(words []string, text string) {
	if !w.all(words) {
		w.lookFolded(words, lang.Fold(text))
	}
}

func (w *wordsSeen) lookFolded(words []string, text string) {
	for i, word := range words {
		if *w&(1<<i) == 0 && strings.Contains(text, word) {
			*w |= 1 << i
		}
	}
}

func (w *wordsSeen) all(words []string) bool { return *w == 1<<len(words)-1 }

// incidentRecord reads an incident as its own page shows it.
func incidentRecord(ctx context.Context, query querier, id string) (*statuspage.IncidentRecord, error) {
	found, err := loadIncidents(ctx, query, "id = ? AND "+publicIncident, newestOfFew, id)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("incident %s: %w", id, statuspage.ErrNotFound)
	}
	record := &statuspage.IncidentRecord{Incident: found[0]}
	review, err := reviewOf(ctx, query, id)
	if err != nil {
		return nil, err
	}
	if review != nil {
		record.Learned, record.Published = review.Public, review.Published
	}
	return record, nil
}

// Maintenance implements statuspage.Source.
func (p *Page) Maintenance(ctx context.Context, id string) (*incident.PlannedMaintenance, error) {
	m, err := p.store.Maintenance(ctx, id)
	if err != nil {
		return nil, err
	}
	if m == nil || !m.Public() {
		return nil, fmt.Errorf("maintenance %s: %w", id, statuspage.ErrNotFound)
	}
	return m, nil
}

// Maintenances implements statuspage.Source.
func (p *Page) Maintenances(ctx context.Context, doneAfter time.Time) ([]incident.PlannedMaintenance, error) {
	found, err := loadMaintenances(ctx, p.store.readers.QueryContext,
		"announced IS NOT NULL AND (done IS NULL OR done > ?) ORDER BY starts, id", doneAfter.UnixMilli())
	return found, explain(err)
}
