package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"daymark/statuspage"
	"daymark/store"
)

// What a page that shows history may take, made anew, and what the store may
// to give 90 days of all components, both at the median.
const (
	pagesBudget = 50 * time.Millisecond
	daysBudget  = 20 * time.Millisecond
)

// median gives that of some times, in ms.
func median(times int, do func()) float64 {
	var took []float64
	for range times {
		began := time.Now()
		do()
		took = append(took, float64(time.Since(began).Microseconds())/1000)
	}
	slices.Sort(took)
	return took[len(took)/2]
}

// BenchmarkHistoryPagesRatio makes the pages that show history anew: the public
// overview and a component's page, by a page that has kept nothing, and those
// of components, objectives and promises in the console. It gives the slowest
// at the median in ms beside the 50 that it may take. The process has answered
// before, as one has that serves: its first answers wait for the memory that the
// machine gives them.
func BenchmarkHistoryPagesRatio(b *testing.B) {
	c := newConsoleBench(b)
	fresh := func() http.Handler {
		page, err := statuspage.New(pageParams(c.app.core, c.app.doc, c.app.objectives, c.app.log))
		if err != nil {
			b.Fatal(err)
		}
		mux := http.NewServeMux()
		for _, r := range page.Routes() {
			mux.Handle(r.Pattern, r.Handler)
		}
		return mux
	}
	public := func(from http.Handler, path string) {
		answer := httptest.NewRecorder()
		from.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
		if answer.Code != http.StatusOK {
			b.Fatal(path, answer.Code)
		}
	}
	shown, part := fresh(), 0
	public(shown, "/")
	asked := map[string]func(){
		"/": func() { public(fresh(), "/") },
		"/components/…": func() { // another each time, since the page keeps them
			part++
			public(shown, fmt.Sprintf("/components/part-%03d", part%benchComponents))
		},
	}
	for _, path := range []string{"/console/objectives", "/console/promises", "/console/components", "/console/components/part-001", "/console/components/part-001/figures?days=90", "/console/checks/check-0001"} {
		asked[path] = func() { c.ask(path) }
	}
	for _, ask := range asked {
		median(9, ask)
	}
	slowest, name := 0.0, ""
	for b.Loop() {
		for path, ask := range asked {
			took := median(9, ask)
			b.Logf("%s: %.1f ms", path, took)
			if took > slowest {
				slowest, name = took, path
			}
		}
	}
	b.Log("slowest:", name)
	b.ReportMetric(slowest, "ours")
	b.ReportMetric(float64(pagesBudget.Milliseconds()), "ref")
	b.ReportMetric(float64(pagesBudget.Milliseconds())/slowest, "ratio")
}

// BenchmarkDaysRatio reads 90 days of all components from the store, by a
// reader that has kept nothing, beside the 20 ms that it may take, in a process
// that has done so before.
func BenchmarkDaysRatio(b *testing.B) {
	c := newConsoleBench(b)
	read := func() {
		now := time.Now()
		days, err := c.app.store.Days(b.Context(), now.AddDate(0, 0, -90), now, false, c.app.policy.Component)
		if err != nil || len(days) != benchComponents || len(days["part-001"].Counted) < 89 {
			b.Fatal(len(days), len(days["part-001"].Counted), err)
		}
	}
	median(9, read)
	var took float64
	for b.Loop() {
		took = median(9, read)
		b.Logf("a whole snapshot: %.1f ms", median(5, func() {
			if _, err := store.NewPage(c.app.store, c.app.policy.Component).Snapshot(b.Context(), time.Now()); err != nil {
				b.Fatal(err)
			}
		}))
	}
	b.ReportMetric(took, "ours")
	b.ReportMetric(float64(daysBudget.Milliseconds()), "ref")
	b.ReportMetric(float64(daysBudget.Milliseconds())/took, "ratio")
}
