package statuspage_test

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"daymark/incident"
)

// sink is a ResponseWriter that keeps nothing, as a connection would.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header               { return s.header }
func (s *sink) WriteHeader(int)                   {}
func (s *sink) Write(content []byte) (int, error) { return len(content), nil }

// BenchmarkPageServeRatio serves the page beside a bare handler of the same
// bytes, both over real connections of one server each, and reports the share
// of the bare handler's speed that the page reaches; 0.9 is the aim.
func BenchmarkPageServeRatio(b *testing.B) {
	page := handler(newPage(b, harbour(b, failing(b))))
	packed, _ := get(b, page, "/", "Accept-Encoding", "gzip")
	_, content := get(b, page, "/", "Accept-Encoding", "gzip")
	body := []byte(content)
	bare := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = packed.Header["Content-Type"]
		w.Header()["Content-Encoding"] = packed.Header["Content-Encoding"]
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body)
	})
	ours, theirs := httptest.NewServer(page), httptest.NewServer(bare)
	defer ours.Close()
	defer theirs.Close()
	transport := &http.Transport{DisableCompression: true}
	defer transport.CloseIdleConnections()
	once := func(url string) time.Duration {
		request, err := http.NewRequest(http.MethodGet, url, nil)
		if err != nil {
			b.Fatal(err)
		}
		request.Header.Set("Accept-Encoding", "gzip")
		began := time.Now()
		answer, err := transport.RoundTrip(request)
		if err != nil {
			b.Fatal(err)
		}
		n, err := answer.Body.Read(make([]byte, len(body)+1))
		for err == nil {
			var more int
			more, err = answer.Body.Read(make([]byte, 512))
			n += more
		}
		_ = answer.Body.Close()
		if n != len(body) {
			b.Fatalf("%d bytes of %d", n, len(body))
		}
		return time.Since(began)
	}
	var mine, bareTime time.Duration
	// In turns, so that what else the machine does falls on both.
	for b.Loop() {
		mine += once(ours.URL)
		bareTime += once(theirs.URL)
	}
	b.ReportMetric(bareTime.Seconds()/mine.Seconds(), "ratio")
	b.ReportMetric(float64(b.N)/mine.Seconds(), "ours/s")
	b.ReportMetric(float64(b.N)/bareTime.Seconds(), "ref/s")
}

// BenchmarkPageHandler is the handler alone, without a connection.
func BenchmarkPageHandler(b *testing.B) {
	page := handler(newPage(b, harbour(b, failing(b))))
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	request.Header.Set("Accept-Encoding", "gzip")
	b.ReportAllocs()
	for b.Loop() {
		page.ServeHTTP(&sink{http.Header{}}, request)
	}
}

// BenchmarkHubReaders opens two thousand pages and reports what one costs in
// memory, server and client together, and how long a change takes from the
// commit until the last of them has read it.
func BenchmarkHubReaders(b *testing.B) {
	const readers = 2000
	s := working(b)
	r := run(b, harbour(b, s))
	query := r.loaded(b)
	memory := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse + m.StackInuse
	}
	before := memory()
	var conns []*websocket.Conn
	for range readers {
		conns = append(conns, dial(b, r.url, query))
	}
	for _, conn := range conns {
		next(b, conn)
	}
	each := float64(memory()-before) / readers / 1024
	statuses := []incident.Status{incident.Slow, incident.Operational}
	turn := 0
	for b.Loop() {
		r.commit(s, "batch", statuses[turn%2])
		turn++
		for _, conn := range conns {
			if _, _, err := conn.ReadMessage(); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(each, "KB/reader")
}
