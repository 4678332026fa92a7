package statuspage_test

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"daymark/internal/testkit"
)

// chromium is the one browser of all tests of this package.
var chromium struct {
	once  sync.Once
	ctx   context.Context
	close []context.CancelFunc
	err   error
}

// TestMain ends the browser when the tests are over. Begun as the process of
// readers, it is that instead.
func TestMain(m *testing.M) {
	if os.Getenv(fleetVariable) != "" {
		beFleet()
		return
	}
	code := m.Run()
	for _, end := range chromium.close {
		end()
	}
	os.Exit(code)
}

// startChromium begins it with the first test that needs it.
func startChromium() {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(testkit.ChromiumPath()))
	for name, value := range testkit.ChromiumFlags() {
		options = append(options, chromedp.Flag(name, value))
	}
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses its sandbox to root
	}
	allocator, endAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, endBrowser := chromedp.NewContext(allocator)
	chromium.ctx, chromium.close = ctx, []context.CancelFunc{endBrowser, endAllocator}
	chromium.err = chromedp.Do(ctx)
}

// tab is one of a real Chromium, which these tests need, with cookies of its
// own.
type tab struct {
	t   *testing.T
	ctx context.Context
}

func browser(t *testing.T) tab {
	t.Helper()
	chromium.once.Do(startChromium)
	if chromium.err != nil {
		t.Fatalf("Chromium does not start (scripts/install.sh chromium installs it): %v", chromium.err)
	}
	ctx, cancel := context.WithTimeout(chromium.ctx, time.Duration(testkit.Count(10, 50))*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	b := tab{t, ctx}
	// Each tab is as one that is looked at.
	b.do(
		call(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}),
		call(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watch}),
	)
	return b
}

// watch has a page collect what it violates and throws from its first moment.
const watch = `window.faults = [];
window.pwned = () => (window.ran ??= []).push("a script ran");
for (const name of ["alert", "confirm", "prompt"]) window[name] = window.pwned;
addEventListener("securitypolicyviolation", (e) => faults.push("policy: " + e.violatedDirective + " " + e.blockedURI));
addEventListener("error", (e) => faults.push("error: " + e.message));
addEventListener("unhandledrejection", (e) => faults.push("rejection: " + e.reason));`

// call is a command of the browser's protocol as a step.
func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, command, params)
		return chromedp.Void{}, err
	}
}

// do takes steps, each of which has to succeed.
func (b tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

func (b tab) open(url string) { b.t.Helper(); b.do(chromedp.Navigate(url)) }

// size is that of the window, in CSS pixels.
func (b tab) size(width, height int64) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, height))
}

// media says what the reader's device prefers, in pairs such as
// "prefers-color-scheme", "dark".
func (b tab) media(kind string, features ...string) {
	b.t.Helper()
	params := emulation.SetEmulatedMediaParams{Media: kind}
	for i := 0; i+1 < len(features); i += 2 {
		params.Features = append(params.Features, &emulation.MediaFeature{Name: features[i], Value: features[i+1]})
	}
	b.do(call(emulation.SetEmulatedMedia, params))
}

// script lets pages run theirs, or not.
func (b tab) script(runs bool) {
	b.t.Helper()
	b.do(call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !runs}))
}

// picture is the whole page, as high as it is. Beyond a window that it does not
// fill, Chromium would shift one that is written from right to left.
func (b tab) picture() []byte {
	b.t.Helper()
	shoot := chromedp.FullScreenshot(100)
	if b.is(`document.documentElement.scrollHeight <= innerHeight`) {
		shoot = chromedp.CaptureScreenshot()
	}
	shot, err := chromedp.Run(b.ctx, shoot)
	if err != nil {
		b.t.Fatal(err)
	}
	return shot
}
