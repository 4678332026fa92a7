package main

import (
	"bytes"
	"context"
	"errors"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"daymark/access"
	"daymark/internal/testkit"
	"daymark/store"
)

// visitor is a browser of a person, at a server of its own.
type visitor struct {
	t      testing.TB
	client *http.Client
	base   string
	page   string // the latest answer's text
	status int
	at     string // where it stands
	query  url.Values
	secret string // of the second factor
	joined string // the code that it joined with
}

const pass = "correct horse battery staple"

// consoleOf serves an app's routes.
func consoleOf(t testing.TB, a *app) string {
	t.Helper()
	server := httptest.NewServer(a.handler())
	t.Cleanup(server.Close)
	return server.URL
}

func newVisitor(t testing.TB, base string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t: t, base: base, client: &http.Client{Jar: jar, Timeout: 30 * time.Second}}
}

func (v *visitor) do(r *http.Request) {
	v.t.Helper()
	response, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	// In one piece: the marks between chunks could fall into a form.
	response.Body, response.ContentLength, response.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
	var text strings.Builder
	if err := response.Write(&text); err != nil {
		v.t.Fatal(err)
	}
	v.page, v.status, v.at, v.query = text.String(), response.StatusCode, response.Request.URL.Path, response.Request.URL.Query()
}

func (v *visitor) get(path string) {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, v.base+path, http.NoBody)
	if err != nil {
		v.t.Fatal(err)
	}
	v.do(r)
}

var hidden = regexp.MustCompile(`name="csrf" value="([^"]*)"`)

// post sends a form of the page that it looks at, with pairs of field and value.
func (v *visitor) post(path string, pairs ...string) {
	v.t.Helper()
	form := url.Values{}
	if found := hidden.FindStringSubmatch(v.page); found != nil {
		form.Set("csrf", html.UnescapeString(found[1]))
	}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, v.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	v.do(r)
}

// stands says where it is, and with which words.
func (v *visitor) stands(path string, status int, words ...string) {
	v.t.Helper()
	if v.at != path || v.status != status {
		v.t.Fatalf("it stands at %s with %d; want %s with %d:\n%s", v.at, v.status, path, status, v.page)
	}
	for _, word := range words {
		if !strings.Contains(v.page, word) {
			v.t.Fatalf("%s does not say %q:\n%s", path, word, v.page)
		}
	}
}

func (v *visitor) code() string {
	v.t.Helper()
	code, err := totp.GenerateCode(v.secret, time.Now())
	if err != nil {
		v.t.Fatal(err)
	}
	return code
}

var keyText = regexp.MustCompile(`class="key-text">([A-Z2-7 ]+)<`)

// join makes an account by a link, with a second factor, and gives its recovery
// codes.
func (v *visitor) join(path string, pairs ...string) (codes []string) {
	v.t.Helper()
	v.get(path)
	v.post(path, append(pairs, "password", pass, "again", pass)...)
	v.stands("/console/sign-in/second-factor", http.StatusOK, "Set up a second factor")
	v.secret = strings.ReplaceAll(keyText.FindStringSubmatch(v.page)[1], " ", "")
	v.joined = v.code()
	v.post("/console/sign-in/second-factor", "code", v.joined)
	v.stands("/console/sign-in/second-factor", http.StatusOK, "Keep these recovery codes")
	for _, found := range regexp.MustCompile(`<li><code>([^<]+)</code>`).FindAllStringSubmatch(v.page, -1) {
		codes = append(codes, found[1])
	}
	return codes
}

// firstLink makes the link of the first account.
func firstLink(t testing.TB, a *app) string {
	t.Helper()
	o := &operations{engine: a.engine, doc: a.doc, core: a.core}
	made, err := o.invitation(context.Background(), byCommand(), "", "first account offered", access.FirstLife)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(made.Link, "http://status.example")
}

// linkFor makes the link of a person.
func linkFor(t *testing.T, a *app, person string) string {
	t.Helper()
	o := &operations{engine: a.engine, doc: a.doc, core: a.core}
	made, err := o.invite(context.Background(), personOrder{Person: person})
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(made.Link, "http://status.example")
}

// rewind lets a person's second factor forget the code that was used last, as
// half a minute later.
func rewind(t *testing.T, a *app, person string) {
	t.Helper()
	account, err := a.store.Account(t.Context(), person)
	if err != nil {
		t.Fatal(err)
	}
	s := staffAccounts{a.store, a.engine, a.now}
	err = s.do(t.Context(), "test", "rewound", person, func(ctx context.Context, tx *store.Tx) error {
		account.Step = 0
		return tx.PutAccount(ctx, account)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestOfFiftyAtOnceOneIsTheFirstAdministrator: the link is good once, however
// many hold it.
func TestOfFiftyAtOnceOneIsTheFirstAdministrator(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	s := staffAccounts{a.store, a.engine, a.now}
	hash := access.HashToken(strings.TrimPrefix(firstLink(t, a), "/console/welcome/"))
	var all sync.WaitGroup
	made := make(chan error, 50)
	for range cap(made) {
		all.Go(func() {
			made <- s.Welcome(context.Background(), hash, &access.Account{Person: "ana", Password: "hash", Created: time.Now(), Changed: time.Now()})
		})
	}
	all.Wait()
	close(made)
	n := 0
	for err := range made {
		if err == nil {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d of 50 made the first account", n)
	}
	// Nor does a link that was made in the same moment make a second first one.
	if err := s.Welcome(context.Background(), access.HashToken(strings.TrimPrefix(firstLink(t, a), "/console/welcome/")), &access.Account{Person: "ben"}); err == nil {
		t.Error("there are two first administrators")
	}
}

func TestSigningIn(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	base := consoleOf(t, a)
	ana := newVisitor(t, base)
	ana.get("/console")
	ana.stands("/console/sign-in", http.StatusOK, "Sign in")
	link := firstLink(t, a)
	ana.get(link)
	ana.stands(link, http.StatusOK, "Ana Reyes (ana)")
	if strings.Contains(ana.page, "Ben Okafor") {
		t.Error("who is no administrator is offered the first account")
	}
	ana.post(link, "person", "ben", "password", pass, "again", pass)
	ana.stands(link, http.StatusUnprocessableEntity, "Please say who you are.")
	ana.post(link, "person", "ana", "password", "short", "again", "short")
	ana.stands(link, http.StatusUnprocessableEntity, "at least 12 characters")
	codes := ana.join(link, "person", "ana")
	if len(codes) != 10 {
		t.Fatalf("recovery codes: %q", codes)
	}
	ana.get("/console")
	ana.stands("/console", http.StatusOK, "Nothing is open.", "Ana Reyes", "administrator")
	ana.get(link)
	ana.stands(link, http.StatusNotFound, "This link was used")

	// Another browser: the password alone opens nothing.
	other := newVisitor(t, base)
	other.secret = ana.secret
	other.get("/console/sign-in?to=/console/account")
	other.post("/console/sign-in", "who", "ana@shop.example", "password", "not that one at all", "to", "/console/account")
	other.stands("/console/sign-in", http.StatusUnprocessableEntity, "belong together", `value="ana@shop.example"`)
	other.post("/console/sign-in", "who", "ANA", "password", pass, "to", "/console/account")
	other.stands("/console/sign-in/code", http.StatusOK)
	other.get("/console/account")
	other.stands("/console/sign-in", http.StatusOK)
	other.get("/console/sign-in/code")
	other.post("/console/sign-in/code", "code", ana.joined)
	other.stands("/console/sign-in/code", http.StatusUnprocessableEntity, "not the code of this moment") // it was used
	rewind(t, a, "ana")
	other.post("/console/sign-in/code", "code", other.code())
	other.stands("/console/account", http.StatusOK, "This browser.", "Sign all others out")

	// A recovery code is good once.
	third := newVisitor(t, base)
	third.post("/console/sign-in", "who", "ana", "password", pass)
	third.post("/console/sign-in/code", "code", strings.ToUpper(codes[3]))
	third.stands("/console", http.StatusOK)
	third.get("/console/account")
	third.stands("/console/account", http.StatusOK, "9 recovery codes left")
	fourth := newVisitor(t, base)
	fourth.post("/console/sign-in", "who", "ana", "password", pass)
	fourth.post("/console/sign-in/code", "code", codes[3])
	fourth.stands("/console/sign-in/code", http.StatusUnprocessableEntity)

	// A new password signs all others out, and not this one.
	third.post("/console/account/password", "present", "wrong", "password", pass+"!", "again", pass+"!")
	third.stands("/console/account/password", http.StatusUnprocessableEntity, "not your present password")
	third.post("/console/account/password", "present", pass, "password", pass+"!", "again", pass+"!")
	third.stands("/console/account", http.StatusOK, "The password is changed.", "no other browser")
	for _, v := range []*visitor{ana, other} {
		v.get("/console")
		v.stands("/console/sign-in", http.StatusOK)
	}
	third.get("/console/account")
	third.post("/console/sign-out")
	third.stands("/console/sign-in", http.StatusOK, "You are signed out.")
	third.get("/console")
	third.stands("/console/sign-in", http.StatusOK)
}

func TestAFormOfAnotherSiteOrSessionChangesNothing(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	base := consoleOf(t, a)
	ana := newVisitor(t, base)
	ana.join(firstLink(t, a), "person", "ana")
	ana.get("/console/account")
	account := ana.page
	ana.post("/console/account/password", "csrf", "wrong", "present", pass, "password", pass+"!", "again", pass+"!")
	ana.stands("/console/account/password", http.StatusForbidden)
	ben := newVisitor(t, base)
	ben.join(linkFor(t, a, "ben"))
	ben.get("/console/account")
	ana.post("/console/account/password", "csrf", hidden.FindStringSubmatch(ben.page)[1], "present", pass, "password", pass+"!", "again", pass+"!")
	ana.stands("/console/account/password", http.StatusForbidden)
	ana.page = account
	for _, header := range [][2]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/console/sign-out", strings.NewReader("csrf="+hidden.FindStringSubmatch(account)[1]))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set(header[0], header[1])
		ana.do(r)
		ana.stands("/console/sign-out", http.StatusForbidden)
	}
	ana.get("/console")
	ana.stands("/console", http.StatusOK)
}

func TestASessionEnds(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	base := consoleOf(t, a)
	ana := newVisitor(t, base)
	ana.join(firstLink(t, a), "person", "ana")
	ben := newVisitor(t, base)
	ben.join(linkFor(t, a, "ben"))
	ben.get("/console")
	ben.stands("/console", http.StatusOK, "responder")

	// Of somebody whose account was taken away: at once.
	o := &operations{engine: a.engine, doc: a.doc, core: a.core}
	if _, err := o.dropAccount(t.Context(), personOrder{Person: "ben"}); err != nil {
		t.Fatal(err)
	}
	ben.get("/console")
	ben.stands("/console/sign-in", http.StatusOK)
	// Of somebody who has left the configuration.
	people := a.doc.Support.People
	a.doc.Support.People = nil
	ana.get("/console")
	ana.stands("/console/sign-in", http.StatusOK)
	a.doc.Support.People = people
	ana.get("/console")
	ana.stands("/console", http.StatusOK)
	// By its time.
	sessions, err := a.store.Sessions(t.Context(), "ana", time.Now())
	if err != nil || len(sessions) != 1 {
		t.Fatalf("sessions: %v, %v", sessions, err)
	}
	if got := time.Until(sessions[0].Expires); got > a.doc.Server.Access.Idle || got < a.doc.Server.Access.Idle-time.Minute {
		t.Errorf("a session that is not used ends in %v", got)
	}
	if after, err := a.store.Sessions(t.Context(), "ana", sessions[0].Expires); err != nil || len(after) != 0 {
		t.Errorf("after its end: %v, %v", after, err)
	}
	if _, err := a.store.Invitation(t.Context(), "nothing", time.Now()); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
}

// TestASecondFactorThatIsAskedForByNowIsAskedOfWhoIsSignedIn: a session that
// was begun by the password alone does not outlast that.
func TestASecondFactorThatIsAskedForByNowIsAskedOfWhoIsSignedIn(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	base := consoleOf(t, a)
	a.site.Access.SecondFactor = "optional"
	alone, both := newVisitor(t, base), newVisitor(t, base)
	link := firstLink(t, a)
	alone.get(link)
	alone.post(link, "person", "ana", "password", pass, "again", pass)
	alone.stands("/console", http.StatusOK, "Ana Reyes")
	a.site.Access.SecondFactor = "required"
	both.join(linkFor(t, a, "ben"))
	for _, v := range []*visitor{alone, both} {
		v.get("/console")
	}
	both.stands("/console", http.StatusOK)
	alone.stands("/console/sign-in", http.StatusOK)
	alone.post("/console/sign-in", "who", "ana", "password", pass)
	alone.stands("/console/sign-in/second-factor", http.StatusOK, "Set up a second factor")

	// Who set one up is asked for nothing more.
	a.site.Access.SecondFactor = "optional"
	again := newVisitor(t, base)
	again.post("/console/sign-in", "who", "ana", "password", pass)
	again.get("/console/account/second-factor")
	again.secret = strings.ReplaceAll(keyText.FindStringSubmatch(again.page)[1], " ", "")
	again.post("/console/account/second-factor", "present", pass, "code", again.code())
	a.site.Access.SecondFactor = "required"
	again.get("/console")
	again.stands("/console", http.StatusOK, "Ana Reyes")
}

// TestGuessesDoNotKeepTheirVictimOut: who guesses waits; the person, in a
// browser of theirs, does not.
func TestGuessesDoNotKeepTheirVictimOut(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	base := consoleOf(t, a)
	ana := newVisitor(t, base)
	ana.join(firstLink(t, a), "person", "ana")
	ana.get("/console")
	ana.post("/console/sign-out")
	now := time.Now()
	a.site.Now = func() time.Time { return now } // however long the guesses take
	stranger := newVisitor(t, base)
	for range 6 {
		stranger.post("/console/sign-in", "who", "ana", "password", "a guess of a stranger")
	}
	stranger.stands("/console/sign-in", http.StatusTooManyRequests, "Please wait")
	stranger.post("/console/sign-in", "who", "ana", "password", pass)
	stranger.stands("/console/sign-in", http.StatusTooManyRequests)
	ana.post("/console/sign-in", "who", "ana", "password", pass)
	ana.stands("/console/sign-in/code", http.StatusOK)
}
