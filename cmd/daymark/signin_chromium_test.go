package main

import (
	"fmt"
	"strings"
	"testing"

	"daymark/incident"
	"daymark/internal/testkit"
)

// TestThePagesOfSigningIn walks them in Chromium, each state once, with the
// first page, which follows what happens.
func TestThePagesOfSigningIn(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	d := newDesk(newBrowser(t), t, newVisitor(t, consoleOf(t, a)))
	// send fills the form of an address and waits for the page that follows.
	send := func(action, title string, pairs ...string) {
		t.Helper()
		var fill strings.Builder
		for i := 0; i < len(pairs); i += 2 {
			fmt.Fprintf(&fill, "f.elements[%q].value = %q;", pairs[i], pairs[i+1])
		}
		d.script(fmt.Sprintf(`(() => { const f = document.querySelector('form[action="%s"]'); f.noValidate = true; %s; f.requestSubmit(); })()`, action, fill.String()))
		d.await(title, fmt.Sprintf("document.readyState === 'complete' && document.querySelector('h1') !== null && document.querySelector('h1').textContent.includes(%q)", title))
	}
	d.open("/console/sign-in")
	d.look("sign-in")
	send("/console/sign-in", "Sign in", "who", "nobody", "password", "a guess of a stranger")
	d.await("the error", `document.getElementById("wrong") !== null`)
	d.look("sign-in-wrong")
	link := firstLink(t, a)
	d.open("/console/welcome/nothing")
	d.look("welcome-used")
	d.open(link)
	d.look("welcome")
	d.script(`document.querySelector("[name=person][value=ana]").checked = true`)
	send(link, "Set up a second factor", "password", pass, "again", pass)
	d.look("factor")
	v := &visitor{t: t, secret: strings.ReplaceAll(d.script(`document.querySelector(".key-text").textContent`), " ", "")}
	send("/console/sign-in/second-factor", "Keep these recovery codes", "code", v.code())
	d.look("codes")
	d.open("/console")
	d.look("now-calm")
	d.script(`(window.mark = "here")`)
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
	d.await("the open page to tell of it", `document.querySelector("h1").textContent.includes("2 incidents are open") && window.mark === "here"`)
	d.look("now-open")
	d.open("/console/account")
	d.look("account")
	send("/console/account/password", "Ana Reyes", "present", "wrong", "password", pass, "again", pass)
	d.await("the error", `document.getElementById("wrong") !== null`)
	d.look("account-wrong")
	d.open("/console/account/second-factor")
	d.look("factor-again")
	d.open("/console/nothing")
	d.look("missing")
	d.open("/console/account")
	send("/console/sign-out", "Sign in")
	rewind(t, a, "ana")
	send("/console/sign-in", "your code", "who", "ana", "password", pass)
	d.look("code")
	send("/console/sign-in/code", "your code", "code", "000000")
	d.look("code-wrong")
}
