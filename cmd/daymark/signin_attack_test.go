package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"daymark/access"
	"daymark/internal/testkit"
	"daymark/store"
)

// TestOneCodeLetsOneIn: of many who send one code at once, one is let in.
func TestOneCodeLetsOneIn(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	base := consoleOf(t, a)
	ana := newVisitor(t, base)
	codes := ana.join(firstLink(t, a), "person", "ana")
	for name, code := range map[string]func() string{"of the authenticator": ana.code, "of recovery": func() string { return codes[0] }} {
		rewind(t, a, "ana")
		var all []*visitor
		for range 4 {
			v := newVisitor(t, base)
			v.post("/console/sign-in", "who", "ana", "password", pass)
			v.stands("/console/sign-in/code", http.StatusOK)
			all = append(all, v)
		}
		var in atomic.Int32
		var done sync.WaitGroup
		now := code()
		for _, v := range all {
			done.Go(func() {
				v.post("/console/sign-in/code", "code", now)
				if v.at == "/console" {
					in.Add(1)
				}
			})
		}
		done.Wait()
		if in.Load() != 1 {
			t.Errorf("one code %s let %d in", name, in.Load())
		}
	}
}

// slow sends the head of a form's request and the form when it is asked to.
func (v *visitor) slow(path string, pairs ...string) (finish func() int) {
	v.t.Helper()
	form := url.Values{"csrf": {hidden.FindStringSubmatch(v.page)[1]}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	at, err := url.Parse(v.base)
	if err != nil {
		v.t.Fatal(err)
	}
	var cookies []string
	for _, c := range v.client.Jar.Cookies(at) {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	connection, err := new(net.Dialer).DialContext(v.t.Context(), "tcp", at.Host)
	if err != nil {
		v.t.Fatal(err)
	}
	v.t.Cleanup(func() { _ = connection.Close() })
	body := form.Encode()
	if _, err := fmt.Fprintf(connection, "POST %s HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n",
		path, at.Host, strings.Join(cookies, "; "), len(body)); err != nil {
		v.t.Fatal(err)
	}
	<-time.After(300 * time.Millisecond) // the head is read, and the handler waits for the form
	return func() int {
		if _, err := io.WriteString(connection, body); err != nil {
			v.t.Fatal(err)
		}
		answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil {
			v.t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		return answer.StatusCode
	}
}

// TestWhatWasSentSlowlyIsOfNoEndedSession: a request that had begun before its
// session was ended does nothing any more, however slowly its form comes.
func TestWhatWasSentSlowlyIsOfNoEndedSession(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	base := consoleOf(t, a)
	ana := newVisitor(t, base)
	ana.join(firstLink(t, a), "person", "ana")
	ana.get("/console/account")
	thief := newVisitor(t, base)
	thief.secret = ana.secret
	rewind(t, a, "ana")
	thief.post("/console/sign-in", "who", "ana", "password", pass)
	rewind(t, a, "ana")
	code := thief.slow("/console/sign-in/code", "code", thief.code())
	second := newVisitor(t, base)
	second.secret = ana.secret
	second.post("/console/sign-in", "who", "ana", "password", pass)
	second.post("/console/sign-in/code", "code", second.code())
	second.get("/console/account")
	second.stands("/console/account", http.StatusOK)
	rewind(t, a, "ana")
	codes := second.slow("/console/account/codes", "present", pass+"!")
	before, err := a.store.Account(t.Context(), "ana")
	if err != nil {
		t.Fatal(err)
	}
	ana.post("/console/account/password", "present", pass, "password", pass+"!", "again", pass+"!")
	ana.stands("/console/account", http.StatusOK, "The password is changed.")
	if status := code(); status != http.StatusSeeOther {
		t.Errorf("the code: %d", status)
	}
	if status := codes(); status != http.StatusUnauthorized {
		t.Errorf("new recovery codes: %d", status)
	}
	sessions, err := a.store.Sessions(t.Context(), "ana", time.Now())
	if err != nil || len(sessions) != 1 {
		t.Errorf("sessions: %+v, %v", sessions, err)
	}
	after, err := a.store.Account(t.Context(), "ana")
	if err != nil || strings.Join(after.Codes, " ") != strings.Join(before.Codes, " ") {
		t.Errorf("the recovery codes were changed, %v", err)
	}
}

// TestAnEndedSessionChangesNoAccount: not even one that ends between being
// looked at and what it asks for.
func TestAnEndedSessionChangesNoAccount(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	newVisitor(t, consoleOf(t, a)).join(firstLink(t, a), "person", "ana")
	s, who := staffAccounts{a.store, a.engine, a.now}, access.Principal{Kind: access.BySession, Person: "ana"}
	for name, act := range map[string]func(ctx context.Context) error{
		"password": func(ctx context.Context) error { return s.SetPassword(ctx, who, "hash", time.Now(), "ended") },
		"factor":   func(ctx context.Context) error { return s.SetFactor(ctx, "ana", []byte("mine"), 1, nil, "ended") },
		"codes":    func(ctx context.Context) error { return s.SetCodes(ctx, who, nil, "ended") },
		"sessions": func(ctx context.Context) error { return s.EndSessions(ctx, who, "", "ended") },
	} {
		if err := act(t.Context()); err == nil {
			t.Errorf("an ended session changes the %s", name)
		}
	}
	account, err := a.store.Account(t.Context(), "ana")
	if err != nil || account.Password == "hash" || string(account.Factor) == "mine" || len(account.Codes) != 10 {
		t.Errorf("%+v, %v", account, err)
	}
	if sessions, err := a.store.Sessions(t.Context(), "ana", time.Now()); err != nil || len(sessions) != 1 {
		t.Errorf("sessions: %v, %v", sessions, err)
	}
}

// TestTheSecretOfASessionIsNewAtEachStep: who knew it before knows nothing.
func TestTheSecretOfASessionIsNewAtEachStep(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	base := consoleOf(t, a)
	at, _ := url.Parse(base)
	ana := newVisitor(t, base)
	ana.client.Jar.SetCookies(at, []*http.Cookie{{Name: "daymark", Value: "planted", Path: "/"}})
	secret := func() string {
		for _, c := range ana.client.Jar.Cookies(at) {
			if c.Name == "daymark" {
				return c.Value
			}
		}
		return ""
	}
	ana.join(firstLink(t, a), "person", "ana")
	rewind(t, a, "ana")
	seen := map[string]bool{"planted": true, secret(): true}
	ana.post("/console/sign-in", "who", "ana", "password", pass)
	half := secret()
	ana.post("/console/sign-in/code", "code", ana.code())
	ana.stands("/console", http.StatusOK)
	if seen[half] || half == secret() || seen[secret()] {
		t.Error("a secret goes on")
	}
	for value := range map[string]bool{"planted": true, half: true} {
		other := newVisitor(t, base)
		other.client.Jar.SetCookies(at, []*http.Cookie{{Name: "daymark", Value: value, Path: "/"}})
		other.get("/console")
		other.stands("/console/sign-in", http.StatusOK)
		other.get("/console/sign-in/code")
		other.stands("/console/sign-in", http.StatusOK)
	}
}

// TestHeadersOfTheConsole: no cache keeps a page, no frame shows it, no other
// site is told its address, and its cookies are the server's alone.
func TestHeadersOfTheConsole(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	base := consoleOf(t, a)
	ana := newVisitor(t, base)
	link := firstLink(t, a)
	for _, path := range []string{"/console/sign-in", link, "/console/welcome/nothing"} {
		ana.get(path)
		for _, want := range []string{"Cache-Control: no-store", "Referrer-Policy: same-origin", "frame-ancestors 'none'", "X-Robots-Tag: noindex"} {
			if !strings.Contains(ana.page, want) {
				t.Errorf("%s does not say %s", path, want)
			}
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodHead, base+link, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	ana.do(r)
	ana.stands(link, http.StatusOK)
	ana.join(link, "person", "ana") // looking at the link has not used it
	for _, want := range []string{"Set-Cookie: daymark=", "Set-Cookie: daymark-device="} {
		_, line, found := strings.Cut(ana.page, want)
		line, _, _ = strings.Cut(line, "\r\n")
		if !found || !strings.Contains(line, "Path=/;") || !strings.Contains(line, "HttpOnly") || !strings.Contains(line, "SameSite=Lax") {
			t.Errorf("%s %s", want, line)
		}
	}
}

// TestWrongRequestsToTheConsole: too long, of another method, not a form, or
// leading elsewhere.
func TestWrongRequestsToTheConsole(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	base := consoleOf(t, a)
	ana := newVisitor(t, base)
	ana.join(firstLink(t, a), "person", "ana")
	send := func(method, path, kind, body string) {
		r, err := http.NewRequestWithContext(t.Context(), method, base+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		ana.do(r)
	}
	const form = "application/x-www-form-urlencoded"
	send(http.MethodPost, "/console/sign-in", form, "who="+strings.Repeat("x", 100_000))
	ana.stands("/console/sign-in", http.StatusRequestEntityTooLarge)
	send(http.MethodPost, "/console/sign-in", form, "who=%zz")
	ana.stands("/console/sign-in", http.StatusBadRequest)
	send(http.MethodPost, "/console/sign-out", "application/json", `{}`)
	ana.stands("/console/sign-out", http.StatusForbidden)
	send(http.MethodPut, "/console/sign-in", form, "who=ana")
	ana.stands("/console/sign-in", http.StatusMethodNotAllowed)
	ana.get("/console/sign-out")
	ana.stands("/console/sign-out", http.StatusMethodNotAllowed)
	for _, to := range []string{"//evil.example", "https://evil.example", "/console/../../evil.example", "/console//evil.example", "/console/\\evil.example", "/\\evil.example", "/console/sign-out", "javascript:alert(1)"} {
		v := newVisitor(t, base)
		v.client.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
			if r.URL.Host != strings.TrimPrefix(base, "http://") {
				t.Errorf("%q leads to %s", to, r.URL)
			}
			return nil
		}
		v.client.Jar = ana.client.Jar
		v.get("/console/sign-in?to=" + url.QueryEscape(to))
	}
	stranger := newVisitor(t, base)
	stranger.post("/console/sign-in", "who", "ana\x00", "password", "pass\x00word of nobody")
	stranger.stands("/console/sign-in", http.StatusUnprocessableEntity)
}

// TestNobodySeesWhoThereIs: an id, its address and a stranger's name are
// answered alike, also when there were many.
func TestNobodySeesWhoThereIs(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	base := consoleOf(t, a)
	newVisitor(t, base).join(firstLink(t, a), "person", "ana")
	v := newVisitor(t, base)
	for range 6 {
		v.post("/console/sign-in", "who", "ana@shop.example", "password", "a guess of a stranger")
	}
	v.stands("/console/sign-in", http.StatusTooManyRequests)
	for _, who := range []string{"ana", "nobody"} {
		v.post("/console/sign-in", "who", who, "password", "a guess of a stranger")
		v.stands("/console/sign-in", http.StatusUnprocessableEntity)
	}
}

// TestWhoHasLeftIsNobody: neither their password nor their link says that it
// was once theirs.
func TestWhoHasLeftIsNobody(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	base := consoleOf(t, a)
	newVisitor(t, base).join(firstLink(t, a), "person", "ana")
	s := staffAccounts{a.store, a.engine, a.now}
	account, err := a.store.Account(t.Context(), "ana")
	if err != nil {
		t.Fatal(err)
	}
	account.Person = "zoe"
	if err := s.do(t.Context(), "test", "made", "zoe", func(ctx context.Context, tx *store.Tx) error { return tx.PutAccount(ctx, account) }); err != nil {
		t.Fatal(err)
	}
	o := &operations{engine: a.engine, doc: a.doc, core: a.core}
	made, err := o.invitation(t.Context(), byCommand(), "zoe", "invited", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	zoe := newVisitor(t, base)
	zoe.post("/console/sign-in", "who", "zoe", "password", pass)
	zoe.stands("/console/sign-in", http.StatusUnprocessableEntity, "belong together")
	zoe.get(strings.TrimPrefix(made.Link, "http://status.example"))
	if zoe.status != http.StatusNotFound {
		t.Errorf("the link of somebody who has left: %d", zoe.status)
	}
}
