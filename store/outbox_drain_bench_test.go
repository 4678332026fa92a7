package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"daymark/incident"
	"daymark/notify"
	"daymark/store"
)

const (
	firstTextLimit = time.Second
	drainMemory    = 150 // MB
)

// fastMail is a channel whose remote takes a message in a millisecond.
type fastMail struct{ sent *atomic.Int64 }

func (fastMail) Name() string { return "email" }

func (m fastMail) Send(ctx context.Context, _ notify.Message) notify.Sent {
	select {
	case <-time.After(time.Millisecond):
	case <-ctx.Done():
	}
	m.sent.Add(1)
	return notify.Sent{Class: notify.Taken}
}

// firstText is a channel of text messages that says when it was first used.
type firstText struct {
	once sync.Once
	used chan time.Time
}

func (*firstText) Name() string { return "sms" }

func (c *firstText) Send(context.Context, notify.Message) notify.Sent {
	c.once.Do(func() { c.used <- time.Now() })
	return notify.Sent{Class: notify.Taken}
}

func (*firstText) Ask(context.Context, notify.Message) notify.Asked {
	return notify.Asked{State: notify.Retry}
}

// seedDrain writes a database with a hundred thousand readers of email and a
// thousand phones.
func seedDrain(b *testing.B, path string) {
	b.Helper()
	seedSubscribers(b, path, fanOut)
	db := openBeside(b, path)
	defer func() { _ = db.Close() }()
	if _, err := db.Exec(`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
		INSERT INTO subscribers (id, channel, address, name, components, severity, updates, confirmed, created)
		SELECT printf('mhwz4k2q%010x', i), 'sms', printf('+4477009%05d', i), '', '[]', 0, 'edges', 1, 1 FROM n`); err != nil {
		b.Fatal(err)
	}
}

// drain has a hundred thousand emails of a P4 going out when a P1 is published
// to a thousand phones; n makes their incidents new ones. It says how long the
// first text message took from the moment of publishing, and the rate of the
// emails.
func drain(b *testing.B, path string, n int) (text time.Duration, rate float64) {
	b.Helper()
	s, err := store.Open(context.Background(), store.Options{Path: path})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	p := &publishing{b, s, time.Now()}
	p.save(p.update(fmt.Sprint("quiet-", n), 1, incident.Opened, incident.P4, "email"))
	var sent atomic.Int64
	texts := &firstText{used: make(chan time.Time, 1)}
	renderer, err := notify.NewRenderer(notify.RendererOptions{Page: notify.PageInfo{Name: "Shop", URL: "https://status.shop.example", Zone: time.UTC, Contact: "help@shop.example"}})
	if err != nil {
		b.Fatal(err)
	}
	sender, err := notify.NewSender(notify.SenderOptions{
		Outbox: s, Lanes: []notify.Lane{{Channel: fastMail{&sent}, Workers: 8}, {Channel: texts, Workers: 8}}, Render: renderer.Render,
	})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { sender.Run(ctx) })
	defer running.Wait()
	defer cancel()
	began := time.Now()
	<-time.After(3 * time.Second)
	rate = float64(sent.Load()) / time.Since(began).Seconds()
	p.now = time.Now()
	published := time.Now()
	p.save(p.update(fmt.Sprint("worst-", n), 1, incident.Opened, incident.P1, "sms"))
	sender.Wake()
	text = (<-texts.used).Sub(published)
	<-time.After(2 * time.Second)
	return text, rate
}

// BenchmarkFirstTextRatio is how many times the first text message about a P1
// could have gone out in a second, while a hundred thousand emails of a P4 do.
func BenchmarkFirstTextRatio(b *testing.B) {
	path := filepath.Join(b.TempDir(), "drain.db")
	seedDrain(b, path)
	var took time.Duration
	n := 0
	for b.Loop() {
		n++
		text, rate := drain(b, path, n)
		took += text
		b.ReportMetric(rate, "emails/s")
	}
	b.ReportMetric(took.Seconds()*1000/float64(n), "ms")
	reportRatio(b, float64(n)/took.Seconds(), 1/firstTextLimit.Seconds())
}

// drainVariable holds, for a process that BenchmarkDrainMemoryRatio starts of
// its own binary, the database that it drains.
const drainVariable = "DAYMARK_TEST_DRAIN"

// drains is how often that process does so: what it keeps adds up.
const drains = 3

// BenchmarkDrainMemoryRatio sets the memory that a process may have beside the
// most that one has which does nothing else, SQLite's caches included: a
// process of its own, since this one has what all other benchmarks left.
func BenchmarkDrainMemoryRatio(b *testing.B) {
	if path := os.Getenv(drainVariable); path != "" {
		for n := range drains {
			drain(b, path, n)
		}
		fmt.Printf("%s %.1f\n", drainVariable, peak(b))
		return
	}
	most := 0.0
	for b.Loop() {
		path := filepath.Join(b.TempDir(), "drain.db")
		seedDrain(b, path)
		cmd := exec.Command(os.Args[0], "-test.run=^$", "-test.bench=^BenchmarkDrainMemoryRatio$", "-test.benchtime=1x")
		cmd.Env = append(os.Environ(), drainVariable+"="+path)
		out, err := cmd.CombinedOutput()
		_, line, found := strings.Cut(string(out), drainVariable+" ")
		var had float64
		if _, scan := fmt.Sscan(line, &had); err != nil || !found || scan != nil {
			b.Fatalf("%v: %s", err, out)
		}
		most = max(most, had)
	}
	b.ReportMetric(most, "ours")
	b.ReportMetric(drainMemory, "ref")
	b.ReportMetric(drainMemory/most, "ratio")
}

// peak is the most memory that this process has had, in MB.
func peak(b *testing.B) float64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	_, line, _ := strings.Cut(string(text), "VmHWM:")
	var kib float64
	if _, err := fmt.Sscan(line, &kib); err != nil {
		b.Fatalf("%v in %s", err, text)
	}
	return kib * 1024 / 1e6
}

// TestClaimUsesItsIndex: a claim from among a hundred thousand reads what it
// takes, by the partial index, and sorts nothing.
func TestClaimUsesItsIndex(t *testing.T) {
	f := newFixture(t)
	db := openBeside(t, f.path)
	defer func() { _ = db.Close() }()
	for _, query := range store.QueriesOfClaims() {
		plan := planOf(t, db, query)
		for _, step := range plan {
			if len(step) > 4 && step[:4] == "SCAN" || bytes.Contains([]byte(step), []byte("TEMP B-TREE")) {
				t.Errorf("%s\ndoes: %s", query, fmt.Sprint(plan))
			}
		}
		if !bytes.Contains([]byte(plan[0]), []byte("deliveries_")) {
			t.Errorf("%s\nbegins by: %s", query, plan[0])
		}
	}
}

// planOf is how SQLite goes about a query.
func planOf(t *testing.T, db *sql.DB, query string) (plan []string) {
	t.Helper()
	args := []any{"email", 1, 1, 1}
	rows, err := db.Query("EXPLAIN QUERY PLAN "+query, args[:min(len(args), strings.Count(query, "?"))]...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan
}
