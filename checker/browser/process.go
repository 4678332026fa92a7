package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// closeWithin bounds how long Chromium may take to close in order.
const closeWithin = 3 * time.Second

// process is one running Chromium.
type process struct {
	ctx     context.Context // chromedp's context of the browser
	free    func()          // kills it if need be, and frees what chromedp holds
	profile *profile
	lost    <-chan struct{} // closed when the connection to it is lost
	pid     int

	users   atomic.Int32 // journeys that run in it
	eaters  eaters
	swollen atomic.Bool // it was ended for the sake of other journeys
	flooded atomic.Bool // a page keeps it busy with what it writes
	unwatch func()      // ends the look at its memory and waits for it
}

// launch starts Chromium and waits until it answers.
func launch(options *Options) (*process, error) {
	path, err := options.binary()
	if err != nil {
		return nil, err
	}
	profile, err := newProfile(options.Dir)
	if err != nil {
		return nil, fmt.Errorf("no place for Chromium's profile: %w", err)
	}
	quiet := func(format string, args ...any) {
		options.Logger.Debug("chromium", "message", fmt.Sprintf(format, args...))
	}
	// The browser's life is bounded by stop alone, not by the run that happened
	// to start it.
	root, end := context.WithCancel(context.Background())
	allocator, _ := chromedp.NewExecAllocator(root, flags(options, path, profile.dir)...)
	ctx, cancel := chromedp.NewContext(allocator, chromedp.WithBrowserOption(
		chromedp.WithBrowserLogf(quiet), chromedp.WithBrowserErrorf(quiet), chromedp.WithBrowserDebugf(func(string, ...any) {})))
	free := func() { end(); cancel() }
	late := time.AfterFunc(options.StartWithin, end)
	err = chromedp.Do(ctx)
	if !late.Stop() && err != nil {
		err = fmt.Errorf("no answer within %s", options.StartWithin)
	}
	if err != nil {
		free()
		return nil, errors.Join(fmt.Errorf("start Chromium: %w", shorten(err)), profile.remove())
	}
	own := chromedp.FromContext(ctx).Browser
	options.Logger.Info("chromium started", "pid", own.Process().Pid, "path", path)
	p := &process{ctx: ctx, free: free, profile: profile, lost: own.LostConnection, pid: own.Process().Pid}
	looking, unwatch := context.WithCancel(root)
	var watching sync.WaitGroup
	watching.Go(func() { p.guardMemory(looking, options) })
	p.unwatch = func() { unwatch(); watching.Wait() }
	return p, nil
}

// answerWithin is how long Chromium itself may take to answer: it has to do
// nothing for it, and no page is asked.
const answerWithin = 3 * time.Second

// answers says whether Chromium answers. Where it does not, a page that did
// not come is no fault of the page.
func (p *process) answers() bool {
	ctx, cancel := context.WithTimeout(p.ctx, answerWithin)
	defer cancel()
	_, err := chromedp.CallBrowser(ctx, browser.GetVersion, cdp.Empty{})
	return err == nil
}

// shorten keeps the last lines of what Chromium printed before it gave up.
func shorten(err error) error {
	const most = 600
	text := err.Error()
	if len(text) <= most {
		return err
	}
	return errors.New("… " + strings.ToValidUTF8(text[len(text)-most:], ""))
}

// flags are the command line and environment of Chromium.
func flags(options *Options, path, profile string) []chromedp.ExecAllocatorOption {
	all := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path),
		chromedp.UserDataDir(profile),
		chromedp.ModifyCmdFunc(confine),
		// Chromium needs none of our environment, which may hold secrets.
		chromedp.NoInheritEnv,
		chromedp.Env("HOME="+profile, "TMPDIR="+profile, "PATH="+os.Getenv("PATH"), "LANG=C.UTF-8", "TZ="+os.Getenv("TZ")),
		chromedp.NoFirstRun,
		chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-default-apps", true),
		chromedp.Flag("disable-extensions", true),
		chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("disable-client-side-phishing-detection", true),
		chromedp.Flag("safebrowsing-disable-auto-update", true),
		chromedp.Flag("metrics-recording-only", true),
		chromedp.Flag("no-pings", true),
		chromedp.Flag("disable-breakpad", true),
		chromedp.Flag("disable-crash-reporter", true),
		chromedp.Flag("disable-features", strings.Join(unwanted(), ",")),
		chromedp.Flag("disable-hang-monitor", true),
		chromedp.Flag("disable-prompt-on-repost", true),
		chromedp.Flag("disable-background-timer-throttling", true),
		chromedp.Flag("disable-backgrounding-occluded-windows", true),
		chromedp.Flag("disable-renderer-backgrounding", true),
		chromedp.Flag("deny-permission-prompts", true),
		chromedp.Flag("password-store", "basic"),
		chromedp.Flag("force-color-profile", "srgb"),
		chromedp.Flag("disable-gpu", true),
		// Containers have a small /dev/shm, and Chromium crashes when it is full.
		chromedp.Flag("disable-dev-shm-usage", true),
		// The names and roles that assistive technology sees, for find.js.
		chromedp.Flag("enable-blink-features", "ComputedAccessibilityInfo"),
		// Twice what a page may hold: guardMemory ends it first, and can say why.
		chromedp.Flag("js-flags", fmt.Sprintf("--max-old-space-size=%d", max(options.MaxMemory>>19, 1))),
		// Each journey's context has a proxy of its own; anything else finds a
		// closed port, and nothing is resolved or sent past a proxy.
		chromedp.ProxyServer("socks5://127.0.0.1:9"),
		chromedp.Flag("proxy-bypass-list", "<-loopback>"),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("force-webrtc-ip-handling-policy", "disable_non_proxied_udp"),
	}
	all = append(all, appearance(options)...)
	if os.Getuid() == 0 {
		options.Logger.Warn("running as root: Chromium runs without its sandbox; run the agent as another user to have it")
		all = append(all, chromedp.NoSandbox)
	}
	return all
}

// unwanted are features of Chromium that no journey uses. The last four start
// processes of their own for each window: three for lists below an address bar
// that nobody sees, and one kept ready for a page that never comes. That is
// more than half of what a journey would compute.
func unwanted() []string {
	return []string{
		"Translate", "MediaRouter", "OptimizationHints", "InterestFeedContentSuggestions", "AutofillServerCommunication",
		"WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "SpareRendererForSitePerProcess",
	}
}

// stop closes Chromium, in order where it can, and removes all it left.
func (p *process) stop() error {
	p.unwatch()
	ctx, cancel := context.WithTimeout(p.ctx, closeWithin)
	defer cancel()
	// An error means that it did not close in order and was killed instead.
	_ = chromedp.Cancel(ctx)
	p.free()
	return p.profile.remove()
}

// kill ends Chromium at once; stop has to follow.
func (p *process) kill() { killUsing(p.profile.dir) }

// ended tells whether Chromium is gone.
func (p *process) ended() bool {
	select {
	case <-p.lost:
		return true
	default:
		return false
	}
}
