package statuspage_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"daymark/incident"
	"daymark/internal/web"
	"daymark/static"
	"daymark/statuspage"
	"daymark/statuspage/wire"
)

var update = flag.Bool("update", false, "write the golden files anew")

// handler serves a page as the program does.
func handler(page *statuspage.Page) http.Handler {
	mux := http.NewServeMux()
	for _, r := range page.Routes() {
		mux.Handle(r.Pattern, r.Handler)
	}
	mux.Handle("GET "+static.Prefix, static.Handler())
	return web.Secure(page.Errors().Router(mux))
}

// answer is the head of a response.
type answer struct {
	StatusCode int
	Header     http.Header
}

func get(t testing.TB, h http.Handler, path string, header ...string) (answer, string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return answer{w.Code, w.Result().Header}, w.Body.String()
}

// changing parts of a page that say nothing about its words.
var changing = []struct{ of, to string }{
	{`\.[0-9a-f]{8}\.(css|js|svg)`, ".HASH.$1"},
	{`data-build="[0-9a-f]+"`, `data-build="BUILD"`},
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	for _, c := range changing {
		got = regexp.MustCompile(c.of).ReplaceAllString(got, c.to)
	}
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		at := 0
		for at < len(got) && at < len(want) && got[at] == want[at] {
			at++
		}
		t.Errorf("%s moved (-update writes it anew) at byte %d:\n got …%.200s\nwant …%.200s", name, at, got[max(0, at-40):], want[max(0, at-40):])
	}
}

func TestGoldenPages(t *testing.T) {
	tests := []struct {
		name   string
		source func(testing.TB) *source
		path   string
	}{
		{"operational", working, "/"},
		{"incident", failing, "/"},
		{"late", late, "/"},
		{"unknown", blind, "/"},
		{"young", young, "/"},
		{"incident-page", failing, "/incidents/open00000001"},
		{"incident-over", failing, "/incidents/past00000001"},
		{"history", failing, "/history"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			answer, body := get(t, handler(newPage(t, harbour(t, test.source(t)))), test.path)
			if answer.StatusCode != http.StatusOK {
				t.Fatalf("%d: %s", answer.StatusCode, body)
			}
			golden(t, test.name+".html", body)
			if strings.Contains(body, " style=") || strings.Contains(body, "<style") || regexp.MustCompile(`<script( defer| type="module"| src="[^"]*")*>[^<]`).MatchString(body) {
				t.Error("inline style or script")
			}
		})
	}
}

// links finds addresses of ours on a page.
var links = regexp.MustCompile(`(?:href|src)="(/[^"]*)"`)

func TestNoDeadLinksAndNoTwinIDs(t *testing.T) {
	h := handler(newPage(t, harbour(t, failing(t))))
	seen := map[string]bool{}
	queue := []string{"/"}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		answer, body := get(t, h, path)
		if answer.StatusCode != http.StatusOK {
			t.Errorf("%s is dead: %d", path, answer.StatusCode)
		}
		ids := map[string]bool{}
		if strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
			for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(body, -1) {
				if ids[m[1]] {
					t.Errorf("%s: id %q is there twice", path, m[1])
				}
				ids[m[1]] = true
			}
			for _, m := range regexp.MustCompile(`(?:aria-labelledby|use href)="#?([^"]+)"`).FindAllStringSubmatch(body, -1) {
				if !ids[m[1]] {
					t.Errorf("%s: points to %q, which is not there", path, m[1])
				}
			}
		}
		for _, m := range links.FindAllStringSubmatch(body, -1) {
			if !seen[m[1]] {
				seen[m[1]] = true
				queue = append(queue, m[1])
			}
		}
	}
	if len(seen) < 8 {
		t.Errorf("only %d links were found", len(seen))
	}
}

func TestHostileNamesAreText(t *testing.T) {
	const bad = `<script>alert(1)</script>"'><img src=x onerror=alert(2)> {{.Name}} javascript:alert(3)`
	s := failing(t)
	s.change(func(snap *statuspage.Snapshot) {
		snap.Open[0].Name = bad
		snap.Open[0].Updates[1].Text = bad + "\n\n" + bad
		snap.Recent[0].Name, snap.Recent[0].Updates[1].Text = bad, bad
	})
	p := harbour(t, s)
	p.Options.Name, p.Options.Contact = bad, "javascript://alert(1)"
	p.Groups[0].Name, p.Components[0].Name, p.Components[0].Description, p.Regions[1].Name = bad, bad, bad, bad
	h := handler(newPage(t, p))
	for _, path := range []string{"/", "/incidents/open00000001", "/history", "/components/core-api", "/nowhere"} {
		t.Run(path, func(t *testing.T) {
			_, body := get(t, h, path)
			if strings.Contains(body, "<script>") || strings.Contains(body, "<img src=x") || strings.Contains(body, `href="javascript`) {
				t.Errorf("hostile text got through:\n%s", body)
			}
			if !strings.Contains(body, "&lt;script&gt;alert(1)") {
				t.Error("the text is not there at all")
			}
		})
	}
	for _, name := range []string{"summary", "components", "incidents"} {
		_, body := get(t, h, "/api/v2/"+name+".json")
		if strings.Contains(body, "<") || !json.Valid([]byte(body)) {
			t.Errorf("%s.json carries markup or is broken", name)
		}
	}
}

func TestThemeIsKeptInACookie(t *testing.T) {
	h := handler(newPage(t, harbour(t, working(t))))
	tests := []struct{ name, path, location, cookie string }{
		{"dark", "/?theme=dark", "/", "theme=dark; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax"},
		{"light, elsewhere", "/history?page=1&theme=light", "/history?page=1", "theme=light; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax"},
		{"back to the device", "/?theme=auto", "/", "theme=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"},
		{"something of theirs", "/?theme=%0d%0aSet-Cookie:x", "/", "theme=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			answer, _ := get(t, h, test.path)
			if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != test.location || answer.Header.Get("Set-Cookie") != test.cookie {
				t.Errorf("%d %q %q", answer.StatusCode, answer.Header.Get("Location"), answer.Header.Get("Set-Cookie"))
			}
		})
	}
	for referrer, want := range map[string]string{"http://status.example/?in=cy": "/?in=cy", "http://status.example/history?in=cy": "/", "https://elsewhere.example/?in=cy": "/"} {
		r := httptest.NewRequest(http.MethodGet, "http://status.example/?theme=dark", http.NoBody)
		r.Header.Set("Referer", referrer)
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, r)
		if got := answer.Header().Get("Location"); got != want {
			t.Errorf("from %s it leads to %s; want %s", referrer, got, want)
		}
	}
	if _, body := get(t, h, "/", "Cookie", "theme=dark"); !strings.Contains(body, `<html lang="en" dir="ltr" data-theme="dark">`) {
		t.Error("the cookie is not heeded")
	}
	if _, body := get(t, h, "/incidents/none", "Cookie", "theme=dark"); !strings.Contains(body, `<html lang="en" dir="ltr" data-theme="dark">`) {
		t.Error("an error is told in light to who chose dark")
	}
	if _, body := get(t, h, "/", "Cookie", `theme=x"y`); !strings.Contains(body, `<html lang="en" dir="ltr">`) {
		t.Error("a cookie that is not ours is heeded")
	}
}

// TestAnotherThemeOrLanguageKeepsWhatWasAskedFor: a search is not lost by it.
func TestAnotherThemeOrLanguageKeepsWhatWasAskedFor(t *testing.T) {
	h := spoken(t, several(t))
	for path, want := range map[string]string{
		"/":        `href="?theme=dark"`,
		"/history": `href="?theme=dark"`,
		"/history?q=card+payments&component=batch&month=2026-12": `href="?component=batch&amp;month=2026-12&amp;q=card&#43;payments&amp;theme=dark"`,
		"/history?kind=incidents&utm=1":                          `href="?kind=incidents&amp;lang=cy"`,
	} {
		if _, body := get(t, h, path); !strings.Contains(body, want) {
			t.Errorf("%s lacks %s", path, want)
		}
	}
	p := harbour(t, failing(t))
	p.Options.Languages = languages()
	subscribable(&p)
	h = handler(newPage(t, p))
	if _, body := get(t, h, "/subscribe?component=batch&component=core-api&x=1"); !strings.Contains(body, `href="?component=batch&amp;component=core-api&amp;lang=ar"`) {
		t.Error("the choice of components is lost with another language")
	}
}

func TestThePageIsRenderedOnce(t *testing.T) {
	s := working(t)
	h := handler(newPage(t, harbour(t, s)))
	first, _ := get(t, h, "/", "Accept-Encoding", "gzip")
	for range 50 {
		get(t, h, "/")
	}
	again, body := get(t, h, "/", "Accept-Encoding", "gzip", "If-None-Match", first.Header.Get("Etag"))
	if again.StatusCode != http.StatusNotModified || body != "" || s.reads != 1 {
		t.Errorf("status %d, %d bytes, %d reads", again.StatusCode, len(body), s.reads)
	}
}

func TestFaultsAreCalm(t *testing.T) {
	s := working(t)
	s.fault = errors.New("disk full at /var/secret")
	h := handler(newPage(t, harbour(t, s)))
	for _, path := range []string{"/", "/history", "/incidents/x", "/components/core-api", "/api/v2/status.json"} {
		answer, body := get(t, h, path)
		if answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" || strings.Contains(body, "secret") {
			t.Errorf("%s: %d %s", path, answer.StatusCode, body)
		}
	}
	s.fault = nil
	for _, path := range []string{"/incidents/none", "/history?page=7", "/history?page=x", "/history?page=0"} {
		if answer, _ := get(t, h, path); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, answer.StatusCode)
		}
	}
}

// eight are the addresses of Statuspage's API.
var eight = []string{
	"summary", "status", "components", "incidents", "incidents/unresolved",
	"scheduled-maintenances", "scheduled-maintenances/upcoming", "scheduled-maintenances/active",
}

func TestGoldenAPI(t *testing.T) {
	s := everything(t)
	h := handler(newPage(t, harbour(t, s)))
	for _, name := range eight {
		t.Run(name, func(t *testing.T) {
			answer, body := get(t, h, "/api/v2/"+name+".json")
			if answer.StatusCode != http.StatusOK {
				t.Fatalf("%d: %s", answer.StatusCode, body)
			}
			golden(t, strings.ReplaceAll(name, "/", "-")+".json", body)
			want := map[string]string{
				"Content-Type":                "application/json; charset=utf-8",
				"Access-Control-Allow-Origin": "*",
				"Cache-Control":               "max-age=10, public, s-maxage=10, stale-while-revalidate=20, stale-if-error=3600",
				"Vary":                        "Accept, Accept-Encoding",
				"X-Content-Type-Options":      "nosniff",
				"Last-Modified":               "Tue, 01 Dec 2026 14:00:00 GMT",
			}
			for key, value := range want {
				if got := answer.Header.Get(key); got != value {
					t.Errorf("%s: %q, want %q", key, got, value)
				}
			}
			if !regexp.MustCompile(`^W/"[0-9a-f]{32}"$`).MatchString(answer.Header.Get("Etag")) {
				t.Errorf("etag %q", answer.Header.Get("Etag"))
			}
		})
	}
}

func TestAPIDecodesStrictly(t *testing.T) {
	h := handler(newPage(t, harbour(t, everything(t))))
	into := map[string]any{
		"summary": &wire.Summary{}, "status": &wire.StatusAnswer{}, "components": &wire.ComponentsAnswer{},
		"incidents": &wire.IncidentsAnswer{}, "incidents/unresolved": &wire.IncidentsAnswer{},
		"scheduled-maintenances": &wire.MaintenancesAnswer{}, "scheduled-maintenances/upcoming": &wire.MaintenancesAnswer{}, "scheduled-maintenances/active": &wire.MaintenancesAnswer{},
	}
	for _, name := range eight {
		_, body := get(t, h, "/api/v2/"+name+".json?per_page=100&x=y")
		strict := json.NewDecoder(strings.NewReader(body))
		strict.DisallowUnknownFields()
		if err := strict.Decode(into[name]); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		again, err := json.Marshal(into[name])
		if err != nil || !bytes.Equal(again, []byte(body)) {
			t.Errorf("%s: not the same after a round trip: %v", name, err)
		}
	}
}

func TestAPIPages(t *testing.T) {
	s := working(t)
	for i := range 60 {
		one := s.snapshot.Recent[0]
		one.ID = "old" + string(rune('a'+i%26)) + string(rune('a'+i/26))
		s.all = append(s.all, one)
	}
	h := handler(newPage(t, harbour(t, s)))
	for page, want := range map[string]int{"": 50, "?page=1": 50, "?page=2": 11, "?page=3": 0, "?page=-1": 50, "?page=zz": 50} {
		var got wire.IncidentsAnswer
		_, body := get(t, h, "/api/v2/incidents.json"+page)
		if err := json.Unmarshal([]byte(body), &got); err != nil || len(got.Incidents) != want || got.Incidents == nil {
			t.Errorf("%q: %d incidents, %v", page, len(got.Incidents), err)
		}
	}
}

func TestUnknownKeepsItsLastStatusThenTheAPIOwnsUp(t *testing.T) {
	s := failing(t)
	p := harbour(t, s)
	now := noon
	p.Now = func() time.Time { return now }
	page := newPage(t, p)
	h := handler(page)
	status := func() (int, string) {
		answer, body := get(t, h, "/api/v2/status.json")
		return answer.StatusCode, body
	}
	if _, body := status(); !strings.Contains(body, "Partial System Outage") {
		t.Fatal(body)
	}
	s.change(func(snap *statuspage.Snapshot) {
		for id, state := range snap.Components {
			state.Status, state.Since = incident.Unmeasured, now
			snap.Components[id] = state
		}
	})
	refresh(t, page)
	if code, body := status(); code != http.StatusOK || !strings.Contains(body, "Partial System Outage") {
		t.Errorf("the last known status is lost: %d %s", code, body)
	}
	now = noon.Add(5*time.Minute - time.Second)
	if code, _ := status(); code != http.StatusOK {
		t.Errorf("too soon: %d", code)
	}
	now = noon.Add(5 * time.Minute)
	answer, body := get(t, h, "/api/v2/summary.json")
	if answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" || !json.Valid([]byte(body)) {
		t.Errorf("%d %v %s", answer.StatusCode, answer.Header, body)
	}
	if answer, _ := get(t, h, "/"); answer.StatusCode != http.StatusOK {
		t.Error("the page itself must stay")
	}
}

func TestBadParameters(t *testing.T) {
	tests := []struct {
		name string
		edit func(*statuspage.Params)
		says string
	}{
		{"no source", func(p *statuspage.Params) { p.Source = nil }, "no source"},
		{"no name", func(p *statuspage.Params) { p.Options.Name = "" }, "no name"},
		{"no url", func(p *statuspage.Params) { p.Options.URL = "status" }, "no address"},
		{"no such zone", func(p *statuspage.Params) { p.Options.Timezone = "Mars/Base" }, "Mars/Base"},
		{"no colour", func(p *statuspage.Params) { p.Options.Theme.Light.Accent = "red;}" }, "no colour"},
		{"no such logo", func(p *statuspage.Params) { p.Options.Theme.Logo = "nowhere.svg" }, "nowhere.svg"},
		{"a logo of no kind", func(p *statuspage.Params) { p.Options.Theme.Logo = "logo.exe" }, "must end in"},
		{"negative tick", func(p *statuspage.Params) { p.Hub.Tick = -1 }, "tick is negative"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := harbour(t, working(t))
			test.edit(&p)
			if _, err := statuspage.New(p); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("said %v", err)
			}
		})
	}
}
