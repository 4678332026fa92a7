package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"daymark/access"
	"daymark/config"
	"daymark/console"
	"daymark/incident"
	"daymark/internal/redact"
)

// lookEvery is how often the file is looked at. A change is taken when it was
// the same twice, for it may be written at that moment.
const lookEvery = 5 * time.Second

// host runs one app after another, on the same ground: each has a document of
// its own.
type host struct {
	path   string
	ground *ground
	log    *slog.Logger
	hidden *hiddenSecrets
	orders chan applyOrder
	seen   string // hash of the file when it was last looked at
	told   string // hash of the file of which all was done or said

	left time.Time // when the app before began to end

	mu     sync.Mutex
	app    *app
	busy   bool // an order was taken, and is not done
	failed *console.ConfigurationFailure
	disk   *console.ConfigurationOnDisk
}

// applyOrder is a text to run with, and the file that it is to become.
type applyOrder struct {
	console.ConfigurationOrder
	from string
	file *newFile
}

// newHost starts with what the file says.
func newHost(ctx context.Context, path string, std streams, logging *logOptions) (*host, error) {
	doc, err := loadRunnable(path)
	if err != nil {
		return nil, err
	}
	h := &host{path: path, hidden: &hiddenSecrets{}, orders: make(chan applyOrder, 1)}
	h.hidden.add(doc)
	h.log = logging.loggerHiding(std.err, h.hidden.hide)
	slog.SetDefault(h.log) // for what libraries say
	if h.ground, err = newGround(doc, h.log); err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	if h.app, err = h.begin(ctx, doc, origin{from: "file"}); err != nil {
		return nil, errors.Join(fmt.Errorf("start: %w", err), h.ground.quiet(ctx), h.ground.release())
	}
	h.told = h.app.configurations.running.SHA256
	return h, nil
}

// begin starts an app with a document.
func (h *host) begin(ctx context.Context, doc *config.Document, came origin) (*app, error) {
	a, err := newAppOn(ctx, h.ground, doc, h.log, machineClock())
	if err != nil {
		return nil, err
	}
	a.configurations.host, a.configurations.came = h, came
	if h.app != nil && time.Since(h.left) < doorWait { // else calls did not wait so long
		a.heard = h.app.heartbeats.since()
	}
	return a, a.start(ctx)
}

// run takes what changes the configuration, until ctx ends; at a hang-up it
// looks at the file at once. The error is that nothing runs any more.
func (h *host) run(ctx context.Context, hangups <-chan os.Signal) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case order := <-h.orders:
			err = h.take(ctx, &order)
		case <-hangups:
			err = h.look(ctx, true)
		case <-tick.C:
			err = h.look(ctx, false)
		}
		if err != nil {
			return err
		}
	}
}

func (h *host) stop(ctx context.Context) error {
	select {
	case order := <-h.orders:
		order.file.drop()
		h.done()
	default:
	}
	err := h.ground.quiet(ctx)
	if h.app != nil {
		err = errors.Join(err, h.app.stop(ctx))
	}
	return errors.Join(err, h.ground.release())
}

// replace lets an app with another document follow the one that runs. Where
// that cannot start, the one before goes on. The error is that neither can.
func (h *host) replace(ctx context.Context, doc *config.Document, came origin) error {
	ctx = context.WithoutCancel(ctx) // an end waits for one of the two
	before, began := h.app, time.Now()
	h.left = began
	stopping, cancel := context.WithTimeout(ctx, stopLimit)
	defer cancel()
	if err := before.stop(stopping); err != nil {
		h.log.Warn("the server did not end well with the configuration before", "error", err)
	}
	h.hidden.add(doc)
	next, err := h.begin(ctx, doc, came)
	if err == nil {
		h.settle(next, nil)
		h.log.Info("a new configuration runs", "version", next.configurations.running.Number, "from", came.from, "checks", countChecks(doc), "took", time.Since(began).Round(time.Millisecond))
		return nil
	}
	h.log.Error("the new configuration cannot be started; the one before goes on", "from", came.from, "error", err)
	failed := &console.ConfigurationFailure{At: time.Now(), Author: came.author, Origin: came.from, Reason: "It is valid, and the server could not be started with it: " + h.hidden.hide(err.Error()) + "."}
	if came.write != nil {
		failed.Text, _, _ = doc.Shown()
	}
	again, err := h.begin(ctx, before.doc, origin{from: "file"})
	if err != nil {
		h.app = nil
		return fmt.Errorf("go back to the configuration before: %w", err)
	}
	h.settle(again, failed)
	return nil
}

// settle notes what runs, and what could not.
func (h *host) settle(runs *app, failed *console.ConfigurationFailure) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.app, h.failed = runs, failed
	if failed == nil {
		h.disk = nil
	}
}

// applying says whether an order is not done yet.
func (h *host) applying() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.busy
}

// stands says what could not be applied, and how the file differs.
func (h *host) stands() (*console.ConfigurationFailure, *console.ConfigurationOnDisk) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.failed, h.disk
}

func refuseApply(text string) error { return &incident.Refusal{Kind: incident.Conflict, Text: text} }

// order takes an order, if nothing speaks against it. What becomes of it is
// known when the door's settled is.
func (h *host) order(order console.ConfigurationOrder) error {
	from := "console"
	if order.Who.Kind == access.ByOperator {
		from = "command line"
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.busy {
		return refuseApply("another version is being applied at this moment: look at it first")
	}
	if err := h.stillMay(&applyOrder{ConfigurationOrder: order}); err != nil {
		return err
	}
	file, err := prepareFile(h.path, order.Text)
	if err != nil {
		return refuseApply(err.Error())
	}
	settled := make(chan struct{})
	h.busy = true
	h.ground.door.settled.Store(&settled)
	h.orders <- applyOrder{order, from, file}
	return nil
}

// stillMay says what speaks against an order at this moment.
func (h *host) stillMay(order *applyOrder) error {
	_, disk, err := readConfiguration(h.path)
	if err != nil {
		return refuseApply("the configuration file cannot be read, and would be written: " + err.Error())
	}
	return h.app.configurations.refuseOrder(&order.ConfigurationOrder, disk)
}

// take does an order.
func (h *host) take(ctx context.Context, order *applyOrder) error {
	defer h.done()
	defer order.file.drop()
	failed := &console.ConfigurationFailure{At: time.Now(), Author: order.Who.Actor(), Origin: order.from, Text: order.Text}
	if err := h.stillMay(order); err != nil { // a changed file may have come before it
		failed.Reason = "Something came before it: " + err.Error() + "."
		h.fail(failed)
		return nil
	}
	doc, err := h.app.configurations.read(order.Text)
	if err != nil { // the secrets that it names may be others than when it was ordered
		failed.Reason, failed.Faults = "It is not valid any more.", tellConfigFaults(err)
		h.fail(failed)
		return nil
	}
	return h.replace(ctx, doc, origin{author: order.Who.Actor(), from: order.from, why: order.Why, write: order.file.replace})
}

func (h *host) done() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.busy = false
	if settled := h.ground.door.settled.Swap(nil); settled != nil {
		close(*settled)
	}
}

func (h *host) fail(failed *console.ConfigurationFailure) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failed = failed
}

// hiddenSecrets takes the secrets of all documents that ran out of the log.
type hiddenSecrets struct {
	known    []string
	redactor atomic.Pointer[redact.Redactor]
}

func (s *hiddenSecrets) add(doc *config.Document) {
	s.known = append(s.known, doc.Secrets()...)
	slices.Sort(s.known)
	s.known = slices.Compact(s.known)
	r := redact.New(s.known...)
	s.redactor.Store(&r)
}

func (s *hiddenSecrets) hide(text string) string {
	if r := s.redactor.Load(); r != nil {
		return r.String(text)
	}
	return text
}
