package statuspage_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"daymark/incident"
	"daymark/internal/lang"
	"daymark/statuspage"
)

// Past searches what the test has put there, as the store does it.
func (s *source) Past(_ context.Context, ask statuspage.Search) (*statuspage.Found, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fault != nil {
		return nil, s.fault
	}
	type hit struct {
		at    time.Time
		entry statuspage.PastEntry
	}
	var hits []hit
	has := func(texts ...string) bool {
		all := lang.Fold(strings.Join(texts, " "))
		return !slices.ContainsFunc(ask.Words, func(word string) bool { return !strings.Contains(all, word) })
	}
	incidents := slices.Concat(s.snapshot.Open, s.snapshot.Recent, s.all)
	for i := range incidents {
		inc := &incidents[i]
		texts := []string{inc.Name}
		for _, u := range inc.Updates {
			texts = append(texts, u.Text)
		}
		for _, a := range inc.Affected {
			texts = append(texts, ask.Names[a.Component])
		}
		if ask.Kind != statuspage.OfMaintenance && (ask.Component == "" || inc.Affects(ask.Component)) && has(texts...) {
			record := &statuspage.IncidentRecord{Incident: *inc}
			if !inc.Open() {
				record.Learned, record.Published = s.learned, inc.Resolved
			}
			hits = append(hits, hit{inc.Since, statuspage.PastEntry{Incident: record}})
		}
	}
	for _, m := range slices.Concat(s.snapshot.Maintenances, s.gone) {
		texts := []string{m.Title, m.Text}
		for _, c := range m.Components {
			texts = append(texts, ask.Names[c])
		}
		if ask.Kind != statuspage.OfIncidents && !m.Began.IsZero() && (ask.Component == "" || slices.Contains(m.Components, ask.Component)) && has(texts...) {
			hits = append(hits, hit{m.Starts, statuspage.PastEntry{Maintenance: &m}})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return b.at.Compare(a.at) })
	found := &statuspage.Found{}
	zone, _ := time.LoadLocation("Europe/London")
	for _, h := range hits {
		local := h.at.In(zone)
		month := time.Date(local.Year(), local.Month(), 1, 0, 0, 0, 0, zone)
		if !slices.ContainsFunc(found.Months, month.Equal) {
			found.Months = append(found.Months, month)
		}
		if !ask.Month.IsZero() && !ask.Month.Equal(month) {
			continue
		}
		if at := found.Total; at >= (ask.Page-1)*50 && at < ask.Page*50 {
			found.Entries = append(found.Entries, h.entry)
		}
		found.Total++
	}
	return found, nil
}

func (s *source) Maintenance(_ context.Context, id string) (*incident.PlannedMaintenance, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range slices.Concat(s.snapshot.Maintenances, s.gone) {
		if m.ID == id {
			return &m, s.fault
		}
	}
	return nil, fmt.Errorf("maintenance %q: %w", id, statuspage.ErrNotFound)
}

func (s *source) Maintenances(_ context.Context, doneAfter time.Time) ([]incident.PlannedMaintenance, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.Concat(s.snapshot.Maintenances, s.gone)
	all = slices.DeleteFunc(all, func(m incident.PlannedMaintenance) bool { return m.Ended() && !m.Done.After(doneAfter) })
	slices.SortStableFunc(all, func(a, b incident.PlannedMaintenance) int { return a.Starts.Compare(b.Starts) })
	return all, s.fault
}
