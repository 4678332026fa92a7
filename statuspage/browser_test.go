package statuspage_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/statuspage"
)

func (b tab) visit(url string) {
	b.t.Helper()
	b.size(360, 800)
	b.open(url)
}

// is evaluates an expression in the page.
func (b tab) is(expression string) bool {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// becomes waits until an expression is true in the page.
func (b tab) becomes(expression string) {
	b.t.Helper()
	eventually(b.t, expression, func() bool {
		// A page that is just being left answers nothing.
		value, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](expression))
		return err == nil && value
	})
}

// faultless says that the page threw nothing and kept to its policy.
func (b tab) faultless() {
	b.t.Helper()
	faults, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string]("faults"))
	if err != nil || len(faults) > 0 {
		b.t.Errorf("the page met faults: %q, %v", faults, err)
	}
}

const socketOpen = `document.querySelector(".live").textContent === "This page changes by itself."`

// shiftClock makes the page believe that time has passed.
const shiftClock = `{ const now = Date.now; Date.now = () => now.call(Date) + 60000 } true`

func TestAnOpenPageChangesWithoutReload(t *testing.T) {
	testkit.Beside(t)
	s := working(t)
	p := harbour(t, s)
	p.Now = time.Now
	r := run(t, p)
	b := browser(t)
	b.visit(r.url)
	b.becomes(socketOpen)
	b.is(`window.before = true;
		document.getElementById("c-sign-in-days").open = true;
		document.querySelector("#c-sign-in-days summary").focus();
		scrollTo(0, 400); window.place = scrollY; true`)

	open := failing(t).snapshot.Open
	now := time.Now()
	open[0].Promise = &incident.Promise{Incident: open[0].ID, Kind: incident.NextUpdate, Made: now, Due: now.Add(30 * time.Minute)}
	failed := failing(t).snapshot
	s.change(func(snap *statuspage.Snapshot) { snap.Open, snap.Components = open, failed.Components })
	r.page.Hub().Notify(1)

	b.becomes(`document.getElementById("sentence").textContent === "Payments are failing."`)
	for _, holds := range []string{
		`window.before === true`, // the same document still
		`document.getElementById("c-sign-in-days").open`,
		`document.activeElement === document.querySelector("#c-sign-in-days summary")`,
		`document.title === "Payments are failing · Harbour Bank status"`,
		`document.getElementById("favicon").href.includes("major_outage")`,
		`document.getElementById("say").dataset.status === "major_outage"`,
		`document.getElementById("heard").textContent.startsWith("New update: A payments database")`,
		`document.querySelector(".due").textContent.includes("(in 29 min)") || document.querySelector(".due").textContent.includes("(in 30 min)")`,
		`document.getElementById("facts").parentElement.firstElementChild.id === "facts"`,
		`document.querySelector("#c-core-api .status").textContent === "Down"`,
		`document.getElementById("sentence").classList.contains("changed")`,
		`!document.querySelector("#c-batch .changed")`,
		`document.documentElement.scrollWidth <= innerWidth`,
		socketOpen,
	} {
		if !b.is(holds) {
			t.Errorf("not so: %s", holds)
		}
	}

	s.change(func(snap *statuspage.Snapshot) { snap.Open, snap.Components = nil, working(t).snapshot.Components })
	r.page.Hub().Notify(2)
	b.becomes(`document.getElementById("sentence").textContent === "Everything works." && !document.getElementById("facts")`)
	if !b.is(`window.before === true && document.getElementById("c-sign-in-days").open`) {
		t.Error("the page was loaded anew, or what was open is closed")
	}
	b.faultless()
}

func TestAnOpenIncidentPageChangesWithoutReload(t *testing.T) {
	testkit.Beside(t)
	s := failing(t)
	r := run(t, harbour(t, s))
	b := browser(t)
	b.visit(r.url + "/incidents/open00000001")
	b.becomes(socketOpen)
	b.is(`window.before = true`)
	s.change(func(snap *statuspage.Snapshot) {
		one := snap.Open[0]
		one.Updates = append(slices.Clip(one.Updates), incident.Update{
			ID: "open-3", Number: 3, Kind: incident.Progress, Phase: incident.Monitoring, At: noon, Text: "The database is back on its first machine.",
		})
		one.Phase = incident.Monitoring
		snap.Open = []incident.Incident{one}
	})
	r.page.Hub().Notify(1)
	b.becomes(`document.querySelector(".log li").textContent.includes("The database is back")`)
	if !b.is(`window.before === true && document.querySelectorAll(".log li").length === 3`) {
		t.Error("the page was loaded anew")
	}
	b.faultless()
}

// TestAnOpenPageKeepsItsLanguage: one whose address says the language stays in
// it, whatever the browser would choose.
func TestAnOpenPageKeepsItsLanguage(t *testing.T) {
	t.Parallel()
	s := failing(t)
	server := httptest.NewServer(spoken(t, s))
	defer server.Close()
	b := browser(t)
	b.visit(server.URL + "/incidents/open00000001?in=cy")
	b.is(`window.before = document.querySelector("dt").textContent; window.asked = []; { const was = fetch; window.fetch = (...all) => { asked.push(all[0]); return was(...all); } } true`)
	b.is(shiftClock)
	b.becomes(`asked.length > 0`)
	for _, holds := range []string{`before === "Beth sy’n cael ei effeithio"`, `asked[0] === "/incidents/open00000001?in=cy"`} {
		if !b.is(holds) {
			t.Errorf("not so: %s", holds)
		}
	}
	b.faultless()
}

func TestWithoutSocketsThePageAsks(t *testing.T) {
	testkit.Beside(t)
	s := working(t)
	r := run(t, harbour(t, s))
	inner := handler(r.page)
	var down atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if down.Load() || strings.HasPrefix(req.URL.Path, "/live") {
			http.Error(w, "blocked", http.StatusBadGateway)
			return
		}
		inner.ServeHTTP(w, req)
	}))
	defer server.Close()
	b := browser(t)
	b.visit(server.URL)
	b.is(`document.getElementById("c-sign-in-days").open = true`)
	witness := dial(t, r.url, r.loaded(t))
	next(t, witness)
	r.commit(s, "batch", incident.Down)
	next(t, witness)
	b.is(shiftClock)
	b.becomes(`document.getElementById("sentence").textContent === "Overnight statements is down."`)
	if !b.is(`document.getElementById("c-sign-in-days").open && document.querySelector(".stale").hidden && document.title.startsWith("Overnight")`) {
		t.Error("asking closed what was open, or called the page old")
	}
	down.Store(true)
	b.is(shiftClock)
	b.becomes(`!document.querySelector(".stale").hidden && document.querySelector(".stale").textContent.startsWith("This page is 1 minute old")`)
	down.Store(false)
	b.is(`dispatchEvent(new Event("online"))`)
	b.becomes(`document.querySelector(".stale").hidden`)
}

// TestThePageResumesAfterSleep: a page that slept through its socket's end and
// a change has both again as soon as it wakes, and asks nothing twice.
func TestThePageResumesAfterSleep(t *testing.T) {
	testkit.Beside(t)
	s := working(t)
	r := run(t, harbour(t, s))
	b := browser(t)
	b.visit(r.url)
	b.becomes(socketOpen)
	b.is(`window.before = true; document.getElementById("c-sign-in-days").open = true; document.querySelector("#c-sign-in-days summary").focus(); true`)
	b.do(call(page.SetWebLifecycleState, page.SetWebLifecycleStateParams{State: page.SetWebLifecycleStateStateFrozen}))
	r.commit(s, "batch", incident.Down)
	b.do(call(page.SetWebLifecycleState, page.SetWebLifecycleStateParams{State: page.SetWebLifecycleStateStateActive}))
	b.is(shiftClock) // a minute has gone
	b.is(`document.dispatchEvent(new Event("visibilitychange"))`)
	b.becomes(`document.getElementById("sentence").textContent === "Overnight statements is down."`)
	b.becomes(socketOpen)
	eventually(t, "one socket is open, and not two", func() bool { return r.page.Hub().Readers() == 1 })
	if !b.is(`window.before && document.getElementById("c-sign-in-days").open && document.activeElement === document.querySelector("#c-sign-in-days summary") && document.querySelector(".stale").hidden`) {
		t.Error("waking loaded the page anew, or moved the focus, or called the page old")
	}
	b.faultless()
}

// TestAskingIsConditional: where sockets are blocked, a page that has not
// changed is not sent again, and the questions come ever more seldom while
// there is no answer.
func TestAskingIsConditional(t *testing.T) {
	testkit.Beside(t)
	inner := handler(newPage(t, harbour(t, working(t))))
	var whole, unchanged, refused atomic.Int32
	var down atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		switch {
		case strings.HasPrefix(req.URL.Path, "/live"):
			http.Error(w, "blocked", http.StatusBadGateway)
		case down.Load():
			refused.Add(1)
			http.Error(w, "away", http.StatusBadGateway)
		case req.URL.Path != "/":
			inner.ServeHTTP(w, req)
		default:
			seen := httptest.NewRecorder()
			inner.ServeHTTP(seen, req)
			if seen.Code == http.StatusNotModified {
				unchanged.Add(1)
			} else {
				whole.Add(1)
			}
			inner.ServeHTTP(w, req)
		}
	}))
	defer server.Close()
	b := browser(t)
	b.visit(server.URL)
	for n := int32(1); n <= 2; n++ {
		eventually(t, "the page asked", func() bool { b.is(shiftClock); return unchanged.Load() >= n })
	}
	if whole.Load() != 1 {
		t.Errorf("the page was sent %d times", whole.Load())
	}
	down.Store(true)
	eventually(t, "the page asked in vain", func() bool { b.is(shiftClock); return refused.Load() > 0 })
	b.becomes(`!document.querySelector(".stale").hidden`)
	if refused.Load() != 1 {
		t.Errorf("it asked %d times within a moment", refused.Load())
	}
	b.faultless()
}
