package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"daymark/checker"
	"daymark/checker/browser"
	"daymark/internal/testkit"
	"daymark/store"
)

// TestAFailedJourneyIsSeenInItsRoom goes the whole way: a journey in Chromium
// works and then fails; its room shows what the browser showed, beside the last
// success, and which requests failed, and leads to all of it.
func TestAFailedJourneyIsSeenInItsRoom(t *testing.T) {
	testkit.Beside(t)
	var broken atomic.Bool
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `<!doctype html><html lang="en"><title>Shop</title><style>body{font:2rem sans-serif;margin:2rem;background:#fff}.no{color:#a00}</style><h1>Corner shop</h1><p id="basket">Loading</p>
<script>fetch("/basket?token=hush-hush").then((r)=>{document.getElementById("basket").textContent=r.ok?"3 things in your basket":"Your basket cannot be shown";if(!r.ok)document.body.className="no"})</script>`)
	})
	mux.HandleFunc("GET /basket", func(w http.ResponseWriter, _ *http.Request) {
		if broken.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	shop := httptest.NewServer(mux)
	defer shop.Close()
	runner := browser.New(browser.Options{Logger: slog.New(slog.DiscardHandler)})
	defer func() {
		if err := runner.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	job, err := checker.Prepare(checker.Check{
		ID: "sign-in-journey", Timeout: 20 * time.Second, Expect: []string{"failed_requests == 0"},
		Browser: &checker.Browser{Steps: []checker.BrowserStep{{Open: shop.URL + "/"}, {See: "basket"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	r := newRooms(t)
	well := checker.RunOnce(t.Context(), runner, job, time.Now)
	broken.Store(true)
	bad := checker.RunOnce(t.Context(), runner, job, time.Now)
	if well.Outcome != checker.OK || bad.Outcome != checker.Failed {
		t.Fatalf("%s %s, then %s %s", well.Outcome, well.Reason, bad.Outcome, bad.Reason)
	}
	for _, run := range []*checker.Result{&well, &bad} {
		for _, piece := range run.Evidence {
			t.Logf("%s: %s, %d bytes", run.Outcome, piece.Name, len(piece.Data))
			if strings.Contains(string(piece.Data), "hush-hush") {
				t.Errorf("%s has the token", piece.Name)
			}
		}
	}
	// Begun after the journeys, however long they took: what is old says nothing of now.
	begin := time.Now().UTC().Truncate(time.Millisecond).Add(-30 * time.Second)
	submit := func(i int, result checker.Result) {
		for _, region := range []string{"local", "second"} {
			result.Region, result.At = region, begin.Add(time.Duration(i)*5*time.Second)
			if rejected, err := r.engine.Submit(t.Context(), region, []checker.Result{result}); err != nil || len(rejected) > 0 {
				t.Fatal(err, rejected)
			}
		}
	}
	submit(0, well)
	for i := range 6 {
		submit(1+i, bad)
	}
	found, err := r.store.IncidentsOf(t.Context(), store.IncidentQuery{Open: true, Most: 2})
	if err != nil || len(found) != 1 {
		t.Fatalf("the journey opens %d incidents, %v", len(found), err)
	}
	room := "/console/incidents/" + found[0].ID
	r.rae.get(room)
	r.rae.has("What the browser showed from ", "(failed)", "(last success)", "journey.jpg", "network.har", "journey.html", "2 requests in ", "1 of them failed", `class="bad">503`, "/basket?token=[redacted]")

	d := newDesk(newBrowser(t), t, r.rae)
	d.open(room)
	d.await("all pictures", `document.querySelectorAll(".seen img").length === 4`)
	if said := d.script(`Promise.all([...document.querySelectorAll(".seen img")].map((i) => { i.loading = "eager"; return i.decode() })).then(() => [...document.querySelectorAll(".seen img")].every((i) => i.naturalWidth === 1280 && i.alt !== ""))`); said != "true" {
		t.Error("a picture is not shown")
	}
	d.look("seen-room")
	for _, name := range []string{"journey.jpg", "network.har", "journey.html"} {
		to := regexp.MustCompile(`href="(/console/checks/sign-in-journey/evidence/local/\d+/` + regexp.QuoteMeta(name) + `)"`).FindStringSubmatch(r.rae.page)
		if to == nil {
			t.Fatalf("the room does not lead to %s", name)
		}
		d.open(to[1])
		d.sees("h1", name)
		d.look("seen-" + strings.ReplaceAll(name, ".", "-"))
		says := d.script("document.body.innerText")
		want := map[string]string{"journey.jpg": "Last success, ", "network.har": "503", "journey.html": "does not do what is expected."}[name]
		if !strings.Contains(says, want) || !strings.Contains(says, "Of the same run: ") {
			t.Errorf("%s: no %q:\n%s", name, want, says)
		}
	}
}
