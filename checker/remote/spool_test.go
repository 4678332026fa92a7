package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"daymark/checker"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// numbered makes a result that tells its number by its time.
func numbered(n int) checker.Result {
	return checker.Result{
		Check: "api", Region: "eu-west", At: noon.Add(time.Duration(n) * time.Second), Started: noon.Add(time.Duration(n) * time.Second),
		Outcome: checker.Failed, Reason: "status is 500 <b>\n", Attempts: 1,
	}
}

func numbersOf(results []checker.Result) []int {
	var all []int
	for _, result := range results {
		all = append(all, int(result.At.Sub(noon)/time.Second))
	}
	return all
}

// lines is a log that tests read.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *lines) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func openSpool(t *testing.T, options SpoolOptions) *Spool {
	t.Helper()
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	spool, err := OpenSpool(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := spool.Close(); err != nil {
			t.Error(err)
		}
	})
	return spool
}

func submit(t *testing.T, spool *Spool, numbers ...int) {
	t.Helper()
	for _, n := range numbers {
		if err := spool.Submit(t.Context(), []checker.Result{numbered(n)}); err != nil {
			t.Fatal(err)
		}
	}
}

// rest gives the numbers of all that is there, and acknowledges it.
func rest(t *testing.T, spool *Spool) []int {
	t.Helper()
	var all []int
	for {
		batch, err := spool.peek(3)
		if err != nil {
			t.Fatal(err)
		}
		if len(batch.Results) == 0 {
			return all
		}
		all = append(all, numbersOf(batch.Results)...)
		if err := spool.Ack(batch.Token); err != nil {
			t.Fatal(err)
		}
	}
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*"+segmentSuffix))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestSpoolGivesOutUntilAcknowledged(t *testing.T) {
	dir := t.TempDir()
	spool := openSpool(t, SpoolOptions{Dir: dir})
	submit(t, spool, 1, 2, 3)
	var first Batch
	for range 2 {
		var err error
		if first, err = spool.Next(t.Context(), 2); err != nil {
			t.Fatal(err)
		}
		if got := numbersOf(first.Results); !slices.Equal(got, []int{1, 2}) {
			t.Fatalf("got %v", got)
		}
	}
	if got, want := first.Results[0], numbered(1); got.Reason != want.Reason || !got.At.Equal(want.At) || got.Outcome != want.Outcome {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for range 2 { // twice is once
		if err := spool.Ack(first.Token); err != nil {
			t.Fatal(err)
		}
	}
	if err := spool.Close(); err != nil {
		t.Fatal(err)
	}
	again := openSpool(t, SpoolOptions{Dir: dir})
	submit(t, again, 4)
	if got := rest(t, again); !slices.Equal(got, []int{3, 4}) {
		t.Errorf("after a restart: got %v, want what was not acknowledged", got)
	}
	if got := again.Unacknowledged(); got != 0 {
		t.Errorf("%d bytes are unacknowledged", got)
	}
}

func TestSpoolForgetsAcknowledgementsRatherThanResults(t *testing.T) {
	for name, content := range map[string]string{
		"empty":                      "",
		"garbage":                    "\x00\x00\x00",
		"a segment that never was":   string(formatAcked(Token{77, 0})),
		"beyond the end of the file": string(formatAcked(Token{1, 1 << 40})),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			spool := openSpool(t, SpoolOptions{Dir: dir})
			submit(t, spool, 1, 2)
			rest(t, spool)
			if err := spool.Close(); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "acknowledged"), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			again := openSpool(t, SpoolOptions{Dir: dir})
			submit(t, again, 3)
			if got := rest(t, again); !slices.Equal(got, []int{1, 2, 3}) {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestSpoolDeletesWhatWasTaken(t *testing.T) {
	dir := t.TempDir()
	spool := openSpool(t, SpoolOptions{Dir: dir, SegmentSize: 500})
	var want []int
	for n := range 40 {
		submit(t, spool, n)
		want = append(want, n)
	}
	if got := len(files(t, dir)); got < 5 {
		t.Fatalf("%d files, want several", got)
	}
	if got := rest(t, spool); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if got := len(files(t, dir)); got != 1 {
		t.Errorf("%d files are left, want the one that is written to", got)
	}
	if err := spool.Close(); err != nil {
		t.Fatal(err)
	}
	// Without any file the numbers still go on from the acknowledgement.
	for _, file := range files(t, dir) {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	again := openSpool(t, SpoolOptions{Dir: dir})
	submit(t, again, 41)
	if got := rest(t, again); !slices.Equal(got, []int{41}) {
		t.Errorf("got %v", got)
	}
}

func TestSpoolLimit(t *testing.T) {
	dir := t.TempDir()
	spool := openSpool(t, SpoolOptions{Dir: dir, Limit: leastSpoolLimit})
	large := numbered(0)
	large.Outcome = checker.Failed // which is never thrown away
	large.Evidence = []checker.Evidence{{Name: "page", Data: make([]byte, 8_000)}}
	stored := 0
	var err error
	for range 100 {
		if err = spool.Submit(t.Context(), []checker.Result{large}); err != nil {
			break
		}
		stored++
	}
	if !errors.Is(err, ErrSpoolFull) || stored < 7 {
		t.Fatalf("stored %d, then %v", stored, err)
	}
	if got := rest(t, spool); len(got) != stored {
		t.Errorf("%d of %d are there", len(got), stored)
	}
	for range 50 { // what is taken gives its room back, however often
		submit(t, spool, 1)
		if err := spool.Submit(t.Context(), []checker.Result{large}); err != nil {
			t.Fatal(err)
		}
		rest(t, spool)
	}
	large.Evidence[0].Data = make([]byte, maxRecord)
	if err := spool.Submit(t.Context(), []checker.Result{large}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a result of more than %d bytes: %v", maxRecord, err)
	}
}

func TestSpoolBelongsToOneProcess(t *testing.T) {
	dir := t.TempDir()
	spool := openSpool(t, SpoolOptions{Dir: dir})
	if _, err := OpenSpool(SpoolOptions{Dir: dir}); err == nil || !strings.Contains(err.Error(), "another process uses it") {
		t.Errorf("a second one: %v", err)
	}
	if err := spool.Close(); err != nil {
		t.Fatal(err)
	}
	if err := spool.Submit(t.Context(), []checker.Result{numbered(1)}); !errors.Is(err, ErrSpoolClosed) {
		t.Errorf("submit after close: %v", err)
	}
	if _, err := spool.Next(t.Context(), 1); !errors.Is(err, ErrSpoolClosed) {
		t.Errorf("next after close: %v", err)
	}
	openSpool(t, SpoolOptions{Dir: dir})
	if _, err := OpenSpool(SpoolOptions{}); err == nil {
		t.Error("no directory: no error")
	}
}

func TestNextWaits(t *testing.T) {
	spool := openSpool(t, SpoolOptions{Dir: t.TempDir()})
	ctx, cancel := context.WithCancel(t.Context())
	got := make(chan error, 1)
	go func() {
		_, err := spool.Next(ctx, 1)
		got <- err
	}()
	cancel()
	if err := <-got; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	go func() {
		batch, err := spool.Next(t.Context(), 1)
		if err == nil && len(batch.Results) != 1 {
			err = fmt.Errorf("%d results", len(batch.Results))
		}
		got <- err
	}()
	submit(t, spool, 1)
	if err := <-got; err != nil {
		t.Error(err)
	}
}

// disk is a file whose operations fail when told to.
type disk struct {
	segmentFile
	syncs   *atomic.Int64
	failing *atomic.Pointer[error]
	part    int // bytes that a failing write leaves behind
}

func (d disk) WriteAt(p []byte, at int64) (int, error) {
	if err := d.failing.Load(); err != nil {
		n, _ := d.segmentFile.WriteAt(p[:min(d.part, len(p))], at)
		return n, *err
	}
	return d.segmentFile.WriteAt(p, at)
}

func (d disk) Truncate(size int64) error {
	if err := d.failing.Load(); err != nil {
		return *err
	}
	return d.segmentFile.Truncate(size)
}

func (d disk) Sync() error {
	d.syncs.Add(1)
	return d.segmentFile.Sync()
}

// failingDisk makes a create function and the switch of its disk.
func failingDisk(part int) (create func(string) (segmentFile, error), failing *atomic.Pointer[error], syncs *atomic.Int64) {
	failing, syncs = &atomic.Pointer[error]{}, &atomic.Int64{}
	return func(path string) (segmentFile, error) {
		if err := failing.Load(); err != nil {
			return nil, *err
		}
		file, err := openSegment(path)
		return disk{file, syncs, failing, part}, err
	}, failing, syncs
}

func TestSpoolOnAFullDisk(t *testing.T) {
	full := error(syscall.ENOSPC)
	for _, part := range []int{0, 1, 100, 1 << 20} {
		t.Run(fmt.Sprintf("%d bytes are written", part), func(t *testing.T) {
			dir := t.TempDir()
			create, failing, _ := failingDisk(part)
			spool := openSpool(t, SpoolOptions{Dir: dir, create: create, SegmentSize: 1000})
			submit(t, spool, 1, 2)
			failing.Store(&full)
			for range 20 {
				if err := spool.Submit(t.Context(), []checker.Result{numbered(3), numbered(4)}); !errors.Is(err, syscall.ENOSPC) {
					t.Fatalf("got %v", err)
				}
			}
			failing.Store(nil)
			submit(t, spool, 5)
			if err := spool.Close(); err != nil {
				t.Fatal(err)
			}
			again := openSpool(t, SpoolOptions{Dir: dir})
			submit(t, again, 6)
			got := slices.DeleteFunc(rest(t, again), func(n int) bool { return n == 3 || n == 4 }) // the disk may have kept them
			if !slices.Equal(got, []int{1, 2, 5, 6}) {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestCallsThatComeTogetherShareASync(t *testing.T) {
	create, _, syncs := failingDisk(0)
	spool := openSpool(t, SpoolOptions{Dir: t.TempDir(), create: func(path string) (segmentFile, error) {
		file, err := create(path)
		return slow{file}, err
	}})
	const calls = 200
	var all sync.WaitGroup
	for n := range calls {
		all.Go(func() {
			if err := spool.Submit(t.Context(), []checker.Result{numbered(n)}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := syncs.Load(); got > calls/4 {
		t.Errorf("%d syncs for %d calls", got, calls)
	}
	got := rest(t, spool)
	slices.Sort(got)
	if len(slices.Compact(got)) != calls {
		t.Errorf("%d of %d results", len(got), calls)
	}
}

// slow lets the other callers line up before it syncs.
type slow struct{ segmentFile }

func (s slow) Sync() error {
	<-time.After(5 * time.Millisecond)
	return s.segmentFile.Sync()
}
