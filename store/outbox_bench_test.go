package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/store"
)

// fanOut is how many subscribers hear of the update that is measured.
const fanOut = 100_000

// seedSubscribers writes a database with so many confirmed subscribers, a
// quarter of them to one component. Their ids are as newID makes them: the
// time, then chance; fifty of one millisecond, as an import has them.
func seedSubscribers(tb testing.TB, path string, n int) {
	tb.Helper()
	s, err := store.Open(context.Background(), store.Options{Path: path})
	if err != nil {
		tb.Fatal(err)
	}
	if err := s.Close(); err != nil {
		tb.Fatal(err)
	}
	db := openBeside(tb, path)
	defer func() { _ = db.Close() }()
	_, err = db.Exec(fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		INSERT INTO subscribers (id, channel, address, name, components, severity, updates, confirmed, created)
		SELECT printf('mhwz%%04x%%010x', i / 50, i * 7919 %% 1000003), 'email', printf('reader-%%d@mail.example', i), '',
		CASE WHEN i %% 4 = 0 THEN '["sign-in"]' ELSE '[]' END, 0, 'all', 1, 1 FROM n`, n-1))
	if err != nil {
		tb.Fatal(err)
	}
}

func openBeside(tb testing.TB, path string) *sql.DB {
	tb.Helper()
	db, err := sql.Open("sqlite", "file:"+path+benchPragmas)
	if err != nil {
		tb.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	return db
}

// publishing writes updates of incidents as the engine does.
type publishing struct {
	tb    testing.TB
	store *store.Store
	now   time.Time
}

func (p *publishing) update(inc string, number int, kind incident.UpdateKind, severity incident.Severity, channels ...string) *incident.Decision {
	phase := incident.Investigating
	d := &incident.Decision{
		Incidents: []incident.Incident{{ID: inc, Name: "Sign in is down", Phase: phase, Severity: severity, Worst: severity, Since: p.now, Opened: p.now, Updated: p.now}},
		Updates: []incident.Update{{
			ID: fmt.Sprintf("%s-%d", inc, number), Incident: inc, Number: number, Kind: kind, Phase: phase, Severity: severity, At: p.now, Text: "Sign in is down.",
			Changes:  []incident.AffectedChange{{Component: "sign-in", Old: incident.Operational, New: incident.Down}},
			Channels: channels,
		}},
	}
	return d
}

// save commits a decision and says how long that took.
func (p *publishing) save(d *incident.Decision) time.Duration {
	p.tb.Helper()
	began := time.Now()
	err := p.store.Write(context.Background(), func(ctx context.Context, tx incident.Tx) error {
		_, err := tx.Save(ctx, p.now, d)
		return err
	})
	if err != nil {
		p.tb.Fatal(err)
	}
	return time.Since(began)
}

// BenchmarkFanOutRatio queues an update for a hundred thousand subscribers
// while results come in and the page is read, beside bare inserts of as many
// rows into the same table in one transaction. It also says how long results
// and the page waited, with the fan-out going on and without.
func BenchmarkFanOutRatio(b *testing.B) {
	f := newFanOut(b)
	quiet := f.beside(func() { <-time.After(3 * time.Second) })
	var took, bare time.Duration
	var busy waits
	n := 0
	for b.Loop() {
		n++
		busy.add(f.beside(func() { took += f.publish(n) }))
		bare += f.bare(n)
	}
	rows := float64(n * fanOut)
	reportRatio(b, rows/took.Seconds(), rows/bare.Seconds())
	b.ReportMetric(took.Seconds()*1000/float64(n), "ms")
	for name, w := range map[string]waits{"quiet": quiet, "fan-out": busy} {
		b.ReportMetric(w.ingest.p99(), name+"-ingest-p99-ms")
		b.ReportMetric(w.page.p99(), name+"-page-p99-ms")
	}
}

// BenchmarkFanOutSecondRatio is how many of those go into a second.
func BenchmarkFanOutSecondRatio(b *testing.B) {
	f := newFanOut(b)
	var took time.Duration
	n := 0
	for b.Loop() {
		n++
		f.beside(func() { took += f.publish(n) })
	}
	reportRatio(b, float64(n)/took.Seconds(), 1)
}

// fanOutBench is a database with a hundred thousand subscribers, an engine that
// takes results, and a page.
type fanOutBench struct {
	b       *testing.B
	decider *decider
	page    *store.Page
	path    string
}

func newFanOut(b *testing.B) *fanOutBench {
	b.Helper()
	path := filepath.Join(b.TempDir(), "fan.db")
	seedSubscribers(b, path, fanOut)
	options := incident.PolicyOptions{Severities: incident.SeverityTable{P1: `availability == "none"`}, Regions: []incident.Region{{ID: "a", Name: "a"}}}
	for i := range 200 {
		options.Components = append(options.Components, plainComponent(i))
	}
	f := &fanOutBench{b: b, path: path, decider: openDecider(b, path, options)}
	f.page = store.NewPage(f.decider.store, func(check string) string { return check })
	return f
}

// publish queues an update of a new incident.
func (f *fanOutBench) publish(n int) time.Duration {
	p := &publishing{f.b, f.decider.store, start}
	return p.save(p.update(fmt.Sprint("incident-", n), 1, incident.Opened, incident.P1, "email", "sms"))
}

// bare inserts as many rows by hand, into the same table.
func (f *fanOutBench) bare(n int) time.Duration {
	f.b.Helper()
	db := openBeside(f.b, f.path)
	defer func() { _ = db.Close() }()
	began := time.Now()
	tx, err := db.Begin()
	if err != nil {
		f.b.Fatal(err)
	}
	inc := fmt.Sprint("bare-", n)
	statements := []string{
		"INSERT INTO incidents (id, name, phase, severity, worst, reason, since, opened, updated, turns) SELECT '" + inc + "', name, phase, severity, worst, reason, since, opened, updated, turns FROM incidents LIMIT 1",
		"INSERT INTO updates (id, incident, number, kind, phase, severity, at, text, auto, changes, channels) VALUES ('" + inc + "-1', '" + inc + "', 1, 'opened', 'investigating', 1, 0, '', 0, '[]', '[]')",
	}
	for _, query := range statements {
		if _, err := tx.Exec(query); err != nil {
			f.b.Fatal(err)
		}
	}
	insert, err := tx.Prepare(`INSERT INTO deliveries (id, audience, update_id, incident, number, subscriber, channel, address, name, state, lane, due, expires, attempts, provider, reason, created, changed)
		VALUES (?, 'public', ?, ?, 1, ?, 'email', '', '', 'pending', 1, ?, ?, 0, '', '', ?, ?)`)
	if err != nil {
		f.b.Fatal(err)
	}
	defer func() { _ = insert.Close() }()
	at := start.UnixMilli()
	for i := range fanOut {
		id := fmt.Sprintf("mhwz%04x%010x", i/50, i*7919%1000003)
		if _, err := insert.Exec(inc+"-1-"+id, inc+"-1", inc, id, at, at, at, at); err != nil {
			f.b.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		f.b.Fatal(err)
	}
	return time.Since(began)
}

// waits are how long single results and reads of the page took.
type waits struct{ ingest, page times }

func (w *waits) add(more waits) {
	w.ingest, w.page = append(w.ingest, more.ingest...), append(w.page, more.page...)
}

type times []time.Duration

// p99 is in milliseconds.
func (t times) p99() float64 {
	if len(t) == 0 {
		return 0
	}
	slices.Sort(t)
	return float64(t[len(t)*99/100].Microseconds()) / 1000
}

// beside does something while results come in, a batch each 20 ms, and the
// page is read as often.
func (f *fanOutBench) beside(fn func()) waits {
	var w waits
	end := make(chan struct{})
	var going sync.WaitGroup
	often := func(into *times, once func()) {
		going.Go(func() {
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			for {
				began := time.Now()
				once()
				*into = append(*into, time.Since(began))
				select {
				case <-end:
					return
				case <-tick.C:
				}
			}
		})
	}
	often(&w.ingest, func() {
		f.decider.now = f.decider.now.Add(10 * time.Second)
		results := make([]checker.Result, 20)
		for i := range results {
			results[i] = checker.Result{Check: checkID(i), Region: "a", At: f.decider.now, Outcome: checker.OK, Latency: 80 * time.Millisecond}
		}
		f.decider.submit(results)
	})
	often(&w.page, func() {
		if _, err := f.page.Snapshot(context.Background(), start); err != nil {
			f.b.Error(err)
		}
	})
	fn()
	close(end)
	going.Wait()
	return w
}
