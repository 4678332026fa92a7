package statuspage_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"daymark/internal/testkit"
	"daymark/statuspage"
)

// TestACopyTellsItsAgeAndLooksForTheLivePage opens a copy, by a plain file
// server, while the live server answers, and after that has ended.
func TestACopyTellsItsAgeAndLooksForTheLivePage(t *testing.T) {
	testkit.Beside(t)
	ready := http.NewServeMux()
	ready.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		_, _ = w.Write([]byte("ready\n"))
	})
	live := httptest.NewServer(ready)
	defer live.Close()

	b := browser(t) // which takes its time
	s, dir := failing(t), t.TempDir()
	now := time.Now().Add(-12*time.Minute - 30*time.Second)
	p := harbour(t, s)
	p.Options.URL, p.Options.Languages = live.URL, []string{"en", "ar"}
	p.Now = func() time.Time { return now }
	made := publisher(t, statuspage.PublisherOptions{Page: p, Shelf: statuspage.Dir(dir), Name: dir})
	publish(t, made)
	files := http.FileServer(http.Dir(dir))
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("If-Modified-Since") // by the second, and these passes come faster
		files.ServeHTTP(w, r)
	}))
	defer host.Close()

	b.visit(host.URL)
	b.becomes(`document.getElementById("copy-live").textContent === "The live page answers."`)
	for _, holds := range []string{
		`/^This is a copy of the status page, as of \d\d:\d\d( on .*)? \(1[2-9] minutes ago\)\.$/.test(document.getElementById("copy-age").textContent)`,
		`document.getElementById("copy").hasAttribute("data-old")`,
		`document.getElementById("copy-open").href === "` + live.URL + `/?lang=en"`,
		`document.querySelector(".live").textContent === "Reload for news."`,
		`document.documentElement.scrollWidth <= innerWidth`,
		`document.getElementById("sentence").textContent === "Payments are failing."`,
	} {
		if !b.is(holds) {
			t.Errorf("not so: %s", holds)
		}
	}
	b.faultless()

	// Looked over a moment ago, and the page as it was: the age is the copy's.
	live.Close()
	now = time.Now()
	publish(t, made)
	b.visit(host.URL + "/ar/incidents/past00000001/")
	b.becomes(`document.getElementById("copy-live").textContent === "الصفحة المباشرة لا تستجيب حاليًا."`)
	b.becomes(`!document.getElementById("copy").hasAttribute("data-old")`)
	for _, holds := range []string{
		`document.getElementById("copy-age").textContent.startsWith("هذه نسخة من صفحة الحالة، كما كانت عند ")`,
		`document.documentElement.scrollWidth <= innerWidth`,
	} {
		if !b.is(holds) {
			t.Errorf("not so: %s", holds)
		}
	}

	// A change reaches an open page of the copy by itself.
	b.visit(host.URL)
	s.change(func(snap *statuspage.Snapshot) { *snap = working(t).snapshot })
	if _, err := made.Publish(context.Background()); err != nil {
		t.Fatal(err)
	}
	b.is(shiftClock)
	b.becomes(`document.getElementById("sentence").textContent === "Everything works."`)
	if !b.is(`document.getElementById("copy") !== null && document.getElementById("facts") === null`) {
		t.Error("the page is not the new copy")
	}
}
