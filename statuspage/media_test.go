package statuspage_test

import (
	"testing"

	"daymark/internal/testkit"
)

// TestOtherMedia looks at the page on paper, in the few colours that a reader
// chose, with more contrast, and without motion.
func TestOtherMedia(t *testing.T) {
	testkit.Beside(t)
	b := browser(t)
	tests := []struct {
		name, kind string
		features   []string
		scene      scene
		holds      []string
	}{
		{"print", "print", nil, scene{path: "/", seed: eachStatus, edit: sixComponents}, []string{
			`[...document.querySelectorAll("nav, .skip, .stale, form, .live, .more")].every((e) => !e.checkVisibility())`,
			`document.querySelector("#c-core-api li").checkVisibility()`, // what happened day by day is on the paper
			`getComputedStyle(document.documentElement).backgroundColor === "rgb(255, 255, 255)"`,
			`getComputedStyle(document.documentElement).color === "rgb(0, 0, 0)"`,
		}},
		{"print-incident", "print", nil, scene{path: "/incidents/open00000001", seed: wordy}, []string{
			`getComputedStyle(document.querySelector(".prose a"), "::after").content.includes("harbour.example")`, // where a link leads
		}},
		{"forced-colours", "", []string{"forced-colors", "active"}, scene{path: "/", seed: eachStatus, edit: sixComponents}, []string{
			`[...document.querySelectorAll(".status svg, .strip path.major, .strip path.k")].every((e) => { const s = getComputedStyle(e); return s.fill !== "none" || s.stroke !== "none" })`,
		}},
		{"contrast", "", []string{"prefers-contrast", "more"}, scene{path: "/", seed: failing}, []string{
			`getComputedStyle(document.querySelector(".soft")).color === getComputedStyle(document.documentElement).color`,
		}},
		{"still", "", []string{"prefers-reduced-motion", "reduce"}, scene{path: "/", seed: failing}, []string{
			`document.getElementById("sentence").classList.add("changed") === undefined && getComputedStyle(document.getElementById("sentence")).animationName === "none"`,
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := tab{t, b.ctx}
			b.size(1000, 900)
			b.media(test.kind, test.features...)
			b.open(test.scene.serve(t))
			for _, holds := range test.holds {
				if !b.is(holds) {
					t.Errorf("not so: %s", holds)
				}
			}
			keep(t, "media-"+test.name+".png", b.picture())
		})
	}
	b.media("")
}
