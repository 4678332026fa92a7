package statuspage_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// A fleet is many readers in a process of their own: this program, begun
// again. Each does what live.js does with its socket.

const fleetVariable = "DAYMARK_TEST_FLEET" // of the process of readers: host:port, how many, first query, share of the usual waits

// mostNews is how many changes a fleet is told of at most.
const mostNews = 200

// fleetReport is what a fleet saw.
type fleetReport struct {
	Readers   int
	Faults    []string        // some of what must not be: a change missed, or told twice
	Reached   [mostNews]int   // how many readers have a change, by its number
	Last      [mostNews]int64 // when the last of them got it while connected, in ns since 1970
	Back      []float64       // seconds from losing the connection until it was back, of each reader
	Connected int             // now
	Latest    map[string]int  // how many readers have which change as their newest
	mu        sync.Mutex
}

func (r *fleetReport) fault(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.Faults) < 20 {
		r.Faults = append(r.Faults, fmt.Sprintf(format, args...))
	}
}

// got notes that a reader has a change.
func (r *fleetReport) got(n int, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Reached[n]++
	r.Last[n] = max(r.Last[n], at.UnixNano())
}

// beFleet is the process of readers. It says "ready" on standard output when
// all are connected, answers each line on standard input with a report, and
// ends with the input.
func beFleet() {
	var addr, query string
	var count int
	var haste float64
	if _, err := fmt.Sscan(os.Getenv(fleetVariable), &addr, &count, &query, &haste); err != nil {
		panic(err)
	}
	report := &fleetReport{Readers: count}
	var ready sync.WaitGroup
	ready.Add(count)
	readers := make([]*fleetReader, count)
	// No more handshakes at once than a listener has room for.
	door := make(chan struct{}, 256)
	for i := range readers {
		readers[i] = &fleetReader{number: i, addr: addr, query: query, report: report, wait: &pauses{haste: haste}, ready: sync.OnceFunc(ready.Done), door: door}
		go readers[i].live()
	}
	ready.Wait()
	fmt.Println("ready")
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		report.mu.Lock()
		report.Connected, report.Latest = 0, map[string]int{}
		for _, r := range readers {
			r.mu.Lock()
			if r.connected {
				report.Connected++
			}
			report.Latest[strconv.Itoa(r.news)]++
			r.mu.Unlock()
		}
		out, err := json.Marshal(report)
		report.mu.Unlock()
		if err != nil {
			panic(err)
		}
		fmt.Println(string(out))
	}
}

// fleetReader is one of them.
type fleetReader struct {
	number      int
	addr, query string
	report      *fleetReport
	ready       func()
	door        chan struct{}
	wait        *pauses

	mu        sync.Mutex
	connected bool
	news      int   // the newest change that it has
	seq       int64 // the newest number
}

func (r *fleetReader) live() {
	var lost time.Time
	for {
		r.door <- struct{}{}
		conn, err := r.dial()
		<-r.door
		closed := websocket.CloseAbnormalClosure
		if err == nil { // else it tries again, as a page does
			closed = r.listen(conn, &lost)
			_ = conn.Close()
			lost = time.Now()
		}
		<-time.After(r.wait.next(closed))
	}
}

func (r *fleetReader) dial() (*websocket.Conn, error) {
	dialer := websocket.Dialer{
		ReadBufferSize: 8192, WriteBufferSize: 128, HandshakeTimeout: 20 * time.Second,
		// Many addresses, for one has not ports enough for all, twice.
		NetDial: func(network, addr string) (net.Conn, error) {
			from := net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(2+r.number%32))}
			return (&net.Dialer{LocalAddr: &from, Timeout: 10 * time.Second}).Dial(network, addr)
		},
	}
	query := r.query
	r.mu.Lock()
	if r.seq > 0 {
		_, build, _ := strings.Cut(query, "&")
		query = fmt.Sprintf("?seq=%d&%s", r.seq, build)
	}
	r.mu.Unlock()
	conn, answer, err := dialer.Dial("ws://"+r.addr+"/live"+query, nil)
	if answer != nil {
		_ = answer.Body.Close()
	}
	return conn, err
}

// listen reads until the connection ends, and says how it was closed.
func (r *fleetReader) listen(conn *websocket.Conn, lost *time.Time) int {
	first := true
	defer r.set(false)
	for {
		seq, news, err := r.read(conn)
		at := time.Now()
		if err != nil {
			if closed, is := errors.AsType[*websocket.CloseError](err); is {
				return closed.Code
			}
			return websocket.CloseAbnormalClosure
		}
		r.mu.Lock()
		before := r.news
		switch {
		case seq < r.seq:
			r.report.fault("reader %d: number %d after %d", r.number, seq, r.seq)
		case first:
			// What it missed, whatever that is; what it had may come again.
			if news != 0 && news < before {
				r.report.fault("reader %d: change %d after %d", r.number, news, before)
			}
		case news != 0 && news != before+1:
			r.report.fault("reader %d: change %d after %d", r.number, news, before)
		}
		r.seq = seq
		fresh := news > before
		if fresh {
			r.news = news
		}
		r.mu.Unlock()
		if fresh {
			r.report.got(news, at)
		}
		if first {
			first = false
			r.set(true)
			r.wait.tries = 0
			if !lost.IsZero() {
				r.report.mu.Lock()
				r.report.Back = append(r.report.Back, at.Sub(*lost).Seconds())
				r.report.mu.Unlock()
				*lost = time.Time{}
			}
			r.ready()
		}
	}
}

// read gives what the next message's beginning says, and forgets the rest. It
// makes nothing anew: what readers cost is no part of what is measured.
func (r *fleetReader) read(conn *websocket.Conn) (seq int64, news int, err error) {
	_, message, err := conn.NextReader()
	if err != nil {
		return 0, 0, err
	}
	room := rooms.Get().(*[64 << 10]byte)
	defer rooms.Put(room)
	n, err := io.ReadFull(message, room[:])
	switch {
	case err == nil:
		_, err = io.Copy(io.Discard, message)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		err = nil
	}
	seq, news = headOf(room[:n])
	return seq, news, err
}

var rooms = sync.Pool{New: func() any { return new([64 << 10]byte) }}

func (r *fleetReader) set(connected bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.connected = connected
}

// headOf reads a message's number, and which change it tells of; 0: none.
func headOf(text []byte) (seq int64, news int) {
	number := func(after string) int64 {
		at := bytes.Index(text, []byte(after))
		if at < 0 {
			return 0
		}
		rest := text[at+len(after):]
		end := bytes.IndexFunc(rest, func(c rune) bool { return c < '0' || c > '9' })
		if end < 0 {
			return 0
		}
		n, _ := strconv.ParseInt(string(rest[:end]), 10, 64)
		return n
	}
	return number(`"seq":`), int(number("Change "))
}

// pauses are the waits of live.js before it connects again.
type pauses struct {
	tries int
	haste float64 // share of them that is waited
}

func (p *pauses) next(closed int) time.Duration {
	// A server that restarts says so to everybody at once.
	longest := 1.0
	if closed == websocket.CloseServiceRestart {
		longest = 8
	}
	for range p.tries {
		longest = min(20, 2*longest)
	}
	p.tries++
	return time.Duration((0.25 + 0.75*rand.Float64()) * longest * p.haste * float64(time.Second))
}

// fleet is the readers' process, as the test holds it.
type fleet struct {
	t     testing.TB
	in    io.WriteCloser
	lines *bufio.Scanner
}

// newFleet begins it, and returns when all readers are connected.
func newFleet(t testing.TB, addr string, count int, query string, haste float64) *fleet {
	t.Helper()
	enough(t, count+200)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), self)
	command.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d %s %g", fleetVariable, addr, count, query, haste), "GOGC=400")
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	f := &fleet{t: t, in: in, lines: bufio.NewScanner(out)}
	f.lines.Buffer(nil, 16<<20)
	t.Cleanup(func() { _ = in.Close(); _ = command.Wait() })
	if !f.lines.Scan() || f.lines.Text() != "ready" {
		t.Fatalf("the readers did not all connect: %q, %v", f.lines.Text(), f.lines.Err())
	}
	return f
}

func (f *fleet) report() *fleetReport {
	f.t.Helper()
	if _, err := io.WriteString(f.in, "report\n"); err != nil {
		f.t.Fatal(err)
	}
	if !f.lines.Scan() {
		f.t.Fatal("the readers' process has ended: ", f.lines.Err())
	}
	r := &fleetReport{}
	if err := json.Unmarshal(f.lines.Bytes(), r); err != nil {
		f.t.Fatal(err)
	}
	return r
}

// until waits for something that a report shows.
func (f *fleet) until(what string, long time.Duration, holds func(*fleetReport) bool) *fleetReport {
	f.t.Helper()
	end := time.After(long)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		r := f.report()
		if holds(r) {
			return r
		}
		select {
		case <-tick.C:
		case <-end:
			f.t.Fatalf("not so within %s: %s; %d of %d are connected, and have %v; %v", long, what, r.Connected, r.Readers, r.Latest, r.Faults)
		}
	}
}

// enough lets this process, and those that it begins, open so many files.
func enough(t testing.TB, files int) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if limit.Cur >= uint64(files) {
		return
	}
	limit.Cur, limit.Max = max(limit.Cur, uint64(files)), max(limit.Max, uint64(files))
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatalf("%d files cannot be open at once: %v", files, err)
	}
}

// spread draws how many values fall into each second.
func spread(seconds []float64) string {
	var counts [40]int
	for _, s := range seconds {
		counts[min(int(s), len(counts)-1)]++
	}
	last := 0
	for i, n := range counts {
		if n > 0 {
			last = i
		}
	}
	return fmt.Sprint(counts[:last+1])
}

// at gives the value below which a share of all lie.
func at(values []float64, share float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}
