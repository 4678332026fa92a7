package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"daymark/checker"
	"daymark/incident"
	"daymark/store"
)

// struckAround is when the clock of London goes back.
var struckAround = time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC)

var errOnPurpose = errors.New("on purpose")

// strikeModel is what results and strikes come to, beside a store.
type strikeModel struct {
	store *store.Store
	path  string
	zone  *time.Location

	halves  bool                      // it was in a zone half an hour apart
	results map[string]checker.Result // as they came
	apart   map[string]bool           // they ran in a maintenance
	inForce []incident.Strike
	made    int
}

func runKey(r *checker.Result) string { return fmt.Sprint(r.Check, r.Region, r.At.UnixMilli()) }

// struck says whether a strike in force takes a result.
func (m *strikeModel) struck(r *checker.Result) bool {
	return slices.ContainsFunc(m.inForce, func(s incident.Strike) bool { return takes(&s, r) })
}

func takes(s *incident.Strike, r *checker.Result) bool {
	return (r.Outcome == checker.Failed || r.Outcome == checker.Degraded) && r.Check == s.Check && (s.Region == "" || s.Region == r.Region) && !r.At.Before(s.From) && r.At.Before(s.Until)
}

// write runs a transaction, which fails now and then.
func (m *strikeModel) write(t *rapid.T, fn func(ctx context.Context, tx *store.Tx) error) error {
	fail := rapid.IntRange(0, 5).Draw(t, "fails") == 0
	err := m.store.Write(context.Background(), func(ctx context.Context, tx incident.Tx) error {
		err := fn(ctx, tx.(*store.Tx))
		if err == nil && fail {
			err = errOnPurpose
		}
		return err
	})
	if err != nil && !errors.Is(err, errOnPurpose) && !isRefusal(err) {
		t.Fatal(err)
	}
	return err
}

func isRefusal(err error) bool {
	_, is := errors.AsType[*incident.Refusal](err)
	return is
}

func (m *strikeModel) moment(t *rapid.T, name string) time.Time {
	return struckAround.Add(time.Duration(rapid.IntRange(-60, 60).Draw(t, name)) * 15 * time.Minute)
}

// take has results come, some of them late or twice.
func (m *strikeModel) take(t *rapid.T) {
	outcomes := []checker.Outcome{checker.OK, checker.Failed, checker.Failed, checker.Degraded, checker.Unknown}
	batch := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) checker.Result {
		return checker.Result{
			Check: rapid.SampledFrom([]string{"one", "one", "two"}).Draw(t, "check"), Region: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "region"),
			At: m.moment(t, "at"), Outcome: rapid.SampledFrom(outcomes).Draw(t, "outcome"), Latency: time.Duration(rapid.IntRange(0, 3_000_000).Draw(t, "latency")) * time.Microsecond,
		}
	}), 1, 20).Draw(t, "batch")
	excuse := rapid.Bool().Draw(t, "in maintenance")
	before := slices.Clone(batch)
	var fresh []bool
	var counting []checker.Result
	err := m.write(t, func(ctx context.Context, tx *store.Tx) (err error) {
		if fresh, err = tx.AddResults(ctx, batch); err != nil {
			return err
		}
		if excuse {
			if err := tx.Excuse(ctx, chosen(batch, fresh)); err != nil {
				return err
			}
		}
		counting, err = tx.StrikeLate(ctx, batch, fresh)
		return err
	})
	if err != nil {
		return
	}
	for i := range batch {
		r := &batch[i]
		_, known := m.results[runKey(r)]
		want := r.Outcome
		if m.struck(r) {
			want = checker.Unknown
		}
		if r.Outcome != before[i].Outcome || fresh[i] == known || fresh[i] && counting[i].Outcome != want {
			t.Fatalf("%+v is fresh: %v, and counts as %s; want %s", r, fresh[i], counting[i].Outcome, want)
		}
		if fresh[i] {
			m.results[runKey(r)], m.apart[runKey(r)] = *r, excuse
		}
	}
}

func (m *strikeModel) strike(t *rapid.T) {
	from := m.moment(t, "from")
	s := incident.Strike{
		ID: fmt.Sprint("s", m.made), Check: "one", Component: "c", Region: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "region"),
		From: from, Until: from.Add(time.Duration(rapid.IntRange(1, 60).Draw(t, "long")) * 15 * time.Minute), Made: struckAround.AddDate(0, 0, 9),
	}
	m.made++
	want := 0
	for _, r := range m.results {
		if takes(&s, &r) && !m.struck(&r) {
			want++
		}
	}
	err := m.write(t, func(ctx context.Context, tx *store.Tx) error { return tx.Strike(ctx, &s) })
	if errors.Is(err, errOnPurpose) {
		return
	}
	if (err != nil) != (want == 0) || s.Runs != want {
		t.Fatalf("%d were struck out, want %d: %v", s.Runs, want, err)
	}
	if want > 0 {
		m.inForce = append(m.inForce, s)
	}
}

func (m *strikeModel) undo(t *rapid.T) {
	if len(m.inForce) == 0 {
		return
	}
	i := rapid.IntRange(0, len(m.inForce)-1).Draw(t, "which")
	if m.write(t, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Unstrike(ctx, struckAround, m.inForce[i].ID, "ana")
		return err
	}) == nil {
		m.inForce = slices.Delete(m.inForce, i, i+1)
	}
}

// check closes the store, and compares what it holds with its results.
func (m *strikeModel) check(t *rapid.T) {
	all, err := m.store.Strikes(context.Background(), "one", 1000)
	if err != nil {
		t.Fatal(err)
	}
	runs := 0
	for _, s := range all {
		if s.Undone.IsZero() {
			runs += s.Runs
		}
	}
	if err := m.store.Close(); err != nil {
		t.Fatal(err)
	}
	var counting, inMaintenance []checker.Result
	struck := 0
	for key, r := range m.results {
		if m.struck(&r) {
			struck++
			r.Outcome = checker.Unknown
		}
		counting = append(counting, r)
		if m.apart[key] {
			inMaintenance = append(inMaintenance, r)
		}
	}
	if runs != struck {
		t.Fatalf("strikes in force say that they took %d runs, and took %d", runs, struck)
	}
	for table, list := range map[string][]checker.Result{"rollups": counting, "excused": inMaintenance} {
		if differ := differing(rolled(t, m.path, table), recounted(m.zone, list), m.halves); differ != "" {
			t.Fatalf("%s hold what results do not add up to:%s", table, differ)
		}
	}
}
