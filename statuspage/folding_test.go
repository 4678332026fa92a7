package statuspage_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/statuspage"
)

// crowdIs is a crowd in which components have a status, and the others work.
func crowdIs(t testing.TB, statuses map[string]incident.Status) *source {
	s := crowded(t)
	s.change(func(snap *statuspage.Snapshot) {
		for c := range crowdSize {
			state := snap.Components["c1"]
			state.Status = incident.Operational
			if status, found := statuses[fmt.Sprint("c", c)]; found {
				state.Status = status
			}
			snap.Components[fmt.Sprint("c", c)] = state
		}
	})
	return s
}

func TestGroupsAreFoldedWhereAllIsWell(t *testing.T) {
	statuses := map[string]incident.Status{
		"c1": incident.Slow, "c13": incident.Down, "c25": incident.Maintenance, "c37": incident.Unmeasured, // all of the second group
		"c2": incident.Maintenance, "c3": incident.Unmeasured,
	}
	for c := 4; c < crowdSize; c += 12 {
		statuses[fmt.Sprint("c", c)] = incident.Unmeasured
	}
	p := harbour(t, &source{})
	crowd(&p)
	l := &statuspage.Layout{Options: p.Options, Groups: p.Groups, Components: p.Components, Zone: london(t)}
	sections := statuspage.BuildView(l, &crowdIs(t, statuses).snapshot, noon).Sections
	for i, want := range []statuspage.Fold{
		{ID: "in-g-g0", Status: incident.Operational, Text: "All 25 services work."},
		{ID: "in-g-g1", Status: incident.Down, Text: "Terminal network 14 is down. Terminal network 2 is slow. And 2 more. 25 services in all.", Open: true},
		{ID: "in-g-g2", Status: incident.Maintenance, Text: "Terminal network 3 is being worked on. 25 services in all."},
		{ID: "in-g-g3", Status: incident.Unmeasured, Text: "Terminal network 4 is not measured at the moment. 25 services in all."},
		{ID: "in-g-g4", Status: incident.Unmeasured, Text: "25 services in all. Not measured."},
	} {
		if got := sections[i].Fold; got == nil || *got != want {
			t.Errorf("group %d: %+v; want %+v", i, got, want)
		}
	}
	l.Components = l.Components[:39]
	for _, s := range statuspage.BuildView(l, &crowdIs(t, nil).snapshot, noon).Sections {
		if s.Fold != nil {
			t.Fatal("a short page is folded")
		}
	}
	l.Groups, l.Components = nil, p.Components
	if s := statuspage.BuildView(l, &crowdIs(t, nil).snapshot, noon).Sections; len(s) != 1 || s[0].Fold != nil {
		t.Error("a page of one group is folded")
	}
}

// TestAGroupStaysAsItsReaderLeftIt folds and unfolds by keyboard, and has what
// is folded become worse meanwhile.
func TestAGroupStaysAsItsReaderLeftIt(t *testing.T) {
	testkit.Beside(t)
	s := crowdIs(t, map[string]incident.Status{"c0": incident.Down})
	p := harbour(t, s)
	crowd(&p)
	r := run(t, p)
	b := browser(t)
	b.visit(r.url)
	b.becomes(socketOpen)
	const shown = `[...document.querySelectorAll(".group")].map((g) => g.open ? 1 : 0).join("")`
	if got := b.says(shown); got != "100000000000" {
		t.Fatalf("as the page is loaded these are open: %s", got)
	}
	for _, group := range []string{"g0", "g1"} {
		b.is(`document.querySelector("#all-g-` + group + ` > summary").focus(); window.before = true`)
		b.key(kb.Enter)
	}
	if got := b.says(shown); got != "010000000000" {
		t.Fatalf("after two keys these are open: %s", got)
	}
	worse := crowdIs(t, map[string]incident.Status{"c0": incident.Down, "c1": incident.Slow, "c2": incident.PartlyDown}).snapshot.Components
	s.change(func(snap *statuspage.Snapshot) { snap.Components = worse })
	r.page.Hub().Notify(1)
	b.becomes(`document.getElementById("in-g-g2").textContent === "Terminal network 3 is partly down. 25 services in all." && document.getElementById("in-g-g2").dataset.status === "partial_outage"`)
	b.becomes(`document.querySelector("#c-c1 .status").textContent === "Slow"`)
	if got := b.says(shown); got != "010000000000" || !b.is(`window.before && document.activeElement.parentElement.id === "all-g-g1"`) {
		t.Errorf("after news these are open: %s", got)
	}
	b.faultless()

	// The same without script, and all of it on paper.
	b.script(false)
	b.open(r.url)
	b.script(true) // for our own looks
	if got := b.says(shown); got != "111000000000" {
		t.Errorf("without script these are open: %s", got)
	}
	b.is(`document.querySelector("#all-g-g5 > summary").focus() ?? true`)
	b.key(kb.Enter)
	if !b.is(`document.querySelector("#all-g-g5").open && document.getElementById("c-c5").checkVisibility({contentVisibilityAuto: true})`) {
		t.Error("without script a group does not open")
	}
	b.media("print")
	if !b.is(`document.getElementById("c-c6").getBoundingClientRect().height > 20`) {
		t.Error("on paper a folded group is not shown")
	}
	b.media("")
}
