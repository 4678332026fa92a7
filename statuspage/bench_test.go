package statuspage_test

import (
	"bufio"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

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

// benchReaders is how many pages are open, in a process of their own.
const benchReaders = 10_000

// BenchmarkUpdateRatio takes the time in ms from a commit until the last of ten
// thousand open pages has read of it, at the median, beside the 250 that it
// may take, and BenchmarkSocketRatio what each costs the server in KB, beside
// 25.
func BenchmarkUpdateRatio(b *testing.B) {
	st := newStand(b)
	f := newFleet(b, st.addr, benchReaders, (&running{page: st.page}).loaded(b), 1)
	var took []float64
	for b.Loop() {
		if st.news >= mostNews-1 {
			b.Fatal("too many rounds: take fewer by BENCHTIME")
		}
		b.StopTimer()
		<-time.After(300 * time.Millisecond) // a change of its own, and not the second within the hub's gap
		b.StartTimer()
		began, number := st.commit(), st.news
		all := f.until("all have the change", time.Minute, func(r *fleetReport) bool { return r.Reached[number] == benchReaders })
		took = append(took, float64(all.Last[number]-began.UnixNano())/1e6)
	}
	median := at(took, 0.5)
	b.ReportMetric(median, "ours")
	b.ReportMetric(250, "ref")
	b.ReportMetric(250/median, "ratio")
}

func BenchmarkSocketRatio(b *testing.B) {
	each := 0.0
	for b.Loop() {
		st := newStand(b)
		query := (&running{page: st.page}).loaded(b)
		before := heap()
		newFleet(b, st.addr, benchReaders, query, 1)
		each = float64(heap()-before) / benchReaders / 1024
	}
	b.ReportMetric(each, "ours")
	b.ReportMetric(25, "ref")
	b.ReportMetric(25/each, "ratio")
}
