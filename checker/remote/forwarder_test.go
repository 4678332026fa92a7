package remote

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"daymark/checker"
)

// receiver is the other side of a Forwarder.
type receiver struct {
	mu      sync.Mutex
	numbers []int
	calls   int
	came    chan struct{}
	answer  func(call int, results []checker.Result) ([]checker.Rejection, error)
}

func newReceiver() *receiver { return &receiver{came: make(chan struct{}, 1)} }

func (r *receiver) deliver(_ context.Context, results []checker.Result) ([]checker.Rejection, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	var rejected []checker.Rejection
	if r.answer != nil {
		var err error
		if rejected, err = r.answer(r.calls, results); err != nil {
			return nil, err
		}
	}
	r.numbers = append(r.numbers, numbersOf(results)...)
	select {
	case r.came <- struct{}{}:
	default:
	}
	return rejected, nil
}

func (r *receiver) got() []int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(slices.Values(r.numbers))
}

// waitFor waits until these numbers, each at least once, have come.
func (r *receiver) waitFor(t *testing.T, want ...int) {
	t.Helper()
	deadline := time.After(2 * time.Minute)
	for {
		if got := slices.Compact(r.got()); slices.Equal(got, want) {
			return
		}
		select {
		case <-r.came:
		case <-deadline:
			t.Fatalf("got %v, want %v", r.got(), want)
		}
	}
}

// acknowledged waits until nothing of a spool waits any more.
func acknowledged(t *testing.T, spool *Spool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); spool.Unacknowledged() != 0; <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d bytes still wait", spool.Unacknowledged())
		}
	}
}

func startForwarder(t *testing.T, options ForwarderOptions) (*Forwarder, func()) {
	t.Helper()
	if options.Logger == nil {
		options.Logger = (&lines{}).logger()
	}
	options.Least, options.Most = time.Millisecond, 10*time.Millisecond
	forwarder, err := NewForwarder(options)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := forwarder.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	stop := sync.OnceFunc(func() { cancel(); <-ended })
	t.Cleanup(stop)
	return forwarder, stop
}

func give(t *testing.T, sink checker.Sink, numbers ...int) {
	t.Helper()
	for _, n := range numbers {
		if err := sink.Submit(t.Context(), []checker.Result{numbered(n)}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestForwarderTriesAgain(t *testing.T) {
	spool := openSpool(t, SpoolOptions{Dir: t.TempDir()})
	other, log := newReceiver(), &lines{}
	other.answer = func(call int, _ []checker.Result) ([]checker.Rejection, error) {
		if call <= 5 {
			return nil, errors.New("the server is away")
		}
		return nil, nil
	}
	forwarder, stop := startForwarder(t, ForwarderOptions{Spool: spool, Deliver: other.deliver, Batch: 2, Logger: log.logger()})
	give(t, forwarder, 1, 2, 3, 4, 5)
	other.waitFor(t, 1, 2, 3, 4, 5)
	acknowledged(t, spool)
	stop()
	if got := other.got(); len(got) != 5 {
		t.Errorf("delivered %v, want each once", got)
	}
	if got := strings.Count(log.String(), "the server is away"); got != 1 {
		t.Errorf("one reason is logged %d times", got)
	}
	if !strings.Contains(log.String(), "delivered again") {
		t.Errorf("the log has only\n%s", log)
	}
}

func TestRejectedResultsBlockNothing(t *testing.T) {
	spool := openSpool(t, SpoolOptions{Dir: t.TempDir()})
	other, log := newReceiver(), &lines{}
	other.answer = func(_ int, results []checker.Result) (rejected []checker.Rejection, err error) {
		for _, result := range results {
			if result.At.Equal(numbered(2).At) {
				rejected = append(rejected, checker.Rejection{Check: result.Check, At: result.At, Reason: "there is no such check"})
			}
		}
		return rejected, nil
	}
	forwarder, stop := startForwarder(t, ForwarderOptions{Spool: spool, Deliver: other.deliver, Logger: log.logger()})
	give(t, forwarder, 1, 2, 3)
	other.waitFor(t, 1, 2, 3)
	acknowledged(t, spool)
	stop()
	if !strings.Contains(log.String(), "there is no such check") {
		t.Errorf("the log has only\n%s", log)
	}
}

func TestForwarderWithoutADisk(t *testing.T) {
	full := error(syscall.ENOSPC)
	create, failing, _ := failingDisk(10)
	dir := t.TempDir()
	spool := openSpool(t, SpoolOptions{Dir: dir, create: create})
	other, log := newReceiver(), &lines{}
	away := true
	other.answer = func(int, []checker.Result) ([]checker.Rejection, error) {
		if away {
			return nil, errors.New("the server is away")
		}
		return nil, nil
	}
	set := func(value bool) {
		other.mu.Lock()
		defer other.mu.Unlock()
		away = value
	}
	forwarder, stop := startForwarder(t, ForwarderOptions{Spool: spool, Deliver: other.deliver, Logger: log.logger()})
	give(t, forwarder, 1)
	failing.Store(&full)
	give(t, forwarder, 2, 3)
	if got := forwarder.Held(); got != 2 {
		t.Errorf("%d are held", got)
	}
	set(false) // the disk is still full: what is in memory is delivered all the same
	other.waitFor(t, 1, 2, 3)
	set(true)
	give(t, forwarder, 4)
	failing.Store(nil) // the disk is back while the server is away
	give(t, forwarder, 5)
	stop()
	if got := forwarder.Held(); got != 0 {
		t.Errorf("%d are held after the end", got)
	}
	// The end may fall between the write and its answer; then one is there twice.
	if got := rest(t, spool); !slices.Equal(slices.Compact(slices.Sorted(slices.Values(got))), []int{4, 5}) {
		t.Errorf("the spool has %v", got)
	}
	if got := strings.Count(log.String(), "cannot be written to disk"); got != 1 {
		t.Errorf("one outage is logged %d times:\n%s", got, log)
	}
}

// What is in memory goes to the disk as soon as that takes it, though nobody
// takes it on: the process may be killed before it reaches the server again.
func TestMemoryGoesToTheDiskWhileTheServerIsAway(t *testing.T) {
	full := error(syscall.ENOSPC)
	create, failing, _ := failingDisk(10)
	spool := openSpool(t, SpoolOptions{Dir: t.TempDir(), create: create})
	began := make(chan struct{}, 1)
	forwarder, stop := startForwarder(t, ForwarderOptions{Spool: spool, Deliver: func(ctx context.Context, _ []checker.Result) ([]checker.Rejection, error) {
		began <- struct{}{}
		<-ctx.Done() // it waits for a connection
		return nil, ctx.Err()
	}})
	give(t, forwarder, 1)
	<-began
	failing.Store(&full)
	give(t, forwarder, 2, 3)
	failing.Store(nil)
	give(t, forwarder, 4)
	if got := forwarder.Held(); got != 0 {
		t.Errorf("%d are in memory alone", got)
	}
	stop()
	if got := rest(t, spool); !slices.Equal(slices.Sorted(slices.Values(got)), []int{1, 2, 3, 4}) {
		t.Errorf("the spool has %v", got)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	h := hold{most: 10, mostBytes: 1000}
	lost := 0
	for n := range 25 {
		result := numbered(n)
		result.Evidence = []checker.Evidence{{Data: make([]byte, 300)}}
		lost += h.add([]checker.Result{result})
		if h.bytes > 1000 || h.len() > 10 {
			t.Fatalf("%d bytes in %d results", h.bytes, h.len())
		}
	}
	results, before := h.peek(3)
	if got := numbersOf(results); lost != 15 || !slices.Equal(got, []int{15, 16, 17}) {
		t.Errorf("lost %d, kept from %v", lost, got)
	}
	h.add([]checker.Result{numbered(25)}) // 15 goes meanwhile
	h.remove(before)
	if results, _ := h.peek(1); !slices.Equal(numbersOf(results), []int{18}) {
		t.Errorf("kept from %v, want 18", numbersOf(results))
	}
}

func TestLostResultsAreCounted(t *testing.T) {
	full := error(syscall.ENOSPC)
	create, failing, _ := failingDisk(0)
	spool := openSpool(t, SpoolOptions{Dir: t.TempDir(), create: create})
	log := &lines{}
	failing.Store(&full)
	away := func(context.Context, []checker.Result) ([]checker.Rejection, error) { return nil, errors.New("away") }
	forwarder, stop := startForwarder(t, ForwarderOptions{Spool: spool, Deliver: away, Hold: 2, Logger: log.logger()})
	give(t, forwarder, 1, 2, 3)
	stop()
	for _, want := range []string{"the oldest results in memory are lost", "until the end\" results=2"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, log)
		}
	}
}
