package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"

	"daymark/checker"
)

// SpoolOptions says where a Spool is and how large it may be.
type SpoolOptions struct {
	// Dir is the spool's directory, of its own; it is made where it is missing.
	Dir string
	// Limit is the most that the files may take, in bytes. Default: 1 GB.
	Limit int64
	// SegmentSize is when a new file is begun, in bytes. Default: 4 MB, or an
	// eighth of Limit.
	SegmentSize int64
	Logger      *slog.Logger // default: slog.Default()

	create func(path string) (segmentFile, error) // tests put failing disks here
}

// Defaults of SpoolOptions.
const (
	DefaultSpoolLimit  = 1_000_000_000
	DefaultSegmentSize = 4_000_000
	leastSpoolLimit    = 100_000
)

func (o *SpoolOptions) setDefaults() {
	if o.Limit == 0 {
		o.Limit = DefaultSpoolLimit
	}
	if o.SegmentSize == 0 {
		o.SegmentSize = min(DefaultSegmentSize, o.Limit/8)
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.create == nil {
		o.create = openSegment
	}
}

func (o *SpoolOptions) validate() error {
	switch {
	case o.Dir == "":
		return errors.New("open spool: a directory is needed")
	case o.Limit < leastSpoolLimit:
		return fmt.Errorf("open spool: a limit of %d bytes is too small; at least %d are needed", o.Limit, leastSpoolLimit)
	case o.SegmentSize < 1:
		return errors.New("open spool: SegmentSize has to be positive")
	}
	return nil
}

// Errors of Spool.Submit. After each, nothing of the call is stored and the
// same results can be given again.
var (
	ErrSpoolFull   = errors.New("the spool is full")
	ErrSpoolClosed = errors.New("the spool is closed")
)

// Spool keeps results on disk until they are acknowledged. Any number of
// goroutines may Submit, and one at a time may take with Next and Ack. When its
// limit is reached, the oldest good results are thinned; all others stay, and
// where there is no room without them, or on the disk, Submit fails.
type Spool struct {
	options  SpoolOptions
	lock     *os.File
	requests chan *request
	closing  chan struct{}
	written  chan struct{} // closed when the writer has ended
	ready    chan struct{} // holds one: something was written
	active   segmentFile   // the writer's alone; nil: to be opened

	thinned atomic.Int64 // results that had to go

	mu       sync.Mutex
	closed   bool
	segments []segment // oldest first; the last is written to
	acked    Token     // everything before it was taken
	ackFile  *os.File
	reported Token     // faults before it have been logged
	reading  uint64    // the segment that was last read from
	live     *liveTail // what came while old results are delivered; nil: nothing apart
}

// request is one Submit on its way to the writer.
type request struct {
	data []byte
	done chan error // holds one
}

// OpenSpool opens the spool in a directory and locks it for this process. What
// a crash left half written is cut off; it was never acknowledged to anybody.
func OpenSpool(options SpoolOptions) (*Spool, error) {
	options.setDefaults()
	if err := options.validate(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(options.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("open spool: %w", err)
	}
	lock, err := lockDir(options.Dir)
	if err != nil {
		return nil, err
	}
	s := &Spool{
		options:  options,
		lock:     lock,
		requests: make(chan *request),
		closing:  make(chan struct{}),
		written:  make(chan struct{}),
		ready:    make(chan struct{}, 1),
	}
	if err := s.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("open spool %s: %w", options.Dir, err), s.release())
	}
	go s.write()
	return s, nil
}

// Close ends the spool and unlocks its directory. What was submitted stays.
func (s *Spool) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	close(s.closing)
	<-s.written
	if err := s.release(); err != nil {
		return fmt.Errorf("close spool: %w", err)
	}
	return nil
}

func (s *Spool) release() error {
	var all []error
	if s.active != nil {
		all = append(all, s.active.Close())
	}
	if s.ackFile != nil {
		all = append(all, s.ackFile.Close())
	}
	return errors.Join(append(all, s.lock.Close())...)
}

// Submit implements checker.Sink: nil means that all results are on disk.
// Calls that come together share one write. When ctx ends before the disk
// answers, the results may be stored or not; giving them again does no harm.
func (s *Spool) Submit(ctx context.Context, results []checker.Result) error {
	if len(results) == 0 {
		return nil
	}
	var data bytes.Buffer
	for _, result := range results {
		if err := appendRecord(&data, result); err != nil {
			return fmt.Errorf("spool: %w", err)
		}
	}
	r := &request{data: data.Bytes(), done: make(chan error, 1)}
	select {
	case s.requests <- r:
	case <-s.closing:
		return ErrSpoolClosed
	case <-ctx.Done():
		return fmt.Errorf("spool: %w", ctx.Err())
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("spool: %w", ctx.Err())
	}
}

// Thinned gives the good results that had to go for want of room, since the
// start.
func (s *Spool) Thinned() int64 { return s.thinned.Load() }

// Unacknowledged gives the bytes that wait to be taken.
func (s *Spool) Unacknowledged() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.waiting()
}
