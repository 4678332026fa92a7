package main

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"daymark/checker"
	"daymark/internal/testkit"
	"daymark/notify/notifytest"
)

// night is a server with two people at their browsers.
type night struct {
	*app
	t        *testing.T
	box      *notifytest.Mailbox
	ana, ben *desk
	ran      int
}

func newNight(t *testing.T, keys bool) *night {
	t.Helper()
	box, err := notifytest.NewMailbox(notifytest.MailboxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := box.Start(context.Background(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	a := newTestAppOf(t, box.Addr(), "engineer: [ben, ana]}", "engineer: [ben, ana], escalation: [{after: 0m, tell: [engineer, lead], by: [email]}]}")
	runConsole(t, a)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); a.sender.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	base, browser := consoleOf(t, a), newBrowser(t)
	ana, ben := newVisitor(t, base), newVisitor(t, base)
	ana.join(firstLink(t, a), "person", "ana")
	ben.join(linkFor(t, a, "ben"))
	n := &night{app: a, t: t, box: box, ana: newDesk(browser, t, ana), ben: newDesk(browser, t, ben)}
	n.ana.keys, n.ben.keys = keys, keys
	return n
}

// run has the journey of signing in go well, or not, in each region.
func (n *night) run(outcome checker.Outcome) {
	n.t.Helper()
	check := &n.doc.Components[0].Checks[0]
	n.ran++
	for _, region := range check.Regions {
		at := time.Now().UTC().Add(time.Duration(n.ran-3) * time.Second).Truncate(time.Millisecond)
		result := checker.Result{Check: check.ID, Region: region, At: at, Started: at, Attempts: 1, Outcome: outcome}
		if outcome == checker.Failed {
			result.Reason = "the page does not show “Welcome back”"
		}
		if rejected, err := n.engine.Submit(n.t.Context(), region, []checker.Result{result}); err != nil || len(rejected) > 0 {
			n.t.Fatal(err, rejected)
		}
	}
}

// alerted waits until somebody is mailed of a P1.
func (n *night) alerted(address string) {
	n.t.Helper()
	for deadline := time.Now().Add(60 * time.Second); ; <-time.After(20 * time.Millisecond) {
		if slices.ContainsFunc(n.box.Messages(), func(m notifytest.Mail) bool {
			return slices.Contains(m.To, address) && strings.Contains(m.Subject, "P1") && strings.Contains(m.Subject, "is wanted")
		}) {
			return
		}
		if time.Now().After(deadline) {
			n.t.Fatalf("%s is not alerted: %d messages", address, len(n.box.Messages()))
		}
	}
}

// TestAP1ByTwoPeople is a whole P1, from the check that fails to the action
// that is done, by two people in two browsers.
func TestAP1ByTwoPeople(t *testing.T) {
	testkit.Beside(t)
	newNight(t, false).p1()
}

// TestAP1ByKeyboardAlone is the same without a mouse.
func TestAP1ByKeyboardAlone(t *testing.T) {
	testkit.Beside(t)
	newNight(t, true).p1()
}

func (n *night) p1() {
	ana, ben := n.ana, n.ben
	for _, d := range []*desk{ana, ben} {
		d.open("/console")
		d.sees("h1", "Nothing is open.")
		d.script(`(window.mark = "here")`)
	}

	// A check fails; both are alerted, and see it without loading the page.
	n.run(checker.Failed)
	n.alerted("ana@shop.example")
	n.alerted("ben@shop.example")
	for _, d := range []*desk{ana, ben} {
		d.await("the open page to tell of it", `document.querySelector("h1").textContent.includes("Nobody has taken it") && window.mark === "here"`)
		d.press(`#main a[href^="/console/incidents/"]`)
	}
	ana.press(`button[name=role][value=lead]`)
	ben.sees("#role-lead", "Ana Reyes") // his page has moved, and he presses where the button is now
	ben.press(`button[name=role][value=engineer]`)
	ana.sees("#role-engineer", "Ben Okafor")

	// What one writes, the other sees without loading the page.
	ana.script(`(window.mark = "here")`)
	ben.write("hypothesis", "the key is stale")
	ana.sees("#entries", "the key is stale")
	ana.await("the page to be the same", `window.mark === "here"`)
	ben.write("proposal", "renew the key")
	ana.sees(".ask", "Ben Okafor proposes a fix")
	ana.press(`.ask button[value=agreement]`)
	ben.sees(".ask", "the fix is agreed")

	// Two updates.
	for _, text := range []string{"We know the cause.", "The fix goes out."} {
		ana.fill("#update-what", text)
		ana.press("#update > .row button")
		ana.empty("#update-what")
		ana.sees("#update", "It is published.")
		ben.sees("#entries", text)
	}
	ben.press(`.ask form[id^=fixed] button`)
	ana.sees("#entries", "The fix is done.")
	n.run(checker.OK)
	ana.sees("#say ~ p", "Watching")
	ana.press("#resolve-part summary")
	ana.press("#resolve button")
	ana.sees("#say ~ p", "Over.")
	ben.sees("#say ~ p", "Over.")
	n.review()
}

// review has it reviewed: written by who was Lead, signed by the other.
func (n *night) review() {
	ana, ben := n.ana, n.ben
	ana.press(`#main a[href$="/review"]`)
	ana.fill("#write-causes", "Nobody renewed the key.")
	ana.press("#write p:last-child button")
	ana.sees("#write", "It is written.")
	ana.fill("#action-text", "Warn a month before")
	ana.choose("#action-owner", "ben", kb.ArrowDown)
	ana.date("#action-due")
	ana.press("#action p:last-child button")
	ana.sees("#actions ~ div", "Warn a month before")
	ben.press(`#main a[href$="/review"]`)
	ben.press("#sign button")
	ben.sees("#sign-head ~ div", "Signed off by Ben Okafor")
	ben.press(`form[action$="/actions/1/done"] button`)
	ben.sees("#actions ~ div", "The action is done.")
}

// date enters a day of the next year, by the keys of a field for times.
func (d *desk) date(selector string) {
	d.t.Helper()
	if !d.keys {
		if err := chromedp.Do(d.ctx, chromedp.SetValue(selector, time.Now().AddDate(1, 0, 0).Format("2006")+"-12-12T09:00")); err != nil {
			d.t.Fatal(err)
		}
		return
	}
	d.focus(selector)
	// Day and month are the same, so that their order does not matter.
	d.key("1212" + time.Now().AddDate(1, 0, 0).Format("2006") + kb.ArrowRight + "0900AM")
	d.await("a time", `document.querySelector("`+selector+`").value.endsWith("-12-12T09:00")`)
}
