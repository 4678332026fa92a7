package store_test

import (
	"bufio"
	"context"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"daymark/statuspage"
	"daymark/store"
)

// BenchmarkPageUnderIngestRatio takes the 99th percentile in ms of requests for
// the public page while 1,000 results a second are ingested (ours), beside
// that of the same server when it has nothing else to do (the reference).
func BenchmarkPageUnderIngestRatio(b *testing.B) {
	seed := filepath.Join(b.TempDir(), "seed.db")
	seedMillion(b, seed)
	in := newIngest(b, seed)
	p := statuspage.Params{Source: store.NewPage(in.store, func(check string) string { return check }), Options: statuspage.DefaultPageOptions(), Components: in.components}
	p.Options.Name, p.Options.URL = "Harbour Bank", "https://status.harbour.example"
	p.Now = func() time.Time { return start.Add(time.Hour) }
	page, err := statuspage.New(p)
	if err != nil {
		b.Fatal(err)
	}
	in.engine.Listen(page.Hub().Notify)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); page.Hub().Run(ctx) }()
	mux := http.NewServeMux()
	for _, r := range page.Routes() {
		mux.Handle(r.Pattern, r.Handler)
	}
	server := httptest.NewServer(mux)
	b.Cleanup(func() { server.Close(); cancel(); <-ended })

	const pace, asked = 5 * time.Millisecond, 600    // 200 requests a second for three seconds
	for range benchRegions * (benchChecks/100 + 1) { // all are measured, as they are on any day but the first
		in.submit(in.next(100))
	}
	<-time.After(500 * time.Millisecond)
	var idle, busy []float64
	for b.Loop() {
		idle = append(idle, asks(b, server.Listener.Addr().String(), asked, pace)...)
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			each := time.NewTicker(100 * time.Millisecond)
			defer each.Stop()
			for {
				select {
				case <-stop:
					return
				case <-each.C:
					in.submit(in.next(100))
				}
			}
		}()
		busy = append(busy, asks(b, server.Listener.Addr().String(), asked, pace)...)
		close(stop)
		<-stopped
	}
	ours, reference := percentile(busy, 0.99), percentile(idle, 0.99)
	b.ReportMetric(ours, "ours")
	b.ReportMetric(reference, "ref")
	b.ReportMetric(reference/ours, "ratio")
}

// asks loads the page so many times, one after the other at a mean pace, and gives
// the milliseconds that each took.
func asks(b *testing.B, addr string, times int, pace time.Duration) []float64 {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	from := bufio.NewReader(conn)
	random := rand.New(rand.NewPCG(1, 2)) // visitors keep no step with agents
	var took []float64
	for range times {
		<-time.After(time.Duration(random.Int64N(2 * int64(pace))))
		began := time.Now()
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: status.harbour.example\r\nAccept-Encoding: br\r\n\r\n"); err != nil {
			b.Fatal(err)
		}
		answer, err := http.ReadResponse(from, nil)
		if err != nil {
			b.Fatal(err)
		}
		_, err = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK {
			b.Fatal(err, answer.Status)
		}
		took = append(took, float64(time.Since(began).Microseconds())/1000)
	}
	return took
}

func percentile(values []float64, share float64) float64 {
	slices.Sort(values)
	return values[min(len(values)-1, int(share*float64(len(values))))]
}
