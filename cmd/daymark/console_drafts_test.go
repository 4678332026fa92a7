package main

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/store"
)

// TestWhatTwoPeopleTypeIsKept: what is new comes into an open page and leaves
// alone what somebody types there; two who write at once see one another, and
// no two updates cross; what was typed is there again after a refusal, a
// reload, and a session that ended.
func TestWhatTwoPeopleTypeIsKept(t *testing.T) {
	testkit.Beside(t)
	a := newTestAppOf(t, "127.0.0.1:3", stakeholders...)
	runConsole(t, a)
	room := newRoom(t, a)
	base, browser := consoleOf(t, a), newBrowser(t)
	visitors := map[string]*visitor{"ana": newVisitor(t, base), "ben": newVisitor(t, base)}
	visitors["ana"].join(firstLink(t, a), "person", "ana")
	visitors["ben"].join(linkFor(t, a, "ben"))
	ana, ben := newDesk(browser, t, visitors["ana"]), newDesk(browser, t, visitors["ben"])
	for _, d := range []*desk{ana, ben} {
		d.open("/console/incidents/" + room.id)
		d.await("a socket", `document.body.dataset.live === "socket"`)
		d.script(`(window.mark = "here")`)
	}

	ana.fill("#update-what", "We know the cause.")
	ben.sees("#update [data-own=others]", "Ana Reyes is writing here, too.")
	ben.fill("#update-what", "Sign-in fails abroad.")
	ana.sees("#update [data-own=others]", "Ben Okafor is writing here, too.")

	// What is new comes, and what he has before him stays.
	ben.script(`document.getElementById("clocks").open = false`)
	ben.script(`document.querySelector("#severities, #severity-part").open = true`)
	ben.script(`document.getElementById("update-what").setSelectionRange(2, 6)`)
	top := ben.script(`Math.round(document.activeElement.getBoundingClientRect().top)`)
	room.give("ana", incident.Write{Incident: room.id, Kind: incident.Hypothesis, Text: "the key is stale"})
	ben.sees("#entries", "the key is stale")
	ben.sees("p.heard", "the key is stale")
	for what, holds := range map[string]string{
		"the same page":   `window.mark === "here"`,
		"the focus":       `document.activeElement.id === "update-what"`,
		"the selection":   `document.activeElement.selectionStart === 2 && document.activeElement.selectionEnd === 6`,
		"the text":        `document.activeElement.value === "Sign-in fails abroad."`,
		"what was opened": `document.querySelector("#severities, #severity-part").open && !document.getElementById("clocks").open`,
		"the place":       `Math.abs(document.activeElement.getBoundingClientRect().top - ` + top + `) < 2`,
	} {
		if ben.script(holds) != "true" {
			t.Errorf("%s is lost when something is new", what)
		}
	}

	// She is first. He is told before he publishes, and when he does.
	ana.press("#update > .row button")
	ana.sees("#update", "It is published.")
	ben.sees("#update [data-own=came]", "An update was published since you began")
	ben.look("room-two-writers")
	ben.press("#update > .row button")
	ben.sees("#update .error", "We know the cause.")
	ben.await("his text", `document.getElementById("update-what").value === "Sign-in fails abroad."`)
	room.give("ana", incident.Write{Incident: room.id, Kind: incident.Note, Text: "a word in between"})
	ben.sees("#entries", "a word in between")
	if ben.script(`document.querySelector("#update .error").textContent.includes("We know the cause.") && document.getElementById("update-what").value`) != "Sign-in fails abroad." {
		t.Error("a refused form does not stay as it was")
	}
	if err := chromedp.Do(ben.ctx, chromedp.Reload()); err != nil {
		t.Fatal(err)
	}
	ben.sees("#update [data-own=draft]", "was put back")
	ben.await("his text", `document.getElementById("update-what").value === "Sign-in fails abroad."`)
	ben.look("room-draft")
	ben.press("#update > .row button")
	ben.sees("#update", "It is published.")
	ben.await("no draft", `document.getElementById("update-what").value === "" && Object.keys(localStorage).length === 0`)

	// A session ends while he types: the text stays, and is there again.
	ben.fill("#entry-text", "tried the old key")
	err := staffAccounts{a.store, a.engine, a.now}.do(t.Context(), "test", "sessions ended", "ben", func(ctx context.Context, tx *store.Tx) error {
		return tx.EndSessions(ctx, a.now(), "ben", "", "")
	})
	if err != nil {
		t.Fatal(err)
	}
	ben.sees(".stale", "You are not signed in here any more.")
	ben.await("his text", `document.getElementById("entry-text").value === "tried the old key"`)
	rewind(t, a, "ben")
	again := newVisitor(t, base)
	again.secret = visitors["ben"].secret
	again.post("/console/sign-in", "who", "ben", "password", pass)
	again.post("/console/sign-in/code", "code", again.code())
	again.stands("/console", http.StatusOK)
	ben.signIn(again)
	ben.open("/console/incidents/" + room.id)
	ben.sees("#entry [data-own=draft]", "was put back")
	ben.await("his text", `document.getElementById("entry-text").value === "tried the old key"`)
	ben.press("#entry [data-own=draft] button")
	ben.await("nothing", `document.getElementById("entry-text").value === "" && Object.keys(localStorage).length === 0`)

	// It is over before his word is out: he has it still, and reads why.
	ben.fill("#update-what", "Half of you can.")
	room.give("ana", incident.Resolve{Incident: room.id})
	ben.sees("h1 + p", "Over.")
	ben.press("#update > .row button")
	ben.sees("[data-own=left] .error", "over since")
	ben.sees("[data-own=left] pre", "Half of you can.")
	ben.look("room-left")
	room.give("ana", incident.Write{Incident: room.id, Kind: incident.Note, Text: "one more word"})
	ben.sees("#entries", "one more word")
	ben.sees("[data-own=left] pre", "Half of you can.")
	ben.script(`localStorage.clear()`)
	ben.open("/console/incidents/" + room.id)

	// Nobody reads another's draft, nor is a secret kept.
	ben.fill("#entry-text", "of Ben alone")
	ben.await("a draft", `Object.keys(localStorage).length === 1`)
	ben.signIn(visitors["ana"])
	ben.open("/console/incidents/" + room.id)
	if got := ben.script(`document.getElementById("entry-text").value`); got != "" {
		t.Errorf("Ana is given %q", got)
	}
	ben.open("/console/account")
	ben.fill("#present", "a password")
	ben.script(`document.dispatchEvent(new Event("visibilitychange"))`)
	if kept := ben.script(`JSON.stringify(localStorage)`); strings.Contains(kept, "a password") {
		t.Errorf("a password is kept: %s", kept)
	}
}

// TestAStakeholderAgreesInABrowser: the Engineer asks in the room, and the room
// tells the answer.
func TestAStakeholderAgreesInABrowser(t *testing.T) {
	testkit.Beside(t)
	a := newTestAppOf(t, "127.0.0.1:3", stakeholders...)
	runConsole(t, a)
	room := newRoom(t, a)
	base, browser := consoleOf(t, a), newBrowser(t)
	v := newVisitor(t, base)
	v.join(linkFor(t, a, "ben"))
	ben, dee := newDesk(browser, t, v), newDesk(browser, t, newVisitor(t, base))
	number := room.give("ben", incident.Write{Incident: room.id, Kind: incident.Propose, Text: "renew the key\non both machines"})
	ben.open("/console/incidents/" + room.id)
	ben.press("#ask-" + number + " button")
	ben.sees("h1", "A link for Dee Silva")
	ben.look("ask")
	link := agreeLinks.FindStringSubmatch(ben.script(`document.querySelector("main code").textContent`))[1]
	ben.press("main a.button")
	ben.await("a socket", `document.body.dataset.live === "socket"`)
	dee.open(link)
	dee.sees("main", "renew the key")
	dee.look("agree")
	dee.fill("#reason", "At night, please.")
	dee.press("button[value=agree]")
	dee.sees("h1", "You have agreed.")
	dee.look("agreed")
	ben.sees("#entries", "At night, please.")
}
