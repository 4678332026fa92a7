package incident_test

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/incident/incidenttest"
)

// faulty is a store whose transactions fail at one call while it says so.
type faulty struct {
	incident.Store
	mu sync.Mutex
	at string // "": none
}

// failAt has transactions fail at a call from now on; "": at none.
func (f *faulty) failAt(at string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at = at
}

var errDisk = errors.New("the disk is full")

func (f *faulty) Write(ctx context.Context, fn func(ctx context.Context, tx incident.Tx) error) error {
	return f.Store.Write(ctx, func(ctx context.Context, tx incident.Tx) error { return fn(ctx, &faultyTx{tx, f}) })
}

func (f *faulty) fails(at string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.at == at {
		return errDisk
	}
	return nil
}

type faultyTx struct {
	incident.Tx
	store *faulty
}

func (f *faultyTx) Load(ctx context.Context, now time.Time, horizons map[string]time.Duration, endedAfter time.Time) (*incident.State, error) {
	state, err := f.Tx.Load(ctx, now, horizons, endedAfter)
	return state, errors.Join(err, f.store.fails("load"))
}

func (f *faultyTx) AddResults(ctx context.Context, results []checker.Result) ([]bool, error) {
	fresh, err := f.Tx.AddResults(ctx, results)
	return fresh, errors.Join(err, f.store.fails("add"))
}

func (f *faultyTx) Excuse(ctx context.Context, results []checker.Result) error {
	return errors.Join(f.Tx.Excuse(ctx, results), f.store.fails("excuse"))
}

func (f *faultyTx) StrikeLate(ctx context.Context, results []checker.Result, fresh []bool) ([]checker.Result, error) {
	counting, err := f.Tx.StrikeLate(ctx, results, fresh)
	return counting, errors.Join(err, f.store.fails("late"))
}

func (f *faultyTx) Save(ctx context.Context, now time.Time, d *incident.Decision) (int64, error) {
	seq, err := f.Tx.Save(ctx, now, d)
	return seq, errors.Join(err, f.store.fails("save"))
}

func (f *faultyTx) Made(ctx context.Context, key string) (digest, made string, found bool, err error) {
	digest, made, found, err = f.Tx.Made(ctx, key)
	return digest, made, found, errors.Join(err, f.store.fails("made"))
}

func (f *faultyTx) KeepMade(ctx context.Context, now time.Time, key, digest, made string) error {
	return errors.Join(f.Tx.KeepMade(ctx, now, key, digest, made), f.store.fails("keep"))
}

func (f *faultyTx) Record(ctx context.Context, now time.Time, act incident.Act) (int64, error) {
	seq, err := f.Tx.Record(ctx, now, act)
	return seq, errors.Join(err, f.store.fails("record"))
}

func (f *faultyTx) Review(ctx context.Context, id string) (*incident.Review, error) {
	review, err := f.Tx.Review(ctx, id)
	return review, errors.Join(err, f.store.fails("review"))
}

func (f *faultyTx) Latencies(ctx context.Context, check string, hours []time.Time) ([]time.Duration, error) {
	latencies, err := f.Tx.Latencies(ctx, check, hours)
	return latencies, errors.Join(err, f.store.fails("latencies"))
}

// served is an engine on a store that can fail, with a clock of its own.
type served struct {
	t      *testing.T
	engine *incident.Engine
	store  *faulty
	now    time.Time
	events []int64
}

// serve begins a server on the staffed configuration, with own in place of
// its top-level keys.
func serve(t *testing.T, own string, change func(*incident.EngineOptions)) *served {
	t.Helper()
	usual, err := os.ReadFile("testdata/usual.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, stage, err := stageOf(string(usual), "# "+staffedMark+"\n"+own+"---\n")
	if err != nil {
		t.Fatal(err)
	}
	s := &served{t: t, store: &faulty{Store: incidenttest.NewMemory()}, now: incidenttest.Beginning}
	options := incident.EngineOptions{Store: s.store, Policy: stage.Policy, Now: func() time.Time { return s.now }}
	if change != nil {
		change(&options)
	}
	if s.engine, err = incident.NewEngine(options); err != nil {
		t.Fatal(err)
	}
	s.engine.Listen(func(seq int64) { s.events = append(s.events, seq) })
	return s
}

// round gives one result of the check health in each of two regions.
func (s *served) round(outcome checker.Outcome) error {
	s.now = s.now.Add(10 * time.Second)
	for _, region := range []string{"a", "b"} {
		if _, err := s.engine.Submit(context.Background(), region, []checker.Result{s.result(region, outcome)}); err != nil {
			return err
		}
	}
	return nil
}

func (s *served) result(region string, outcome checker.Outcome) checker.Result {
	return checker.Result{Check: "health", Region: region, At: s.now, Outcome: outcome, Latency: 100 * time.Millisecond}
}

func (s *served) command(key string, command incident.Command) (string, error) {
	return s.engine.Command(context.Background(), incident.By{Person: "ana"}, key, command)
}
