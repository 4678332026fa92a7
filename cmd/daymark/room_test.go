package main

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/store"
)

// roomPeople are one who may only read, and one more who may take a role.
const roomPeople = `    - {id: rae, name: Rae, email: rae@shop.example, role: reader}
    - {id: chi, name: Chi Nwosu, email: chi@shop.example, may: [engineer], role: responder}
`

// rooms is the sample's server with its people signed in.
type rooms struct {
	*app
	t                  *testing.T
	ana, ben, chi, rae *visitor
}

func newRooms(t *testing.T) *rooms {
	t.Helper()
	return newRoomsOf(t, "  people:\n", "  people:\n"+roomPeople)
}

// newRoomsOf is newRooms with parts of the configuration replaced; it has
// roomPeople.
func newRoomsOf(t *testing.T, pairs ...string) *rooms {
	t.Helper()
	a := newTestAppOf(t, "127.0.0.1:3", pairs...)
	base := consoleOf(t, a)
	r := &rooms{app: a, t: t}
	for person, browser := range map[string]**visitor{"ana": &r.ana, "ben": &r.ben, "chi": &r.chi, "rae": &r.rae} {
		*browser = newVisitor(t, base)
		(*browser).join(linkFor(t, a, person))
	}
	return r
}

// do gives a command and what it made.
func (r *rooms) do(person string, command incident.Command) string {
	r.t.Helper()
	made, err := r.engine.Command(r.t.Context(), incident.By{Person: person, Via: "test"}, "", command)
	if err != nil {
		r.t.Fatal(err)
	}
	return made
}

// open opens an incident by hand, and gives the address of its room.
func (r *rooms) open(severity incident.Severity, name string, components ...incident.OpenComponent) string {
	r.t.Helper()
	return "/console/incidents/" + r.do("ana", incident.Open{Name: name, Severity: severity, Components: components})
}

// fill sends a form of the page that a visitor looks at, with what stands in
// its hidden fields.
func (v *visitor) fill(id string, pairs ...string) {
	v.t.Helper()
	v.fillTo(id, "", pairs...)
}

// fillTo is fill by a button with an address of its own.
func (v *visitor) fillTo(id, address string, pairs ...string) {
	v.t.Helper()
	found := regexp.MustCompile(`(?s)<form[^>]* action="([^"]*)" id="` + regexp.QuoteMeta(id) + `">(.*?)</form>`).FindStringSubmatch(v.page)
	if found == nil {
		v.t.Fatalf("there is no form %q at %s:\n%s", id, v.at, v.page)
	}
	if address == "" {
		address = found[1]
	}
	for _, field := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`).FindAllStringSubmatch(found[2], -1) {
		pairs = append([]string{field[1], field[2]}, pairs...)
	}
	v.post(address, pairs...)
}

// has says whether the page has each text, or, after "!", has it not.
func (v *visitor) has(texts ...string) {
	v.t.Helper()
	for _, text := range texts {
		if want := !strings.HasPrefix(text, "!"); strings.Contains(v.page, strings.TrimPrefix(text, "!")) != want {
			v.t.Errorf("%s: that it has %q is %t:\n%s", v.at, strings.TrimPrefix(text, "!"), !want, v.page)
		}
	}
}

// TestTwoPeopleInARoom goes through an incident by its forms: roles, a proposal
// that waits and is agreed, updates, and the end.
func TestTwoPeopleInARoom(t *testing.T) {
	testkit.Beside(t)
	r := newRooms(t)
	room := r.open(incident.P1, "Payments are failing", incident.OpenComponent{Component: "sign-in", Status: incident.Down})
	r.ana.get("/console")
	r.ana.has(`href="` + room + `"`)
	r.ana.get(room)
	r.ana.stands(room, http.StatusOK, "Payments are failing.", "Nobody is Lead yet: will you be?", "The next update", "Acknowledgement", "Nobody yet")
	r.ana.has("It is your turn: you are on call as ")
	r.chi.get(room)
	r.chi.has("On call as Engineer: ")
	r.ana.fill("ack-lead", "role", "lead")
	r.ana.stands(room, http.StatusOK, "You are Lead of this incident.", "Owes the update by", "The next update, owed by Ana Reyes", "Kept")
	r.ana.has("!Nobody is Lead yet")
	r.chi.get(room)
	r.chi.has("!Nobody is Lead yet", "Nobody is Engineer yet", "!value=\"proposal\"")
	r.chi.fill("ack-engineer", "role", "engineer")
	r.chi.has("You are Engineer of this incident.", "value=\"proposal\"")
	r.ben.get(room)
	r.ben.has("!will you be?")

	r.chi.fill("entry", "kind", "hypothesis", "text", "The deploy of 11:05 changed the connection.")
	r.chi.has("It is in the log.", "Hypothesis</span> by Chi Nwosu", "The deploy of 11:05 changed the connection.")
	r.chi.fill("entry", "kind", "proposal", "text", "Make db-1 the writer again.")
	r.chi.has("<b>Waits for Ana Reyes.</b>", "Waits for Ana Reyes</li>", "!your turn")
	r.ana.get(room)
	r.ana.has("Ana Reyes, your turn: Chi Nwosu proposes a fix", "Agree as Lead", "Owes an answer to the proposal")
	number := regexp.MustCompile(`id="agree-(\d+)"`).FindStringSubmatch(r.ana.page)[1]
	r.ana.fill("agree-"+number, "kind", "agreement", "text", "Agreed.")
	r.ana.has("<b>Agreed.</b>", "!Agree as Lead", "on <a href=\"#entry-"+number+"\">proposal "+number)
	r.chi.get(room)
	r.chi.has("Chi Nwosu, your turn: the fix is agreed")
	r.chi.fill("fixed-"+number, "text", "It is the writer.")
	r.chi.has("The fix is done.", "<b>Done.</b>", "!your turn")

	r.ana.get(room + "?kind=proposal")
	r.ana.has("Make db-1 the writer again.", "!The deploy of 11:05", `?kind=hypothesis#log">Hypothesis (1)</a>`)
	r.ana.get(room)
	r.ana.fill("update", "what", "We *know* why.", "doing", "We move it back.", "phase", "identified")
	r.ana.has("It is published.", "We <em>know</em> why.", "Update 2</span> by Ana Reyes", "Cause known.")
	r.ana.fill("edit-2", "text", "We know why now.")
	r.ana.has("We know why now.", "Put right", "What it said before", "We *know* why.")
	r.ana.fill("resolve", "text", "It works again.")
	r.ana.stands(room, http.StatusOK, "Over.", "It works again.", room+"/review", "Resolved by Ana Reyes.")
	r.ana.has(`!id="update"`, `!id="resolve"`, `!id="severity"`, `id="entry"`, `id="edit-2"`)
	r.ana.fill("entry", "kind", "note", "text", "The pager was slow.")
	r.ana.has("The pager was slow.")
}

// TestARoomForStaffAlone: nothing is published there; a component's status is
// set by hand and left to its checks again.
func TestARoomForStaffAlone(t *testing.T) {
	testkit.Beside(t)
	r := newRooms(t)
	v := r.ana
	quiet := r.open(incident.P4, "Odd numbers", incident.OpenComponent{Component: "shop-api"})
	v.get(quiet)
	v.has("which is for staff alone", "Visitors do not see it.", "!id=\"update\"")
	v.fill("status-shop-api", "status", "partial_outage", "reason", "Every third answer is wrong.")
	v.has("Set by hand: Every third answer is wrong.")
	v.fill("clear-shop-api")
	v.has("!Set by hand: Every third")
	v.fill("resolve", "text", "They were right.")
	v.stands(quiet, http.StatusOK, "Over.")
}

// TestTheOtherFormsOfARoom does each of those that change an incident itself.
func TestTheOtherFormsOfARoom(t *testing.T) {
	testkit.Beside(t)
	r := newRooms(t)
	v := r.ana
	room := r.open(incident.P2, "Payments are failing", incident.OpenComponent{Component: "sign-in", Status: incident.Down}, incident.OpenComponent{Component: "shop-api", Status: incident.Slow})
	v.get(room)
	v.fill("severity", "severity", "P1", "reason", "Nobody can pay.")
	v.has("It is P1 now.", "as Ana Reyes judges: Nobody can pay.", "Severity")
	v.fill("lock", "locked", "true")
	v.has("Daymark does not end this by itself.")
	v.fill("lock", "locked", "false")
	v.has("Keep Daymark from ending it")
	v.fill("call", "person", "ben", "text", "You know the database.")
	v.has("They are told.", "Called in Ben Okafor: You know the database.")
	v.fill("ack-lead", "role", "lead")
	v.has("Hand over Lead", "!Nobody else may take it")
	v.fill("handover-lead", "to", "ben", "note", "All is said in the log.")
	v.has("<b>Ben Okafor</b>", "All is said in the log.")
	v.fill("split", "components", "shop-api", "reason", "Another cause.")
	other := v.at
	if other == room {
		t.Fatal("it leads to the old room")
	}
	v.stands(other, http.StatusOK, "Split off from incident")
	name := regexp.MustCompile(`which is over then: <b class="long">(.*?)</b>`).FindStringSubmatch(v.page)[1]
	v.fill("merge", "into", strings.TrimPrefix(room, "/console/incidents/"), "confirm", html.UnescapeString(name))
	v.stands(room, http.StatusOK, "Took in incident")
	v.get(other)
	v.stands(other, http.StatusOK, `It goes on as part of <a href="`+room+`">`)
	v.has("!id=\"update\"")
	r.do("ana", incident.Resolve{Incident: strings.TrimPrefix(room, "/console/incidents/")})
	v.get("/console/incidents")
	v.fill("open-incident", "name", "The till prints nothing", "severity", "P3", "components.0.component", "sign-in", "components.0.status", "degraded_performance", "what", "No receipts.")
	if !strings.HasPrefix(v.at, "/console/incidents/") {
		t.Fatalf("it leads to %s: %s", v.at, v.page)
	}
	v.has("The till prints nothing.", "No receipts.")
}

// TestARefusedFormOfARoomKeepsItsText: with what is wrong, at its place; and
// what is shown before it is published changes nothing.
func TestARefusedFormOfARoomKeepsItsText(t *testing.T) {
	testkit.Beside(t)
	r := newRooms(t)
	r.subscribe("sam@mail.example")
	room := r.open(incident.P1, "Payments are failing", incident.OpenComponent{Component: "sign-in", Status: incident.Down})
	v := r.ana
	v.get(room)
	v.has("Publish to 1", "Goes to 1 by email", "The next promise becomes")
	v.fill("update", "doing", "We look.", "phase", "identified")
	v.stands(room+"/updates", http.StatusUnprocessableEntity, "What is empty.", ">We look.</textarea>", `<option value="identified" selected>`)
	v.fillTo("update", room+"/updates/preview", "what", "The <b>till</b> is **down**.", "doing", "We look.")
	v.stands(room+"/updates/preview", http.StatusOK, "How it will look", "The &lt;b&gt;till&lt;/b&gt; is <strong>down</strong>.", ">We look.</textarea>", "segment", "Corner Shop (sample): Payments are failing", "Goes to 1 by email")
	v.has("!It is published.", "!now.js")
	v.fill("update", "what", "The till is down.")
	v.stands(room, http.StatusOK, "It is published.", "The till is down.", "Update 2</span>")
	v.has("!Update 3</span>", "!How it will look")
	v.fill("severity", "severity", "P2")
	v.has("This was not done: see what is wrong below.", "It is missing.", "<details class=\"act\" id=\"severity-part\" open>")
}

// subscribe lets somebody be told of everything.
func (r *rooms) subscribe(address string) {
	r.t.Helper()
	err := r.store.Write(r.t.Context(), func(ctx context.Context, tx incident.Tx) error {
		s := notify.Subscriber{Channel: "email", Address: address, Name: "Sam", Confirmed: time.Now()}
		return tx.(*store.Tx).KeepSubscription(ctx, &notify.Subscription{Subscriber: s}, time.Now())
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// TestWhatARoomShowsToWhom: who may only read sees all of it and no form, and
// does nothing by sending one; what is not there is said calmly.
func TestWhatARoomShowsToWhom(t *testing.T) {
	testkit.Beside(t)
	r := newRooms(t)
	r.subscribe("sam@mail.example")
	room := r.open(incident.P1, "Payments are failing", incident.OpenComponent{Component: "sign-in", Status: incident.Down})
	r.rae.get(room)
	r.rae.stands(room, http.StatusOK, "Payments are failing.", "Facts", "Log", "Who", "</svg>Corner Shop (sample)</a>")
	for _, form := range regexp.MustCompile(`<form[^>]*action="([^"]*)"`).FindAllStringSubmatch(r.rae.page, -1) {
		if form[1] != "/console/sign-out" {
			t.Errorf("a reader is shown the form %s", form[1])
		}
	}
	for _, path := range []string{room + "/acknowledge", room + "/updates/preview", "/console/incidents"} {
		r.rae.get(room)
		r.rae.post(path, "role", "lead", "form", "x", "from", room)
		if r.rae.status != http.StatusForbidden {
			t.Errorf("%s answers a reader %d", path, r.rae.status)
		}
	}
	r.rae.get("/console/incidents")
	r.rae.has(room, "!Open one by hand</h2>")
	r.rae.get("/console/incidents/nothing")
	r.rae.stands("/console/incidents/nothing", http.StatusNotFound, "There is no incident of this number.", "All incidents")

	r.rae.get(room + "/deliveries")
	r.rae.stands(room+"/deliveries", http.StatusOK, "s…@mail.example", "Update 1", "waits", "</svg>Corner Shop (sample)</a>")
	r.rae.has("!sam@mail.example")
	story := regexp.MustCompile(`href="(/console/deliveries/[^"]+-[^"]+)">S… s…@`).FindStringSubmatch(r.rae.page)
	if story == nil {
		t.Fatalf("nothing leads to the story:\n%s", r.rae.page)
	}
	r.rae.get(story[1])
	r.rae.stands(story[1], http.StatusOK, "Written and queued.")
	r.rae.has("!Send it again")
	r.ana.get(story[1])
	r.ana.has("sam@mail.example", "Send it again")
	r.ana.fill("resend")
	r.ana.has("It is on its way by itself.")
	r.ana.get(room + "/deliveries?state=dead")
	r.ana.has("None stands so.")
}

// TestTheListOfIncidents: those that are open first; those that are over in
// parts.
func TestTheListOfIncidents(t *testing.T) {
	testkit.Beside(t)
	r := newRooms(t)
	r.ana.get("/console/incidents")
	r.ana.has("Nothing is open.", "There was none yet.", "Open one by hand")
	var ids []string
	for range 27 {
		at := r.open(incident.P3, "A small thing")
		ids = append(ids, strings.TrimPrefix(at, "/console/incidents/"))
		r.do("ana", incident.Resolve{Incident: ids[len(ids)-1]})
	}
	open := r.open(incident.P2, "A large thing", incident.OpenComponent{Component: "sign-in", Status: incident.Slow})
	slices.Sort(ids)
	r.ana.get("/console/incidents")
	r.ana.has("A large thing", ids[26], ids[2], "!"+ids[1], "!"+ids[0])
	older := regexp.MustCompile(`href="(/console/incidents\?before=[^"]*)">Before`).FindStringSubmatch(r.ana.page)
	if older == nil {
		t.Fatalf("nothing leads to the older ones:\n%s", r.ana.page)
	}
	r.ana.get(older[1])
	r.ana.has(ids[1], ids[0], "!incidents/"+ids[2], "!A large thing", "!Before</a>")
	r.ana.get("/console/incidents?status=over&severity=P2")
	r.ana.has("None of those that you asked for is over.", "!A large thing")
	r.ana.get("/console/incidents?status=open&component=sign-in")
	r.ana.has(open, "!A small thing")
	r.ana.get("/console/incidents?status=open&component=shop-api")
	r.ana.has("None of those that you asked for is open.")
}

// TestHostileTextInARoom: whoever writes it, wherever.
func TestHostileTextInARoom(t *testing.T) {
	testkit.Beside(t)
	r := newRooms(t)
	room := "/console/incidents/" + r.do("ana", incident.Open{Name: "Odd " + attack, Severity: incident.P1, What: attack, Components: []incident.OpenComponent{{Component: "sign-in", Status: incident.Down}}})
	r.fail("api-health", attack)
	v := r.ana
	for _, form := range [][]string{
		{"ack-lead", "role", "lead"},
		{"entry", "kind", "note", "text", attack},
		{"severity", "severity", "P2", "reason", attack},
		{"call", "person", "ben", "text", attack},
		{"handover-lead", "to", "ben", "note", attack},
		{"edit-1", "text", "x" + attack},
		{"update", "what", attack, "doing", attack, "you_can", attack},
	} {
		v.get(room)
		v.fill(form[0], form[1:]...)
		harmless(v)
	}
	v.fillTo("update", room+"/updates/preview", "what", attack, "next_by", attack, "phase", attack)
	harmless(v)
	v.fillTo("update", room+"/updates/preview", "what", attack)
	harmless(v)
	for _, path := range []string{"/console/incidents", "/console/incidents/" + url.PathEscape(attack), "/console/incidents?severity=" + url.QueryEscape(attack) + "&component=" + url.QueryEscape(attack), room + "/deliveries", "/console", room + "?kind=" + url.QueryEscape(attack)} {
		v.get(path)
		harmless(v)
	}
	found, err := r.store.IncidentsOf(t.Context(), store.IncidentQuery{Open: true, Component: "shop-api", Most: 2})
	if err != nil || len(found) != 1 {
		t.Fatalf("the checks open %d incidents, %v", len(found), err)
	}
	v.get("/console/incidents/" + found[0].ID)
	v.has("onerror", "“The API is healthy”: down")
	harmless(v)
}

func harmless(v *visitor) {
	v.t.Helper()
	if strings.Contains(v.page, "<script>ran") || strings.Contains(v.page, "<img src=x") {
		v.t.Errorf("%s runs what was written:\n%s", v.at, v.page)
	}
}

// fail lets a check fail from both regions, after it went well.
func (r *rooms) fail(check, says string) {
	r.t.Helper()
	begin := time.Now().UTC().Truncate(time.Millisecond).Add(-40 * time.Second)
	for i := range 9 {
		for _, region := range []string{"local", "second"} {
			result := checker.Result{Check: check, Region: region, At: begin.Add(time.Duration(i) * 5 * time.Second), Attempts: 1, Outcome: checker.OK, Latency: 31 * time.Millisecond}
			if result.Started = result.At; i > 2 {
				result.Outcome, result.Reason = checker.Failed, "json.database is not up: "+says
				result.Timings = []checker.Timing{{Name: "dns", Duration: 3 * time.Millisecond}, {Name: "first_byte", Duration: 148 * time.Millisecond}}
				result.Expectations = []checker.Expectation{
					{Expression: "status == 200", Effect: "expect", Met: true, Actual: "200 == 200"}, {Expression: `json.database == "up"`, Effect: "expect", Actual: `"read_only" == "up" ` + says},
				}
			}
			if rejected, err := r.engine.Submit(r.t.Context(), region, []checker.Result{result}); err != nil || len(rejected) > 0 {
				r.t.Fatal(err, rejected)
			}
		}
	}
}

// TestTheFactsOfARoom: what fails is said with what was expected, region by
// region, beside the last success.
func TestTheFactsOfARoom(t *testing.T) {
	testkit.Beside(t)
	r := newRooms(t)
	r.fail("api-health", "")
	found, err := r.store.IncidentsOf(t.Context(), store.IncidentQuery{Open: true, Most: 2})
	if err != nil || len(found) != 1 {
		t.Fatalf("the checks open %d incidents, %v", len(found), err)
	}
	r.rae.get("/console/incidents/" + found[0].ID)
	r.rae.has(
		"“The API is healthy”: down", "expect   json.database == &#34;up&#34;\ngot      &#34;read_only&#34; == &#34;up&#34;", "!expect   status == 200",
		"This server", "Second region", "<td class=\"bad\">Failed</td>", "Name lookup</th><td>3.0 ms</td>", "First byte</th><td>148 ms</td>", "Last success", "<td>31 ms</td>",
		`class="fail" d="M`, "the incident began at", `href="/console/checks/api-health"`, "by the facts", "<code>",
	)
}

// TestARoleThatNobodyElseMayHold: an empty list to choose from says nothing.
func TestARoleThatNobodyElseMayHold(t *testing.T) {
	testkit.Beside(t)
	r := newRooms(t)
	room := r.open(incident.P1, "Payments are failing", incident.OpenComponent{Component: "sign-in", Status: incident.Down})
	for person, role := range map[*visitor]string{r.ana: "lead", r.ben: "engineer"} {
		person.get(room)
		person.fill("ack-"+role, "role", role)
	}
	r.ana.get(room)
	r.ana.has("Nobody else may take it: the others hold the other role, or may not", "!id=\"handover-lead\"", "id=\"handover-engineer\"")
}
