package main

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"daymark/access"
	"daymark/console"
	"daymark/incident"
	"daymark/slo"
	"daymark/store"
)

// metricsTime is what one scrape may take.
const metricsTime = 5 * time.Second

// metricsRoute serves /metrics to whom the configuration says.
func (a *app) metricsRoute() route {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), a.ground.submitted, &metrics{app: a})
	handler := promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: 2, Timeout: 2 * metricsTime})
	r := route{pattern: "GET /metrics", role: access.Loopback, handler: handler}
	switch a.doc.Server.Metrics {
	case "public":
		r.role = access.Public
	case "token":
		r.role, r.right, r.handler = access.ReadComponents.Least(), access.ReadComponents, nil
		r.staff = func(w http.ResponseWriter, r *http.Request, _ access.Principal) { handler.ServeHTTP(w, r) }
	}
	return r
}

// metrics says how Daymark and what it watches are, at each scrape anew.
type metrics struct {
	app *app
	mu  sync.Mutex // scrapes are one after the other
}

func newMetric(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("daymark_"+name, help, labels, nil)
}

// What is exported, as docs/operation.md lists it.
var (
	metricBuild     = newMetric("build_info", "Always 1; the version is a label.", "version")
	metricScrape    = newMetric("scrape_ok", "1: all that is below could be read; 0: something is missing, and the log says why.")
	metricResults   = newMetric("results_total", "New results that were stored since the start, by region and outcome.", "region", "outcome")
	metricComponent = newMetric("component_status", "1 for the status that a component has.", "component", "status")
	metricIncidents = newMetric("incidents_open", "Open incidents by severity.", "severity")
	metricTimers    = newMetric("timers_last_seconds", "When the timers ran last, as seconds since 1970.")
	metricLate      = newMetric("outbox_late_seconds", "For how long the message that waits longest has been due; 0: none waits.")
	metricDatabase  = newMetric("database_bytes", "Size of the database, its write-ahead log included.")
	metricEvidence  = newMetric("evidence_bytes", "Size of all evidence.")
	metricBackup    = newMetric("backup_last_seconds", "When the newest scheduled backup was made, as seconds since 1970; 0: there is none.")
	metricOverdue   = newMetric("backup_late_seconds", "For how long a scheduled backup has been due; 0: none is. Absent where none are made by a schedule.")
	metricGood      = newMetric("slo_good_ratio", "Share of good events of an objective in its window; absent without events.", "slo", "component", "indicator")
	metricObjective = newMetric("slo_objective_ratio", "The share that is wanted.", "slo", "component", "indicator")
	metricLeft      = newMetric("slo_budget_left_ratio", "Share of the error budget that is left; below 0 it is overspent.", "slo", "component", "indicator")
	metricCoverage  = newMetric("slo_coverage_ratio", "Share of the time that was measured.", "slo", "component", "indicator")
	metricBurn      = newMetric("slo_burn_rate", "How many times faster than allowed the budget is spent, by the length of time looked at.", "slo", "window")
	metricEvents    = newMetric("slo_window_events", "Events of the length of time looked at, by verdict.", "slo", "window", "verdict")
	metricBurning   = newMetric("slo_alert", "1: staff are told that the budget is spent too fast.", "slo")
)

// Describe implements prometheus.Collector.
func (m *metrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		metricBuild, metricScrape, metricResults, metricComponent, metricIncidents, metricTimers, metricLate, metricDatabase, metricEvidence,
		metricBackup, metricOverdue, metricGood, metricObjective, metricLeft, metricCoverage, metricBurn, metricEvents, metricBurning,
	} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(ch chan<- prometheus.Metric) {
	m.mu.Lock()
	defer m.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), metricsTime)
	defer cancel()
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	gauge(metricBuild, 1, version)
	gauge(metricTimers, float64(m.app.engine.Ticked().UnixMilli())/1000)
	for kind, n := range m.app.store.ResultsCounted() {
		ch <- prometheus.MustNewConstMetric(metricResults, prometheus.CounterValue, float64(n), kind.Region, string(kind.Outcome))
	}
	ok := 1.0
	if err := errors.Join(m.watched(ctx, gauge), m.kept(ctx, gauge), m.objectives(ctx, gauge)); err != nil {
		m.app.log.WarnContext(ctx, "not all metrics could be read", "error", err)
		ok = 0
	}
	gauge(metricScrape, ok)
}

type gauges func(d *prometheus.Desc, value float64, labels ...string)

// watched says how components are, and what is open.
func (m *metrics) watched(ctx context.Context, gauge gauges) error {
	statuses, err := m.app.store.Statuses(ctx)
	if err != nil {
		return err
	}
	for _, c := range m.app.doc.Components {
		if status, measured := statuses[c.ID]; measured {
			gauge(metricComponent, 1, c.ID, string(status.Status))
		}
	}
	open, err := m.app.store.IncidentsOf(ctx, store.IncidentQuery{Open: true, Most: 1000})
	if err != nil {
		return err
	}
	bySeverity := map[incident.Severity]int{}
	for i := range open {
		bySeverity[open[i].Severity]++
	}
	for _, severity := range []incident.Severity{incident.P1, incident.P2, incident.P3, incident.P4} {
		gauge(metricIncidents, float64(bySeverity[severity]), severity.String())
	}
	return nil
}

// kept says how much there is, and what waits.
func (m *metrics) kept(ctx context.Context, gauge gauges) error {
	due, err := m.app.store.LongestDue(ctx, m.app.channels)
	if err != nil {
		return err
	}
	late := 0.0
	if !due.IsZero() {
		late = max(0, m.app.now().Sub(due).Seconds())
	}
	gauge(metricLate, late)
	database, bytes := filepath.Join(m.app.doc.Server.Data, databaseFile), int64(0)
	for _, end := range []string{"", "-wal"} {
		info, err := os.Stat(database + end)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err == nil {
			bytes += info.Size()
		}
	}
	gauge(metricDatabase, float64(bytes))
	evidence, err := m.app.store.EvidenceSize(ctx)
	if err != nil {
		return err
	}
	gauge(metricEvidence, float64(evidence))
	newest := 0.0
	if at := m.app.backups.newest(); !at.IsZero() {
		newest = float64(at.Unix())
	}
	gauge(metricBackup, newest)
	overdue, scheduled, err := m.app.backups.late(ctx, m.app.now())
	if err != nil {
		return err
	}
	if scheduled {
		gauge(metricOverdue, overdue.Seconds())
	}
	return nil
}

// objectives says how the objectives stand.
func (m *metrics) objectives(ctx context.Context, gauge gauges) error {
	all, _, err := m.app.objectives.Objectives(ctx)
	if err != nil {
		return err
	}
	for i := range all {
		m.objective(&all[i], gauge)
	}
	return nil
}

func (m *metrics) objective(s *console.ObjectiveStanding, gauge gauges) {
	labels := []string{s.ID, s.Component, s.Indicator}
	gauge(metricObjective, s.Objective.Objective/100, labels...)
	gauge(metricCoverage, s.Coverage, labels...)
	if s.Known() {
		gauge(metricGood, s.Ratio(), labels...)
		gauge(metricLeft, s.Left, labels...)
	}
	burning := 0.0
	if s.Alert != nil {
		burning = 1
	}
	gauge(metricBurning, burning, s.ID)
	for length, counts := range s.Recent {
		window := windowLabel(length)
		gauge(metricBurn, s.BurnRate(counts), s.ID, window)
		gauge(metricEvents, float64(counts.Good), s.ID, window, "good")
		gauge(metricEvents, float64(counts.Bad), s.ID, window, "bad")
	}
}

// windowLabel writes the length of a time as Prometheus does.
func windowLabel(d time.Duration) string { return openDuration(slo.Window{Rolling: d}) }
