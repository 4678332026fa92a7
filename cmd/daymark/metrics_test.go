package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"daymark/access"
	"daymark/notify/notifytest"
)

// promtool runs Prometheus' own checker.
func promtool(t *testing.T, in string, args ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "promtool", args...)
	command.Stdin = strings.NewReader(in)
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("promtool %s (Debian: prometheus; scripts/install.sh promtool): %v\n%s", strings.Join(args, " "), err, out)
	}
}

func (o *onCall) scrape() string {
	o.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://status.example/metrics", http.NoBody)
	r.RemoteAddr = "127.0.0.1:1234"
	answer := httptest.NewRecorder()
	o.app.handler().ServeHTTP(answer, r)
	if answer.Code != http.StatusOK {
		o.t.Fatalf("%d, %s", answer.Code, answer.Body)
	}
	return answer.Body.String()
}

// TestMetrics: each that is documented is there, Prometheus reads them, and
// they say what is so.
func TestMetrics(t *testing.T) {
	o := newOnCall(t, func(notifytest.Call) notifytest.Pickup { return notifytest.Pickup{} }, sampleObjectives)
	o.pass(time.Minute)
	o.fails = true
	o.pass(5 * time.Minute)
	o.look()
	text := o.scrape()
	promtool(t, text, "check", "metrics")
	for _, want := range []string{
		`daymark_results_total{outcome="failed",region="elsewhere"} 30`, `daymark_results_total{outcome="ok",region="elsewhere"} 6`,
		`daymark_component_status{component="sign-in",status="major_outage"} 1`, `daymark_incidents_open{severity="P1"} 1`, `daymark_incidents_open{severity="P4"} 0`,
		`daymark_slo_alert{slo="works"} 1`, `daymark_slo_alert{slo="calm"} 0`, `daymark_slo_objective_ratio{component="sign-in",indicator="latency",slo="quick"} 0.99`,
		`daymark_slo_window_events{slo="works",verdict="bad",window="5m"} 30`, `daymark_slo_burn_rate{slo="works",window="5m"} 967.`, "daymark_scrape_ok 1", "go_goroutines ", "daymark_backup_last_seconds 0", "daymark_backup_late_seconds 0",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s", want)
		}
	}
	if documented, found := metricsIn(readText(t, "../../docs/operation.md")), metricsIn(text); len(found) == 0 {
		t.Error("there are none")
	} else {
		for name := range found {
			if !documented[name] {
				t.Errorf("docs/operation.md does not know %s", name)
			}
		}
		for name := range documented {
			if !found[name] {
				t.Errorf("docs/operation.md has %s, which is not there", name)
			}
		}
	}
}

var metricName = regexp.MustCompile(`\bdaymark_[a-z_]+\b`)

func metricsIn(text string) map[string]bool {
	names := map[string]bool{}
	for _, name := range metricName.FindAllString(text, -1) {
		for _, part := range []string{"_bucket", "_sum", "_count"} { // of a histogram
			name = strings.TrimSuffix(name, part)
		}
		names[name] = true
	}
	return names
}

// TestMetricsAreForWhomTheConfigurationSays: this machine, a token, or all.
func TestMetricsAreForWhomTheConfigurationSays(t *testing.T) {
	o := newOnCall(t, func(notifytest.Call) notifytest.Pickup { return notifytest.Pickup{} }, "")
	for mode, want := range map[string]struct {
		role  access.Role
		there int // what somebody elsewhere gets
	}{"loopback": {access.Loopback, http.StatusNotFound}, "token": {access.Reader, http.StatusUnauthorized}, "public": {access.Public, http.StatusOK}} {
		o.app.doc.Server.Metrics = mode
		r := httptest.NewRequest(http.MethodGet, "http://status.example/metrics", http.NoBody)
		r.RemoteAddr = "203.0.113.9:1234"
		answer := httptest.NewRecorder()
		o.app.handler().ServeHTTP(answer, r)
		if route := o.app.metricsRoute(); route.role != want.role || route.check() != nil || answer.Code != want.there {
			t.Errorf("%s: for %s, and answers %d elsewhere; %v", mode, route.role, answer.Code, route.check())
		}
	}
}

// TestRulesForPrometheus: those of the export, and those of deploy, are what
// Prometheus takes, and fire when they should.
func TestRulesForPrometheus(t *testing.T) {
	o := newOnCall(t, func(notifytest.Call) notifytest.Pickup { return notifytest.Pickup{} }, sampleObjectives)
	var out strings.Builder
	if err := writeDocuments(streams{out: &out, err: &out}, prometheusRules(o.app.doc)); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	rules := filepath.Join(dir, "slo.rules.yml")
	writeText(t, rules, out.String())
	promtool(t, "", "check", "rules", "--lint-fatal", rules)
	own, err := filepath.Abs("../../deploy/prometheus/daymark.rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	promtool(t, "", "check", "rules", "--lint-fatal", own)
	tests := filepath.Join(dir, "test.yml")
	writeText(t, tests, `rule_files: [slo.rules.yml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {series: 'daymark_slo_burn_rate{instance="a",slo="works",window="60m"}', values: '20x10'}
      - {series: 'daymark_slo_burn_rate{instance="a",slo="works",window="5m"}', values: '200x10'}
      - {series: 'daymark_slo_window_events{instance="a",slo="works",window="60m",verdict="bad"}', values: '2x4 3x5'}
      - {series: 'daymark_slo_window_events{instance="a",slo="works",window="60m",verdict="good"}', values: '100x10'}
    alert_rule_test:
      - {eval_time: 3m, alertname: DaymarkErrorBudgetBurn, exp_alerts: []}
      - eval_time: 8m
        alertname: DaymarkErrorBudgetBurn
        exp_alerts:
          - exp_labels: {severity: page, slo: works, component: sign-in, instance: a, window: 60m}
            exp_annotations:
              summary: Sign in spends its error budget more than 14.4 times too fast
              description: Over an hour, and over 5 minutes too. The objective works is 99.9 %.
              runbook: `+o.app.doc.Page.URL+`/console/runbooks#an-error-budget-is-spent-too-fast
              link: `+o.app.doc.Page.URL+`/console/objectives/works
`)
	promtool(t, "", "test", "rules", tests)
	promtool(t, "", "test", "rules", "../../deploy/prometheus/daymark.rules_test.yml")
	documented := metricsIn(readText(t, "../../docs/operation.md"))
	for _, file := range []string{own, "../../deploy/grafana/daymark.json"} {
		for name := range metricsIn(readText(t, file)) {
			if !documented[name] {
				t.Errorf("%s has %s, which is not there", file, name)
			}
		}
	}
	headings := strings.ToLower(readText(t, "../../docs/operation.md"))
	for _, runbook := range regexp.MustCompile(`docs/operation\.md#(\S+)`).FindAllStringSubmatch(readText(t, own), -1) {
		if !strings.Contains(headings, "\n### "+strings.ReplaceAll(runbook[1], "-", " ")+"\n") {
			t.Errorf("there is no runbook %s", runbook[1])
		}
	}
}

// TestEachAlertIsTried: of each alert of deploy it is tried that it fires, and
// that it does not.
func TestEachAlertIsTried(t *testing.T) {
	t.Parallel()
	var rules struct {
		Groups []struct {
			Rules []struct{ Alert string }
		}
	}
	var tests struct {
		Tests []struct {
			Tries []struct {
				Alert string `yaml:"alertname"`
				Fires []any  `yaml:"exp_alerts"`
			} `yaml:"alert_rule_test"`
		}
	}
	for file, into := range map[string]any{"daymark.rules.yml": &rules, "daymark.rules_test.yml": &tests} {
		if err := yaml.Unmarshal([]byte(readText(t, "../../deploy/prometheus/"+file)), into); err != nil {
			t.Fatal(err)
		}
	}
	tried := map[bool]map[string]bool{true: {}, false: {}}
	for _, test := range tests.Tests {
		for _, try := range test.Tries {
			tried[len(try.Fires) > 0][try.Alert] = true
		}
	}
	for _, rule := range rules.Groups[0].Rules {
		if !tried[true][rule.Alert] || !tried[false][rule.Alert] {
			t.Errorf("%s is not tried: fires %t, silent %t", rule.Alert, tried[true][rule.Alert], tried[false][rule.Alert])
		}
	}
}

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func writeText(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
