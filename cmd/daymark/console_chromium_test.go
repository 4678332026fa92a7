package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"daymark/incident"
	"daymark/internal/testkit"
)

// consoleViolations are what axe-core finds against WCAG 2.2 AA, a sentence each.
const consoleViolations = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"]})
	.then((r) => r.violations.flatMap((v) => v.nodes.slice(0, 3).map((n) => v.id + " (" + v.help + "): " + n.html.slice(0, 200))).join("\n"))`

// TestThePagesOfTheConsole walks them in Chromium, on a phone and a desk, dark
// and light: keeps a picture of each, holds it against WCAG 2.2 AA, and looks
// that nothing stands out at the side.
func TestThePagesOfTheConsole(t *testing.T) {
	testkit.Beside(t)
	axe, err := os.ReadFile(filepath.Join("..", "..", "tools", "npm", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatalf("%v; scripts/install.sh npm brings it", err)
	}
	a := newTestApp(t)
	base := consoleOf(t, a)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()))
	for name, value := range testkit.ChromiumFlags() {
		options = append(options, chromedp.Flag(name, value))
	}
	allocator, endAllocator := chromedp.NewExecAllocator(t.Context(), options...)
	defer endAllocator()
	ctx, endPage := chromedp.NewContext(allocator)
	defer endPage()
	script := func(text string) string {
		t.Helper()
		said, err := chromedp.Run(ctx, chromedp.Evaluate[string]("(async () => String(await ("+text+")))()", chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return said
	}
	await := func(what, holds string) {
		t.Helper()
		for deadline := time.Now().Add(60 * time.Second); ; <-time.After(50 * time.Millisecond) {
			// Between two pages there is nothing to ask.
			if yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool](holds)); err == nil && yes {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("within a minute there is not %s: %s", what, script("document.body.innerText"))
			}
		}
	}
	open := func(path string) {
		t.Helper()
		if err := chromedp.Do(ctx, chromedp.Navigate(base+path)); err != nil {
			t.Fatal(err)
		}
	}
	look := func(name string) {
		t.Helper()
		for _, theme := range []string{"dark", "light"}[:testkit.Count(1, 2)] {
			dark := func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
				params := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}}
				_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, params)
				return chromedp.Void{}, err
			}
			for _, width := range []int64{390, 1280}[:testkit.Count(1, 2)] {
				if err := chromedp.Do(ctx, dark, chromedp.EmulateViewport(width, 800)); err != nil {
					t.Fatal(err)
				}
				shot, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
				screens := filepath.Join("..", "..", "dist", "screens")
				file := filepath.Join(screens, fmt.Sprintf("console-%s-%d-%s.png", name, width, theme))
				if err := errors.Join(err, os.MkdirAll(screens, 0o750), os.WriteFile(file, shot, 0o600)); err != nil {
					t.Fatal(err)
				}
				if script("document.documentElement.scrollWidth > document.documentElement.clientWidth") == "true" {
					t.Errorf("%s is wider than a window of %d px", name, width)
				}
			}
			if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](string(axe)+"; true")); err != nil {
				t.Fatal("axe-core does not load")
			}
			if faults := script(consoleViolations); faults != "" {
				t.Errorf("%s, %s: %s", name, theme, faults)
			}
		}
	}
	// send fills the form of an address and waits for the page that follows.
	send := func(action, title string, pairs ...string) {
		t.Helper()
		var fill strings.Builder
		for i := 0; i < len(pairs); i += 2 {
			fmt.Fprintf(&fill, "f.elements[%q].value = %q;", pairs[i], pairs[i+1])
		}
		script(fmt.Sprintf(`(() => { const f = document.querySelector('form[action="%s"]'); f.noValidate = true; %s; f.requestSubmit(); })()`, action, fill.String()))
		await(title, fmt.Sprintf("document.readyState === 'complete' && document.querySelector('h1') !== null && document.querySelector('h1').textContent.includes(%q)", title))
	}
	open("/console/sign-in")
	look("sign-in")
	send("/console/sign-in", "Sign in", "who", "nobody", "password", "a guess of a stranger")
	await("the error", `document.getElementById("wrong") !== null`)
	look("sign-in-wrong")
	link := firstLink(t, a)
	open("/console/welcome/nothing")
	look("welcome-used")
	open(link)
	look("welcome")
	script(`document.querySelector("[name=person][value=ana]").checked = true`)
	send(link, "Set up a second factor", "password", pass, "again", pass)
	look("factor")
	v := &visitor{t: t, secret: strings.ReplaceAll(script(`document.querySelector(".key-text").textContent`), " ", "")}
	send("/console/sign-in/second-factor", "Keep these recovery codes", "code", v.code())
	look("codes")
	open("/console")
	look("now-calm")
	script(`(window.mark = "here")`)
	by := incident.By{Person: "ana", Via: "test"}
	for i, severity := range []incident.Severity{incident.P1, incident.P3} {
		_, err := a.engine.Command(t.Context(), by, fmt.Sprint("k", i), incident.Open{
			Name: "Sign-in is not available to customers abroad", Severity: severity, What: "Nobody can sign in.",
			Components: []incident.OpenComponent{{Component: a.doc.Components[i].ID, Status: incident.Down}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	await("the open page to tell of it", `document.querySelector("h1").textContent.includes("2 incidents are open") && window.mark === "here"`)
	look("now-open")
	open("/console/account")
	look("account")
	send("/console/account/password", "Ana Reyes", "present", "wrong", "password", pass, "again", pass)
	await("the error", `document.getElementById("wrong") !== null`)
	look("account-wrong")
	open("/console/account/second-factor")
	look("factor-again")
	open("/console/nothing")
	look("missing")
	open("/console/account")
	send("/console/sign-out", "Sign in")
	rewind(t, a, "ana")
	send("/console/sign-in", "your code", "who", "ana", "password", pass)
	look("code")
	send("/console/sign-in/code", "your code", "code", "000000")
	look("code-wrong")
}
