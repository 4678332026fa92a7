package statuspage_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daymark/internal/testkit"
	"daymark/statuspage"
)

// TestABrandHasTheLastWord in a browser: its stylesheet wins over ours, its
// favicon is the page's, and nothing is asked of another host.
func TestABrandHasTheLastWord(t *testing.T) {
	testkit.Beside(t)
	dir := t.TempDir()
	files := map[string]string{
		"own.css":  "h1 { letter-spacing: 7px } .brand { font-weight: 100 } :root { --accent: rgb(1, 2, 3) }",
		"logo.svg": `<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24"><rect width="24" height="24"/></svg>`,
		"icon.svg": `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16"><circle cx="8" cy="8" r="8"/></svg>`,
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	branded := func(p *statuspage.Params) {
		subscribable(p)
		p.Options.Theme = statuspage.Theme{
			Light: statuspage.Colours{Accent: "#123456", OnAccent: "#fefefe"}, Dark: statuspage.Colours{Accent: "#abcdef", OnAccent: "#010203"},
			CSS: filepath.Join(dir, "own.css"), Logo: filepath.Join(dir, "logo.svg"), Favicon: filepath.Join(dir, "icon.svg"),
		}
	}
	b := browser(t)
	for _, path := range []string{"/", "/components/core-api", "/incidents/open00000001", "/history", "/subscribe", "/incidents/none"} {
		b.open(scene{path: path, seed: failing, edit: branded}.serve(t))
		for _, want := range []string{
			`getComputedStyle(document.querySelector("h1")).letterSpacing === "7px"`,
			`getComputedStyle(document.querySelector(".brand")).fontWeight === "100"`,
			`getComputedStyle(document.documentElement).getPropertyValue("--accent").replaceAll(" ", "") === "rgb(1,2,3)"`,
			`getComputedStyle(document.documentElement).getPropertyValue("--on-accent").trim() === "#fefefe"`,
			`[...document.querySelectorAll("link[rel=stylesheet]")].at(-1).href.includes("/own.")`,
			`document.querySelector("link[rel=icon]").href.includes("/own.") && document.querySelectorAll("link[rel=icon]").length === 1`,
			`document.querySelector(".brand img").complete && document.querySelector(".brand img").naturalWidth === 24`,
			`performance.getEntriesByType("resource").every((e) => new URL(e.name).host === location.host)`,
			`performance.getEntriesByType("resource").length > 2`,
		} {
			if !b.is(want) {
				t.Errorf("%s: it is not so that %s", path, want)
			}
		}
		b.faultless()
	}
	// The shape of a new status does not take the favicon's place.
	s := working(t)
	p := harbour(t, s)
	branded(&p)
	r := run(t, p)
	b.visit(r.url)
	b.becomes(socketOpen)
	s.change(func(snap *statuspage.Snapshot) { *snap = failing(t).snapshot })
	r.page.Hub().Notify(1)
	b.becomes(`document.getElementById("say").dataset.status !== "operational"`)
	if !b.is(`document.getElementById("favicon").href.includes("/own.")`) {
		t.Error("the favicon of the brand is lost with a change")
	}
}

func TestABrandBringsItsFiles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"logo.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>", "own.css": "@layer brand { :root { --r: 0 } }"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := harbour(t, working(t))
	p.Options.Theme.Light = statuspage.Colours{Accent: "#123456", OnAccent: "#fefefe"}
	p.Options.Theme.Logo, p.Options.Theme.CSS = filepath.Join(dir, "logo.svg"), filepath.Join(dir, "own.css")
	h := handler(newPage(t, p))
	_, body := get(t, h, "/")
	addresses := links.FindAllStringSubmatch(body, -1)
	var all strings.Builder
	for _, m := range addresses {
		answer, text := get(t, h, m[1])
		if answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", m[1], answer.StatusCode)
		}
		all.WriteString(text)
	}
	for _, want := range []string{"--accent: #123456; --on-accent: #fefefe", "--r: 0", "<svg xmlns='http"} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("%q is served nowhere", want)
		}
	}
	if strings.Contains(body, dir) || strings.Contains(body, "own.css") {
		t.Error("the page tells names of files")
	}
}
