package main

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"daymark/internal/testkit"
)

// TestTheDocumentThatIsTypedIsKept: after a reload it is there again, with the
// version that it was made from and without what may be a secret.
func TestTheDocumentThatIsTypedIsKept(t *testing.T) {
	testkit.Beside(t)
	a := newTestAppOf(t, "127.0.0.1:3", append([]string{"\nserver:\n", "\nserver:\n  config: console\n"}, "  people:\n", "  people:\n"+staffPeople[strings.Index(staffPeople, "    - {id: rex"):])...)
	if err := a.configurations.keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	runConsole(t, a)
	v := newVisitor(t, consoleOf(t, a))
	v.join(linkFor(t, a, "ada"))
	ada := newDesk(newBrowser(t), t, v)
	ada.open("/console/configuration")
	ada.script(`document.getElementById("text").value += "\n# mine\n# password: hunter-2\n# token: ${env:TOKEN}\n"`)
	ada.script(`document.getElementById("text").dispatchEvent(new Event("input", { bubbles: true }))`)
	ada.await("a draft", `Object.keys(localStorage).length === 1`)
	if kept := ada.script(`JSON.stringify(localStorage)`); strings.Contains(kept, "hunter") || !strings.Contains(kept, "${env:TOKEN}") {
		t.Errorf("what is kept of a secret: %s", kept[max(0, len(kept)-200):])
	}
	reload := func() {
		t.Helper()
		if err := chromedp.Do(ada.ctx, chromedp.Reload()); err != nil {
			t.Fatal(err)
		}
		ada.sees("#document [data-own=draft]", "was put back")
	}
	reload()
	ada.await("the text", `document.getElementById("text").value.endsWith("# mine\n# password: (hidden)\n# token: ${env:TOKEN}\n")`)
	ada.sees("#document [data-own=draft]", "stands there as (hidden)")
	ada.sees("#summary", "lines added: ")
	if said := ada.script(`document.querySelector("[data-own=draft]").textContent + document.querySelector("[name=base]").value`); strings.Contains(said, "runs by now") || !strings.HasSuffix(said, "1") {
		t.Error(said)
	}
	ada.script(`(() => { const name = Object.keys(localStorage)[0]; localStorage.setItem(name, JSON.stringify({ ...JSON.parse(localStorage.getItem(name)), base: "7" })); })()`)
	reload()
	ada.sees("#document [data-own=draft]", "made from version 7, and version 1 runs by now")
	if base := ada.script(`document.querySelector("[name=base]").value`); base != "7" {
		t.Errorf("it would be applied over version %s", base)
	}
	ada.look("configuration-draft")
	ada.open("/console/configuration?from=1") // another text to begin with is another draft
	ada.await("the text of version 1", `!document.getElementById("text").value.includes("# mine") && document.querySelector("[data-own=draft]") === null`)
	ada.open("/console/configuration")
	ada.press("#document [data-own=draft] button")
	ada.await("nothing", `document.getElementById("text").value === document.getElementById("text").defaultValue && Object.keys(localStorage).length === 0 && document.querySelector("[name=base]").value === "1"`)
}
