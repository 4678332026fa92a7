package main

import (
	"crypto/sha256"
	"database/sql"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"daymark/access"
	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/support"
)

// placeholders are what stands for the parts of addresses.
var placeholders = strings.NewReplacer("{id}", "nothing", "{number}", "1", "{token}", "nothing", "{check}", "nothing", "{version}", "1", "{region}", "nowhere", "{at}", "1", "{piece}", "nothing", "{month}", "2026-01", "{$}", "")

// walker asks the routes of a server in many roles.
type walker struct {
	*app
	t       *testing.T
	http    http.Handler
	raw     *sql.DB
	cookies map[string]string // by who
	csrf    map[string]string
}

// signed lets a person sign in, and keeps their session under a name.
func (w *walker) signed(base, name, person string) {
	w.t.Helper()
	v := newVisitor(w.t, base)
	v.join(linkFor(w.t, w.app, person))
	v.get("/console/account")
	at, err := url.Parse(base)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, c := range v.client.Jar.Cookies(at) {
		if c.Name == "daymark" {
			w.cookies[name] = "daymark=" + c.Value
		}
	}
	w.csrf[name] = html.UnescapeString(hidden.FindStringSubmatch(v.page)[1])
}

// sessionOf gives the id of the only session of a person.
func (w *walker) sessionOf(person string) string {
	w.t.Helper()
	found, err := w.store.Sessions(w.t.Context(), person, time.Now())
	if err != nil || len(found) != 1 {
		w.t.Fatalf("%+v, %v", found, err)
	}
	return found[0].ID
}

func newWalker(t *testing.T) *walker {
	t.Helper()
	people := staffPeople
	for _, gone := range []string{"signed-out", "expired", "left"} {
		people += "    - {id: " + gone + ", name: Gone, email: " + gone + "@shop.example, role: administrator}\n"
	}
	people += "    - {id: risen, name: Risen, email: risen@shop.example, role: reader}\n    - {id: fallen, name: Fallen, email: fallen@shop.example, role: reader}\n"
	a := newTestAppWith(t, people)
	w := &walker{app: a, t: t, http: a.handler(), cookies: map[string]string{}, csrf: map[string]string{}}
	var err error
	if w.raw, err = sql.Open("sqlite", filepath.Join(a.doc.Server.Data, "daymark.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.raw.Close() })
	base := consoleOf(t, a)
	for name, person := range map[string]string{
		"reader": "rae", "responder": "rex", "editor": "edi", "administrator": "ada", "signed out": "signed-out", "expired": "expired", "left": "left",
		"elevation over": "risen", "elevation ended": "fallen",
	} {
		w.signed(base, name, person)
	}
	elevations := staffElevations{a.store, &operations{engine: a.engine, doc: a.doc, core: a.core}, a.now}
	for _, person := range []string{"risen", "fallen"} {
		began := time.Now()
		if person == "risen" {
			began = began.Add(-2 * time.Hour) // its time is over
		}
		id, err := elevations.Elevate(t.Context(), access.Elevation{
			Person: person, Session: w.sessionOf(person), Own: access.Reader, Role: access.Responder, Reason: because, Began: began, Until: began.Add(time.Hour),
		})
		if err != nil {
			t.Fatal(err)
		}
		if person == "fallen" {
			if err := elevations.EndElevation(t.Context(), access.Principal{Kind: access.BySession, Person: person}, id); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.ask(http.MethodPost, "/console/sign-out", "signed out", nil)
	if _, err := w.raw.ExecContext(t.Context(), "UPDATE sessions SET expires = 1 WHERE person = 'expired'"); err != nil {
		t.Fatal(err)
	}
	a.doc.Support.People = slices.DeleteFunc(slices.Clone(a.doc.Support.People), func(p support.Person) bool { return p.ID == "left" })
	return w
}

// ask asks one route as somebody, by a form of theirs; change may spoil it.
func (w *walker) ask(method, path, who string, change func(r *http.Request, form url.Values)) *httptest.ResponseRecorder {
	w.t.Helper()
	form := url.Values{"csrf": {w.csrf[who]}, "no such field": {"x"}}
	r := httptest.NewRequest(method, "http://status.example"+path, http.NoBody)
	r.RemoteAddr = "203.0.113.9:1234"
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if cookie := w.cookies[who]; cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	if change != nil {
		change(r, form)
	}
	if method != http.MethodGet {
		body := strings.NewReader(form.Encode())
		sent := httptest.NewRequest(method, r.URL.String(), body)
		sent.Header, sent.RemoteAddr = r.Header, r.RemoteAddr
		sent.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r = sent
	}
	answer := httptest.NewRecorder()
	w.http.ServeHTTP(answer, r)
	return answer
}

// digest is of all that is kept, but for when sessions and tokens were used
// last, and for refusals in the audit trail.
func (w *walker) digest() map[string]string {
	w.t.Helper()
	tables := w.column("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
	sums := map[string]string{}
	for _, table := range tables {
		query := "SELECT * FROM " + table
		switch table {
		case "events", "alive": // each entry of the audit trail makes one; each look at readiness writes
			continue
		case "audit":
			query = "SELECT actor, action, object FROM audit WHERE action NOT LIKE 'refused: %'"
		case "sessions":
			query = "SELECT hash, id, person, stage, data FROM sessions"
		case "api_tokens":
			query = "SELECT id, hash, person, role, scopes, expires, revoked FROM api_tokens"
		}
		sums[table] = w.sum(query)
	}
	return sums
}

func (w *walker) column(query string) (all []string) {
	w.t.Helper()
	rows, err := w.raw.QueryContext(w.t.Context(), query)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			w.t.Fatal(err)
		}
		all = append(all, text)
	}
	if err := rows.Err(); err != nil {
		w.t.Fatal(err)
	}
	return all
}

func (w *walker) sum(query string) string {
	w.t.Helper()
	rows, err := w.raw.QueryContext(w.t.Context(), query)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		w.t.Fatal(err)
	}
	hash := sha256.New()
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			w.t.Fatal(err)
		}
		fmt.Fprintf(hash, "%v\n", values)
	}
	if err := rows.Err(); err != nil {
		w.t.Fatal(err)
	}
	return fmt.Sprintf("%x", hash.Sum(nil))
}

// unchanged says which tables have changed.
func (w *walker) unchanged(what string, before map[string]string) {
	w.t.Helper()
	for table, sum := range w.digest() {
		if before[table] != sum {
			w.t.Errorf("%s changes %s", what, table)
			before[table] = sum // told once
		}
	}
}

// spoiled are the ways in which somebody who may sends what was not meant.
var spoiled = map[string]func(r *http.Request, form url.Values){
	"without the token of the form":  func(_ *http.Request, form url.Values) { form.Del("csrf") },
	"with a wrong token of the form": func(_ *http.Request, form url.Values) { form.Set("csrf", "wrong") },
	"from another origin": func(r *http.Request, _ url.Values) {
		r.Header.Del("Sec-Fetch-Site")
		r.Header.Set("Origin", "https://evil.example")
	},
	"from another site":             func(r *http.Request, _ url.Values) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
	"from an origin without a name": func(r *http.Request, _ url.Values) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "null") },
}

// TestEveryPageIsRefusedToWhoMayNot walks the table of the pages in every role
// and as everybody who is nobody: what is refused is refused with 401, 403, or
// by leading to the sign-in, and changes nothing. A route without a row in
// pagesFor fails it.
func TestEveryPageIsRefusedToWhoMayNot(t *testing.T) {
	testkit.Beside(t)
	w := newWalker(t)
	roles := map[string]access.Role{"reader": access.Reader, "responder": access.Responder, "editor": access.Editor, "administrator": access.Administrator, "elevation over": access.Reader, "elevation ended": access.Reader}
	before := w.digest()
	seen := map[string]bool{}
	for _, r := range w.routes() {
		if r.page == nil {
			continue
		}
		seen[r.pattern] = true
		role, known := pagesFor[r.pattern]
		if !known || role != r.role {
			t.Errorf("%s is for %s; pagesFor says %q", r.pattern, r.role, role)
			continue
		}
		method, path, _ := strings.Cut(r.pattern, " ")
		path = placeholders.Replace(path)
		if strings.Contains(path, "{") {
			t.Errorf("nothing stands for a part of %s: add it to placeholders", path)
		}
		if role == access.Entrant {
			if method != http.MethodGet {
				w.stranger(path)
			}
			w.unchanged(r.pattern, before)
			continue
		}
		if _, socket := sockets[r.pattern]; socket {
			w.socketsNotIn(path)
			w.unchanged(r.pattern, before)
			continue
		}
		for _, who := range gone {
			w.notIn(method, path, who)
		}
		for who, has := range roles {
			if does[r.pattern] {
				break // to who may, it does something
			}
			switch answer := w.ask(method, path, who, nil); {
			case has.AtLeast(role) && (answer.Code == http.StatusUnauthorized || answer.Code == http.StatusForbidden):
				t.Errorf("%s as %s: %d %s", r.pattern, who, answer.Code, answer.Body)
			case !has.AtLeast(role) && answer.Code != http.StatusForbidden:
				t.Errorf("%s as %s: %d; want 403", r.pattern, who, answer.Code)
			}
		}
		if method == http.MethodGet && !does[r.pattern] {
			w.upgraded(path)
		}
		if method != http.MethodGet {
			w.forged(method, path)
		}
		w.unchanged(r.pattern, before)
	}
	for pattern := range pagesFor {
		if !seen[pattern] {
			t.Errorf("pagesFor has %s, which is no route", pattern)
		}
	}
}

// gone are those who are not signed in, or not any more.
var gone = []string{"anonymous", "signed out", "expired", "left"}

// socketsNotIn asks for a WebSocket from a page of ours.
func (w *walker) socketsNotIn(path string) {
	w.t.Helper()
	for _, who := range gone {
		answer := w.ask(http.MethodGet, path, who, func(r *http.Request, _ url.Values) { asSocket(r, "http://status.example") })
		if answer.Code != http.StatusUnauthorized {
			w.t.Errorf("%s, %s: %d", path, who, answer.Code)
		}
	}
}

// notIn asks as somebody who is not signed in, or not any more.
func (w *walker) notIn(method, path, who string) {
	w.t.Helper()
	answer := w.ask(method, path, who, nil)
	to := answer.Header().Get("Location")
	if method == http.MethodGet && (answer.Code != http.StatusSeeOther || !strings.HasPrefix(to, "/console/sign-in")) || method != http.MethodGet && answer.Code != http.StatusUnauthorized {
		w.t.Errorf("%s %s, %s: %d, to %q", method, path, who, answer.Code, to)
	}
}

// stranger sends the form of a page for those who sign in from elsewhere.
func (w *walker) stranger(path string) {
	w.t.Helper()
	for _, how := range []string{"from another origin", "from another site", "from an origin without a name"} {
		if answer := w.ask(http.MethodPost, path, "anonymous", spoiled[how]); answer.Code != http.StatusForbidden {
			w.t.Errorf("%s %s: %d", path, how, answer.Code)
		}
	}
}

// forged sends what an administrator did not mean.
func (w *walker) forged(method, path string) {
	w.t.Helper()
	for how, change := range spoiled {
		if answer := w.ask(method, path, "administrator", change); answer.Code != http.StatusForbidden {
			w.t.Errorf("%s %s: %d", path, how, answer.Code)
		}
	}
	other := func(_ *http.Request, form url.Values) { form.Set("csrf", w.csrf["editor"]) }
	if answer := w.ask(method, path, "administrator", other); answer.Code != http.StatusForbidden {
		w.t.Errorf("%s with the token of another session: %d", path, answer.Code)
	}
}

// upgraded asks for a WebSocket from another origin: nobody gets one.
func (w *walker) upgraded(path string) {
	w.t.Helper()
	for _, origin := range []string{"https://evil.example", "null"} {
		answer := w.ask(http.MethodGet, path, "administrator", func(r *http.Request, _ url.Values) {
			asSocket(r, origin)
			r.Header.Set("Sec-Fetch-Site", "cross-site")
		})
		if answer.Code == http.StatusSwitchingProtocols {
			w.t.Errorf("%s lets a WebSocket of %s in", path, origin)
		}
	}
}

func asSocket(r *http.Request, origin string) {
	for name, value := range map[string]string{
		"Connection": "Upgrade", "Upgrade": "websocket", "Sec-Websocket-Version": "13", "Sec-Websocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Origin": origin,
	} {
		r.Header.Set(name, value)
	}
}

// sockets are the routes that are WebSockets, with the status that another
// origin gets.
var sockets = map[string]int{"GET /live": http.StatusForbidden, "GET /console/live": http.StatusForbidden, "GET /agent/v1/connect": http.StatusForbidden}

// TestNoOtherOriginGetsAWebSocket walks the whole table.
func TestNoOtherOriginGetsAWebSocket(t *testing.T) {
	testkit.Beside(t)
	w := newWalker(t)
	before := w.digest()
	met := 0
	for _, r := range w.routes() {
		method, path, _ := strings.Cut(r.pattern, " ")
		want, socket := sockets[r.pattern]
		if method != http.MethodGet || r.page != nil && !socket { // the others are walked above
			continue
		}
		answer := w.ask(method, placeholders.Replace(path), "administrator", func(r *http.Request, _ url.Values) { asSocket(r, "https://evil.example") })
		if answer.Code == http.StatusSwitchingProtocols || socket && answer.Code != want {
			t.Errorf("%s from another origin: %d", r.pattern, answer.Code)
		}
		if socket {
			met++
		}
	}
	if met != len(sockets) {
		t.Errorf("%d of %d WebSockets are in the table", met, len(sockets))
	}
	w.unchanged("asking for WebSockets", before)
}

// TestASessionOpensNothingOfTheAPI: nor does a token that was revoked, and
// neither changes anything.
func TestASessionOpensNothingOfTheAPI(t *testing.T) {
	testkit.Beside(t)
	w := newWalker(t)
	o := &operations{engine: w.engine, doc: w.doc, core: w.core}
	made, err := o.createAPIToken(t.Context(), tokenOrder{Person: "ada", Role: access.Administrator, Life: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.revokeAPIToken(t.Context(), tokenOrder{ID: made.ID}); err != nil {
		t.Fatal(err)
	}
	before := w.digest()
	for _, r := range w.routes() {
		if r.staff == nil {
			continue
		}
		method, path, _ := strings.Cut(r.pattern, " ")
		for name, change := range map[string]func(r *http.Request, _ url.Values){
			"a session":       nil,
			"a revoked token": func(r *http.Request, _ url.Values) { r.Header.Set("Authorization", "Bearer "+made.Secret) },
		} {
			if answer := w.ask(method, placeholders.Replace(path), "administrator", change); answer.Code != http.StatusUnauthorized {
				t.Errorf("%s with %s: %d", r.pattern, name, answer.Code)
			}
		}
	}
	w.unchanged("asking the API without a token", before)
}

// TestTheWalkSeesWhatChanges: its digest is no ornament.
func TestTheWalkSeesWhatChanges(t *testing.T) {
	testkit.Beside(t)
	w := newWalker(t)
	before := w.digest()
	if _, err := w.engine.Command(t.Context(), incident.By{Person: "ada"}, "", incident.Open{Name: "It is slow", Severity: incident.P4}); err != nil {
		t.Fatal(err)
	}
	after := w.digest()
	for _, table := range []string{"incidents", "audit"} {
		if before[table] == after[table] {
			t.Errorf("a change of %s is not seen", table)
		}
	}
	if len(before) < 30 {
		t.Errorf("it looks at %d tables", len(before))
	}
}
