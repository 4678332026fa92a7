package console_test

import (
	"net/http"
	"reflect"
	"testing"
	"time"

	"daymark/access"
	"daymark/console"
	"daymark/incident"
)

func TestTheQueueOfReports(t *testing.T) {
	p := newPages(t)
	p.list = func(q console.IncidentQuery) ([]incident.Incident, error) {
		if !q.Open {
			t.Error("asked for more than what is open")
		}
		return []incident.Incident{anIncident(1)}, nil
	}
	p.reports = func(q console.ReportQuery) ([]incident.Report, error) {
		if q.All {
			return nil, nil
		}
		return []incident.Report{
			{ID: "a", Component: "api", Text: "it hangs " + hostile, At: now.Add(-2 * time.Hour), Due: now.Add(-time.Hour), State: incident.Received, Contact: "ann@example.org"},
			{ID: "b", Component: "sign-in", Text: "nobody gets in", At: now, Due: now.Add(time.Hour), State: incident.Received},
			{ID: "c", Text: "no idea", At: now, Due: now.Add(2 * time.Hour), State: incident.Triaged, Outcome: incident.Duplicate},
			{ID: "d", Component: "api", Text: "it hangs for me too", At: now, Due: now.Add(3 * time.Hour), State: incident.Received},
		}, nil
	}
	text := p.reads("/console/reports", "4 reports wait for somebody.", "API: no incident is open", `<a href="/console/incidents/mhwz4k1q0001">P1 Sign in is not available</a>`,
		"The reporter does not know what part it is", `class="error">Answer by 12:42 (1 h late)`, "in 1 h", "can be reached", "Being worked on, reported before", "it hangs &lt;script&gt;", "Write it down")
	p.lacks(text, hostile, "ann@example.org")
	p.who.Role = access.Reader
	p.lacks(p.reads("/console/reports"), "Write it down")
	p.reads("/console/reports?show=all", "Nobody has reported anything yet.")
	p.has(p.ask("/console/reports?cursor=nonsense"), http.StatusBadRequest)
}

// TestAReportThatStaffAnsweredIsAnswered: also where nobody has decided yet what
// it is.
func TestAReportThatStaffAnsweredIsAnswered(t *testing.T) {
	p := newPages(t)
	p.report = &incident.Report{ID: "r", Component: "api", At: now, Text: "it hangs", State: incident.Received, Due: now.Add(time.Hour), Answered: true}
	p.answers = []incident.Answer{{Report: "r", At: now, By: "ana", State: incident.Received, Text: "We look."}, {Report: "r", At: now, State: incident.Received, Text: "It came."}}
	p.reports = func(console.ReportQuery) ([]incident.Report, error) { return []incident.Report{*p.report}, nil }
	for _, page := range []string{"/console/reports/r", "/console/reports", "/console"} {
		p.lacks(p.reads(page), "Nobody has answered", "o be answered by", "Answer by", "without an answer")
	}
	p.reads("/console/reports", "Answered, and nobody has decided what it is")
	p.reads("/console/reports/r", "Answered, and nobody has decided what it is.", "Ana Reyes. Not decided yet.", "Daymark. Not decided yet.")
	if one := get[map[string]any](p.fixture, "/api/v1/reports/r"); one["answered"] != true {
		t.Errorf("%v", one)
	}
}

func TestAReportIsWrittenDown(t *testing.T) {
	p := newPages(t)
	p.command = func(_ incident.By, _ string, command incident.Command) (string, error) {
		if want := (incident.FileReport{Component: "api", Text: "it hangs", Contact: "ann"}); !reflect.DeepEqual(command, want) {
			t.Errorf("%+v", command)
		}
		return "made", nil
	}
	answer := p.ask("/console/reports", "form", "file", "from", "/console/reports", "then", "/console/reports/{made}", "component", "api", "text", "it hangs", "contact", "ann")
	p.has(answer, http.StatusSeeOther)
	if to := answer.Header().Get("Location"); to != "/console/reports/made?done=file" {
		t.Error(to)
	}
}

func TestAReportIsAnsweredAndTriaged(t *testing.T) {
	p := newPages(t)
	p.report = &incident.Report{ID: "r", Component: "api", At: now, Text: "it hangs " + hostile, Contact: "ann@example.org", State: incident.Received, Due: now.Add(time.Hour), Source: incident.SourcePage, Language: "fr", Began: "at noon " + hostile}
	p.reports = func(console.ReportQuery) ([]incident.Report, error) {
		return []incident.Report{*p.report, {ID: "s", Component: "api", Text: "the same", At: now, Due: now, State: incident.Received}}, nil
	}
	text := p.reads("/console/reports/r", "Report: API", "Nobody has answered", "ann@example.org", "at noon &lt;script&gt;", "and is mailed it.", "They read “fr”", `<option value="s">`, incident.WorkingAnswer,
		"Open an incident", `name="components.0.component" value="api"`)
	p.lacks(text, hostile)
	p.has(p.ask("/console/reports/r/preview", "form", "answer", "from", "/console/reports/r", "text", "We look "+hostile, "close", "true"), http.StatusOK, "They would read:", "We look &lt;script&gt;", "checked")
	var given incident.Command
	p.command = func(_ incident.By, _ string, command incident.Command) (string, error) {
		given = command
		return "r", nil
	}
	p.has(p.ask("/console/reports/r/triage", "form", "triage-ours", "from", "/console/reports/r", "priority", "P2", "incident", "", "answer", ""), http.StatusSeeOther)
	if want := (incident.TriageReport{Report: "r", Priority: incident.P2}); !reflect.DeepEqual(given, want) {
		t.Errorf("%+v", given)
	}
	p.has(p.ask("/console/reports/r/triage", "form", "triage-not", "from", "/console/reports/r", "not_ours", "true", "answer", "No."), http.StatusSeeOther)
	if want := (incident.TriageReport{Report: "r", NotOurs: true, Answer: "No."}); !reflect.DeepEqual(given, want) {
		t.Errorf("%+v", given)
	}
	p.reads("/console/reports/r?done=triage-not", "It is decided.")
	p.list = func(console.IncidentQuery) ([]incident.Incident, error) {
		inc := anIncident(3)
		inc.Affected[0].Component = "api"
		return []incident.Incident{inc}, nil
	}
	p.lacks(p.reads("/console/reports/r", `<option value="mhwz4k1q0003" selected>`), "Open an incident")
	p.who.Role = access.Reader
	p.lacks(p.reads("/console/reports/r", "a responder may see it"), "ann@example.org", "<textarea")
	p.has(p.ask("/console/reports/none"), http.StatusNotFound)
}
