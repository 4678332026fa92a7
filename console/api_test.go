package console_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"daymark/access"
	"daymark/checker"
	"daymark/console"
	"daymark/incident"
	"daymark/notify"
	"daymark/statuspage"
	"daymark/support"
)

var now = time.Date(2026, 12, 1, 13, 42, 7, 120_000_000, time.UTC)

// sources are what the API reads, as functions that a test replaces.
type sources struct {
	list     func(console.IncidentQuery) ([]incident.Incident, error)
	story    func(id string) (*console.IncidentStory, error)
	evidence func(console.EvidenceQuery) ([]console.EvidenceRun, error)
	reports  func(console.ReportQuery) ([]incident.Report, error)
	tally    func(from, to time.Time) (incident.PromiseTally, error)
	audit    func(before int64, most int) ([]console.AuditEntry, error)
	tokens   func(person string) ([]access.APIToken, error)
	revoke   func(console.Revocation) (*access.APIToken, error)
	command  func(by incident.By, key string, command incident.Command) (string, error)
	storm    *console.Storm
	calm     error  // nothing is held
	ended    string // what was done with a storm
	ledger   func(notify.LedgerQuery) ([]notify.LedgerRow, error)
	counts   func(incident string) ([]notify.LedgerCount, error)
	delivery func(id string) (*notify.DeliveryStory, error)
	resend   func(console.Resending) (string, error)
	statuses map[string]incident.ComponentStatus
	verdicts map[string]incident.Verdict
	results  []checker.Result
	orders   []console.SubscriberOrder
	reviews  []incident.Review
	csvHours string             // of a month; "": what was asked
	entries  []incident.Entry   // of the draft of a review
	asked    console.AuditQuery // of the audit trail, last
	staff
	runs     []checker.Result
	changes  []incident.Verdict
	set      map[string]incident.Override
	silences []incident.Silence
	told     []console.Change
	runsNow  []string
	piece    *checker.Evidence
	works    []incident.PlannedMaintenance
	swaps    []incident.Swap
	report   *incident.Report  // the one with the id r
	answers  []incident.Answer // to it; nil: two

	objectives []console.ObjectiveStanding
	backups    console.BackupsKept
	strikes    []incident.Strike
	storage    console.Storage
	figures    []console.Figure
}

func (s *sources) ListIncidents(_ context.Context, q console.IncidentQuery) ([]incident.Incident, error) {
	return s.list(q)
}

func (s *sources) Incident(_ context.Context, id string) (*console.IncidentStory, error) {
	return s.story(id)
}

func (s *sources) ListEvidence(_ context.Context, q console.EvidenceQuery) ([]console.EvidenceRun, error) {
	return s.evidence(q)
}

func (s *sources) ReadEvidence(_ context.Context, run checker.Key, name string) (*checker.Evidence, checker.Outcome, error) {
	if s.piece == nil || name != s.piece.Name || run.Check != "journey" || run.Region != "west" || run.At != now.UnixMilli() {
		return nil, "", console.ErrNotFound
	}
	return s.piece, checker.Failed, nil
}

func (s *sources) LatestRuns(context.Context, string) ([]checker.Result, error) { return s.runs, nil }

func (s *sources) ListRuns(_ context.Context, q console.RunQuery) (found []checker.Result, err error) {
	for _, r := range s.runs {
		after := q.AfterAt.IsZero() || r.At.Before(q.AfterAt) || r.At.Equal(q.AfterAt) && r.Region > q.AfterRegion
		if r.Check == q.Check && (q.Region == "" || r.Region == q.Region) && after && len(found) < q.Most {
			found = append(found, r)
		}
	}
	return found, nil
}

func (s *sources) RunsBetween(context.Context, string, time.Time, time.Time) ([]checker.Result, error) {
	return s.runs, nil
}

func (s *sources) VerdictChanges(context.Context, string, int) ([]incident.Verdict, error) {
	return s.changes, nil
}

func (s *sources) Overrides(context.Context) (map[string]incident.Override, error) { return s.set, nil }

func (s *sources) Silences(context.Context, time.Time) ([]incident.Silence, error) {
	return s.silences, nil
}

func (s *sources) AddChange(_ context.Context, who access.Principal, key string, c console.Change) (string, error) {
	s.told = append(s.told, c)
	return "c" + strconv.Itoa(len(s.told)), nil
}

func (s *sources) ListChanges(_ context.Context, q console.ChangeQuery) (found []console.Change, err error) {
	for _, c := range s.told {
		if (q.Since.IsZero() || !c.At.Before(q.Since)) && (q.Until.IsZero() || !c.At.After(q.Until)) && (q.BeforeID == "" || c.ID < q.BeforeID) && len(found) < q.Most {
			found = append(found, c)
		}
	}
	return found, nil
}

func (s *sources) RunNow(_ context.Context, who access.Principal, check, region string) (console.RunBegun, error) {
	if region == "east" {
		return console.RunBegun{}, &console.Fault{Status: http.StatusConflict, Detail: "Not there."}
	}
	return console.RunBegun{Region: "west", At: now}, nil
}

func (s *sources) RunsNow(check string) []string { return s.runsNow }

func (s *sources) ListAudit(_ context.Context, q console.AuditQuery) ([]console.AuditEntry, error) {
	s.asked = q
	return s.audit(q.Before, q.Most)
}

func (s *sources) APITokens(_ context.Context, person string) ([]access.APIToken, error) {
	return s.tokens(person)
}

func (s *sources) RevokeAPIToken(_ context.Context, r console.Revocation) (*access.APIToken, error) {
	return s.revoke(r)
}

func (s *sources) Ledger(_ context.Context, q notify.LedgerQuery) ([]notify.LedgerRow, error) {
	return s.ledger(q)
}

func (s *sources) LedgerCounts(_ context.Context, incident string) ([]notify.LedgerCount, error) {
	return s.counts(incident)
}

func (s *sources) DeliveryStory(_ context.Context, id string) (*notify.DeliveryStory, error) {
	return s.delivery(id)
}

func (s *sources) Resend(_ context.Context, r console.Resending) (string, error) { return s.resend(r) }

func (s *sources) Command(_ context.Context, by incident.By, key string, command incident.Command) (string, error) {
	return s.command(by, key, command)
}

func (s *sources) ListReports(_ context.Context, q console.ReportQuery) ([]incident.Report, error) {
	return s.reports(q)
}

func (s *sources) Report(_ context.Context, id string) (*incident.Report, []incident.Answer, error) {
	if id != "r" {
		return nil, nil, console.ErrNotFound
	}
	report := s.report
	if report == nil {
		report = &incident.Report{ID: "r", Component: "api", At: now, Text: "it hangs", Contact: "ann@example.org", State: incident.Triaged, Due: now.Add(time.Hour)}
	}
	if s.answers != nil {
		return report, s.answers, nil
	}
	return report,
		[]incident.Answer{{Report: "r", At: now, State: incident.Received, Text: "We have it."}, {Report: "r", At: now, By: "ana", State: incident.Triaged, Text: "We look."}}, nil
}

func (s *sources) TallyPromises(_ context.Context, from, to time.Time) (incident.PromiseTally, error) {
	return s.tally(from, to)
}

func (s *sources) OnCall(_ context.Context, at time.Time) ([]console.OnCall, error) {
	return []console.OnCall{{Rota: "main", Lead: "ana", Until: at.Add(time.Hour), NextLead: "ben", NextEngineer: "ana"}}, nil
}

func (s *sources) HandoverNote(_ context.Context, rota string, at time.Time) (string, error) {
	if rota != "main" {
		return "", console.ErrNotFound
	}
	return "# " + at.Format(time.RFC3339), nil
}

func (s *sources) HoursOnCall(_ context.Context, month time.Time, rota, sla string) (string, error) {
	if s.csvHours != "" {
		return s.csvHours, nil
	}
	return strings.Join([]string{month.Format(time.RFC3339), rota, sla}, ","), nil
}

func (s *sources) Calendar(_ context.Context, person string, days int) (string, error) {
	return person + " " + strconv.Itoa(days), nil
}

func (s *sources) Plan(_ context.Context, rota string, from, to time.Time) (*console.RotaPlan, error) {
	if rota != "main" {
		return nil, console.ErrNotFound
	}
	noon := from.Add(24 * time.Hour)
	return &console.RotaPlan{
		Zone:   time.UTC,
		Shifts: []support.Shift{{Pair: support.Pair{Lead: "ana", Engineer: "ben"}, From: from, To: noon}, {Pair: support.Pair{Lead: "ben"}, From: noon, To: to}},
		Away:   []support.Cover{{Person: "ben", From: noon, To: to}},
	}, nil
}

func (s *sources) Swaps(_ context.Context, rota string, after time.Time) ([]incident.Swap, error) {
	if rota != "main" && rota != "" {
		return nil, console.ErrNotFound
	}
	return slices.DeleteFunc(slices.Clone(s.swaps), func(x incident.Swap) bool { return !x.To.After(after) }), nil
}

func (s *sources) Reviews(context.Context, bool) ([]incident.Review, error) {
	return s.reviews, nil
}

func (s *sources) Review(_ context.Context, id string) (*incident.Review, error) {
	for i := range s.reviews {
		if s.reviews[i].Incident == id {
			return &s.reviews[i], nil
		}
	}
	return nil, nil
}

func (s *sources) Draft(ctx context.Context, id string) (*incident.Draft, error) {
	r, _ := s.Review(ctx, id)
	if r == nil {
		return nil, &incident.Refusal{Kind: incident.NotFound, Text: "there is no review"}
	}
	return &incident.Draft{
		Incident: incident.Incident{ID: id, Name: r.Name, Worst: r.Severity, Since: now.Add(-time.Hour), Opened: now.Add(-time.Hour), Resolved: now, Phase: incident.Resolved},
		Entries:  s.entries, Review: *r, Zone: time.UTC, Now: now,
	}, nil
}

func (s *sources) Consents(_ *incident.Incident, _ int) []incident.Consent {
	return []incident.Consent{{Word: "lead", Person: "ana", Given: true}, {Word: "stakeholder"}}
}

func (s *sources) Standings(context.Context, string) ([]console.Standing, error) { return nil, nil }

func (s *sources) TimesOf(context.Context, string, time.Time, time.Duration, int) ([]statuspage.RegionTimes, error) {
	return nil, nil
}

func (s *sources) PreviewUpdate(_ context.Context, by incident.By, publish incident.Publish) (*console.UpdatePreview, error) {
	if publish.What == "" {
		return nil, &incident.Refusal{Kind: incident.Invalid, Text: "what is empty"}
	}
	return &console.UpdatePreview{
		Text: by.Person + " writes: " + publish.What, Phase: incident.Identified, NextBy: now, Subject: "s", Email: "e\n", SMS: "m", Segments: 1, Encoding: "GSM-7",
		Readers: map[string]int{"sms": 2, "email": 40},
	}, nil
}

func (s *sources) Storm(context.Context) (*console.Storm, error) { return s.storm, s.calm }

func (s *sources) EndStorm(_ context.Context, who access.Principal, release bool) (int, error) {
	if s.ended = who.Person + " drops"; release {
		s.ended = who.Person + " releases"
	}
	return 7, s.calm
}

func (s *sources) Maintenances(_ context.Context, doneAfter time.Time) ([]incident.PlannedMaintenance, error) {
	if s.works != nil {
		return s.works, nil
	}
	return []incident.PlannedMaintenance{{ID: "m", Title: "New disks", Stage: incident.Scheduled, Components: []string{"api"}, Announce: doneAfter, Starts: now, Ends: now}}, nil
}

func (s *sources) Maintenance(ctx context.Context, id string) (*incident.PlannedMaintenance, error) {
	found, _ := s.Maintenances(ctx, now)
	for i := range found {
		if found[i].ID == id {
			return &found[i], nil
		}
	}
	return nil, nil
}

func (s *sources) MaintenanceAudience(_ context.Context, components []string) (map[string]int, error) {
	return map[string]int{"email": 7 + 1000*len(components), "sms": 2}, nil
}

func (s *sources) Statuses(context.Context) (map[string]incident.ComponentStatus, error) {
	return s.statuses, nil
}

func (s *sources) Verdicts(context.Context) (map[string]incident.Verdict, error) {
	return s.verdicts, nil
}
func (s *sources) LatestResults(context.Context) ([]checker.Result, error) { return s.results, nil }

func (*sources) Link(ask console.AskRef) string {
	return fmt.Sprintf("https://status.example/console/agree/%s.%d.%d", ask.Incident, ask.Proposal, ask.Number)
}
func (*sources) Of(string) (console.AskRef, bool) { return console.AskRef{}, false }
func (*sources) Asked(*incident.Incident, console.AskRef, time.Time) (*incident.Ask, incident.AskState) {
	return nil, incident.AskUnknown
}
func (*sources) Mails(person string) bool { return person == "dee" }

// fixture is the API over sources, with every answer held against the document.
type fixture struct {
	*sources
	t        *testing.T
	api      *console.API
	who      access.Principal
	contract *contract

	configurations *versioned
}

var ana = access.Principal{Kind: access.ByToken, Person: "ana", Token: "t1", Role: access.Administrator}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t, who: ana, configurations: newVersioned(), sources: &sources{
		list:     func(console.IncidentQuery) ([]incident.Incident, error) { return nil, nil },
		story:    func(string) (*console.IncidentStory, error) { return nil, console.ErrNotFound },
		evidence: func(console.EvidenceQuery) ([]console.EvidenceRun, error) { return nil, nil },
		reports:  func(console.ReportQuery) ([]incident.Report, error) { return nil, nil },
		audit:    func(int64, int) ([]console.AuditEntry, error) { return nil, nil },
		tokens:   func(string) ([]access.APIToken, error) { return nil, nil },
		revoke:   func(console.Revocation) (*access.APIToken, error) { return nil, console.ErrNotFound },
		ledger:   func(notify.LedgerQuery) ([]notify.LedgerRow, error) { return nil, nil },
		counts:   func(string) ([]notify.LedgerCount, error) { return nil, nil },
		delivery: func(string) (*notify.DeliveryStory, error) { return nil, console.ErrNotFound },
		resend:   func(console.Resending) (string, error) { return "made", nil },
		command:  func(incident.By, string, incident.Command) (string, error) { return "made", nil },
		reviews: []incident.Review{{
			Incident: "i", Name: "It was slow", Severity: incident.P2, Due: now,
			Actions: []incident.ReviewAction{{Number: 1, Kind: incident.Detect, Text: "watch", Owner: "ana", Due: now, Done: now}},
		}},
	}}
	var err error
	f.api, err = console.New(console.Options{
		Incidents: f, Measured: f, Evidence: f, Audit: f, Tokens: f, Commands: f, Work: f, Deliveries: f, Storms: f, Reports: f, Promises: f, Rotas: f, Rules: f, Standings: f, Previews: f, Subscribers: f, Agreements: f, Staff: f, Agents: f, Elevations: f, Configurations: f.configurations,
		Watched: f, ByHand: f, Strikes: f, Changes: f, Runners: f, Objectives: f, Backups: f, Storage: f, Figures: f, URL: "https://status.example/", Version: "1.2.3",
		Components: []incident.Component{
			{ID: "sign-in", Name: "Sign in", Group: "online", Criticality: "critical", DependsOn: []string{"api"}, Checks: []checker.Check{
				{ID: "journey", Name: "A customer signs in", Schedule: "@every 2m", Browser: &checker.Browser{}},
			}},
			{ID: "api", Name: "API"},
		},
		Regions: []incident.Region{{ID: "west", Name: "Ireland"}, {ID: "east", Name: "Virginia"}},
		People:  []support.Person{{ID: "ana", Name: "Ana Reyes"}},
		Now:     func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	if f.contract, err = newContract(f.api.Document()); err != nil {
		t.Fatal(err)
	}
	return f
}

// call asks the API as f.who, and holds question and answer against the
// document; a question that is meant to be wrong is not.
func (f *fixture) call(method, path, body string, headers ...string) (int, http.Header, string) {
	f.t.Helper()
	mux, pattern := http.NewServeMux(), ""
	operations := f.api.Operations()
	for i := range operations {
		o := &operations[i]
		mux.HandleFunc(o.Pattern(), func(w http.ResponseWriter, r *http.Request) {
			pattern = r.Pattern
			o.ServeAs(w, r, f.who)
		})
	}
	request := httptest.NewRequest(method, "https://status.example"+path, strings.NewReader(body))
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	mux.ServeHTTP(recorder, request)
	text := recorder.Body.String()
	if err := f.contract.response(pattern, recorder.Code, recorder.Header(), text); err != nil {
		f.t.Errorf("%s %s answered what the document does not say: %v in %s", method, path, err, text)
	}
	if recorder.Code == http.StatusOK {
		if err := f.contract.request(pattern, request.URL.Query(), body); err != nil {
			f.t.Errorf("%s %s was taken, and the document does not allow it: %v", method, path, err)
		}
	}
	return recorder.Code, recorder.Header(), text
}

// get asks and gives the answer, which has to be good.
func get[T any](f *fixture, path string) T {
	f.t.Helper()
	status, header, text := f.call("GET", path, "")
	var value T
	if err := json.Unmarshal([]byte(text), &value); err != nil || status != http.StatusOK {
		f.t.Fatalf("%s: %d, %v: %s", path, status, err, text)
	}
	if header.Get("Cache-Control") != "no-store" || header.Get("Content-Type") != "application/json" {
		f.t.Errorf("%s: %v", path, header)
	}
	return value
}

type list struct {
	Items []map[string]any
	Next  string
}

type problem struct {
	Status         int
	Title, Detail  string
	Errors         []struct{ Where, Detail string }
	Type, Instance string
}

// refused asks and wants a problem.
func (f *fixture) refused(status int, method, path, body string, headers ...string) problem {
	f.t.Helper()
	got, header, text := f.call(method, path, body, headers...)
	var p problem
	if err := json.Unmarshal([]byte(text), &p); err != nil || got != status || p.Status != status || p.Detail == "" || header.Get("Content-Type") != "application/problem+json" {
		f.t.Errorf("%s %s: %d, %v: %s; want a problem of %d", method, path, got, err, text, status)
	}
	return p
}

func TestTheDocumentIsValid(t *testing.T) {
	f := newFixture(t)
	if err := specification(f.api.Document()); err != nil {
		t.Errorf("%#v", err)
	}
	schemas, _ := f.contract.at("components", "schemas")
	for name := range schemas.(map[string]any) {
		if _, err := f.contract.compiler.Compile("document.json#/components/schemas/" + name); err != nil {
			t.Errorf("the schema %s: %v", name, err)
		}
	}
	document := get[struct {
		OpenAPI string
		Info    struct{ Title, Version string }
		Servers []struct{ URL string }
		Paths   map[string]map[string]struct {
			OperationID, Summary, Description string
			Responses                         map[string]any
		}
	}](f, "/api/v1/openapi.json")
	if document.OpenAPI != "3.1.0" || document.Info.Version != "1.2.3" || document.Servers[0].URL != "https://status.example" {
		t.Errorf("its head: %+v", document)
	}
	described, ids := 0, map[string]bool{}
	for _, methods := range document.Paths {
		for _, o := range methods {
			described++
			if ids[o.OperationID] || o.Summary == "" || o.Responses["403"] == nil {
				t.Errorf("described is %+v", o)
			}
			ids[o.OperationID] = true
		}
	}
	operations := f.api.Operations()
	for i := range operations {
		o := &operations[i]
		if document.Paths[o.Path][strings.ToLower(o.Method)].Summary != o.Summary {
			t.Errorf("%s is not described", o.Pattern())
		}
		if !o.Right.Least().Staff() {
			t.Errorf("%s needs %q, which nobody has", o.Pattern(), o.Right)
		}
		if !o.Tries && o.Writes() != strings.HasSuffix(string(o.Right), ":write") {
			t.Errorf("%s needs %s", o.Pattern(), o.Right)
		}
	}
	if described != len(operations) {
		t.Errorf("%d operations are described, %d are there", described, len(operations))
	}
}

// The validator is no ornament: it finds what is missing, wrong or undeclared.
func TestTheValidatorFindsFaults(t *testing.T) {
	f := newFixture(t)
	header := http.Header{"Content-Type": {"application/json"}}
	for name, body := range map[string]string{
		"a missing field":      `{"items": [], "next": 5}`,
		"no items":             `{}`,
		"a wrong word":         `{"items": [{"id":"x","name":"y","criticality":"grave","depends_on":[],"checks":[],"status":"operational"}]}`,
		"null for a list":      `{"items": null}`,
		"an undeclared field":  `{"items": [], "more": 1}`,
		"a time of other form": `{"items": [{"id":"x","name":"y","criticality":"minor","depends_on":[],"checks":[],"status":"operational","since":"yesterday"}]}`,
	} {
		if err := f.contract.response("GET /api/v1/components", http.StatusOK, header, body); err == nil {
			t.Errorf("%s passes", name)
		}
	}
	if err := f.contract.response("GET /api/v1/components", http.StatusOK, header, `{"items": []}`); err != nil {
		t.Errorf("what is right does not pass: %v", err)
	}
	if err := f.contract.response("GET /api/v1/components", http.StatusTeapot, header, `{"items": []}`); err == nil {
		t.Error("another status passes")
	}
	for _, change := range [][2]string{{`"title":"Daymark"`, `"name":"Daymark"`}, {`"in":"query"`, `"in":"body"`}, {`"openapi":"3.1.0"`, `"openapi":"2.0"`}} {
		if err := specification([]byte(strings.Replace(string(f.api.Document()), change[0], change[1], 1))); err == nil {
			t.Errorf("a document with %s passes", change[1])
		}
	}
}

func TestTheAPINeedsItsSources(t *testing.T) {
	if _, err := console.New(console.Options{}); err == nil {
		t.Error("it was made of nothing")
	}
}
