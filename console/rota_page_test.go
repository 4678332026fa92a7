package console_test

import (
	"net/http"
	"reflect"
	"testing"
	"time"

	"daymark/access"
	"daymark/console"
	"daymark/incident"
	"daymark/support"
)

func someSwaps() []incident.Swap {
	return []incident.Swap{
		{ID: "o", Rota: "main", Role: support.Lead, Giver: "ana", Taker: "chi", From: now.Add(time.Hour), To: now.Add(3 * time.Hour), Note: "a wedding " + hostile, By: "ana", Made: now},
		{ID: "a", Rota: "main", Role: support.Engineer, Giver: "ben", Taker: "ana", From: now.Add(time.Hour), To: now.Add(4 * time.Hour), By: "ben", Made: now, Accepted: now},
		{ID: "w", Rota: "main", Role: support.Engineer, Giver: "ben", Taker: "zoe", From: now.Add(time.Hour), To: now.Add(4 * time.Hour), By: "ben", Made: now, Ended: now},
		{ID: "l", Rota: "main", Role: support.Engineer, Giver: "ben", Taker: "dan", From: now.Add(-2 * time.Hour), To: now.Add(-time.Hour), By: "ben", Made: now},
	}
}

func TestTheRotaIsShown(t *testing.T) {
	p := newPages(t)
	p.swaps = someSwaps()
	text := p.reads("/console/rota", "Ana Reyes is Lead and Nobody is Engineer.", "times are those of UTC", "<td>Wed 2 Dec, 13:42</td><td>Ana Reyes</td><td>ben", "(you are on)", "ben, Wed 2 Dec, 13:42 to",
		"<b>Ana Reyes</b> offers <b>chi</b> the place of Support Lead", "<b>Ana Reyes</b> is Support Engineer for ben", "a wedding &lt;script&gt;", `action="/console/swaps/o/accept"`, `action="/console/swaps/a/withdraw"`,
		"Hours of 2026-12", "month=2027-01#hours", "# 2026-12-01T13:42:07Z", `href="/console/people/ana/calendar.ics"`, `name="giver"`, `name="arranged"`)
	p.lacks(text, hostile, "<b>zoe<", "<b>dan<")
	p.who = access.Principal{Kind: access.ByToken, Person: "chi", Role: access.Reader}
	text = p.reads("/console/rota", `action="/console/swaps/o/accept"`, `action="/console/swaps/o/withdraw"`, "You give away a turn of yours")
	p.lacks(text, `action="/console/swaps/a/withdraw"`, `name="giver"`, `name="arranged"`)
	p.who.Person = "dee"
	p.lacks(p.reads("/console/rota"), `action="/console/swaps/o/`)
	p.csvHours = "month,rota,person,name,hours_on_call,hours_out_of_service,call_outs\n2026-12,main,ana,Ana Reyes,351.00,242.00,0\n"
	p.lacks(p.reads("/console/rota", `<th scope="col">Hours on call</th><th scope="col">Outside service hours</th><th scope="col">Call-outs</th>`, "<td>351.00</td>"), "hours_")
	p.csvHours = ""
	p.has(p.ask("/console/rota?rota=none"), http.StatusNotFound)
	p.has(p.ask("/console/rota/hours.csv?month=2026-11&rota=main"), http.StatusOK, "2026-11-01T00:00:00Z,main,")
	p.has(p.ask("/console/rotas/main/handover.md"), http.StatusOK, "# 2026-12-01")
	p.has(p.ask("/console/rotas/none/handover.md"), http.StatusNotFound)
	p.has(p.ask("/console/people/ana/calendar.ics"), http.StatusOK, "ana 90")
}

func TestASwapIsOfferedByAForm(t *testing.T) {
	p := newPages(t)
	p.swaps = someSwaps()
	var given incident.Command
	p.command = func(_ incident.By, _ string, command incident.Command) (string, error) {
		given = command
		return "o", nil
	}
	offer := []string{"form", "offer", "from", "/console/rota", "starts", "2026-12-24T09:00", "ends", "2026-12-25T09:00", "role", "lead", "taker", "chi", "note", ""}
	want := incident.OfferSwap{Rota: "main", Role: support.Lead, Taker: "chi", From: time.Date(2026, 12, 24, 9, 0, 0, 0, time.UTC), To: time.Date(2026, 12, 25, 9, 0, 0, 0, time.UTC), Others: true}
	p.has(p.ask("/console/rotas/main/swaps", offer...), http.StatusSeeOther)
	if !reflect.DeepEqual(given, want) {
		t.Errorf("%+v", given)
	}
	p.who.Role = access.Reader
	p.has(p.ask("/console/rotas/main/swaps", offer...), http.StatusSeeOther)
	if want.Others = false; !reflect.DeepEqual(given, want) {
		t.Errorf("a reader: %+v", given)
	}
	p.has(p.ask("/console/swaps/o/accept", "form", "swap-o", "from", "/console/rota"), http.StatusSeeOther)
	if want := (incident.AcceptSwap{ID: "o"}); !reflect.DeepEqual(given, want) {
		t.Errorf("%+v", given)
	}
	p.command = func(incident.By, string, incident.Command) (string, error) {
		return "", &incident.Refusal{Kind: incident.Conflict, Text: "ana would be both"}
	}
	p.has(p.ask("/console/swaps/a/withdraw", "form", "swap-a", "from", "/console/rota"), http.StatusConflict, "Ana would be both.")
}

func TestTheAPITellsOfSwaps(t *testing.T) {
	f := newFixture(t)
	f.swaps = someSwaps()
	items := get[list](f, "/api/v1/rotas/main/swaps").Items
	if len(items) != 2 || items[0]["state"] != "offered" || items[1]["state"] != "accepted" {
		t.Errorf("%v", items)
	}
	items = get[list](f, "/api/v1/rotas/main/swaps?status=all").Items
	if len(items) != 4 || items[2]["state"] != "withdrawn" || items[3]["state"] != "lapsed" {
		t.Errorf("%v", items)
	}
	rota := get[map[string]any](f, "/api/v1/rotas/main?days=2")
	if shifts := rota["shifts"].([]any); len(shifts) != 2 || len(rota["away"].([]any)) != 1 || rota["timezone"] != "UTC" {
		t.Errorf("%v", rota)
	}
	f.refused(http.StatusNotFound, "GET", "/api/v1/rotas/none", "")
	f.refused(http.StatusNotFound, "GET", "/api/v1/rotas/none/swaps", "")
}

func TestWhatWaitsStandsOnTheFirstPage(t *testing.T) {
	p := newPages(t)
	p.works = []incident.PlannedMaintenance{}
	p.reviews = nil
	p.reads("/console", "No report waits")
	p.reports = func(console.ReportQuery) ([]incident.Report, error) {
		return []incident.Report{{ID: "a", State: incident.Received, Due: now.Add(-time.Hour), Incident: "i"}, {ID: "b", State: incident.Received, Due: now}, {ID: "c", State: incident.Triaged}}, nil
	}
	p.reviews = []incident.Review{{Incident: "i", Name: "It was slow", Due: now.Add(time.Hour), Actions: []incident.ReviewAction{
		{Number: 1, Text: "watch " + hostile, Owner: "ana", Due: now.Add(-time.Minute)}, {Number: 2, Text: "is far", Owner: "ana", Due: now.Add(soonAfter)}, {Number: 3, Text: "is over", Owner: "ana", Due: now, Done: now},
	}}}
	p.works = []incident.PlannedMaintenance{{ID: "m", Title: "New disks", Stage: incident.Scheduled, Announce: now.Add(time.Hour), Starts: now.Add(2 * time.Hour)}, {ID: "n", Title: "Known", Stage: incident.Scheduled, Announced: now}}
	p.swaps = someSwaps()
	p.who.Person = "chi"
	text := p.reads("/console", ">2 reports of users</a> without an answer, 1 of them like an incident", "12:42, 1 h late", "The review of It was slow</a> is not signed off", "watch &lt;script&gt;", "owed by Ana Reyes",
		">New disks</a>, 15:42, has not been announced", "Ana Reyes offers you a turn</a> as Support Lead")
	p.lacks(text, hostile, "is far", "is over", "Known")
}

// soonAfter is beyond what waits already.
const soonAfter = 4 * 24 * time.Hour
