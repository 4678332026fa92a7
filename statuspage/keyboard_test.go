package statuspage_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"daymark/internal/testkit"
)

func (b tab) key(keys string, options ...chromedp.KeyOption) {
	b.t.Helper()
	if _, err := chromedp.Run(b.ctx, chromedp.KeyEvent(keys, options...)); err != nil {
		b.t.Fatal(err)
	}
}

// focused is where the focus is: its words, how it is drawn, and where it
// stands in the document.
const focused = `(() => {
	const e = document.activeElement;
	if (!e || e === document.body) return "";
	const style = getComputedStyle(e), box = e.getBoundingClientRect();
	const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
	const at = [...document.querySelectorAll("*")].indexOf(e);
	return [at, seen, e.tagName, (e.textContent || e.getAttribute("aria-label") || e.id || e.name).trim().replace(/\s+/g, " ").slice(0, 60)].join("|");
})()`

// stop is one place where the focus rests.
type stop struct {
	at       int
	seen     bool
	tag, say string
}

// walk presses Tab until the focus leaves the page, and gives every stop.
func (b tab) walk() []stop {
	b.t.Helper()
	var stops []stop
	for range 300 {
		b.key(kb.Tab)
		said := b.says(focused)
		if said == "" {
			return stops
		}
		parts := strings.SplitN(said, "|", 4)
		var s stop
		if _, err := fmt.Sscan(parts[0], &s.at); err != nil {
			b.t.Fatal(err)
		}
		s.seen, s.tag, s.say = parts[1] == "true", parts[2], parts[3]
		if len(stops) > 0 && s.at <= stops[0].at {
			return stops // around again: the browser has nothing of its own to go to
		}
		stops = append(stops, s)
	}
	b.t.Fatal("the focus never leaves the page")
	return nil
}

// TestEverythingIsReachedByKeyboard walks each kind of page with Tab alone:
// every stop is seen, they come in the order of the page, and the links of the
// foot are reached.
func TestEverythingIsReachedByKeyboard(t *testing.T) {
	testkit.Beside(t)
	shared := browser(t)
	for _, s := range scenes() {
		switch s.name {
		case "incident", "incident-open", "history", "history-found", "component-down", "work-going", "subscribe", "subscription", "incident-ar":
		default:
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			b := tab{t, shared.ctx}
			b.size(360, 700)
			b.media("", "prefers-reduced-motion", "reduce")
			b.open(s.serve(t))
			stops := b.walk()
			last := -1
			for i, one := range stops {
				if !one.seen {
					t.Errorf("stop %d, %s %q, is not seen to have the focus", i+1, one.tag, one.say)
				}
				if one.at <= last {
					t.Errorf("stop %d, %s %q, comes before the one before it", i+1, one.tag, one.say)
				}
				last = one.at
			}
			all := b.is(`[...document.querySelectorAll("a[href], button, summary, select, textarea, input:not([type=hidden], [type=radio])")].length > 5`)
			want := b.says(`String([...document.querySelectorAll("a[href], button, summary, select, textarea, input:not([type=hidden], [type=radio])")].filter((e) => e.checkVisibility()).length + new Set([...document.querySelectorAll("[type=radio]")].map((e) => e.name)).size)`)
			if !all || want != fmt.Sprint(len(stops)) {
				t.Errorf("%d stops for %s things to reach: %v", len(stops), want, stops)
			}
		})
	}
}

// TestThePageByKeyboard does with keys what a visitor does with a mouse.
func TestThePageByKeyboard(t *testing.T) {
	testkit.Beside(t)
	url := scene{path: "/", seed: failing, edit: subscribable}.serve(t)
	b := browser(t)
	b.visit(url)
	b.key(kb.Tab)
	if !b.is(`document.activeElement.className === "skip"`) {
		t.Fatalf("the first stop is %s, not the link past the head", b.says(focused))
	}
	b.key(kb.Enter)
	b.key(kb.Tab)
	if !b.is(`document.getElementById("main").contains(document.activeElement)`) {
		t.Errorf("past the head the next stop is %s", b.says(focused))
	}
	for _, key := range []string{kb.Enter, " "} {
		b.is(`document.querySelector("#c-core-api summary").focus() || true`)
		b.key(key)
		b.becomes(`document.getElementById("c-core-api-days").open`)
		if !b.is(`document.querySelector("#c-core-api-days li").checkVisibility()`) {
			t.Errorf("%q opens the days, and they are not seen", key)
		}
		b.key(key)
		b.becomes(`!document.getElementById("c-core-api-days").open`)
	}
	b.is(`document.querySelector("a[href='?theme=dark']").focus() || true`)
	b.key(kb.Enter)
	b.becomes(`document.documentElement.dataset.theme === "dark" && location.search === "" && document.readyState === "complete"`)
	b.is(`document.querySelector("a[href='?lang=ar']").focus() || true`)
	b.key(kb.Enter)
	b.becomes(`document.documentElement.dir === "rtl" && document.documentElement.dataset.theme === "dark"`)
	b.faultless()
}
