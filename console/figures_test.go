package console_test

import (
	"context"
	"encoding/csv"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"daymark/console"
	"daymark/incident"
)

func (s *sources) Figures(_ context.Context, _ []string, byDay bool, from, until time.Time) ([]console.Figure, error) {
	var all []console.Figure
	for _, f := range s.figures {
		if !f.From.Before(from) && f.From.Before(until) && (byDay == (f.From.Hour() == 0)) {
			all = append(all, f)
		}
	}
	return all, nil
}

// The dashboard of a component: times and availability by region, what was said
// of its checks, what was changed; the chart, the table and the CSV agree.
func TestTheDashboardOfAComponent(t *testing.T) {
	p := newPages(t)
	p.reads("/console/components/sign-in/figures", "Nothing was measured in that time")
	today := now.Truncate(24 * time.Hour)
	p.figures = []console.Figure{
		{Region: "east", From: today.AddDate(0, 0, -2), Good: 1, P50: time.Millisecond, P95: time.Millisecond, P99: time.Millisecond},
		{Region: "east", From: today.AddDate(0, 0, -1), Good: 999, Bad: 1, P50: 80 * time.Millisecond, P95: 200 * time.Millisecond, P99: 2 * time.Second},
		{Region: "west", From: today.AddDate(0, 0, -1), Good: 10, Bad: 10, Unknown: 3, P50: 90 * time.Millisecond, P95: 300 * time.Millisecond, P99: time.Second},
		{Region: "west", From: today, Bad: 5},
		{Region: "west", From: now.Truncate(time.Hour), Good: 7, P50: time.Millisecond, P95: time.Millisecond, P99: time.Millisecond},
	}
	p.reads("/console/components/sign-in/figures", "Ireland", "Virginia", "99.9 %", "1000 of 1001 good", "10 of 25 good, 3 could not tell", "300 ms at most", "2.00 s", `aria-current="true">7 days`, `class="line"`, "not measured", "figures/csv?days=7")
	p.reads("/console/components/sign-in/figures?days=1", "7 of 7 good", `aria-current="true">1 day`)
	for _, path := range []string{"figures?days=5", "figures?days=abc", "figures/csv?days=0"} {
		if a := p.ask("/console/components/sign-in/" + path); a.Code != http.StatusBadRequest || !strings.Contains(a.Body.String(), "Figures are shown of 1, 7, 30 or 90 days.") {
			t.Errorf("%s: %d %s", path, a.Code, a.Body)
		}
	}
	p.reads("/console/components/sign-in", `href="/console/components/sign-in/figures"`)
	lines, err := csv.NewReader(strings.NewReader(p.ask("/console/components/sign-in/figures/csv?days=30").Body.String())).ReadAll()
	want := []string{"sign-in", "east", today.AddDate(0, 0, -1).Format(time.RFC3339), "999", "1", "0", "99.9", "80", "200", "2000"}
	if err != nil || len(lines) != 5 || !slices.Equal(lines[2], want) || lines[4][6] != "0" || lines[4][7] != "" {
		t.Errorf("%q, %v", lines, err)
	}
	for _, path := range []string{"/console/components/nothing/figures", "/console/components/nothing/figures/csv"} {
		p.has(p.ask(path), http.StatusNotFound)
	}
}

// A dashboard says where it does not list all that was said and changed.
func TestADashboardSaysWhatItLeavesOut(t *testing.T) {
	p := newPages(t)
	said := func(verdicts, changes int, each time.Duration) string {
		p.changes, p.told = nil, nil
		for i := range verdicts {
			p.changes = append(p.changes, incident.Verdict{Check: "sign-in", Word: incident.CheckDown, Since: now.Add(-time.Duration(i+1) * each)})
		}
		for i := range changes {
			p.told = append(p.told, console.Change{ID: strconv.Itoa(i), At: now.Add(-time.Duration(i+1) * each), What: "Release " + strconv.Itoa(i) + "."})
		}
		return p.ask("/console/components/sign-in/figures?days=30").Body.String()
	}
	all := said(100, 100, time.Hour)
	if n := strings.Count(all, "Release "); n != 100 || strings.Contains(all, "the newest 100") {
		t.Errorf("of 100 changes %d are listed, or it is said that there are more", n)
	}
	more := said(101, 101, time.Hour)
	if n := strings.Count(more, "Release "); n != 100 {
		t.Errorf("of 101 changes %d are listed", n)
	}
	for _, want := range []string{"these are the newest 100; what was said before", "These are the newest 100; all are in"} {
		if !strings.Contains(more, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if old := said(101, 0, 12*time.Hour); strings.Contains(old, "the newest 100") {
		t.Error("what lies before that time is said to be left out")
	}
}
