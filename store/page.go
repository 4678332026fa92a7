package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"daymark/incident"
	"daymark/statuspage"
)

// The page's windows.
const (
	pageDays   = 90
	recentDays = 30
	daysFresh  = 30 * time.Second // how long the past days are kept in memory
)

// Page reads what the public page shows. It satisfies statuspage.Source.
type Page struct {
	store     *Store
	component func(check string) string
	stands    func(component string) time.Duration // nil: nothing does
	searching chan struct{}                        // held while all texts are read

	mu      sync.Mutex
	days    map[string][]statuspage.Day
	hours   map[string][]statuspage.Day
	earlier []incident.Incident
	answers map[string]time.Duration
	readAt  time.Time
	readSeq int64

	histories sync.Mutex
	kept      map[statuspage.ComponentAsk]keptHistory
}

// NewPage makes a reader; component gives the component of a check, or "".
func NewPage(s *Store, component func(check string) string) *Page {
	return &Page{store: s, component: component, searching: make(chan struct{}, 1)}
}

// Standing tells the page for how long one run says how a component is, where
// that is long: a heartbeat that is due each week has six days without any.
// Call it before the page is used.
func (p *Page) Standing(stands func(component string) time.Duration) *Page {
	p.stands = stands
	return p
}

// Snapshot implements statuspage.Source.
func (p *Page) Snapshot(ctx context.Context, now time.Time) (*statuspage.Snapshot, error) {
	// Before a reader is taken, which these take, too.
	for r, from := range map[*ready]time.Time{&p.store.days: p.firstDay(now), &p.store.hours: firstHour(now)} {
		if err := p.store.prepare(ctx, r, from); err != nil {
			return nil, fmt.Errorf("read the page: %w", err)
		}
	}
	if err := p.store.fillLatest(ctx); err != nil {
		return nil, fmt.Errorf("read the page: %w", err)
	}
	tx, err := p.store.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("read the page: %w", explain(err))
	}
	defer func() { _ = tx.Rollback() }() // it wrote nothing
	snapshot, err := p.snapshot(ctx, tx, now)
	if err != nil {
		return nil, fmt.Errorf("read the page: %w", explain(err))
	}
	return snapshot, nil
}

func (p *Page) snapshot(ctx context.Context, tx *sql.Tx, now time.Time) (*statuspage.Snapshot, error) {
	snapshot := &statuspage.Snapshot{Components: map[string]statuspage.ComponentState{}}
	var updated sql.NullInt64
	err := tx.QueryRowContext(ctx, "SELECT seq, at FROM events WHERE quiet = 0 ORDER BY seq DESC LIMIT 1").Scan(&snapshot.Seq, &updated)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	snapshot.Updated = moment(updated)
	if err := p.addComponents(ctx, tx, snapshot); err != nil {
		return nil, err
	}
	p.addLatest(snapshot)
	if err := p.addDays(ctx, tx, snapshot, now); err != nil {
		return nil, err
	}
	snapshot.Maintenances, err = loadMaintenances(ctx, tx.QueryContext,
		"announced IS NOT NULL AND (done IS NULL OR stage = 'completed' AND done > ?) ORDER BY starts, id", now.AddDate(0, 0, -recentDays).UnixMilli())
	if err != nil {
		return nil, err
	}
	incidents, err := loadIncidents(ctx, tx.QueryContext, "worst BETWEEN 1 AND 3 AND (resolved IS NULL OR resolved > ?)", newestOfFew,
		now.AddDate(0, 0, -recentDays).UnixMilli())
	if err != nil {
		return nil, err
	}
	for _, inc := range incidents {
		if inc.Open() {
			snapshot.Open = append(snapshot.Open, inc)
		} else {
			snapshot.Recent = append(snapshot.Recent, inc)
		}
	}
	return snapshot, nil
}

func (p *Page) addComponents(ctx context.Context, tx *sql.Tx, snapshot *statuspage.Snapshot) error {
	type row struct {
		id    string
		state statuspage.ComponentState
	}
	rows, err := collect(ctx, tx.QueryContext, func(rows *sql.Rows) (r row, err error) {
		var since, created sql.NullInt64
		err = rows.Scan(&r.id, &r.state.Status, &since, &r.state.Reason, &created)
		r.state.Since, r.state.Created = moment(since), moment(created)
		return r, err
	}, "SELECT id, status, since, reason, created FROM components")
	if err != nil {
		return err
	}
	for _, r := range rows {
		snapshot.Components[r.id] = r.state
	}
	return nil
}

// addLatest adds the newest run of each series.
func (p *Page) addLatest(snapshot *statuspage.Snapshot) {
	p.store.latest.each(func(run latestRun) {
		at := time.UnixMilli(run.at).UTC()
		if at.After(snapshot.Checked) {
			snapshot.Checked = at
		}
		id := p.component(run.Check)
		state, known := snapshot.Components[id]
		if !known {
			return
		}
		state.Regions = mergeRegion(state.Regions, statuspage.RegionState{Region: run.Region, Outcome: string(outcomeOf[run.outcome&3]), At: at})
		snapshot.Components[id] = state
	})
}

// mergeRegion keeps one state a region: the worst of its checks' latest runs.
func mergeRegion(all []statuspage.RegionState, next statuspage.RegionState) []statuspage.RegionState {
	rank := map[string]int{"unknown": 0, "ok": 1, "degraded": 2, "failed": 3}
	for i := range all {
		if all[i].Region == next.Region {
			if rank[next.Outcome] > rank[all[i].Outcome] {
				all[i] = next
			}
			return all
		}
	}
	return append(all, next)
}

// addDays adds the last 90 days and the like, which are read again when
// something happened and now and then.
func (p *Page) addDays(ctx context.Context, tx *sql.Tx, snapshot *statuspage.Snapshot, now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	today := dayStart(now, p.store.zone)
	if p.days == nil || p.readSeq != snapshot.Seq || now.Sub(p.readAt) > daysFresh || now.Before(p.readAt) || !dayStart(p.readAt, p.store.zone).Equal(today) {
		var hours map[string][]statuspage.Day
		var answers map[string]time.Duration
		err := p.store.hours.orRead(ctx, tx, firstHour(now), func(counts map[rollupTable]map[string][]runs) error {
			hours, answers = p.addHours(counts[rollups], now)
			return nil
		})
		if err != nil {
			return err
		}
		first := p.firstDay(now)
		var days map[string][]statuspage.Day
		err = p.store.days.orRead(ctx, tx, first, func(counts map[rollupTable]map[string][]runs) (err error) {
			days = p.addCounts(counts, first, now, hours)
			return nil
		})
		if err != nil {
			return err
		}
		if err := p.timeAll(ctx, tx, days, hours, first, now); err != nil {
			return err
		}
		if p.earlier, err = readEarlier(ctx, tx, now); err != nil {
			return err
		}
		p.hours, p.answers = hours, answers
		p.days, p.readAt, p.readSeq = days, now, snapshot.Seq
	}
	for id, state := range snapshot.Components {
		state.Days, state.Hours = p.days[id], p.hours[id]
		snapshot.Components[id] = state
	}
	snapshot.Earlier, snapshot.Answers = p.earlier, p.answers
	return nil
}

// Incident implements statuspage.Source.
func (p *Page) Incident(ctx context.Context, id string) (*statuspage.IncidentRecord, error) {
	record, err := incidentRecord(ctx, p.store.readers.QueryContext, id)
	return record, explain(err)
}

// perPage is how many incidents one page of a list has.
const perPage = 50

// Incidents implements statuspage.Source.
func (p *Page) Incidents(ctx context.Context, page int) ([]incident.Incident, error) {
	found, err := loadIncidents(ctx, p.store.readers.QueryContext, "worst BETWEEN 1 AND 3", newestOfAll+" LIMIT ? OFFSET ?", perPage, (max(page, 1)-1)*perPage)
	return found, explain(err)
}

// Learned implements statuspage.Source.
func (p *Page) Learned(ctx context.Context, incidents []string) (map[string]statuspage.Learned, error) {
	ids, err := encode(incidents)
	if err != nil {
		return nil, err
	}
	reviews, err := collect(ctx, p.store.readers.QueryContext, scanReview,
		"SELECT review FROM reviews WHERE incident IN (SELECT value FROM json_each(?))", ids)
	if err != nil {
		return nil, fmt.Errorf("read the reviews: %w", explain(err))
	}
	all := map[string]statuspage.Learned{}
	for i := range reviews {
		if reviews[i].Public != "" {
			all[reviews[i].Incident] = statuspage.Learned{Text: reviews[i].Public, At: reviews[i].Published}
		}
	}
	return all, nil
}

// Announced implements statuspage.Source.
func (p *Page) Announced(ctx context.Context, page int) ([]incident.PlannedMaintenance, error) {
	found, err := loadMaintenances(ctx, p.store.readers.QueryContext,
		"announced IS NOT NULL AND (done IS NULL OR stage = 'completed') ORDER BY announced DESC, id DESC LIMIT ? OFFSET ?", perPage, (max(page, 1)-1)*perPage)
	return found, explain(err)
}
