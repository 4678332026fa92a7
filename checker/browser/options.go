package browser

import (
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"time"
)

// Options of a Runner. Zero values stand for the defaults.
type Options struct {
	// Path of the Chromium binary. Empty: the first of chromium,
	// chromium-browser, google-chrome, google-chrome-stable and chrome on PATH.
	Path string
	// Dir holds the browser's temporary profiles; 45 characters at most. Empty:
	// a directory of this user in the system's temporary directory.
	Dir string
	// Allow says whether an address may be dialled; its error says why not. It
	// is asked after names are resolved, for each connection. Nil allows all.
	Allow func(netip.Addr) error
	// ContextsAtOnce bounds how many journeys run at the same time; default 2.
	ContextsAtOnce int
	// MaxMemory bounds what each process of a page holds, in bytes; default 512
	// MiB. Chromium as a whole may hold as much for each
	// of ContextsAtOnce, and 1 GiB besides.
	MaxMemory int64
	// RecycleAfter so many journeys the browser is replaced by a fresh one;
	// those that still run in the old one finish there. Default 100.
	RecycleAfter int
	// StartWithin bounds the start of Chromium; default 30 s.
	StartWithin time.Duration
	// Headed shows the browser's window. It needs a display: the variable DISPLAY
	// or WAYLAND_DISPLAY.
	Headed bool
	// Trace keeps more of each run, beyond checker.MaxEvidence, up to 50 MB: a
	// picture after each step (step-01.jpg …), requests with all headers (network.har) and
	// Chromium's own trace (trace.json). It is for a run by hand, one at a time.
	Trace bool
	// Logger hears of starts, stops and faults. Nil: slog.Default().
	Logger *slog.Logger
	// Redact takes secrets out of reasons and names. Nil changes nothing.
	Redact func(string) string

	// For tests; see the constants and usualLimits.
	growthLeast    int64
	retireGrace    time.Duration
	evidenceWithin time.Duration
	traceWithin    time.Duration
	limits         limits
}

func (o *Options) setDefaults() {
	if o.ContextsAtOnce == 0 {
		o.ContextsAtOnce = 2
	}
	if o.MaxMemory == 0 {
		o.MaxMemory = 512 << 20
	}
	if o.RecycleAfter == 0 {
		o.RecycleAfter = 100
	}
	if o.StartWithin == 0 {
		o.StartWithin = 30 * time.Second
	}
	if o.growthLeast == 0 {
		o.growthLeast = growthLeast
	}
	if o.retireGrace == 0 {
		o.retireGrace = retireGrace
	}
	if o.evidenceWithin == 0 {
		o.evidenceWithin = evidenceWithin
	}
	if o.traceWithin == 0 {
		o.traceWithin = traceWithin
	}
	if o.limits == (limits{}) {
		o.limits = usualLimits()
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Allow == nil {
		o.Allow = func(netip.Addr) error { return nil }
	}
	if o.Redact == nil {
		o.Redact = func(text string) string { return text }
	}
}

func (o *Options) validate() error {
	var errs []error
	if o.ContextsAtOnce < 0 {
		errs = append(errs, errors.New("contexts at once: must not be negative"))
	}
	if o.MaxMemory < 0 {
		errs = append(errs, errors.New("max memory: must not be negative"))
	}
	if o.RecycleAfter < 0 {
		errs = append(errs, errors.New("recycle after: must not be negative"))
	}
	if o.StartWithin < 0 {
		errs = append(errs, errors.New("start within: must not be negative"))
	}
	return errors.Join(errs...)
}

// errMissing is a sentence for the person who runs the agent.
var errMissing = errors.New("no Chromium on this agent: install it (on Debian: apt-get install chromium), and have it on the PATH")

var errNoDisplay = errors.New("no display for the browser's window: DISPLAY and WAYLAND_DISPLAY are not set")

// binary finds Chromium.
func (o *Options) binary() (string, error) {
	if o.Headed && os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return "", errNoDisplay
	}
	names := []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"}
	if o.Path != "" {
		names = []string{o.Path}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errMissing
}
