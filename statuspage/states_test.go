package statuspage_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"daymark/internal/testkit"
)

// screens is where pictures and pages are kept, to be looked at.
const screens = "../dist/screens"

// held is a file that scripts/install.sh npm brings.
func held(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join("..", "tools", "npm", "node_modules", name)
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%v; scripts/install.sh npm brings it", err)
	}
	return path
}

func keep(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(screens, 0o755), os.WriteFile(filepath.Join(screens, name), content, 0o600)); err != nil {
		t.Fatal(err)
	}
}

// look is how a visitor looks at a page.
type look struct {
	width  int64
	theme  string
	script bool
}

func (l look) String() string {
	script := "script"
	if !l.script {
		script = "no-script"
	}
	return fmt.Sprintf("%d-%s-%s", l.width, l.theme, script)
}

// looks are all ways at full count, and else one that changes from scene to
// scene, so that each is taken.
func looks(turn int) []look {
	var all []look
	for _, theme := range []string{"light", "dark"} {
		for _, width := range []int64{360, 1280, 768} {
			for _, script := range []bool{true, false} {
				all = append(all, look{width, theme, script})
			}
		}
	}
	if testkit.Full() {
		return all
	}
	turn = turn * 5 % len(all) // 5 and 12 have no divisor in common
	return all[turn : turn+1]
}

// TestStates shows each page in each state to Chromium, keeps a picture of it,
// holds it against WCAG 2.2 AA by axe-core, and looks that nothing stands out
// at the sides.
func TestStates(t *testing.T) {
	testkit.Beside(t)
	axe, err := os.ReadFile(held(t, "axe-core/axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	shared := browser(t)
	shared.do(call(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: sameMoment}))
	turn := 0
	for _, s := range scenes() {
		if s.rare && !testkit.Full() {
			continue
		}
		turn++
		t.Run(s.name, func(t *testing.T) {
			b, url := tab{t, shared.ctx}, s.serve(t)
			for _, l := range looks(turn) {
				b.size(l.width, 900)
				b.media("", "prefers-color-scheme", l.theme, "prefers-reduced-motion", "reduce")
				b.script(l.script)
				b.open(url)
				b.script(true) // for our own looks; the page's has run or never will
				keep(t, s.name+"-"+l.String()+".png", b.picture())
				if l.script {
					b.faultless()
				}
				if wide := b.wide(); wide != "" {
					t.Errorf("%s: the page is wider than the window, by %s", l, wide)
				}
				for _, fault := range b.axe(string(axe)) {
					t.Errorf("%s: %s", l, fault)
				}
			}
			b.size(320, 600)
			if wide := b.wide(); wide != "" {
				t.Errorf("320 px: the page is wider than the window, by %s", wide)
			}
		})
	}
}

// sameMoment has the page's own clock start when the tests are.
var sameMoment = fmt.Sprintf(`{ const ahead = %d - Date.now(), now = Date.now; Date.now = () => now.call(Date) + ahead }`, noon.UnixMilli())

// wide names what makes a page scroll to the side; empty when nothing does.
func (b tab) wide() string {
	b.t.Helper()
	return b.says(`(() => {
		const root = document.documentElement;
		if (root.scrollWidth <= root.clientWidth) return "";
		const out = [...document.querySelectorAll("body *")].filter((n) => { const r = n.getBoundingClientRect(); return r.right > root.clientWidth + 1 || r.left < -1 });
		return root.scrollWidth + " px: " + out.slice(-3).map((n) => n.outerHTML.slice(0, 120)).join(" | ");
	})()`)
}

// violations are what axe-core found, a sentence each.
const violations = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"]})
	.then((r) => r.violations.flatMap((v) => v.nodes.slice(0, 3).map((n) => v.id + " (" + v.help + "): " + n.html.slice(0, 200) + " " + (n.any[0] || n.all[0] || n.none[0] || {message: ""}).message)))`

func (b tab) axe(source string) []string {
	b.t.Helper()
	if _, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](source+"; true")); err != nil {
		b.t.Fatal(err)
	}
	faults, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](violations, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatal(err)
	}
	return faults
}

// TestHTMLIsValid has the Nu checker read every scene, all in one go.
func TestHTMLIsValid(t *testing.T) {
	testkit.Beside(t)
	checker := held(t, "vnu-jar/build/dist/vnu.jar")
	var files []string
	for _, s := range scenes() {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := (&http.Client{Jar: jar}).Get(s.serve(t))
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
			t.Fatalf("%s is %q", s.name, answer.Header.Get("Content-Type"))
		}
		keep(t, s.name+".html", content)
		files = append(files, filepath.Join(screens, s.name+".html"))
	}
	java := exec.CommandContext(t.Context(), "java", append([]string{"-Xss2m", "-XX:TieredStopAtLevel=1", "-jar", checker, "--format", "json", "--stdout", "--exit-zero-always"}, files...)...)
	var said strings.Builder
	java.Stderr = &said
	out, err := java.Output()
	if err != nil {
		t.Fatalf("the Nu checker (Java): %v: %s", err, said.String())
	}
	var report struct {
		Messages []struct {
			Type, SubType, URL, Message, Extract string
			LastLine                             int
		}
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("the Nu checker: %v: %s", err, out)
	}
	for _, m := range report.Messages {
		t.Errorf("%s:%d: %s %s: %s (%s)", filepath.Base(m.URL), m.LastLine, m.Type, m.SubType, m.Message, m.Extract)
	}
}
