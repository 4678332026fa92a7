package statuspage_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/statuspage"
)

// stand is a page that is served at one address, and can be served there
// again.
type stand struct {
	t      testing.TB
	params statuspage.Params
	source *source
	addr   string
	page   *statuspage.Page
	stop   func()
	news   int
}

func newStand(t testing.TB) *stand {
	s := failing(t)
	p := harbour(t, s)
	p.Now = time.Now
	st := &stand{t: t, params: p, source: s, addr: "127.0.0.1:0"}
	st.write()
	st.start()
	t.Cleanup(func() { st.stop() })
	return st
}

// start serves the page, with nothing left of what was served before.
func (st *stand) start() {
	st.t.Helper()
	listener, err := net.Listen("tcp", st.addr)
	if err != nil {
		st.t.Fatal(err)
	}
	st.addr = listener.Addr().String()
	st.page = newPage(st.t, st.params)
	server := &http.Server{Handler: handler(st.page), ReadHeaderTimeout: 10 * time.Second}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); st.page.Hub().Run(ctx) }()
	go func() { _ = server.Serve(listener) }() // it ends when it is closed
	st.stop = func() {
		cancel()
		<-ended
		_ = server.Close()
	}
}

// write changes what is said, as a commit does, without telling the hub.
func (st *stand) write() {
	st.news++
	st.source.change(func(snap *statuspage.Snapshot) {
		one := snap.Open[0]
		one.Name = fmt.Sprintf("Change %d", st.news)
		snap.Open = []incident.Incident{one}
	})
}

// commit is write, told, and says when.
func (st *stand) commit() time.Time {
	st.write()
	now := time.Now()
	st.page.Hub().Notify(1)
	return now
}

// TestReadersThroughARestart has readers in a process of their own while the
// server restarts: they are back within 30 s, not all at once; miss nothing
// and get nothing twice.
func TestReadersThroughARestart(t *testing.T) {
	if raced && testkit.Full() {
		withoutRace(t, "^TestReadersThroughARestart$")
		return
	}
	readers := testkit.Count(300, 10_000)
	enough(t, readers+200)
	st := newStand(t)
	r := &running{page: st.page}
	before := heap()
	haste := 1.0
	if !testkit.Full() {
		haste = 0.2 // seconds are fifths of them
	}
	f := newFleet(t, st.addr, readers, r.loaded(t), haste)
	each := float64(heap()-before) / float64(readers) / 1024

	var took []float64
	for range testkit.Count(3, 15) {
		<-time.After(150 * time.Millisecond) // a change of its own, and not the second within the hub's gap
		began, number := st.commit(), st.news
		all := f.until("all readers have the change", 30*time.Second, func(r *fleetReport) bool { return r.Reached[number] == readers })
		took = append(took, float64(all.Last[number]-began.UnixNano())/1e6)
	}
	t.Logf("%d readers, %.1f KB each; a change reached the last after %.0f ms (median; worst %.0f)", readers, each, at(took, 0.5), slices.Max(took))

	st.stop()
	st.write() // while nobody is there
	st.start()
	// One comes back at once and one change is made while most are still away.
	f.until("the first is back", 40*time.Second, func(r *fleetReport) bool { return r.Connected > 0 })
	st.commit()
	last := st.news
	back := f.until("all are back, with the last change", 60*time.Second, func(r *fleetReport) bool {
		return r.Connected == readers && r.Latest[fmt.Sprint(last)] == readers
	})
	for i := range back.Back {
		back.Back[i] /= haste
	}
	t.Logf("back after %.1f s (median), %.1f s (last); so many in each second: %s", at(back.Back, 0.5), at(back.Back, 1), spread(back.Back))
	if testkit.Full() { // in haste, beside other tests, it is no measure
		if got := at(back.Back, 1); got > 30 {
			t.Errorf("the last was back after %.1f s; 30 s is the limit", got)
		}
		fullest := 0
		for second := range 30 {
			n := 0
			for _, s := range back.Back {
				if int(s) == second {
					n++
				}
			}
			fullest = max(fullest, n)
		}
		if fullest > readers/2 {
			t.Errorf("%d of %d came back within the same second", fullest, readers)
		}
	}
	st.commit()
	last = st.news
	end := f.until("all have the change after it", 30*time.Second, func(r *fleetReport) bool { return r.Latest[fmt.Sprint(last)] == readers })
	for _, fault := range end.Faults {
		t.Error(fault)
	}
	if got := st.page.Hub().Readers(); got != readers {
		t.Errorf("the hub counts %d readers of %d", got, readers)
	}
}

// heap is what the process holds.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

// withoutRace runs a test of this package in a program that the race detector
// does not watch.
func withoutRace(t *testing.T, name string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "statuspage.test")
	build := exec.CommandContext(t.Context(), "go", "test", "-c", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the tests: %v\n%s", err, out)
	}
	run := exec.CommandContext(t.Context(), program, "-test.run", name, "-test.v")
	out, err := run.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}
