package console_test

import (
	"context"
	"encoding/csv"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"daymark/console"
	"daymark/incident"
)

// slaKept gives the SLA gold to a component, with what it kept and did not.
func slaKept(f *fixture) {
	someKept(f.sources)
	f.api.SLAs = []incident.SLA{{ID: "gold", Report: []string{"owner@harbour.example"}}, {ID: "bronze"}}
	f.api.Components[0].SLA = "gold"
	list := f.list
	f.list = func(q console.IncidentQuery) ([]incident.Incident, error) {
		found, err := list(q)
		for i := range found {
			found[i].Name, found[i].Severity = "It was "+hostile, incident.P1
			found[i].Affected = []incident.Affected{{Component: "sign-in", Status: incident.Down, Worst: incident.Down, From: found[i].Since, Until: found[i].Resolved}}
		}
		return found, err
	}
}

func TestTheReportOfAnSLA(t *testing.T) {
	f := newFixture(t)
	slaKept(f)
	got := get[map[string]any](f, "/api/v1/slas/gold/reports/2026-12")
	together, available := got["together"].(map[string]any), got["availability"].([]any)
	if len(available) != 1 || together["percent"] != 99.9666 || together["good"] != 2999.0 || got["complete"] != false || got["from"] != "2026-12-01T00:00:00.000Z" {
		t.Errorf("%v", got)
	}
	if n := len(got["promises"].([]any)); n != 1 || len(got["exceptions"].([]any)) != 1 {
		t.Errorf("%v", got["promises"])
	}
	// One began in October and went on into December.
	if n := len(got["incidents"].([]any)); n != 2 {
		t.Errorf("%d incidents", n)
	}
	if other := get[map[string]any](f, "/api/v1/slas/bronze/reports/2026-12"); len(other["availability"].([]any))+len(other["incidents"].([]any))+len(other["promises"].([]any)) != 0 {
		t.Errorf("what is of another SLA is in it: %v", other)
	}
	f.refused(http.StatusNotFound, "GET", "/api/v1/slas/none/reports/2026-12", "")
	for _, month := range []string{"2027-01", "december"} {
		f.refused(http.StatusBadRequest, "GET", "/api/v1/slas/gold/reports/"+month, "")
	}
	digest, err := f.api.DigestSLA(t.Context(), "gold", "2026-12")
	text := strings.Join(digest.Paragraphs, "\n")
	if err != nil || digest.Title != "SLA gold, December 2026" || digest.Path != "/console/slas/gold/2026-12" ||
		!strings.Contains(text, "99.9666 % (2999 of 3000 runs good)") || !strings.Contains(text, "Incidents: 2. Promises: 5 kept, 1 not kept.") || !strings.Contains(text, "The month goes on") {
		t.Errorf("%+v, %v", digest, err)
	}
}

func TestThePagesOfSLAReports(t *testing.T) {
	p := newPages(t)
	slaKept(p.fixture)
	p.reads("/console/slas", "gold", "owner@harbour.example", "mailed to nobody", `href="/console/slas/gold/2026-11"`)
	p.lacks(p.reads("/console/slas/gold/2026-12", "1 of 6 promises were not kept", "99.9666 %", "100 × good runs", `<a href="/console/incidents/b">It was &lt;script&gt;`, "so far", "Together"), hostile)
	p.has(p.ask("/console/slas/none/2026-12"), http.StatusNotFound)
	p.has(p.ask("/console/slas/gold/2027-12"), http.StatusBadRequest)
	p.reviews[0].Incident = "b"
	lines, err := csv.NewReader(strings.NewReader(p.ask("/console/slas/gold/2026-12/csv").Body.String())).ReadAll()
	if err != nil {
		t.Error(err)
	}
	at := now.UTC().Format(time.RFC3339)
	for _, want := range [][]string{
		{"availability", "all", "percent", "99.9666"},
		{"promises first", "gold P1", "running", "0"},
		{"not kept", "b", "1 gold P1 first due", now.Add(-time.Hour).UTC().Format(time.RFC3339)},
		{"review", "b", "due", at},
		{"review", "b", "action 1 detect", "watch"},
		{"review", "b", "action 1 owner", "ana"},
		{"review", "b", "action 1 done", at},
	} {
		if !slices.ContainsFunc(lines, func(l []string) bool { return slices.Equal(l[3:], want) }) {
			t.Errorf("no %q in %q", want, lines)
		}
	}
	p.has(p.ask("/console/slas/gold/2026-12/pdf"), http.StatusServiceUnavailable)
	printed := ""
	p.site.Print = func(_ context.Context, document string) ([]byte, error) {
		printed = document
		return []byte("%PDF-"), nil
	}
	answer := p.ask("/console/slas/gold/2026-12/pdf")
	if p.has(answer, http.StatusOK); answer.Body.String() != "%PDF-" || answer.Header().Get("Content-Type") != "application/pdf" ||
		!strings.Contains(printed, "99.9666 %") || strings.Contains(printed, hostile) || !strings.Contains(printed, "https://status.example/console/incidents/b") {
		t.Errorf("%s: %s", answer.Header(), printed)
	}
	p.site.Print = func(context.Context, string) ([]byte, error) { return nil, errors.New("no Chromium") }
	p.has(p.ask("/console/slas/gold/2026-12/pdf"), http.StatusServiceUnavailable)
}
