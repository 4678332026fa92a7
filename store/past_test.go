package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"daymark/internal/lang"
	"daymark/statuspage"
)

// put writes rows beside the store.
func (f *fixture) put(statements ...string) {
	f.t.Helper()
	db, err := sql.Open("sqlite", "file:"+f.path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			f.t.Fatalf("%s: %v", statement, err)
		}
	}
}

// past writes an incident that is over, with one update and what it affected.
func (f *fixture) past(id string, since time.Time, worst int, name, text string, components ...string) {
	f.t.Helper()
	ms := since.UnixMilli()
	f.put(
		fmt.Sprintf(`INSERT INTO incidents (id, check_id, name, phase, severity, worst, reason, since, opened, updated, resolved, turns, care)
			VALUES ('%s', '', '%s', 'resolved', %d, %d, '', %d, %d, %d, %d, '[]', '{}')`, id, name, worst, worst, ms, ms, ms, ms+60000),
		fmt.Sprintf(`INSERT INTO updates (id, incident, number, kind, phase, severity, at, text, auto, changes, channels)
			VALUES ('%s-1', '%s', 1, 'ended', 'resolved', %d, %d, '%s', 0, '[]', '[]')`, id, id, worst, ms, text),
	)
	for i, c := range components {
		f.put(fmt.Sprintf(`INSERT INTO affected (incident, component, position, status, worst, since) VALUES ('%s', '%s', %d, 'operational', 'major_outage', %d)`, id, c, i, ms))
	}
}

func (f *fixture) work(id string, starts time.Time, stage, title string, announced, began bool, components string) {
	f.t.Helper()
	ms := starts.UnixMilli()
	at := func(is bool) string {
		if is {
			return fmt.Sprint(ms)
		}
		return "NULL"
	}
	f.put(fmt.Sprintf(`INSERT INTO maintenances (id, rule, title, text, components, stage, announce, starts, ends, made, announced, began, over, done, updated, why)
		VALUES ('%s', '', '%s', 'We move them.', '%s', '%s', %d, %d, %d, %d, %s, %s, %s, %s, %d, '')`,
		id, title, components, stage, ms, ms, ms+3600000, ms, at(announced), at(began), at(stage == "completed"), at(stage == "completed" || stage == "cancelled"), ms))
}

func TestThePastIsSearched(t *testing.T) {
	f := newFixture(t)
	day := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 12, 0, 0, 0, time.UTC) }
	f.past("inc1", day(9, 3), 1, "Payments are failing", "A réseau card broke. 100% of it_all.", "core-api", "sign-in")
	f.past("inc2", day(10, 31), 2, "Sign in is slow", "STRASSE and Straße", "sign-in")
	f.past("inc3", day(10, 1), 3, "Statements are late", "Nothing to add", "batch")
	f.past("staff", day(10, 2), 4, "A warning", "for staff: payments", "batch")
	f.work("work1", day(10, 15), "completed", "New disks", true, true, `["batch"]`)
	f.work("work2", day(11, 1), "in_progress", "New network", true, true, `["core-api"]`)
	f.work("work3", day(12, 1), "scheduled", "To come", true, false, `["core-api"]`)
	f.work("work4", day(10, 20), "cancelled", "Called off", true, false, `["core-api"]`)
	f.work("work5", day(12, 20), "scheduled", "Secret", false, false, `["core-api"]`)
	month := func(m time.Month) time.Time { return time.Date(2026, m, 1, 0, 0, 0, 0, time.UTC) }
	names := map[string]string{"core-api": lang.Fold("Taliadau"), "sign-in": lang.Fold("Mewngofnodi"), "batch": lang.Fold("Datganiadau")}
	for name, test := range map[string]struct {
		search statuspage.Search
		want   string
	}{
		"all":                      {statuspage.Search{}, "work2 inc2 work1 inc3 inc1"},
		"incidents":                {statuspage.Search{Kind: statuspage.OfIncidents}, "inc2 inc3 inc1"},
		"maintenance":              {statuspage.Search{Kind: statuspage.OfMaintenance}, "work2 work1"},
		"a component":              {statuspage.Search{Component: "core-api"}, "work2 inc1"},
		"a component that is none": {statuspage.Search{Component: "' OR 1 = 1 --"}, ""},
		"a month":                  {statuspage.Search{Month: month(10)}, "inc2 work1 inc3"},
		"a month of nothing":       {statuspage.Search{Month: month(1)}, ""},
		"a word of a title":        {statuspage.Search{Words: []string{"disks"}}, "work1"},
		"a word of a text":         {statuspage.Search{Words: []string{"reseau"}}, "inc1"},
		"another writing":          {statuspage.Search{Words: []string{lang.Fold("STRAßE")}}, "inc2"},
		"words apart":              {statuspage.Search{Words: []string{"card", "payments"}}, "inc1"},
		"one that is not there":    {statuspage.Search{Words: []string{"card", "zebra"}}, ""},
		"a name":                   {statuspage.Search{Words: []string{"mewngofnodi"}, Names: names}, "inc2 inc1"},
		"a name and a text":        {statuspage.Search{Words: []string{"mewngofnodi", "card"}, Names: names}, "inc1"},
		"a name of work":           {statuspage.Search{Words: []string{"taliadau"}, Names: names, Kind: statuspage.OfMaintenance}, "work2"},
		"per cent":                 {statuspage.Search{Words: []string{"100%"}}, "inc1"},
		"a line below":             {statuspage.Search{Words: []string{"t_a"}}, "inc1"},
		"what is for staff":        {statuspage.Search{Words: []string{"staff"}}, ""},
		"all of it":                {statuspage.Search{Words: []string{"move"}, Kind: statuspage.OfMaintenance, Component: "batch", Month: month(10)}, "work1"},
	} {
		found, err := f.page.Past(context.Background(), test.search)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var ids []string
		for _, e := range found.Entries {
			if e.Maintenance != nil {
				ids = append(ids, e.Maintenance.ID)
			} else {
				ids = append(ids, e.Incident.ID)
			}
		}
		if got := strings.Join(ids, " "); got != test.want || found.Total != len(ids) {
			t.Errorf("%s: found %q of %d, want %q", name, got, found.Total, test.want)
		}
	}
	found, err := f.page.Past(context.Background(), statuspage.Search{Month: month(9)})
	if err != nil || !slices.EqualFunc(found.Months, []time.Time{month(11), month(10), month(9)}, time.Time.Equal) {
		t.Errorf("months %v, %v", found.Months, err)
	}
	for id, public := range map[string]bool{"work3": true, "work4": true, "work5": false, "none": false} {
		m, err := f.page.Maintenance(context.Background(), id)
		if public && (err != nil || m.ID != id) || !public && !errors.Is(err, statuspage.ErrNotFound) {
			t.Errorf("%s: %v, %v", id, m, err)
		}
	}
	known, err := f.page.Maintenances(context.Background(), day(10, 18))
	var ids []string
	for _, m := range known {
		ids = append(ids, m.ID)
	}
	if got := strings.Join(ids, " "); err != nil || got != "work4 work2 work3" {
		t.Errorf("known are %q, %v", got, err)
	}
}

func TestThePastHasPages(t *testing.T) {
	f := newFixture(t)
	for i := range 53 {
		f.work(fmt.Sprintf("work%02d", i), start.AddDate(0, 0, -i), "completed", "Nightly", true, true, `["batch"]`)
	}
	for page, want := range map[int]int{0: 50, 1: 50, 2: 3, 3: 0} {
		found, err := f.page.Past(context.Background(), statuspage.Search{Page: page})
		if err != nil || len(found.Entries) != want || found.Total != 53 {
			t.Errorf("page %d has %d of %d, %v", page, len(found.Entries), found.Total, err)
		}
	}
}

// A search that waits for another ends with its asker.
func TestASearchWaitsNoLongerThanItsAsker(t *testing.T) {
	f := newFixture(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := f.page.Past(ctx, statuspage.Search{Words: []string{"x"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("it says %v", err)
	}
}

// BenchmarkSearchRatio compares a search of words in 5,000 incidents with 20,000
// updates to SQLite's own LIKE over the same texts.
func BenchmarkSearchRatio(b *testing.B) {
	f := newFixture(b)
	f.put(
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
		INSERT INTO incidents (id, check_id, name, phase, severity, worst, reason, since, opened, updated, resolved, turns, care)
		SELECT 'inc' || i, '', 'Payments are failing', 'resolved', 1, 1, '', i * 7200000, i * 7200000, i * 7200000, i * 7200000, '[]', '{}' FROM n`,
		`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19999)
		INSERT INTO updates (id, incident, number, kind, phase, severity, at, text, auto, changes, channels)
		SELECT 'u' || i, 'inc' || (1 + i / 4), 1 + i % 4, 'progress', 'identified', 1, i, 'A payments database changed machines at 13:41 and stopped accepting changes. We are moving it back, and checking each step so that no payment is taken twice. Number ' || i, 0, '[]', '[]' FROM n`,
	)
	db, err := sql.Open("sqlite", "file:"+f.path)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	var ours, reference time.Duration
	searches := 0
	for b.Loop() {
		began := time.Now()
		found, err := f.page.Past(context.Background(), statuspage.Search{Words: []string{"number", "1999"}})
		between := time.Now()
		if err != nil || found.Total != 5 {
			b.Fatal(found.Total, err)
		}
		var n int
		if err := db.QueryRow(`SELECT count(DISTINCT incident) FROM updates WHERE lower(text) LIKE '%number%' ESCAPE '\' AND lower(text) LIKE '%1999%' ESCAPE '\'`).Scan(&n); err != nil || n != 5 {
			b.Fatal(n, err)
		}
		ours += between.Sub(began)
		reference += time.Since(between)
		searches++
	}
	reportRatio(b, float64(searches)/ours.Seconds(), float64(searches)/reference.Seconds())
}
