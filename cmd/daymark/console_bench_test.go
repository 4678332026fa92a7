package main

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"daymark/incident"
)

// What the console is measured with: so many components with four checks each,
// measured from three regions for so many days, and so many incidents.
const (
	benchComponents = 500
	benchChecks     = 4 * benchComponents
	benchDays       = 400
	benchIncidents  = 400
	benchObjectives = 20
)

// consoleBudget is what a page may take on the server at the median, and
// consoleSize what it may have.
const (
	consoleBudget = 100 * time.Millisecond
	consoleSize   = 300 << 10
)

// BenchmarkConsoleRatio asks each page of the console that the menu leads to,
// and those of one incident, component and check, each anew, and gives the
// slowest at the median in ms beside the 100 that it may take.
// BenchmarkConsoleSizeRatio gives the largest in KB, beside 300.
func BenchmarkConsoleRatio(b *testing.B) {
	c := newConsoleBench(b)
	slowest, name := 0.0, ""
	for b.Loop() {
		for _, path := range c.paths() {
			var took []float64
			for range 5 {
				began := time.Now()
				c.ask(path)
				took = append(took, float64(time.Since(began).Microseconds())/1000)
			}
			slices.Sort(took)
			b.Logf("%s: %.1f ms, %d KB", path, took[2], c.ask(path)>>10)
			if took[2] > slowest {
				slowest, name = took[2], path
			}
		}
	}
	b.Log("slowest:", name)
	b.ReportMetric(slowest, "ours")
	b.ReportMetric(float64(consoleBudget.Milliseconds()), "ref")
	b.ReportMetric(float64(consoleBudget.Milliseconds())/slowest, "ratio")
}

func BenchmarkConsoleSizeRatio(b *testing.B) {
	c := newConsoleBench(b)
	largest := 0
	for b.Loop() {
		for _, path := range c.paths() {
			largest = max(largest, c.ask(path))
		}
	}
	b.ReportMetric(float64(largest)/1024, "ours")
	b.ReportMetric(consoleSize/1024, "ref")
	b.ReportMetric(float64(consoleSize)/float64(largest), "ratio")
}

// consoleBench is a server with much in it, and an administrator who is signed
// in.
type consoleBench struct {
	b    *testing.B
	app  *app
	ada  *visitor
	open string // an incident that is
}

func newConsoleBench(b *testing.B) *consoleBench {
	b.Helper()
	dir := b.TempDir()
	path := filepath.Join(dir, "daymark.yaml")
	if err := os.WriteFile(path, []byte(consoleBenchConfig(dir)), 0o600); err != nil {
		b.Fatal(err)
	}
	doc, err := loadRunnable(path)
	if err != nil {
		b.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	first, err := newApp(b.Context(), doc, quiet) // makes the database
	if err != nil {
		b.Fatal(err)
	}
	if err := first.stop(context.Background()); err != nil {
		b.Fatal(err)
	}
	fillConsoleBench(b, filepath.Join(dir, "daymark.db"))
	c := &consoleBench{b: b}
	if c.app, err = newApp(b.Context(), doc, quiet); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := c.app.stop(context.Background()); err != nil {
			b.Error(err)
		}
	})
	c.ada = newVisitor(b, consoleOf(b, c.app))
	c.ada.join(firstLink(b, c.app), "person", "ada")
	c.open = c.happen()
	return c
}

// happen opens an incident of many components, with a long log, and gives its
// id.
func (c *consoleBench) happen() string {
	c.b.Helper()
	var affected []incident.OpenComponent
	for _, part := range c.app.doc.Components[:20] {
		affected = append(affected, incident.OpenComponent{Component: part.ID, Status: incident.Down})
	}
	do := func(command incident.Command) string {
		made, err := c.app.engine.Command(c.b.Context(), incident.By{Person: "ada", Via: "test"}, "", command)
		if err != nil {
			c.b.Fatal(err)
		}
		return made
	}
	id := do(incident.Open{Name: "The harbour is closed", Severity: incident.P1, What: "No ship comes in.", Components: affected})
	for range 200 {
		do(incident.Write{Incident: id, Kind: incident.Note, Text: "The crane of the third quay does not answer; we look at its wiring."})
	}
	return id
}

// consoleBenchConfig has what is measured and who measures it.
func consoleBenchConfig(dir string) string {
	var text strings.Builder
	fmt.Fprintf(&text, `version: 1
server: {listen: "127.0.0.1:0", data: %s}
page: {name: Harbour, url: http://status.example, contact: help@harbour.example}
regions:
  - {id: local, name: This server}
  - {id: eu, name: Ireland}
  - {id: us, name: Virginia}
support:
  people:
    - {id: ada, name: Ada, email: ada@harbour.example, role: administrator}
    - {id: ben, name: Ben, email: ben@harbour.example, role: responder}
groups:
`, dir)
	for i := range benchComponents / 25 {
		fmt.Fprintf(&text, "  - {id: group-%d, name: Group %d}\n", i, i)
	}
	text.WriteString("components:\n")
	for i := range benchComponents {
		fmt.Fprintf(&text, "  - {id: part-%03d, name: Part %d of the harbour, group: group-%d, checks: [", i, i, i/25)
		for k := range benchChecks / benchComponents {
			n := i*benchChecks/benchComponents + k
			fmt.Fprintf(&text, "{id: check-%04d, schedule: \"@every 1m\", http: {url: \"http://127.0.0.1:1/%d\"}, regions: [local, eu, us]}, ", n, n)
		}
		text.WriteString("]}\n")
	}
	text.WriteString("slos:\n")
	for i := range benchObjectives {
		fmt.Fprintf(&text, "  - {id: works-%d, component: part-%03d, indicator: availability, objective: 99.9, window: 28d, alert: notify}\n", i, i)
	}
	return text.String()
}

// fillConsoleBench writes days of every series, the latest results, and past
// incidents.
func fillConsoleBench(b *testing.B, path string) {
	b.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=synchronous(OFF)")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	now := time.Now().Truncate(time.Minute)
	today := now.Truncate(24 * time.Hour).Unix()
	for _, query := range []string{
		fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
			INSERT INTO series (check_id, region) SELECT printf('check-%%04d', i), region FROM n, (SELECT 'local' AS region UNION SELECT 'eu' UNION SELECT 'us')`, benchChecks-1),
		fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
			INSERT INTO rollups (series, grain, start, ok, degraded, failed, unknown, latency)
			SELECT id, 86400, %d - 86400 * i, 1438, 1, (id + i) %% 97 = 0, 0, 120000 * 1439 FROM series, n`, benchDays-1, today),
		fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 23)
			INSERT INTO rollups (series, grain, start, ok, degraded, failed, unknown, latency)
			SELECT id, 3600, %d - 3600 * i, 60, 0, 0, 0, 120000 * 60 FROM series, n`, now.Truncate(time.Hour).Unix()),
		fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 24 UNION ALL SELECT i + 1 FROM n WHERE i < 28 * 24)
			INSERT INTO rollups (series, grain, start, ok, degraded, failed, unknown, latency)
			SELECT id, 3600, %[1]d - 3600 * i, 60, 0, 0, 0, 120000 * 60 FROM series, n WHERE check_id < printf('check-%%04d', %[2]d)`, now.Truncate(time.Hour).Unix(), benchObjectives*benchChecks/benchComponents),
		fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 29)
			INSERT INTO results (series, at, outcome, latency) SELECT id, %d - 60000 * i, 0, 120000 + id FROM series, n`, now.UnixMilli()),
		fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
			INSERT INTO incidents (id, name, phase, severity, worst, reason, since, opened, updated, resolved)
			SELECT printf('mhwz%%04xincident', i), printf('Part %%d is down', i), 'resolved', 1 + i %% 4, 1 + i %% 4, 'all of its checks failed',
			%[2]d - i * 86400000, %[2]d - i * 86400000, %[2]d - i * 86400000 + 3600000, %[2]d - i * 86400000 + 3600000 FROM n`, benchIncidents-1, now.Add(-48*time.Hour).UnixMilli()),
		`INSERT INTO affected (incident, component, position, status, worst, since, until)
			SELECT id, printf('part-%03d', rowid % 500), 0, 'operational', 'major_outage', since, resolved FROM incidents`,
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12)
			INSERT INTO updates (id, incident, number, kind, phase, severity, at, text, auto, changes, channels)
			SELECT incidents.id || '-' || i, incidents.id, i, CASE i WHEN 1 THEN 'opened' WHEN 12 THEN 'ended' ELSE 'progress' END,
			CASE i WHEN 12 THEN 'resolved' ELSE 'investigating' END, severity, since + i * 300000, 'We are looking into it. Most payments work.', 0, '[]', '["email"]' FROM incidents, n`,
	} {
		if _, err := db.ExecContext(b.Context(), query); err != nil {
			b.Fatalf("%v: %s", err, query)
		}
	}
}

// paths are the pages that are asked.
func (c *consoleBench) paths() []string {
	var all []string
	for _, route := range c.app.site.Routes() {
		if path, page := strings.CutPrefix(route.Pattern, "GET "); page && route.Menu != "" {
			all = append(all, path)
		}
	}
	return append(all, "/console", "/console/more", "/console/incidents/mhwz0001incident", "/console/incidents/"+c.open, "/console/incidents/"+c.open+"/deliveries", "/console/components/part-001", "/console/checks/check-0001")
}

// ask asks a page and gives its size.
func (c *consoleBench) ask(path string) int {
	c.b.Helper()
	c.ada.get(path)
	if at, _, _ := strings.Cut(path, "?"); c.ada.status != http.StatusOK || c.ada.at != at {
		c.b.Fatalf("%s: %d at %s", path, c.ada.status, c.ada.at)
	}
	return len(c.ada.page)
}
