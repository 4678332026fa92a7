package statuspage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"

	"daymark/internal/pause"
	"daymark/static"
)

// Shelf is where a copy of the page is put: a folder, or a bucket. Names have
// slashes between their parts, and none at the ends. All methods may be called
// at once, and each gives up after a time of its own.
type Shelf interface {
	// Put writes a file whole: whoever reads it gets what was there or what is
	// new, never a part. What it gives back without an error stays.
	Put(ctx context.Context, f File) error
	// Get reads a file; an error wrapping ErrNotFound says that there is none.
	Get(ctx context.Context, name string) ([]byte, error)
	// Remove removes a file; one that is not there is removed already.
	Remove(ctx context.Context, name string) error
	// Sizes lists what is there, with its length, and clears away what an
	// earlier Put was in the middle of.
	Sizes(ctx context.Context) (map[string]int64, error)
}

// File is one file of the copy, with the headers that the live page sends.
type File struct {
	Name    string
	Type    string // Content-Type
	Cache   string // Cache-Control
	Content []byte
}

// PublisherOptions are what a publisher is made from. Zero times stand for the
// defaults.
type PublisherOptions struct {
	Page  Params // of the page; its Subscribe only says whether readers can
	Shelf Shelf  // required
	Name  string // of the shelf, for people: "the folder /srv/status"

	Every     time.Duration // the copy is looked over, without a change too; 1 min
	Gap       time.Duration // between the beginnings of two passes; 1 s
	Pass      time.Duration // what one pass may take; 10 min
	RetryMost time.Duration // the wait after a failure doubles up to this; 1 min
	TellAfter time.Duration // staff are told of what fails for so long; 1 min

	// Trouble tells staff of a shelf that cannot be written, and of the end of
	// that; nil: nobody is told. What it could not tell is told later.
	Trouble func(ctx context.Context, t PublishTrouble) error
}

// PublishTrouble is a shelf that cannot be written, or the end of that.
type PublishTrouble struct {
	Name   string // of the shelf
	Since  time.Time
	Reason string // of the last failure
	Over   bool
}

// Publisher keeps a copy of the page as static files. It renders them by the
// page's own handlers, writes what has changed, and what is pointed at before
// what points. It holds nobody up: who tells it of a change does not wait.
type Publisher struct {
	options  PublisherOptions
	editions []edition // the page's first language first
	log      *slog.Logger
	now      func() time.Time
	wake     chan struct{}

	// Of the pass that goes on.
	has     *manifest         // what is on the shelf; nil: to be read
	same    map[string]*made  // by file: pages that stay while what they follow from does
	records map[string]string // by incident that is over: a digest of its record
	fresh   bool              // something was committed since the last pass that went well
}

// edition is the page in one language, with what answers its addresses.
type edition struct {
	tag     string
	page    *Page
	handler http.Handler
}

// Published is what a pass did.
type Published struct {
	Files   int `json:"files"`   // of the whole copy
	Written int `json:"written"` // of them, written now
	Removed int `json:"removed"`
}

// NewPublisher checks the options. Nothing is read or written yet.
func NewPublisher(o PublisherOptions) (*Publisher, error) {
	if o.Shelf == nil {
		return nil, errors.New("make the publisher: there is nowhere to put the copy")
	}
	for _, d := range []struct {
		value *time.Duration
		usual time.Duration
	}{{&o.Every, time.Minute}, {&o.Gap, time.Second}, {&o.Pass, 10 * time.Minute}, {&o.RetryMost, time.Minute}, {&o.TellAfter, time.Minute}} {
		if *d.value < 0 {
			return nil, fmt.Errorf("make the publisher: a time is negative: %s", *d.value)
		}
		if *d.value == 0 {
			*d.value = d.usual
		}
	}
	p := &Publisher{options: o, log: o.Page.Logger, now: o.Page.Now, wake: make(chan struct{}, 1), records: map[string]string{}, fresh: true}
	if p.now == nil {
		p.now = time.Now
	}
	if p.log == nil {
		p.log = slog.Default()
	}
	o.Page.copied = true
	site, err := NewSite(o.Page)
	if err != nil {
		return nil, err
	}
	for _, tag := range site.offered {
		page := site.editions[tag]
		mux := http.NewServeMux()
		mux.Handle("GET "+static.Prefix, static.Handler())
		for _, r := range page.Routes() {
			mux.Handle(r.Pattern, r.Handler)
		}
		p.editions = append(p.editions, edition{tag, page, mux})
	}
	return p, nil
}

// Notify says that something was committed, up to an event's number. It never
// blocks: many calls are one change.
func (p *Publisher) Notify(int64) {
	select {
	case p.wake <- struct{}{}:
	default: // the change is waited for already
	}
}

// Run keeps the copy current until the context ends. It is called once.
func (p *Publisher) Run(ctx context.Context) {
	beat := time.NewTicker(p.options.Every)
	defer beat.Stop()
	fault := trouble{publisher: p}
	for {
		began := time.Now()
		_, err := p.Publish(ctx)
		if ctx.Err() != nil {
			return
		}
		fault.note(ctx, err)
		wait := p.options.Gap
		if err != nil {
			wait = max(wait, fault.wait(p.options.RetryMost))
		}
		if pause.For(ctx, wait-time.Since(began)) != nil {
			return
		}
		if err != nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-p.wake:
			p.fresh = true
		case <-beat.C:
		}
	}
}

// trouble knows for how long a shelf has failed, and whether that was told.
type trouble struct {
	publisher *Publisher
	since     time.Time // zero: it is well
	tries     int
	told      bool
	last      string
}

// note takes the outcome of a pass, and tells what staff should know.
func (t *trouble) note(ctx context.Context, err error) {
	p, now := t.publisher, t.publisher.now()
	if err != nil {
		p.log.ErrorContext(ctx, "the copy of the page could not be written; it is tried again", "where", p.options.Name, "error", err)
		if t.tries++; t.since.IsZero() {
			t.since = now
		}
		t.last = err.Error()
		if !t.told && now.Sub(t.since) >= p.options.TellAfter {
			t.told = t.tell(ctx, PublishTrouble{Name: p.options.Name, Since: t.since, Reason: t.last})
		}
		return
	}
	if t.told && !t.tell(ctx, PublishTrouble{Name: p.options.Name, Since: t.since, Over: true}) {
		return // told after the next pass
	}
	if !t.since.IsZero() {
		p.log.InfoContext(ctx, "the copy of the page is written again", "where", p.options.Name)
	}
	*t = trouble{publisher: p}
}

func (t *trouble) tell(ctx context.Context, what PublishTrouble) bool {
	if t.publisher.options.Trouble == nil {
		return true
	}
	err := t.publisher.options.Trouble(ctx, what)
	if err != nil && ctx.Err() == nil {
		t.publisher.log.ErrorContext(ctx, "nobody could be told of the copy of the page; it is tried again", "error", err)
	}
	return err == nil
}

// wait is how long it is until the next try.
func (t *trouble) wait(most time.Duration) time.Duration {
	wait := min(most, time.Second<<min(t.tries, 10))
	return wait/2 + rand.N(wait/2+1) // so that several servers do not come at once
}
