package main

import (
	"encoding/json"
	"html"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"daymark/access"
	"daymark/checker"
	"daymark/internal/testkit"
	"daymark/store"
)

// TestEachPageOfTheConsole walks all pages in Chromium: while nothing is there
// yet, on a busy day, and with hostile text in every field and result. Each is
// held against WCAG 2.2 AA, pictured on a phone and a desk, dark and light, and
// none runs what somebody wrote. It takes long, so that two walk beside each
// other, each past every other page.
func TestEachPageOfTheConsole(t *testing.T) {
	t.Parallel()
	for _, day := range []struct{ name, says string }{{"empty", ""}, {"busy", ""}, {"hostile", attack}}[testkit.Count(2, 0):] {
		t.Run(day.name, func(t *testing.T) { walkPages(t, day.name, day.says, 0) })
		t.Run(day.name+", the others", func(t *testing.T) { walkPages(t, day.name, day.says, 1) })
	}
}

// walkPages looks at every other page of a day; who begins with the second looks
// at what is refused as well.
func walkPages(t *testing.T, day, says string, from int) {
	testkit.Beside(t)
	f := newFullConsole(t, says)
	places := f.empty()
	if day != "empty" {
		places = f.fill()
	}
	pages, d := f.pages(places), newDesk(newBrowser(t), t, f.ada)
	for i := from; i < len(pages); i += 2 {
		d.open(pages[i].address)
		if d.script("window.ran === undefined && document.querySelector('img[src=x]') === null") != "true" {
			t.Errorf("%s runs what somebody wrote", pages[i].address)
		}
		if said := d.script("document.querySelector('h1').textContent"); slices.Contains([]string{"This page is not here.", "This did not work.", "You may not see this.", "You are not signed in."}, said) {
			t.Errorf("%s: %s", pages[i].address, said)
		}
		d.look(day + "-" + pages[i].name)
	}
	if from == 0 {
		return
	}
	if day != "empty" {
		f.refusals(d, day, places)
	}
	d.open("/console/checks/nothing")
	d.sees("h1", "This page is not here.")
	d.look(day + "-wrong")
}

// pages gives all that the routes of the console show, with a name for pictures.
func (f *fullConsole) pages(places map[string][]string) (all []struct{ address, name string }) {
	f.t.Helper()
	for _, route := range f.site.Routes() {
		pattern, page := strings.CutPrefix(route.Pattern, "GET ")
		if !page || route.Right == "" || pattern == "/console/live" || path.Ext(pattern) != "" || strings.HasSuffix(pattern, "/file") || strings.HasSuffix(pattern, "/csv") || strings.HasSuffix(pattern, "/pdf") {
			continue
		}
		addresses, known := places[pattern]
		if !known {
			addresses = []string{pattern}
		}
		for i, address := range addresses {
			if strings.Contains(address, "{") {
				f.t.Errorf("%s is not looked at: give its address here", pattern)
				continue
			}
			name := strings.Trim(strings.NewReplacer("/console", "", "/", "-", "{", "", "}", "").Replace(pattern), "-")
			all = append(all, struct{ address, name string }{address, name + []string{"", "-2", "-3"}[i]})
		}
	}
	return all
}

// attack is what a hostile person or target writes wherever it can.
const attack = `</textarea></title><script>ran=1</script><img src=x onerror=ran=1>"'` + "`" + `{{.}}`

// fullConsole is a server with something in each page of its console.
type fullConsole struct {
	*rooms
	says string // by everybody, after what they have to say
	ada  *visitor
}

func newFullConsole(t *testing.T, says string) *fullConsole {
	t.Helper()
	named := func(name string) string {
		text, err := json.Marshal(name + says)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	r := newRoomsOf(t, "name: This server", "name: "+named("This server"), "name: Shop team", "name: "+named("Shop team"), "name: Sign in\n", "name: "+named("Sign in")+"\n",
		"name: A customer signs in", "name: "+named("A customer signs in"), "description: Products and prices", "description: "+named("Products and prices"),
		"name: The API is healthy", "name: "+named("The API is healthy"), "name: Ben Okafor", "name: "+named("Ben Okafor"), "{id: shop, name: Corner Shop}", "{id: shop, name: "+named("Corner Shop")+"}",
		"\nslas:\n", "\nslos:\n  - {id: enter, component: sign-in, indicator: availability, objective: 99.9}\n  - {id: quick, component: shop-api, indicator: latency, threshold: 1s, objective: 95, window: month}\nslas:\n",
		"  people:\n", "  people:\n"+roomPeople+staffPeople[strings.Index(staffPeople, "    - {id: rex"):])
	f := &fullConsole{rooms: r, says: says, ada: newVisitor(t, r.ana.base)}
	f.ada.join(linkFor(t, r.app, "ada"))
	if err := r.configurations.keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	return f
}

// empty gives the addresses that are there while nothing has happened.
func (f *fullConsole) empty() map[string][]string {
	return map[string][]string{
		"/console/components/{id}":                            {"/console/components/sign-in"},
		"/console/components/{id}/figures":                    {"/console/components/shop-api/figures", "/console/components/shop-api/figures?days=1"},
		"/console/components/{id}/status":                     {"/console/components/sign-in/status"},
		"/console/components/{id}/silence":                    {"/console/components/sign-in/silence"},
		"/console/checks/{id}":                                {"/console/checks/api-health"},
		"/console/checks/{id}/silence":                        {"/console/checks/api-health/silence"},
		"/console/slas/{id}/{month}":                          {"/console/slas/gold/" + time.Now().In(f.zone).Format("2006-01")},
		"/console/objectives/{id}":                            {"/console/objectives/enter", "/console/objectives/quick"},
		"/console/checks/{id}/strike":                         {"/console/checks/api-health/strike"},
		"/console/checks/{id}/runs":                           {"/console/checks/api-health/runs"},
		"/console/checks/{id}/evidence":                       {"/console/checks/api-health/evidence"},
		"/console/configuration/versions/{number}":            {"/console/configuration/versions/1"},
		"/console/maintenance/{id}":                           nil,
		"/console/reports/{id}":                               nil,
		"/console/incidents/{id}":                             nil,
		"/console/incidents/{id}/review":                      nil,
		"/console/incidents/{id}/deliveries":                  nil,
		"/console/deliveries/{id}":                            nil,
		"/console/checks/{id}/evidence/{region}/{at}/{piece}": nil,
	}
}

// did sends a form, which has to go well, and gives the id in the address that
// follows.
func (f *fullConsole) did(v *visitor, address string, pairs ...string) string {
	f.t.Helper()
	v.get("/console/account") // has a token for forms
	v.post(address, append(pairs, "then", "/console/more?made={made}")...)
	if v.status != http.StatusOK {
		f.t.Fatalf("%s %q: %d %q", address, pairs, v.status, regexp.MustCompile(`(?s)<p[^>]*(?:role="alert"|class="error")[^>]*>(.*?)</p>|<h1>(.*?)</h1>`).FindAllString(v.page, -1))
	}
	return v.query.Get("made")
}

// fill lets everything happen once, and gives the addresses of what came of it.
func (f *fullConsole) fill() map[string][]string {
	f.t.Helper()
	ana, ben, ada, says := f.ana, f.ben, f.ada, f.says
	later := func(after time.Duration) string { return time.Now().In(f.zone).Add(after).Format("2006-01-02T15:04") }

	open := f.did(ana, "/console/incidents", "name", "Sign-in fails"+says, "severity", "P1", "components.0.component", "sign-in", "components.0.status", "major_outage", "what", "Nobody can sign in."+says, "doing", "We look."+says, "you_can", "Wait."+says)
	room := "/console/incidents/" + open
	f.subscribe("sam@mail.example")
	f.did(ana, room+"/acknowledge", "role", "lead")
	f.did(ben, room+"/acknowledge", "role", "engineer")
	for _, kind := range []string{"note", "action", "decision", "hypothesis", "proposal"} {
		f.did(ben, room+"/entries", "kind", kind, "text", "The key is stale: "+kind+says)
	}
	f.did(ana, room+"/updates", "what", "We know why."+says, "doing", "We put it right."+says, "you_can", "Use the shop at the corner."+says)
	f.did(ana, room+"/updates/2/edit", "text", "We know why now."+says)
	f.did(ana, room+"/severity", "severity", "P2", "reason", "Half can."+says)
	f.did(ana, room+"/call", "person", "chi", "text", "Please help."+says)
	f.did(ben, room+"/handover", "role", "engineer", "to", "chi", "note", "All is said."+says)

	over := f.did(ana, "/console/incidents", "name", "Prices are missing"+says, "severity", "P2", "components.0.component", "shop-api", "components.0.status", "partial_outage", "what", "Some prices are missing."+says)
	past := "/console/incidents/" + over
	f.did(ana, past+"/acknowledge", "role", "lead")
	f.did(ben, past+"/acknowledge", "role", "engineer")
	f.did(ana, past+"/resolve", "text", "All prices are there."+says)
	f.did(ben, past+"/review", "summary", "A table was locked."+says, "causes", "A migration."+says, "well", "Alerts."+says, "badly", "The runbook."+says, "luck", "It was night."+says, "users", "120")
	f.did(ben, past+"/review/actions", "kind", "prevent", "text", "Lock no table"+says, "owner", "ben", "due", later(48*time.Hour))

	f.fail("api-health", says)
	f.did(ana, "/console/checks/api-health/strikes", "from", later(-20*time.Hour), "until", later(time.Minute), "reason", "Our own proxy"+says)
	f.evidence()
	report := f.did(ana, "/console/reports", "component", "shop-api", "text", "I see no prices."+says, "contact", "kim@mail.example")
	f.did(ana, "/console/reports/"+report+"/answers", "text", "We look into it."+says)
	work := f.did(ana, "/console/maintenance", "title", "New disks"+says, "text", "The shop is closed for an hour."+says, "components", "shop-api", "starts", later(72*time.Hour), "minutes", "60")
	f.did(ana, "/console/changes", "what", "shop 4.2"+says, "components", "shop-api", "link", "https://shop.example/changes/42", "who", "the pipeline"+says)
	f.did(ana, "/console/checks/api-health/silence", "until", later(2*time.Hour), "reason", "New disks"+says)
	f.did(ana, "/console/components/sign-in/silence", "until", later(2*time.Hour), "reason", "New keys"+says)
	f.did(ana, "/console/components/shop-api/status", "status", "degraded_performance", "reason", "Slow for some"+says, "locked", "true")
	turn := time.Date(2026, 1, 19, 9, 0, 0, 0, f.zone) // a handover to Ana as Engineer: each second week is hers
	for turn.Before(time.Now()) {
		turn = turn.AddDate(0, 0, 14)
	}
	hers := time.Until(turn.AddDate(0, 0, 2))
	f.did(ana, "/console/rotas/shop/swaps", "role", "engineer", "taker", "chi", "starts", later(hers), "ends", later(hers+24*time.Hour), "note", "A concert"+says)
	f.did(ada, "/console/tokens", "role", "reader", "scopes", "read", "name", "CI"+says, "days", "30")
	f.did(ada, "/console/agents/tokens", "region", "second", "name", "Cellar"+says)
	elevations := staffElevations{f.store, &operations{engine: f.engine, doc: f.doc, core: f.core}, f.now}
	sessions, err := f.store.Sessions(f.t.Context(), "rae", time.Now())
	if err != nil || len(sessions) != 1 {
		f.t.Fatalf("%+v, %v", sessions, err)
	}
	if _, err := elevations.Elevate(f.t.Context(), access.Elevation{
		Person: "rae", Session: sessions[0].ID, Own: access.Reader, Role: access.Responder, Reason: "Nobody else answers" + says, Began: time.Now(), Until: time.Now().Add(time.Hour),
	}); err != nil {
		f.t.Fatal(err)
	}
	f.configurations.came = origin{author: "ana in the console", why: "A better name" + says}
	return f.places(open, over, report, work)
}

// evidence keeps what a run has seen.
func (f *fullConsole) evidence() {
	f.t.Helper()
	at := time.Now().UTC().Truncate(time.Millisecond).Add(time.Millisecond) // after those that failed
	archive, err := json.Marshal(map[string]any{"log": map[string]any{"version": "1.2", "entries": []any{map[string]any{
		"startedDateTime": at, "time": 12.5, "request": map[string]any{"method": "GET" + f.says, "url": "https://shop.example/" + f.says},
		"response": map[string]any{"status": 500, "statusText": "Wrong" + f.says, "content": map[string]any{"size": 12, "mimeType": "text/html" + f.says}}, "timings": map[string]any{"send": 1, "wait": 10, "receive": 1},
	}}}})
	if err != nil {
		f.t.Fatal(err)
	}
	result := checker.Result{
		Check: "api-health", Region: "local", At: at, Started: at, Attempts: 2, Outcome: checker.Failed, Reason: "the answer is 500" + f.says, Warnings: []string{"the certificate ends soon" + f.says},
		Timings: []checker.Timing{{Name: "dns" + f.says, Duration: time.Millisecond}},
		Evidence: []checker.Evidence{
			{Name: "answer.html", MediaType: "text/html", Data: []byte("<h1>Wrong</h1>" + f.says)}, {Name: "answer" + f.says + ".txt", MediaType: "text/plain", Data: []byte("wrong" + f.says)}, {Name: "network.har", MediaType: "application/json", Data: archive},
		},
	}
	if rejected, err := f.engine.Submit(f.t.Context(), "local", []checker.Result{result}); err != nil || len(rejected) > 0 {
		f.t.Fatal(err, rejected)
	}
}

func (f *fullConsole) places(open, over, report, work string) map[string][]string {
	f.t.Helper()
	all := f.empty()
	byFacts, err := f.store.IncidentsOf(f.t.Context(), store.IncidentQuery{Open: true, Component: "shop-api", Most: 1})
	if err != nil || len(byFacts) != 1 {
		f.t.Fatalf("the checks open %d incidents, %v", len(byFacts), err)
	}
	all["/console/incidents/{id}"] = []string{"/console/incidents/" + open, "/console/incidents/" + over, "/console/incidents/" + byFacts[0].ID}
	all["/console/incidents/{id}/review"] = []string{"/console/incidents/" + over + "/review"}
	all["/console/incidents/{id}/deliveries"] = []string{"/console/incidents/" + open + "/deliveries"}
	all["/console/deliveries/{id}"] = f.linked("/console/incidents/"+open+"/deliveries", "/console/deliveries/", 1)
	all["/console/checks/{id}/evidence/{region}/{at}/{piece}"] = f.linked("/console/checks/api-health/evidence", "/console/checks/api-health/evidence/local/", 3)
	all["/console/reports/{id}"] = []string{"/console/reports/" + report}
	all["/console/maintenance/{id}"] = []string{"/console/maintenance/" + work}
	return all
}

// linked gives addresses that a page leads to.
func (f *fullConsole) linked(page, begins string, most int) (all []string) {
	f.t.Helper()
	f.ada.get(page)
	for _, found := range regexp.MustCompile(`href="(`+regexp.QuoteMeta(begins)+`[^"?]+)"`).FindAllStringSubmatch(f.ada.page, most) {
		all = append(all, html.UnescapeString(found[1]))
	}
	if len(all) != most {
		f.t.Fatalf("%s leads to %q:\n%s", page, all, f.ada.page)
	}
	return all
}
