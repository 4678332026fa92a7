package statuspage_test

import (
	"bufio"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"daymark/incident"
	"daymark/statuspage"
)

// sink is a ResponseWriter that keeps nothing, as a connection would.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header               { return s.header }
func (s *sink) WriteHeader(int)                   {}
func (s *sink) Write(content []byte) (int, error) { return len(content), nil }

// BenchmarkPageServeRatio serves the page, in the reader's language out of six,
// beside a bare handler that sends the same answer from memory, headers and
// all; 0.9 is the aim. The bare ratio is that beside a handler that sends the
// same body with no more headers than it needs. Eight connections each ask as
// fast as they are answered, and do no more with an answer than read it.
func BenchmarkPageServeRatio(b *testing.B) {
	p := harbour(b, failing(b))
	p.Options.Languages = languages()
	site, err := statuspage.NewSite(p)
	if err != nil {
		b.Fatal(err)
	}
	h := siteHandler(site)
	packed, content := get(b, h, "/", "Accept-Encoding", browserEncodings, "Accept-Language", "de-DE,de;q=0.9,en;q=0.5")
	body := []byte(content)
	sends := func(header http.Header) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			maps.Copy(w.Header(), header)
			_, _ = w.Write(body)
		})
	}
	needed := http.Header{"Content-Length": {strconv.Itoa(len(body))}}
	for _, key := range []string{"Content-Type", "Content-Encoding"} {
		needed[key] = packed.Header[key]
	}
	ours, same, bare := newAskers(b, h), newAskers(b, sends(packed.Header)), newAskers(b, sends(needed))
	const each = 100
	var took [3]time.Duration
	// In turns, so that what else the machine does falls on all.
	for b.Loop() {
		for i, a := range []*askers{ours, same, bare} {
			took[i] += a.ask(each)
		}
	}
	b.ReportMetric(took[1].Seconds()/took[0].Seconds(), "ratio")
	b.ReportMetric(took[2].Seconds()/took[0].Seconds(), "bare-ratio")
	b.ReportMetric(float64(b.N*each*len(ours.conns))/took[0].Seconds(), "ours/s")
	b.ReportMetric(float64(b.N*each*len(same.conns))/took[1].Seconds(), "ref/s")
}

// browserEncodings is what browsers of today take.
const browserEncodings = "gzip, deflate, br, zstd"

// askers are open connections to one server, all of whose answers are as long.
type askers struct {
	b     *testing.B
	conns []net.Conn
	long  int
}

// question is what a browser asks with.
const question = "GET / HTTP/1.1\r\nHost: status.harbour.example\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\r\n" +
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Encoding: " + browserEncodings + "\r\nAccept-Language: de-DE,de;q=0.9,en;q=0.5\r\n\r\n"

func newAskers(b *testing.B, h http.Handler) *askers {
	server := httptest.NewServer(h)
	b.Cleanup(server.Close)
	a := &askers{b: b}
	for range 8 {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = conn.Close() })
		a.conns = append(a.conns, conn)
	}
	// The first answer says how long each is: nothing in it changes its length.
	if _, err := io.WriteString(a.conns[0], question); err != nil {
		b.Fatal(err)
	}
	counted := &counter{from: a.conns[0]}
	answer, err := http.ReadResponse(bufio.NewReaderSize(counted, 1<<20), nil)
	if err != nil || answer.StatusCode != http.StatusOK {
		b.Fatal(err, answer)
	}
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		b.Fatal(err)
	}
	_ = answer.Body.Close()
	a.long = counted.read
	return a
}

type counter struct {
	from io.Reader
	read int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.read += n
	return n, err
}

// ask asks so many times on each connection and says how long it took.
func (a *askers) ask(times int) time.Duration {
	began := time.Now()
	var all sync.WaitGroup
	for _, conn := range a.conns {
		all.Go(func() {
			into := make([]byte, a.long)
			for range times {
				if _, err := io.WriteString(conn, question); err != nil {
					a.b.Error(err)
					return
				}
				if _, err := io.ReadFull(conn, into); err != nil {
					a.b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return time.Since(began)
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
