package incidenttest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"daymark/checker"
	"daymark/incident"
)

// Memory is an incident.Store that keeps everything in memory and hands it
// out again as a database would after a restart. Use NewMemory.
type Memory struct {
	mu   sync.Mutex // held by the one write at a time
	kept kept
}

type kept struct {
	seq        int64
	results    map[checker.Key]checker.Result
	verdicts   map[string]incident.Verdict
	components map[string]incident.ComponentStatus
	incidents  map[string]incident.Incident
	overrides  map[string]incident.Override
	reports    map[string]incident.Report
	reviews    map[string]incident.Review
	swaps      map[string]incident.Swap
	made       map[string][2]string // digest and answer, by key

	maintenances map[string]incident.PlannedMaintenance
	silences     map[string]incident.Silence
}

// copy leaves the results out, which are many and only ever added.
func (k *kept) copy() kept {
	return kept{k.seq, k.results, maps.Clone(k.verdicts), maps.Clone(k.components), maps.Clone(k.incidents), maps.Clone(k.overrides), maps.Clone(k.reports), maps.Clone(k.reviews), maps.Clone(k.swaps), maps.Clone(k.made), maps.Clone(k.maintenances), maps.Clone(k.silences)}
}

// NewMemory makes an empty store.
func NewMemory() *Memory {
	return &Memory{kept: kept{
		results: map[checker.Key]checker.Result{}, verdicts: map[string]incident.Verdict{},
		components: map[string]incident.ComponentStatus{}, incidents: map[string]incident.Incident{},
		overrides: map[string]incident.Override{}, reports: map[string]incident.Report{}, reviews: map[string]incident.Review{}, swaps: map[string]incident.Swap{}, made: map[string][2]string{},
		maintenances: map[string]incident.PlannedMaintenance{}, silences: map[string]incident.Silence{},
	}}
}

// Write implements incident.Store.
func (m *Memory) Write(ctx context.Context, fn func(ctx context.Context, tx incident.Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	tx := &memoryTx{kept: m.kept.copy()}
	if err := fn(ctx, tx); err != nil {
		for _, key := range tx.added {
			delete(m.kept.results, key)
		}
		for _, undo := range tx.rollback {
			undo()
		}
		return err
	}
	m.kept = tx.kept
	return nil
}

type memoryTx struct {
	kept
	added    []checker.Key
	rollback []func()
}

// Load implements incident.Tx.
func (t *memoryTx) Load(_ context.Context, now time.Time, horizons map[string]time.Duration, endedAfter time.Time) (*incident.State, error) {
	state := incident.NewState(now)
	state.Verdicts, state.Components = maps.Clone(t.verdicts), maps.Clone(t.components)
	for _, r := range t.sorted() {
		horizon, known := horizons[r.Check]
		if !known || r.At.Before(now.Add(-horizon)) {
			continue
		}
		series := incident.Series{Check: r.Check, Region: r.Region}
		if state.Runs[series] == nil {
			state.Runs[series] = &incident.Runs{}
		}
		state.Runs[series].Add(incident.RunOf(&r), horizon, now.Add(incident.MaxAhead))
	}
	for id, inc := range t.incidents {
		if inc.Open() || inc.Resolved.After(endedAfter) {
			own := inc.Clone()
			state.Incidents[id] = &own
		}
	}
	for id, o := range t.overrides {
		state.Overrides[id] = &o
	}
	for id, r := range t.reviews {
		if own := r.Clone(); !r.Over() || state.Incidents[id] != nil {
			state.Reviews[id] = &own
		}
	}
	for id, s := range t.swaps {
		if s.To.After(now.Add(-24 * time.Hour)) {
			state.Swaps[id] = &s
		}
	}
	for id, r := range t.reports {
		if r.State != incident.Closed || r.Changed.After(endedAfter) {
			state.Reports[id] = &r
		}
	}
	for id, m := range t.maintenances {
		own := m.Clone()
		state.Maintenances[id] = &own
	}
	for id, s := range t.silences {
		if s.Ended.IsZero() {
			state.Silences[id] = &s
		}
	}
	return state, nil
}

// sorted lists the results in the order of their times.
func (t *memoryTx) sorted() []checker.Result {
	return slices.SortedFunc(maps.Values(t.results), func(a, b checker.Result) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Check, b.Check), cmp.Compare(a.Region, b.Region))
	})
}

// AddResults implements incident.Tx.
func (t *memoryTx) AddResults(_ context.Context, results []checker.Result) ([]bool, error) {
	fresh := make([]bool, len(results))
	for i := range results {
		if _, has := t.results[results[i].Key()]; !has {
			t.results[results[i].Key()], fresh[i] = results[i], true
			t.added = append(t.added, results[i].Key())
		}
	}
	return fresh, nil
}

// Latencies implements incident.Tx.
func (t *memoryTx) Latencies(_ context.Context, check string, hours []time.Time) ([]time.Duration, error) {
	var all []time.Duration
	for _, r := range t.sorted() {
		if r.Check != check || r.Outcome != checker.OK && r.Outcome != checker.Degraded {
			continue
		}
		if slices.ContainsFunc(hours, func(hour time.Time) bool { return !r.At.Before(hour) && r.At.Before(hour.Add(time.Hour)) }) {
			all = append(all, r.Latency)
		}
	}
	return all, nil
}

// Excuse implements incident.Tx. There are no rollups to count in.
func (t *memoryTx) Excuse(context.Context, []checker.Result) error { return nil }

// StrikeLate implements incident.Tx. Nothing is struck out.
func (t *memoryTx) StrikeLate(_ context.Context, results []checker.Result, _ []bool) ([]checker.Result, error) {
	return results, nil
}

// Save implements incident.Tx.
func (t *memoryTx) Save(_ context.Context, _ time.Time, d *incident.Decision) (int64, error) {
	for _, v := range d.Verdicts {
		t.verdicts[v.Check] = v
	}
	for _, c := range d.Components {
		t.components[c.Component] = c.ComponentStatus
	}
	for i := range d.Incidents {
		t.incidents[d.Incidents[i].ID] = d.Incidents[i].Clone()
	}
	for i := range d.Reviews {
		t.reviews[d.Reviews[i].Incident] = d.Reviews[i].Clone()
	}
	for i := range d.Swaps {
		t.swaps[d.Swaps[i].ID] = d.Swaps[i]
	}
	for i := range d.Reports {
		t.reports[d.Reports[i].ID] = d.Reports[i]
	}
	for _, o := range d.Overrides {
		if o.Ended {
			delete(t.overrides, o.Component)
		} else {
			t.overrides[o.Component] = o.Override
		}
	}
	for i := range d.Maintenances {
		t.maintenances[d.Maintenances[i].ID] = d.Maintenances[i].Clone()
	}
	for _, s := range d.Silences {
		t.silences[s.ID] = s
	}
	t.seq++
	return t.seq, nil
}

// Made implements incident.Tx.
func (t *memoryTx) Made(_ context.Context, key string) (digest, made string, found bool, err error) {
	kept, found := t.made[key]
	return kept[0], kept[1], found, nil
}

// KeepMade implements incident.Tx.
func (t *memoryTx) KeepMade(_ context.Context, _ time.Time, key, digest, made string) error {
	t.made[key] = [2]string{digest, made}
	return nil
}

// Incident implements incident.Tx.
func (t *memoryTx) Incident(_ context.Context, id string) (*incident.Incident, error) {
	if inc, kept := t.incidents[id]; kept {
		own := inc.Clone()
		return &own, nil
	}
	return nil, nil
}

// Review implements incident.Tx.
func (t *memoryTx) Review(_ context.Context, inc string) (*incident.Review, error) {
	if r, kept := t.reviews[inc]; kept {
		own := r.Clone()
		return &own, nil
	}
	return nil, nil
}

// Record implements incident.Tx.
func (t *memoryTx) Record(context.Context, time.Time, incident.Act) (int64, error) {
	t.seq++
	return t.seq, nil
}

// OnRollback implements incident.Tx.
func (t *memoryTx) OnRollback(fn func()) { t.rollback = append(t.rollback, fn) }

// Watch gives a store that shows each decision to seen before it is kept.
func Watch(store incident.Store, seen func(now time.Time, d *incident.Decision)) incident.Store {
	return &watched{store, seen}
}

type watched struct {
	incident.Store
	seen func(time.Time, *incident.Decision)
}

func (w *watched) Write(ctx context.Context, fn func(ctx context.Context, tx incident.Tx) error) error {
	return w.Store.Write(ctx, func(ctx context.Context, tx incident.Tx) error { return fn(ctx, &watchedTx{tx, w.seen}) })
}

type watchedTx struct {
	incident.Tx
	seen func(time.Time, *incident.Decision)
}

func (w *watchedTx) Save(ctx context.Context, now time.Time, d *incident.Decision) (int64, error) {
	w.seen(now, d)
	return w.Tx.Save(ctx, now, d)
}
