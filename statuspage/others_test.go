package statuspage_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/statuspage"
)

// spoken serves the bank in three languages.
func spoken(t testing.TB, s *source) http.Handler {
	t.Helper()
	p := harbour(t, s)
	p.Options.Languages = []string{"en", "cy", "ar"}
	p.Components[0].Names = map[string]string{"cy": "API taliadau"}
	p.Components[2].Show = []string{"regions"}
	return siteOf(t, p)
}

func siteOf(t testing.TB, p statuspage.Params) http.Handler {
	t.Helper()
	made, err := statuspage.NewSite(p)
	if err != nil {
		t.Fatal(err)
	}
	return siteHandler(made)
}

func TestBadges(t *testing.T) {
	h := spoken(t, everything(t))
	for path, want := range map[string]string{
		"/badge.json":                                                   `{"schemaVersion":1,"label":"Harbour Bank","message":"Partly down","color":"orange","cacheSeconds":60}`,
		"/badge/core-api.json":                                          `{"schemaVersion":1,"label":"Payments API","message":"Down","color":"red","cacheSeconds":60}`,
		"/badge/sign-in.json?show=status":                               `{"schemaVersion":1,"label":"Sign in","message":"Slow","color":"yellow","cacheSeconds":60}`,
		"/badge/batch.json":                                             `{"schemaVersion":1,"label":"Overnight statements","message":"Maintenance","color":"blue","cacheSeconds":60}`,
		"/badge/core-api.json?lang=cy":                                  `{"schemaVersion":1,"label":"API taliadau","message":"I lawr","color":"red","cacheSeconds":60}`,
		"/badge/core-api.json?label=":                                   `{"schemaVersion":1,"label":"","message":"Down","color":"red","cacheSeconds":60}`,
		"/badge/core-api.json?label=Pay":                                `{"schemaVersion":1,"label":"Pay","message":"Down","color":"red","cacheSeconds":60}`,
		"/badge/core-api.json?show=uptime":                              `{"schemaVersion":1,"label":"Payments API, uptime of 90 days","message":"99.96` + "\u00a0" + `%","color":"brightgreen","cacheSeconds":60}`,
		"/badge/core-api.json?show=uptime&days=1":                       `{"schemaVersion":1,"label":"Payments API, uptime of 1 day","message":"98.37` + "\u00a0" + `%","color":"orange","cacheSeconds":60}`,
		"/badge.json?show=uptime&days=30":                               `{"schemaVersion":1,"label":"Harbour Bank, uptime of 30 days","message":"99.97` + "\u00a0" + `%","color":"brightgreen","cacheSeconds":60}`,
		"/badge/core-api.json?label=" + strings.Repeat("%E2%82%AC", 64): `{"schemaVersion":1,"label":"` + strings.Repeat("€", 64) + `","message":"Down","color":"red","cacheSeconds":60}`,
	} {
		answer, body := get(t, h, path)
		if body != want {
			t.Errorf("%s is %s\nand not %s", path, body, want)
		}
		for key, value := range map[string]string{"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=60", "Content-Type": "application/json; charset=utf-8"} {
			if answer.Header.Get(key) != value {
				t.Errorf("%s: %s is %q", path, key, answer.Header.Get(key))
			}
		}
		if again, _ := get(t, h, path, "If-None-Match", answer.Header.Get("Etag")); again.StatusCode != http.StatusNotModified {
			t.Errorf("%s is sent anew: %d", path, again.StatusCode)
		}
	}
	for path, status := range map[string]int{
		"/badge/nothing.svg": 404, "/badge/nothing.json": 404, "/badge/core-api": 404, "/badge/.svg": 404, "/badge/core-api.png": 404,
		"/badge/batch.svg?show=uptime": 404, // it does not publish its uptime
		"/badge.svg?show=cpu":          400, "/badge.svg?days=0": 400, "/badge.svg?days=91": 400, "/badge.svg?days=x": 400, "/badge.svg?lang=fr": 400,
		"/badge.svg?label=" + strings.Repeat("x", 65): 400,
	} {
		answer, body := get(t, h, path)
		if answer.StatusCode != status || strings.Contains(body, "Overnight") {
			t.Errorf("%s: %d, want %d", path, answer.StatusCode, status)
		}
	}
	if _, body := get(t, spoken(t, young(t)), "/badge.json?show=uptime"); !strings.Contains(body, `"message":"Not measured","color":"lightgrey"`) {
		t.Errorf("before the first check it is %s", body)
	}
}

// TestBadgePictures: a badge is well-formed, says itself to those who do not
// see it, and makes room for its texts.
func TestBadgePictures(t *testing.T) {
	h := spoken(t, everything(t))
	_, body := get(t, h, "/badge/core-api.svg")
	golden(t, "badge.svg", body)
	hostile := `%3Cscript%3Efaults.push(1)%3C/script%3E%22'%26%00]]%3E%EF%BF%BE`
	for path, title := range map[string]string{
		"/badge.svg":                          "Harbour Bank: Partly down",
		"/badge/sign-in.svg?lang=ar":          "Sign in: بطيء",
		"/badge/sign-in.svg?label=":           "Slow",
		"/badge/sign-in.svg?label=" + hostile: "<script>faults.push(1)</script>\"'&\uFFFD]]>\uFFFD: Slow",
	} {
		_, body := get(t, h, path)
		var svg struct {
			XMLName xml.Name
			Width   int    `xml:"width,attr"`
			Role    string `xml:"role,attr"`
			Label   string `xml:"aria-label,attr"`
			Title   string `xml:"title"`
			Texts   []struct {
				Length int    `xml:"textLength,attr"`
				Text   string `xml:",chardata"`
			} `xml:"g>text"`
		}
		if err := xml.Unmarshal([]byte(body), &svg); err != nil {
			t.Fatalf("%s: %v\n%s", path, err, body)
		}
		if svg.Role != "img" || svg.Title != title || svg.Label != title || strings.Contains(body, "<script") {
			t.Errorf("%s: %+v", path, svg)
		}
		sum := 0
		for _, one := range svg.Texts {
			sum += one.Length
			if each := float64(one.Length) / float64(len([]rune(one.Text))); each < 4 || each > 11 {
				t.Errorf("%s: %q is %d wide", path, one.Text, one.Length)
			}
		}
		if svg.Width < sum+20 || svg.Width > sum+50 {
			t.Errorf("%s is %d wide for %d of text", path, svg.Width, sum)
		}
	}
}

func TestCardsAreServed(t *testing.T) {
	testkit.Beside(t)
	p := harbour(t, everything(t))
	p.Options.Languages = []string{"en", "ar"}
	now := noon
	p.Now = func() time.Time { return now }
	h := handler(newPage(t, p))
	var etags []string
	for _, path := range []string{"/card/en/overview.png", "/card/ar/overview.png", "/card/en/incidents/open00000001.png", "/card/en/incidents/past00000001.png"} {
		answer, body := get(t, h, path)
		if _, err := png.Decode(strings.NewReader(body)); err != nil || answer.Header.Get("Content-Type") != "image/png" || answer.Header.Get("Cache-Control") != "public, max-age=60" {
			t.Errorf("%s: %v %v", path, err, answer.Header)
		}
		if again, _ := get(t, h, path, "If-None-Match", answer.Header.Get("Etag")); again.StatusCode != http.StatusNotModified {
			t.Errorf("%s is sent anew: %d", path, again.StatusCode)
		}
		etags = append(etags, answer.Header.Get("Etag"))
	}
	slices.Sort(etags)
	if len(slices.Compact(etags)) < 3 { // with one incident alone, the overview says the same
		t.Error("cards are alike")
	}
	for _, path := range []string{"/card/fr/overview.png", "/card/en/incidents/none.png", "/card/en/incidents/open00000001", "/card/en/incidents/.png", "/card/en/other.png"} {
		if answer, _ := get(t, h, path); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, answer.StatusCode)
		}
	}
	for name, test := range map[string]struct {
		after time.Duration
		edit  func(*statuspage.Snapshot)
		same  bool
	}{
		"soon after":           {30 * time.Second, func(*statuspage.Snapshot) {}, true},
		"when its time passed": {61 * time.Second, func(*statuspage.Snapshot) {}, false},
		"when it says more":    {0, func(snap *statuspage.Snapshot) { snap.Open = nil }, false},
	} {
		now = noon
		s := everything(t)
		p.Source = s
		page, tag := newPage(t, p), func(page *statuspage.Page) string {
			answer, _ := get(t, handler(page), "/card/en/overview.png")
			return answer.Header.Get("Etag")
		}
		first := tag(page)
		now = noon.Add(test.after)
		s.change(test.edit)
		refresh(t, page)
		if same := tag(page) == first; same != test.same {
			t.Errorf("%s a card is the same: %v", name, same)
		}
	}
}

// TestWhatIsShared: pages tell other sites and search engines what they are,
// in addresses that are whole.
func TestWhatIsShared(t *testing.T) {
	h := spoken(t, everything(t))
	_, body := get(t, h, "/incidents/open00000001?in=cy")
	for _, want := range []string{
		`<html lang="cy"`,
		`<link rel="canonical" href="https://status.harbour.example/incidents/open00000001?in=cy">`,
		`<link rel="alternate" hreflang="ar" href="https://status.harbour.example/incidents/open00000001?in=ar">`,
		`<link rel="alternate" hreflang="x-default" href="https://status.harbour.example/incidents/open00000001">`,
		`<meta property="og:url" content="https://status.harbour.example/incidents/open00000001">`,
		`<meta property="og:image" content="https://status.harbour.example/card/cy/incidents/open00000001.png?v=`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("it lacks %s", want)
		}
	}
	data := structured(t, body)
	live := data.Graph[0]
	if live["@type"] != "LiveBlogPosting" || live["inLanguage"] != "cy" || live["coverageEndTime"] != nil || len(live["liveBlogUpdate"].([]any)) != 2 || data.Graph[1]["@type"] != "BreadcrumbList" {
		t.Errorf("it is described as %v", data)
	}
	_, body = get(t, h, "/incidents/past00000001")
	if live = structured(t, body).Graph[0]; live["coverageEndTime"] != "2026-11-12T09:58:00Z" {
		t.Errorf("it ended at %v", live["coverageEndTime"])
	}
	_, body = get(t, h, "/")
	if structured(t, body).Graph[0]["publisher"].(map[string]any)["name"] != "Harbour Bank" {
		t.Error("nobody publishes the page")
	}
	_, body = get(t, h, "/components/core-api?in=cy")
	for _, want := range []string{`<link rel="canonical" href="https://status.harbour.example/components/core-api?in=cy">`, `<meta property="og:image" content="https://status.harbour.example/card/cy/overview.png?v=`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page of a component lacks %s", want)
		}
	}
	if page := structured(t, body).Graph[0]; page["name"] != "API taliadau" {
		t.Errorf("a component is described as %v", page)
	}
	_, body = get(t, spoken(t, maintained(t)), "/maintenance/work00000004")
	if !strings.Contains(body, `<link rel="canonical" href="https://status.harbour.example/maintenance/work00000004?in=en">`) || !strings.Contains(body, `<a href="/components/core-api">`) {
		t.Errorf("the page of a maintenance leads nowhere: %s", body)
	}
	if event := structured(t, body).Graph[0]; event["@type"] != "Event" || event["startDate"] != "2026-12-03T22:00:00Z" {
		t.Errorf("a maintenance is described as %v", event)
	}
	if _, body = get(t, h, "/robots.txt"); !strings.Contains(body, "\nSitemap: https://status.harbour.example/sitemap.xml\n") {
		t.Errorf("robots read %s", body)
	}
	var urls struct {
		All []struct {
			At string `xml:"loc"`
		} `xml:"url"`
	}
	_, body = get(t, h, "/sitemap.xml")
	if err := xml.Unmarshal([]byte(body), &urls); err != nil || len(urls.All) != 11 {
		t.Fatalf("%v %s", err, body)
	}
	for _, one := range urls.All {
		if answer, _ := get(t, h, strings.TrimPrefix(one.At, "https://status.harbour.example")); answer.StatusCode != http.StatusOK {
			t.Errorf("%s is dead", one.At)
		}
	}
}

type graph struct {
	Graph []map[string]any `json:"@graph"`
}

// structured reads the one block of data of a page.
func structured(t *testing.T, body string) (data graph) {
	t.Helper()
	found := regexp.MustCompile(`<script type="application/ld\+json">(.*?)</script>`).FindAllStringSubmatch(body, -1)
	if len(found) != 1 {
		t.Fatalf("%d blocks of data", len(found))
	}
	if err := json.Unmarshal([]byte(found[0][1]), &data); err != nil {
		t.Fatal(err)
	}
	return data
}

func TestEmbedState(t *testing.T) {
	h := spoken(t, everything(t))
	answer, body := get(t, h, "/embed/state.json?lang=xx")
	golden(t, "embed-state.json", body)
	if answer.Header.Get("Access-Control-Allow-Origin") != "*" || answer.Header.Get("Cache-Control") != "public, max-age=30" {
		t.Errorf("%v", answer.Header)
	}
	if _, body = get(t, spoken(t, working(t)), "/embed/state.json"); !strings.HasPrefix(body, `{"show":false,"key":"",`) {
		t.Errorf("on a good day it is %s", body)
	}
	if _, body = get(t, spoken(t, maintained(t)), "/embed/state.json?lang=ar"); !strings.HasPrefix(body, `{"show":true,"key":"work00000002 work00000003","status":"under_maintenance"`) || !strings.HasSuffix(body, `"lang":"ar","dir":"rtl"}`) {
		t.Errorf("in maintenance it is %s", body)
	}
	answer, body = get(t, h, "/embed/frame?theme=dark&lang=ar")
	golden(t, "embed-frame.html", body)
	if got := answer.Header["Content-Security-Policy"]; len(got) != 1 || !strings.HasSuffix(got[0], "frame-ancestors *") || answer.Header.Get("X-Frame-Options") != "" {
		t.Errorf("its policy is %q", got)
	}
	for _, path := range []string{"/", "/embed", "/history", "/incidents/open00000001"} {
		if answer, _ := get(t, h, path); !strings.HasSuffix(answer.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%s can be framed", path)
		}
	}
	var packed bytes.Buffer
	answer, script := get(t, h, "/embed", "Accept-Encoding", "gzip")
	if _, err := io.WriteString(&packed, script); err != nil || packed.Len() > 3<<10 || answer.Header.Get("Content-Type") != "text/javascript; charset=utf-8" {
		t.Errorf("the script is %d bytes, %v", packed.Len(), answer.Header)
	}
}

// evil is in every field that a person or a target can write.
const evil = `</script><script>faults.push("ran")</script>"'><img src=x onerror=faults.push("ran")><svg onload=faults.push("ran")>]]> javascript:faults.push("ran") {{.}} \u2028`

// harmful is the bank when everybody who writes something wants harm.
func harmful(t testing.TB) statuspage.Params {
	s := everything(t)
	s.learned = evil
	s.change(func(snap *statuspage.Snapshot) {
		for _, list := range [][]incident.Incident{snap.Open, snap.Recent} {
			list[0].Name = evil
			for i := range list[0].Updates {
				list[0].Updates[i].Text = evil
			}
		}
		for i := range snap.Maintenances {
			snap.Maintenances[i].Title, snap.Maintenances[i].Text = evil, evil
		}
	})
	p := harbour(t, s)
	p.Options.Name, p.Options.Contact = evil, "javascript:faults.push('ran')"
	for i := range p.Components {
		p.Components[i].Name, p.Components[i].Description = evil, evil
	}
	p.Groups[0].Name, p.Regions[1].Name = evil, evil
	return p
}

// TestInABrowser has one Chromium look at all that other sites show.
func TestInABrowser(t *testing.T) {
	testkit.Beside(t)
	b := browser(t)
	serve := func(h http.Handler) string {
		server := httptest.NewServer(h)
		t.Cleanup(server.Close)
		return server.URL
	}
	// host is another site, which allows no more than it must.
	host := func(of, attributes, more string) string {
		return serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/" {
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; script-src %[1]s; connect-src %[1]s; img-src %[1]s 'self'; frame-src %[1]s", of))
			fmt.Fprintf(w, `<!doctype html><html lang="en"><title>A shop</title><script async src="%s/embed" %s></script><h1>A shop</h1>%s`, of, attributes, more)
		}))
	}
	const box = `(document.querySelector("body > div")?.shadowRoot?.querySelector("section"))`

	t.Run("a script that runs is seen", func(t *testing.T) {
		b := tab{t, b.ctx}
		b.visit(serve(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, evil)
		})))
		b.becomes(`faults.includes("ran")`)
	})

	t.Run("Statuspage's own widget", func(t *testing.T) {
		b := tab{t, b.ctx}
		dist := held(t, filepath.Join("@statuspage", "status-widget", "dist"))
		of := serve(spoken(t, everything(t)))
		b.visit(serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/index.js" {
				http.ServeFile(w, r, filepath.Join(dist, "index.js"))
				return
			}
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(w, `<!doctype html><script src="/index.js"></script><statuspage-widget src="%s"></statuspage-widget>`, of)
		})))
		b.becomes(`(document.querySelector("statuspage-widget")?.shadowRoot?.textContent || "").includes("Partial System Outage")`)
	})

	t.Run("no script runs", func(t *testing.T) {
		b := tab{t, b.ctx}
		of := serve(siteOf(t, harmful(t)))
		for _, path := range []string{
			"/", "/history", "/incidents/open00000001", "/incidents/past00000001", "/badge/core-api.svg", "/badge.svg?label=" + strings.ReplaceAll(`</text><script>faults.push("ran")</script>`, "#", ""),
			"/card/en/overview.png", "/embed/frame", "/embed/state.json", "/api/v2/summary.json", "/history.json",
		} {
			b.visit(of + path)
			// Chromium dresses JSON, XML and pictures up itself, against our policy.
			if !b.is(`!faults.some((fault) => fault === "ran" || fault.includes("script"))`) {
				t.Errorf("%s ran a script, or tried to", path)
			}
			if path == "/" || strings.HasPrefix(path, "/incidents/open") || path == "/history" || path == "/embed/frame" {
				b.faultless()
			}
		}
		b.visit(host(of, "", `<img src="`+of+`/badge.svg" alt="">`))
		b.becomes(`!!` + box + `?.textContent.includes("faults.push")`)
		b.faultless()
	})

	t.Run("a banner while something is wrong", func(t *testing.T) {
		b := tab{t, b.ctx}
		s := everything(t)
		s.change(func(snap *statuspage.Snapshot) { // the script goes by the real time
			due := time.Now().Add(20 * time.Minute)
			snap.Open[0].Promise = &incident.Promise{Incident: snap.Open[0].ID, Kind: incident.NextUpdate, Made: time.Now(), Due: due}
		})
		p := harbour(t, s)
		p.Now = time.Now
		of := serve(siteOf(t, p))
		at := host(of, `data-lang="en" data-theme="dark"`, `<iframe title="Status" src="`+of+`/embed/frame"></iframe>`)
		b.visit(at)
		b.becomes(`!!` + box)
		for _, holds := range []string{
			box + `.querySelector("p").textContent === "Payments are failing."`,
			`/^Next update by \d\d:\d\d\.$/.test(` + box + `.querySelector(".next").textContent)`,
			box + `.querySelector("a").href === "` + of + `/incidents/open00000001"`,
			box + `.getAttribute("aria-label") === "Status of Harbour Bank"`,
			box + `.parentElement.getAttribute("role") === "status"`,
			box + `.classList.contains("dark")`,
			`getComputedStyle(` + box + `).backgroundColor === "rgb(22, 31, 28)"`,
			`(({right, bottom}) => right > innerWidth - 20 && right <= innerWidth && bottom > innerHeight - 20)(` + box + `.getBoundingClientRect())`,
			`document.documentElement.scrollWidth <= innerWidth`,
			`document.querySelector("body > div").attributes.length === 2`, // lang and dir: no style of ours
		} {
			if !b.is(holds) {
				t.Errorf("not so: %s", holds)
			}
		}
		b.is(box + `.querySelector("button").click(); true`)
		b.becomes(`!document.querySelector("body > div")`)
		b.faultless()
		b.visit(at) // it stays away
		b.becomes(`performance.getEntriesByType("resource").some((e) => e.name.includes("state.json") && e.responseEnd > 0)`)
		b.becomes(`!document.querySelector("body > div")`)
	})

	t.Run("from right to left", func(t *testing.T) {
		b := tab{t, b.ctx}
		b.visit(host(serve(spoken(t, everything(t))), `data-lang="ar"`, ""))
		b.becomes(`!!` + box)
		if !b.is(box + `.getBoundingClientRect().left < 20 && getComputedStyle(` + box + `).direction === "rtl"`) {
			t.Error("it does not stand where lines end")
		}
	})

	t.Run("nothing on a good day", func(t *testing.T) {
		b := tab{t, b.ctx}
		b.visit(host(serve(spoken(t, working(t))), "", ""))
		b.becomes(`performance.getEntriesByType("resource").some((e) => e.name.includes("state.json") && e.responseEnd > 0)`)
		if !b.is(`document.body.children.length === 1`) {
			t.Error("it shows something")
		}
		b.faultless()
	})

	t.Run("nothing while we are away", func(t *testing.T) {
		b := tab{t, b.ctx}
		h := spoken(t, everything(t))
		away := serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/embed" {
				h.ServeHTTP(w, r)
				return
			}
			http.Error(w, "<h1>Bad gateway</h1>", http.StatusBadGateway)
		}))
		b.visit(host(away, "", ""))
		b.becomes(`performance.getEntriesByType("resource").some((e) => e.name.includes("state.json") && e.responseEnd > 0)`)
		if !b.is(`document.body.children.length === 1`) {
			t.Error("it shows something")
		}
		b.faultless()
	})
}
