package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"daymark/internal/testkit"
)

// desk is somebody at a browser of theirs, signed in.
type desk struct {
	t    *testing.T
	ctx  context.Context
	base string
	keys bool // used by keyboard alone
}

// newBrowser starts Chromium, in which each desk is a browser of its own: with
// cookies and storage that no other has.
func newBrowser(t *testing.T) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(testkit.ChromiumPath()), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()))
	for name, value := range testkit.ChromiumFlags() {
		options = append(options, chromedp.Flag(name, value))
	}
	allocator, endAllocator := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(endAllocator)
	ctx, end := chromedp.NewContext(allocator)
	t.Cleanup(end)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// newDesk gives somebody a browser, in which they are signed in as a visitor is.
func newDesk(browser context.Context, t *testing.T, v *visitor) *desk {
	t.Helper()
	ctx, end := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(end)
	d := &desk{t: t, ctx: ctx, base: v.base}
	d.signIn(v)
	return d
}

// signIn takes the session of a visitor over.
func (d *desk) signIn(v *visitor) {
	d.t.Helper()
	request, err := http.NewRequestWithContext(d.t.Context(), http.MethodGet, v.base+"/console", http.NoBody)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, cookie := range v.client.Jar.Cookies(request.URL) {
		_, err := chromedp.Run(d.ctx, func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
			_, err := cdp.Call(ctx, target, network.SetCookie, network.SetCookieParams{Name: cookie.Name, Value: cookie.Value, URL: v.base})
			return chromedp.Void{}, err
		})
		if err != nil {
			d.t.Fatal(err)
		}
	}
}

func (d *desk) open(path string) {
	d.t.Helper()
	if err := chromedp.Do(d.ctx, chromedp.Navigate(d.base+path)); err != nil {
		d.t.Fatal(err)
	}
}

// script runs something in the page and gives what it says.
func (d *desk) script(text string) string {
	d.t.Helper()
	said, err := chromedp.Run(d.ctx, chromedp.Evaluate[string]("(async () => String(await ("+text+")))()", chromedp.EvalAwaitPromise))
	if err != nil {
		d.t.Fatalf("%s: %v", text, err)
	}
	return said
}

// await waits until something holds in the page.
func (d *desk) await(what, holds string) {
	d.t.Helper()
	for deadline := time.Now().Add(60 * time.Second); ; <-time.After(20 * time.Millisecond) {
		// Between two pages there is nothing to ask.
		if yes, err := chromedp.Run(d.ctx, chromedp.Evaluate[bool](holds)); err == nil && yes {
			return
		}
		if time.Now().After(deadline) {
			d.t.Fatalf("within a minute there is not %s at %s: %s", what, d.script("location.href"), d.script("document.body.innerText"))
		}
	}
}

// sees waits until a part of the page says something.
func (d *desk) sees(selector, text string) {
	d.t.Helper()
	d.await(fmt.Sprintf("%q in %s", text, selector), fmt.Sprintf(
		`document.readyState === "complete" && [...document.querySelectorAll(%s)].some((e) => e.textContent.includes(%s))`, quoted(selector), quoted(text)))
}

func quoted(text string) string {
	out, err := json.Marshal(text)
	if err != nil {
		panic(err) // text always encodes
	}
	return string(out)
}

func (d *desk) key(keys string, options ...chromedp.KeyOption) {
	d.t.Helper()
	if _, err := chromedp.Run(d.ctx, chromedp.KeyEvent(keys, options...)); err != nil {
		d.t.Fatal(err)
	}
}

// there waits for something that can be acted on.
func (d *desk) there(selector string) {
	d.t.Helper()
	d.await(selector, fmt.Sprintf(`document.readyState === "complete" && (document.querySelector(%s)?.checkVisibility() ?? false)`, quoted(selector)))
}

// stops tells where the focus is among the places where it can rest, and where
// something else is.
const stops = `((want) => {
	const alone = (e) => e.type !== "radio" || e.checked || ![...document.getElementsByName(e.name)].some((o) => o.form === e.form && o.checked);
	const all = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]")]
		.filter((e) => e.tabIndex >= 0 && !e.disabled && e.checkVisibility() && alone(e));
	return all.indexOf(document.activeElement) + " " + all.indexOf(document.querySelector(want)) + " " + all.length;
})`

// focus goes to something by Tab alone.
func (d *desk) focus(selector string) {
	d.t.Helper()
	d.there(selector)
	back := false
	for range 60 {
		var at, want, all int
		if _, err := fmt.Sscan(d.script(stops+"("+quoted(selector)+")"), &at, &want, &all); err != nil {
			d.t.Fatal(err)
		}
		switch {
		case want >= 0 && at == want:
			return
		case at < 0: // a place that scrolls, or none
			d.tab(1, back)
		case want >= 0:
			back = want < at
			d.tab(max(want-at, at-want), back)
		default:
			d.tab(1, false)
		}
	}
	d.t.Fatalf("Tab does not lead to %s", selector)
}

// tab presses Tab so often, with Shift to go back.
func (d *desk) tab(times int, back bool) {
	d.t.Helper()
	if !back {
		d.key(strings.Repeat(kb.Tab, times))
		return
	}
	d.key(strings.Repeat(kb.Tab, times), chromedp.KeyModifiers(chromedp.ModifierShift))
}

// press activates something.
func (d *desk) press(selector string) {
	d.t.Helper()
	if d.keys {
		d.focus(selector)
		d.key(kb.Enter)
		return
	}
	d.there(selector)
	if err := chromedp.Do(d.ctx, chromedp.Click(selector)); err != nil {
		d.t.Fatalf("click %s: %v", selector, err)
	}
}

// fill types into a field.
func (d *desk) fill(selector, text string) {
	d.t.Helper()
	if d.keys {
		d.focus(selector)
	} else {
		d.press(selector)
	}
	d.key(text)
	d.await(text, fmt.Sprintf("document.querySelector(%s).value.includes(%s)", quoted(selector), quoted(text)))
}

// choose takes a choice of a list, or one of some buttons, by its value.
func (d *desk) choose(selector, value, key string) {
	d.t.Helper()
	is := fmt.Sprintf("document.querySelector(%s).value === %s", quoted(selector), quoted(value))
	for range 20 {
		if d.script(is) == "true" {
			return
		}
		d.focus(selector)
		d.key(key)
	}
	d.t.Fatalf("%s does not become %s", selector, value)
}

// write adds an entry of a kind to the log of a room.
func (d *desk) write(kind, text string) {
	d.t.Helper()
	d.fill("#entry-text", text)
	if d.keys {
		d.choose("#entry input[name=kind]:checked", kind, kb.ArrowRight)
	} else {
		d.press("#entry input[value=" + kind + "]")
	}
	d.press("#entry fieldset button")
	d.empty("#entry-text")
	d.sees("#entry", "It is in the log.")
}

// empty waits until a field is: what was typed has been taken.
func (d *desk) empty(selector string) {
	d.t.Helper()
	d.await("an empty field", fmt.Sprintf(`document.querySelector(%s)?.value === ""`, quoted(selector)))
}

// look holds a page against WCAG 2.2 AA and its window; at full counts on a phone
// and a desk, dark and light, and then it keeps pictures.
func (d *desk) look(name string) {
	d.t.Helper()
	axe, err := os.ReadFile(filepath.Join("..", "..", "tools", "npm", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		d.t.Fatalf("%v; scripts/install.sh npm brings it", err)
	}
	for _, theme := range []string{"dark", "light"}[:testkit.Count(1, 2)] {
		prefer := func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
			params := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}}
			_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, params)
			return chromedp.Void{}, err
		}
		for _, width := range []int64{390, 1280}[:testkit.Count(1, 2)] {
			if err := chromedp.Do(d.ctx, prefer, chromedp.EmulateViewport(width, 800)); err != nil {
				d.t.Fatal(err)
			}
			if testkit.Full() {
				d.picture(fmt.Sprintf("console-%s-%d-%s.png", name, width, theme))
			}
			if wide := d.script(standsOut); wide != "" {
				d.t.Errorf("%s is wider than a window of %d px: %s", name, width, wide)
			}
		}
		if _, err := chromedp.Run(d.ctx, chromedp.Evaluate[bool](string(axe)+"; true")); err != nil {
			d.t.Fatal("axe-core does not load")
		}
		if faults := d.script(consoleViolations); faults != "" {
			d.t.Errorf("%s, %s: %s", name, theme, faults)
		}
	}
}

// picture keeps one of the whole page.
func (d *desk) picture(name string) {
	d.t.Helper()
	screens := filepath.Join("..", "..", "dist", "screens")
	shot, err := chromedp.Run(d.ctx, chromedp.FullScreenshot(100))
	if err := errors.Join(err, os.MkdirAll(screens, 0o750), os.WriteFile(filepath.Join(screens, name), shot, 0o600)); err != nil {
		d.t.Fatal(err)
	}
}

// standsOut gives the last of what makes a page wider than its window.
const standsOut = `document.documentElement.scrollWidth <= document.documentElement.clientWidth ? "" :
	[...document.body.querySelectorAll("*")].filter((e) => Math.max(e.getBoundingClientRect().right, e.getBoundingClientRect().left + e.scrollWidth) > document.documentElement.clientWidth + 1 && e.closest(".scroll") === null).slice(-3).map((e) => e.outerHTML.slice(0, 200)).join("\n") || "where is not known"`

// consoleViolations are what axe-core finds against WCAG 2.2 AA, a sentence each.
const consoleViolations = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"]})
	.then((r) => r.violations.flatMap((v) => v.nodes.slice(0, 3).map((n) => v.id + " (" + v.help + "): " + n.html.slice(0, 200))).join("\n"))`
