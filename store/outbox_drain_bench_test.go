package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
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

// drain has a hundred thousand emails of a P4 going out when a P1 is published
// to a thousand phones. It says how long the first text message took from the
// moment of publishing, the most memory of the process in MB, and the rate of
// the emails.
func drain(b *testing.B) (text time.Duration, memory, rate float64) {
	b.Helper()
	path := filepath.Join(b.TempDir(), "drain.db")
	seedSubscribers(b, path, fanOut)
	db := openBeside(b, path)
	if _, err := db.Exec(`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
		INSERT INTO subscribers (id, channel, address, name, components, severity, updates, confirmed, created)
		SELECT printf('mhwz4k2q%010x', i), 'sms', printf('+4477009%05d', i), '', '[]', 0, 'edges', 1, 1 FROM n`); err != nil {
		b.Fatal(err)
	}
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
	s, err := store.Open(context.Background(), store.Options{Path: path})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	p := &publishing{b, s, time.Now()}
	p.save(p.update("quiet", 1, incident.Opened, incident.P4, "email"))
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
	look := func(lasts time.Duration) {
		for end := time.After(lasts); ; {
			memory = max(memory, resident(b))
			select {
			case <-end:
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
	look(3 * time.Second)
	rate = float64(sent.Load()) / time.Since(began).Seconds()
	p.now = time.Now()
	published := time.Now()
	p.save(p.update("worst", 1, incident.Opened, incident.P1, "sms"))
	sender.Wake()
	text = (<-texts.used).Sub(published)
	look(2 * time.Second)
	return text, memory, rate
}

// resident is the memory of this process, in MB.
func resident(b *testing.B) float64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		b.Fatal(err)
	}
	pages, err := strconv.Atoi(string(bytes.Fields(text)[1]))
	if err != nil {
		b.Fatal(err)
	}
	return float64(pages*os.Getpagesize()) / 1e6
}

// BenchmarkFirstTextRatio is how many times the first text message about a P1
// could have gone out in a second, while a hundred thousand emails of a P4 do.
func BenchmarkFirstTextRatio(b *testing.B) {
	var took time.Duration
	n := 0
	for b.Loop() {
		text, memory, rate := drain(b)
		took += text
		n++
		b.ReportMetric(memory, "MB")
		b.ReportMetric(rate, "emails/s")
	}
	b.ReportMetric(took.Seconds()*1000/float64(n), "ms")
	reportRatio(b, float64(n)/took.Seconds(), 1/firstTextLimit.Seconds())
}

// BenchmarkDrainMemoryRatio sets the memory that the process may have beside
// the most that it has meanwhile, SQLite's caches included.
func BenchmarkDrainMemoryRatio(b *testing.B) {
	most := 0.0
	for b.Loop() {
		runtime.GC()
		_, memory, _ := drain(b)
		most = max(most, memory)
	}
	b.ReportMetric(most, "ours")
	b.ReportMetric(drainMemory, "ref")
	b.ReportMetric(drainMemory/most, "ratio")
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
