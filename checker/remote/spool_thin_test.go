package remote

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/checker"
)

// outcomeOf makes each tenth result a failure.
func outcomeOf(n int) checker.Result {
	result := numbered(n)
	if n%10 > 0 {
		result.Outcome = checker.OK
	}
	return result
}

// A full spool keeps all failures and the newest results; of the older good
// ones some go, the oldest first.
func TestAFullSpoolIsThinned(t *testing.T) {
	dir, log := t.TempDir(), &lines{}
	spool := openSpool(t, SpoolOptions{Dir: dir, Limit: leastSpoolLimit, Logger: log.logger()})
	const all = 2_000
	for n := range all {
		if err := spool.Submit(t.Context(), []checker.Result{outcomeOf(n)}); err != nil {
			t.Fatalf("result %d: %v", n, err)
		}
	}
	if size := spool.Unacknowledged(); size > leastSpoolLimit {
		t.Errorf("it takes %d bytes", size)
	}
	if err := spool.Close(); err != nil {
		t.Fatal(err)
	}
	got := rest(t, openSpool(t, SpoolOptions{Dir: dir, Limit: leastSpoolLimit}))
	if !slices.IsSorted(got) || len(got)+int(spool.Thinned()) != all {
		t.Errorf("%d are there, %d have gone", len(got), spool.Thinned())
	}
	for n := 0; n < all; n += 10 {
		if !slices.Contains(got, n) {
			t.Fatalf("failure %d is gone", n)
		}
	}
	firstHalf := len(slices.DeleteFunc(slices.Clone(got), func(n int) bool { return n >= all/2 }))
	if got[len(got)-1] != all-1 || firstHalf >= len(got)*2/5 {
		t.Errorf("the last is %d, and %d of %d are of the older half", got[len(got)-1], firstHalf, len(got))
	}
	if strings.Count(log.String(), "the spool is full") != 1 {
		t.Errorf("it is not said once:\n%s", log)
	}
}

// Failures alone are not thrown away: then the spool is full.
func TestFailuresFillASpool(t *testing.T) {
	spool := openSpool(t, SpoolOptions{Dir: t.TempDir(), Limit: leastSpoolLimit})
	stored := 0
	for {
		if err := spool.Submit(t.Context(), []checker.Result{outcomeOf(10 * stored)}); err != nil {
			if !errors.Is(err, ErrSpoolFull) {
				t.Fatal(err)
			}
			break
		}
		stored++
	}
	if got := rest(t, spool); len(got) != stored {
		t.Errorf("%d of %d are there", len(got), stored)
	}
}

// Whatever is submitted, taken and acknowledged in between, in a spool that is
// full again and again: no failure is lost, none comes after its
// acknowledgement, and what is there comes in order, old and new apart.
func TestThinningLosesNoFailure(t *testing.T) {
	base := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp(base, "spool")
		if err != nil {
			t.Fatal(err)
		}
		open := func() *Spool {
			spool, err := OpenSpool(SpoolOptions{Dir: dir, Limit: leastSpoolLimit, SegmentSize: 4_000})
			if err != nil {
				t.Fatal(err)
			}
			return spool
		}
		spool, next := open(), 0
		taken := map[int]bool{}
		take := func(batch Batch, err error) Batch {
			if err != nil {
				t.Fatal(err)
			}
			numbers := numbersOf(batch.Results)
			if !slices.IsSorted(numbers) {
				t.Fatalf("out of order: %v", numbers)
			}
			for _, n := range numbers {
				taken[n] = true
			}
			return batch
		}
		var unanswered *Batch
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"submit", "submit", "submit", "take", "take live", "peek", "answer", "split", "join", "reopen"}).Draw(t, "what") {
			case "submit":
				for range rapid.SampledFrom([]int{1, 20, 100}).Draw(t, "n") {
					if err := spool.Submit(t.Context(), []checker.Result{outcomeOf(next)}); err != nil {
						t.Fatal(err)
					}
					next++
				}
			case "take":
				batch := take(spool.peek(30))
				if err := spool.Ack(batch.Token); err != nil {
					t.Fatal(err)
				}
				unanswered = nil
			case "take live":
				batch := take(spool.peekLive(30))
				spool.ackLive(batch.Token)
			case "peek":
				if batch, err := spool.peek(30); err == nil && len(batch.Results) > 0 {
					unanswered = &batch
				}
			case "answer": // to a batch that was given out before others were thinned
				if unanswered != nil {
					take(*unanswered, nil)
					if err := spool.Ack(unanswered.Token); err != nil {
						t.Fatal(err)
					}
					unanswered = nil
				}
			case "split":
				spool.split()
			case "join":
				for spool.parted() {
					batch := take(spool.peek(100))
					if err := spool.Ack(batch.Token); err != nil {
						t.Fatal(err)
					}
					if len(batch.Results) == 0 {
						if err := spool.join(); err != nil {
							t.Fatal(err)
						}
					}
				}
				unanswered = nil
			case "reopen":
				if err := spool.Close(); err != nil {
					t.Fatal(err)
				}
				spool, unanswered = open(), nil
			}
		}
		if err := spool.Close(); err != nil {
			t.Fatal(err)
		}
		spool = open()
		for {
			batch := take(spool.peek(1000))
			if len(batch.Results) == 0 {
				break
			}
			if err := spool.Ack(batch.Token); err != nil {
				t.Fatal(err)
			}
		}
		if err := spool.Close(); err != nil {
			t.Fatal(err)
		}
		for n := 0; n < next; n += 10 {
			if !taken[n] {
				t.Fatalf("failure %d of %d was never given out", n, next)
			}
		}
	})
}

// What a crash left of a thinning is taken away.
func TestACrashWhileASpoolIsThinned(t *testing.T) {
	dir := t.TempDir()
	spool := openSpool(t, SpoolOptions{Dir: dir})
	submit(t, spool, 1, 2)
	if err := spool.Close(); err != nil {
		t.Fatal(err)
	}
	left := files(t, dir)[0] + thinSuffix
	if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := rest(t, openSpool(t, SpoolOptions{Dir: dir})); !slices.Equal(got, []int{1, 2}) {
		t.Errorf("got %v", got)
	}
	if _, err := os.Stat(filepath.Clean(left)); !os.IsNotExist(err) {
		t.Errorf("it is still there: %v", err)
	}
}

// New results do not wait behind those that have piled up, and these come
// paced.
func TestNewResultsGoFirst(t *testing.T) {
	spool := openSpool(t, SpoolOptions{Dir: t.TempDir()})
	old := make([]int, 200)
	for i := range old {
		old[i] = i
	}
	submit(t, spool, old...)
	other := newReceiver()
	first, goOn := make(chan struct{}, 1), make(chan struct{})
	other.answer = func(call int, _ []checker.Result) ([]checker.Rejection, error) {
		if call == 1 {
			first <- struct{}{}
			<-goOn
		}
		return nil, nil
	}
	var pauses atomic.Int64
	forwarder, _ := startForwarder(t, ForwarderOptions{Spool: spool, Deliver: other.deliver, Batch: 10, Pause: func() time.Duration {
		pauses.Add(1)
		return time.Millisecond
	}})
	<-first
	give(t, forwarder, 1000)
	close(goOn)
	other.waitFor(t, append(old, 1000)...)
	other.mu.Lock()
	defer other.mu.Unlock()
	if at := slices.Index(other.numbers, 1000); at < 10 || at > 30 {
		t.Errorf("the new one came after %d old ones", at)
	}
	if n := pauses.Load(); n < 15 {
		t.Errorf("the other side was asked %d times how long it wants to be spared", n)
	}
	until(t, nil, "both are one again", func() bool { return !spool.parted() && spool.Unacknowledged() == 0 })
}
