package statuspage_test

import (
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/statuspage"
)

// Without script the history is searched by its form and turned by its links;
// with script, the times of an incident and of a maintenance are in the
// reader's zone, too, and stay so when the page changes.
func TestHistoryAndZonesInABrowser(t *testing.T) {
	testkit.Beside(t)
	s, p := busy(t)
	r := run(t, p)
	server := httptest.NewServer(handler(r.page))
	defer server.Close()
	b := browser(t)
	zone := func(id string) {
		b.do(call(emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: id}))
	}

	zone("Asia/Tokyo")
	b.visit(r.url + "/incidents/open00000001")
	b.becomes(`document.querySelector("#update-2 .when").textContent.replace(/\s+/g, " ") === "14:00 London23:00 Tokyo"`)
	for _, holds := range []string{
		`document.querySelector(".due .own").textContent === "23:30 Tokyo"`,
		`document.querySelector("#update-1 .own").textContent === "22:44 Tokyo"`,
		`document.documentElement.scrollWidth <= innerWidth`,
	} {
		if !b.is(holds) {
			t.Errorf("not so: %s", holds)
		}
	}
	b.becomes(socketOpen)
	b.is(`window.before = true`)
	s.change(func(snap *statuspage.Snapshot) {
		one := snap.Open[0]
		one.Updates = append(slices.Clip(one.Updates), incident.Update{ID: "open-3", Number: 3, Kind: incident.Progress, Phase: incident.Monitoring, At: noon, Text: "It is back."})
		one.Phase = incident.Monitoring
		snap.Open = []incident.Incident{one}
	})
	r.page.Hub().Notify(1)
	b.becomes(`document.querySelector("#update-3 .own")?.textContent === "23:18 Tokyo"`)
	if !b.is(`window.before === true && document.querySelectorAll("#update-2 .own").length === 1 && document.querySelectorAll(".due .own").length === 1 && document.querySelectorAll(".due .rel:not(.own)").length === 1`) {
		t.Error("the times of before are gone, or there twice")
	}
	b.visit(r.url + "/maintenance/work00000004")
	b.becomes(`document.querySelector("dd .own")?.textContent.startsWith("Fri 4 Dec, 07:00") || document.querySelector("dd .own")?.textContent.startsWith("Fri, 4 Dec, 07:00")`)
	b.faultless()

	// On the page's own clocks nothing is said twice.
	zone("Europe/Lisbon")
	b.visit(r.url + "/incidents/past00000001")
	b.becomes(`document.readyState === "complete"`)
	if !b.is(`!document.querySelector(".own")`) {
		t.Error("a zone that shows the same is said")
	}

	b.do(call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
	b.visit(server.URL + "/history")
	act := func(actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(b.ctx, actions...); err != nil {
			t.Fatal(err)
		}
	}
	act(chromedp.SendKeys("#q", "PAYMENTS database\r"))
	b.becomes(`location.search === "?q=PAYMENTS+database" && document.getElementById("found")?.textContent === "1 found."`)
	if !b.is(`document.querySelector(".log h3 a").textContent === "Payments are failing" && document.documentElement.scrollWidth <= innerWidth`) {
		t.Error("the search found something else, or is too wide")
	}
	act(chromedp.Click(".asked a"))
	b.becomes(`location.pathname + location.search === "/history" && document.getElementById("found")?.textContent === "5 entries in all."`)
	act(chromedp.Click("summary"), chromedp.SetValue("#kind", "maintenance"), chromedp.Click(".find button"))
	b.becomes(`location.search === "?kind=maintenance" && document.getElementById("found")?.textContent === "3 found."`)
	act(chromedp.Click(".log h3 a"))
	b.becomes(`location.pathname === "/maintenance/work00000003" && document.getElementById("sentence")?.textContent === "Statements move"`)
}
