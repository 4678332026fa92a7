package statuspage_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"daymark/incident"
	"daymark/statuspage"
)

func TestGoldenHistory(t *testing.T) {
	_, p := busy(t)
	h := handler(newPage(t, p))
	for path, file := range map[string]string{
		"/history?month=2026-12&kind=maintenance": "history-month.html",
		"/history?q=Nothing+like+this":            "history-none.html",
		"/maintenance/work00000001":               "work-done.html",
		"/maintenance/work00000003":               "work-going.html",
		"/maintenance/work00000004":               "work-moved.html",
		"/maintenance/work00000005":               "work-cancelled.html",
	} {
		answer, body := get(t, h, path)
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d: %s", path, answer.StatusCode, body)
		}
		golden(t, file, body)
	}
}

var entries = regexp.MustCompile(`<h3><a href="(/(?:incidents|maintenance)/[^"]+)">`)

// listed are the entries of a page, in its order.
func listed(body string) string {
	var all []string
	for _, m := range entries.FindAllStringSubmatch(body, -1) {
		all = append(all, m[1][strings.LastIndexByte(m[1], '/')+1:])
	}
	return strings.Join(all, " ")
}

func TestHistoryIsSearched(t *testing.T) {
	_, p := busy(t)
	p.Components[1].Names = map[string]string{"en": "Connexion sécurisée"}
	h := handler(newPage(t, p))
	for query, want := range map[string]string{
		"":                           "work00000003 open00000001 work00000002 work00000001 past00000001",
		"kind=incidents":             "open00000001 past00000001",
		"kind=maintenance":           "work00000003 work00000002 work00000001",
		"month=2026-11":              "past00000001",
		"component=batch":            "work00000003",
		"q=payments+database":        "open00000001",
		"q=PAYMENTS+%20+ireland":     "open00000001",
		"q=payments+nothing":         "",
		"q=securisee":                "open00000001 work00000002 past00000001",
		"q=100%25":                   "",
		"q=_":                        "",
		"q=network&kind=maintenance": "work00000001",
		"q=" + strings.Repeat("x", 5000) + "&component=gone": "",
	} {
		answer, body := get(t, h, "/history?"+query)
		if answer.StatusCode != http.StatusOK || listed(body) != want {
			t.Errorf("%.60s: %d finds %q, want %q", query, answer.StatusCode, listed(body), want)
		}
		n := len(strings.Fields(want))
		count := map[bool]string{true: "entries in all.", false: "found."}[query == ""]
		if n == 0 {
			count = "Nothing was found."
		}
		if found := regexp.MustCompile(`id="found">([^<]*)<`).FindStringSubmatch(body); found == nil || !strings.HasSuffix(found[1], count) {
			t.Errorf("%.60s: it counts %q", query, found)
		}
	}
	for _, query := range []string{"month=2026-13", "month=x", "kind=x", "page=0", "page=2", "component=" + strings.Repeat("x", 300)} {
		if answer, _ := get(t, h, "/history?"+query); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%.60s: %d", query, answer.StatusCode)
		}
	}
	// What a form sends leads to the short address of the same.
	answer, _ := get(t, h, "/history?q=disks&component=&kind=&month=")
	if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != "/history?q=disks" {
		t.Errorf("%d %q", answer.StatusCode, answer.Header.Get("Location"))
	}
}

// An empty list says what was asked for, and each part can be left out.
func TestAnEmptyHistoryCanBeWidened(t *testing.T) {
	_, p := busy(t)
	h := handler(newPage(t, p))
	_, body := get(t, h, "/history?q=zebra&component=batch&kind=incidents&month=2026-12")
	for said, to := range map[string]string{
		"Words: zebra":                    "/history?component=batch&kind=incidents&month=2026-12",
		"Component: Overnight statements": "/history?kind=incidents&month=2026-12&q=zebra",
		"Incidents only":                  "/history?component=batch&month=2026-12&q=zebra",
		"Month: December 2026":            "/history?component=batch&kind=incidents&q=zebra",
	} {
		want := "<span>" + said + `</span> <a href="` + strings.ReplaceAll(to, "&", "&amp;") + `">`
		if !strings.Contains(body, want) {
			t.Errorf("it does not say %s", want)
		}
	}
	if !strings.Contains(body, "<details open>") || !strings.Contains(body, `value="zebra"`) || !strings.Contains(body, `<option value="batch" selected>`) {
		t.Error("the form has lost what was asked for")
	}
	young := harbour(t, young(t))
	if _, body := get(t, handler(newPage(t, young)), "/history"); !strings.Contains(body, "No incidents so far.") || strings.Contains(body, "found.") {
		t.Error("a page without a past says nothing of it")
	}
}

// Pages and months lead to one another by ordinary links.
func TestHistoryTurns(t *testing.T) {
	s, p := busy(t)
	for i := range 120 {
		one := s.snapshot.Recent[0].Clone()
		one.ID = "old" + string(rune('a'+i%26)) + string(rune('a'+i/26))
		one.Since = time.Date(2026, 10, 20, 12, 0, 0, 0, time.UTC).Add(-time.Duration(i) * time.Hour)
		s.all = append(s.all, one)
	}
	h := handler(newPage(t, p))
	turn := regexp.MustCompile(`<a rel="(prev|next)" href="([^"]+)">([^<]+)</a>`)
	for path, want := range map[string]string{
		"/history":                              "next /history?page=2 Older",
		"/history?page=2":                       "prev /history Newer; next /history?page=3 Older",
		"/history?page=3":                       "prev /history?page=2 Newer",
		"/history?month=2026-10":                "next /history?month=2026-10&page=2 Older",
		"/history?month=2026-11":                "prev /history?month=2026-12 December 2026; next /history?month=2026-10 October 2026",
		"/history?month=2026-12":                "next /history?month=2026-11 November 2026",
		"/history?kind=incidents&q=room":        "next /history?kind=incidents&page=2&q=room Older",
		"/history?month=2025-01&kind=incidents": "prev /history?kind=incidents&month=2026-10 October 2026",
	} {
		_, body := get(t, h, path)
		var links []string
		for _, m := range turn.FindAllStringSubmatch(body, -1) {
			links = append(links, m[1]+" "+strings.ReplaceAll(m[2], "&amp;", "&")+" "+m[3])
			at, err := url.Parse(strings.ReplaceAll(m[2], "&amp;", "&"))
			if err != nil {
				t.Fatal(err)
			}
			if answer, _ := get(t, h, at.String()); answer.StatusCode != http.StatusOK {
				t.Errorf("%s leads to %s: %d", path, at, answer.StatusCode)
			}
		}
		if got := strings.Join(links, "; "); got != want {
			t.Errorf("%s leads to\n%s and not\n%s", path, got, want)
		}
	}
}

// A search costs one look a change, however often it is asked for.
func TestHistoryIsRenderedOnce(t *testing.T) {
	s, p := busy(t)
	page := newPage(t, p)
	h := handler(page)
	first, _ := get(t, h, "/history?q=disks")
	s.change(func(snap *statuspage.Snapshot) { snap.Open[0].Name = "Changed beneath" })
	if again, _ := get(t, h, "/history?q=disks"); again.Header.Get("Etag") != first.Header.Get("Etag") {
		t.Error("it was rendered again without a change that the page heard of")
	}
}

// Old addresses of maintenance lead where they led; new ones to its own page.
func TestMaintenanceIsLinked(t *testing.T) {
	_, p := busy(t)
	h := handler(newPage(t, p))
	_, body := get(t, h, "/")
	for _, want := range []string{`id="m-work00000004"`, `<a href="/maintenance/work00000004">New disks</a>`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	_, work := get(t, h, "/maintenance/work00000003")
	for _, want := range []string{
		"14:00 on Tuesday 8 December 2026", "14:00 on Tuesday 22 December 2026", `data-own="2026-12-01T14:00:00Z/2026-12-01T16:00:00Z"`,
		`href="/maintenance/work00000003.ics"`, "Statements come &lt;later&gt;.",
	} {
		if !strings.Contains(work, want) {
			t.Errorf("the page of the maintenance lacks %s", want)
		}
	}
	if strings.Contains(work, "Not public yet") {
		t.Error("it tells of another rule")
	}
	_, cancelled := get(t, h, "/maintenance/work00000005")
	if !strings.Contains(cancelled, "It does not take place.") || strings.Contains(cancelled, "staff alone") {
		t.Error("a cancelled maintenance is not told as such")
	}
}

// A change of clocks in the work is said.
func TestMaintenancePageOverAChangeOfClocks(t *testing.T) {
	s, p := busy(t)
	s.gone = append(s.gone, incident.PlannedMaintenance{
		ID: "work00000006", Title: "New disks", Components: []string{"batch"}, Stage: incident.Scheduled, Announced: noon, Updated: noon, Made: noon,
		Starts: time.Date(2027, 10, 31, 0, 30, 0, 0, time.UTC), Ends: time.Date(2027, 10, 31, 1, 30, 0, 0, time.UTC),
	})
	if _, body := get(t, handler(newPage(t, p)), "/maintenance/work00000006"); !strings.Contains(body, "01:30 on Sunday 31 October 2027 BST to 01:30 GMT") {
		t.Error("it does not say which clocks it means")
	}
}
