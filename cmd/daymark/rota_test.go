package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daymark/internal/testkit"
)

// rotaParts makes a site's component belong to a team with a rota.
const rotaParts = `    owner: shop-team
    sla: office
teams: [{id: shop-team, name: Shop, rota: main}, {id: other-team, name: Other, rota: second}]
slas: [{id: office, hours: {timezone: Europe/London, days: MON-FRI, from: "08:00", to: "18:00"}}, {id: gold, hours: always}]
support:
  people:
    - {id: ana, name: Ana Reyes, email: ana@shop.example, phone: "+447700900001", may: [lead, engineer], role: reader}
    - {id: ben, name: Ben Okafor, email: ben@shop.example, may: [lead, engineer]}
    - {id: chi, name: Chi Park, email: chi@shop.example, may: [engineer]}
  rotas:
    - {id: main, timezone: Europe/London, handover: MON 09:00, starting: 2026-01-12, lead: [ana, ben], engineer: [ben, chi]}
    - {id: second, timezone: Europe/London, handover: daily 09:00, starting: 2026-01-12, lead: [ana], engineer: [chi]}
`

func TestRotasOfTheRealProgram(t *testing.T) {
	testkit.Beside(t)
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }))
	t.Cleanup(target.Close)
	s := newSite(t, `{id: api, schedule: "@every 1s", regions: [local], http: {url: "`+target.URL+`"}, expect: [status == 200]}`)
	text, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	s.config = writeFile(t, s.dir, "daymark.yaml", string(text)+rotaParts)

	for _, test := range []struct {
		arguments string
		code      int
		want      []string
	}{
		{"show --at 2026-12-24T09:00", 0, []string{
			"ROTA    SUPPORT LEAD ", "main    Ben Okafor (ben@shop.example)  Chi Park (chi@shop.example)  2026-12-28 09:00 GMT   Ana Reyes (+447700900001)  Ben Okafor (ben@shop.example)",
			"second  Ana Reyes (+447700900001)      Chi Park (chi@shop.example)  no change in 400 days",
		}},
		{"show main --json --at 2026-06-29T08:59", 0, []string{`"lead": "ben"`, `"until": "2026-06-29T09:00:00+01:00"`, `"next_lead": "ana"`}},
		{"show third", 2, []string{`there is no rota "third"`, "main, second"}},
		{"show --at noon", 2, []string{"--at: "}},
		{"report --month 2026-11 --rota main", 0, []string{
			"month,rota,person,name,hours_on_call,hours_out_of_service,call_outs\n", "2026-11,main,ben,Ben Okafor,720.00,510.00,0\n",
		}},
		{"report --month 2026-11 --sla gold", 0, []string{"2026-11,main,ben,Ben Okafor,720.00,0.00,0\n", "no hour is outside"}},
		{"report --month 2026-11", 0, []string{"rota second: no SLA with hours", "2026-11,second,ana,Ana Reyes,720.00,0.00,0\n"}},
		{"report --month 2026-11 --sla tin", 2, []string{`there is no SLA "tin"`}},
		{"report --month november", 2, []string{"is not a month"}},
		{"calendar --person dan", 2, []string{`there is no person "dan"`}},
		{"calendar --person ana --days 401", 2, []string{"from 1 to 400"}},
		{"handover", 2, []string{"several rotas, main, second"}},
		{"handover main --at 2026-06-27T12:00", 0, []string{
			"# Hand-over of main: Mon 29 Jun 2026 09:00 BST\n", "| Support Lead | Ben Okafor | Ana Reyes |\n", "No incident is open.\n",
		}},
	} {
		arguments := append([]string{"rota"}, strings.Fields(test.arguments)...)
		out, code := run(t, append(arguments, "--config", s.config)...)
		if code != test.code {
			t.Errorf("%s: status %d: %s", test.arguments, code, out)
		}
		for _, want := range test.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s: without %q:\n%s", test.arguments, want, out)
			}
		}
	}

	file := filepath.Join(s.dir, "ana.ics")
	if out, code := run(t, "rota", "calendar", "--person", "ana", "--days", "30", "--out", file, "--config", s.config); code != 0 || out != "" {
		t.Fatalf("status %d: %s", code, out)
	}
	calendar, err := os.ReadFile(file)
	if err != nil || !strings.HasPrefix(string(calendar), "BEGIN:VCALENDAR\r\n") || strings.Count(string(calendar), "BEGIN:VEVENT") < 30 {
		t.Errorf("%v:\n%s", err, calendar)
	}

	// With a server, whose incidents are in the note of the rota that they belong to.
	server := s.serve(t)
	var open []struct{ ID string }
	eventually(t, "an incident", func() bool {
		out, code := run(t, "incident", "list", "--json", "--config", s.config)
		return code == 0 && json.Unmarshal([]byte(out), &open) == nil && len(open) == 1
	})
	out, code := run(t, "rota", "handover", "main", "--config", s.config)
	if code != 0 || !strings.Contains(out, fmt.Sprintf("| %s | P4 | ", open[0].ID)) || !strings.Contains(out, "Shop is not available | nobody | nobody | none |") {
		t.Errorf("status %d: %s", code, out)
	}
	if out, code := run(t, "rota", "handover", "second", "--config", s.config); code != 0 || !strings.Contains(out, "No incident is open.") {
		t.Errorf("status %d: %s", code, out)
	}
	s.swap(t)
	token, _ := s.apiToken(t, "create", "--person", "ana", "--role", "reader")
	for path, want := range map[string]string{
		"/on-call?at=2026-12-24T09:00:00Z":                            `"rota":"main","lead":"ben","engineer":"chi","until":"2026-12-28T09:00:00.000Z","next_lead":"ana","next_engineer":"ben"`,
		"/on-call/hours?month=2026-11&rota=main":                      `month,rota,person,name,hours_on_call,hours_out_of_service,call_outs\n2026-11,main,ana,Ana Reyes,351.00,242.00,0\n2026-11,main,ben,Ben Okafor,720.00,510.00,0`,
		"/on-call/hours?month=2026-11&rota=third":                     `There is no rota \"third\"`,
		"/on-call/hours?month=2026-11&sla=tin":                        `There is no SLA \"tin\"`,
		"/rotas/main/handover":                                        open[0].ID,
		"/rotas/third/handover":                                       `"status":404`,
		"/people/ana/calendar?days=30":                                `BEGIN:VCALENDAR\r\n`,
		"/people/dan/calendar":                                        `"status":404`,
		"/promises?from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z": `"counts":[],"exceptions":[]`,
	} {
		if status, body := s.api(t, path, token); !strings.Contains(body, want) {
			t.Errorf("%s: %d without %s:\n%s", path, status, want, body)
		}
	}
	for arguments, want := range map[string]string{
		"":                        "no promise was due from ",
		"--from 2026-11-01T00:00": "no promise was due from 2026-11-01",
		"--from 2026-11-01T00:00 --to 2026-10-01T00:00": "--to is not later than --from",
	} {
		if out, _ := run(t, append(append([]string{"incident", "promises"}, strings.Fields(arguments)...), "--config", s.config)...); !strings.Contains(out, want) {
			t.Errorf("incident promises %s: without %q:\n%s", arguments, want, out)
		}
	}
	server.interrupt()
}

// swap lets chi take part of a turn of ben's on the real program.
func (s site) swap(t *testing.T) {
	t.Helper()
	rota := func(want int, args ...string) string {
		t.Helper()
		out, code := run(t, append(append([]string{"rota"}, args...), "--config", s.config)...)
		if code != want {
			t.Fatalf("rota %s: status %d: %s", strings.Join(args, " "), code, out)
		}
		return out
	}
	from := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 8).Add(12 * time.Hour)
	for from.Weekday() != time.Wednesday { // far from the handover
		from = from.AddDate(0, 0, 1)
	}
	if out := rota(0, "show", "main", "--json", "--at", from.Format(time.RFC3339)); !strings.Contains(out, `"engineer": "ben"`) {
		from = from.AddDate(0, 0, 7)
	}
	at, to := from.Format(time.RFC3339), from.Add(2*time.Hour).Format(time.RFC3339)
	if out := rota(2, "swap", "main", "lead", "--giver", "ana", "--to", "ben", "--from", at, "--until", to); !strings.Contains(out, "would be both Support Lead and Support Engineer") {
		t.Error(out)
	}
	id := strings.TrimSpace(rota(0, "swap", "main", "engineer", "--as", "ben", "--to", "chi", "--from", at, "--until", to))
	if out := rota(0, "show", "main", "--json", "--at", at); !strings.Contains(out, `"engineer": "ben"`) {
		t.Errorf("an offer counts: %s", out)
	}
	rota(2, "accept", id, "--as", "ana")
	rota(0, "accept", id, "--as", "chi")
	if out := rota(0, "show", "main", "--json", "--at", at); !strings.Contains(out, `"engineer": "chi"`) {
		t.Errorf("what is accepted does not count: %s", out)
	}
	if out := rota(0, "calendar", "--person", "chi"); !strings.Contains(out, "DTSTART:"+from.Format("20060102T150405Z")) {
		t.Errorf("the calendar of chi: %s", out)
	}
	if out := rota(0, "swaps"); !strings.Contains(out, id) || !strings.Contains(out, "accepted") {
		t.Errorf("the list: %s", out)
	}
	rota(0, "withdraw", id, "--as", "ben")
	if out := rota(0, "show", "main", "--json", "--at", at); !strings.Contains(out, `"engineer": "ben"`) {
		t.Errorf("what is withdrawn counts: %s", out)
	}
	if out := rota(0, "swaps"); out != "nobody swaps\n" {
		t.Errorf("the list: %s", out)
	}
}
