package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"daymark/access"
	"daymark/incident"
	"daymark/internal/testkit"
)

// liveFor is how long a test waits for what must happen.
const liveFor = 30 * time.Second

// runConsole lets open pages be told what is new, until the test ends.
func runConsole(t *testing.T, a *app) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); a.site.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case <-ended:
		case <-time.After(liveFor):
			t.Error("the console's sockets did not end")
		}
	})
}

// told is what an open page of the console is told.
type told struct {
	Seq     int64
	Writing []struct{ Form, Who string }
}

// dial opens a socket as an open page of somebody does, from an origin.
func (v *visitor) dial(page, origin string) (*websocket.Conn, int) {
	v.t.Helper()
	header := http.Header{}
	if origin != "" {
		header.Set("Origin", origin)
	}
	dialer := websocket.Dialer{Jar: v.client.Jar, HandshakeTimeout: liveFor}
	conn, response, err := dialer.DialContext(v.t.Context(), strings.Replace(v.base, "http", "ws", 1)+"/console/live?page="+url.QueryEscape(page), header)
	if response == nil {
		v.t.Fatal(err)
	}
	_ = response.Body.Close()
	if err != nil {
		return nil, response.StatusCode
	}
	v.t.Cleanup(func() { _ = conn.Close() })
	return conn, response.StatusCode
}

// socket is dial of a page of ours.
func (v *visitor) socket(page string) *websocket.Conn {
	v.t.Helper()
	conn, status := v.dial(page, v.base)
	if conn == nil {
		v.t.Fatalf("the socket is refused: %d", status)
	}
	return conn
}

// hears reads until a page is told what is waited for.
func hears(t *testing.T, conn *websocket.Conn, what string, is func(told) bool) told {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(liveFor)); err != nil {
		t.Fatal(err)
	}
	for {
		var m told
		if err := conn.ReadJSON(&m); err != nil {
			t.Fatalf("the page does not hear %s: %v", what, err)
		}
		if is(m) {
			return m
		}
	}
}

var latest = regexp.MustCompile(`<body [^>]*data-seq="([0-9]+)"`)

// knowsOf gives the latest commit that a page knows of.
func (v *visitor) knowsOf() int64 {
	v.t.Helper()
	v.get("/console")
	v.stands("/console", http.StatusOK)
	n, err := strconv.ParseInt(latest.FindStringSubmatch(v.page)[1], 10, 64)
	if err != nil {
		v.t.Fatal(err)
	}
	return n
}

func anything(told) bool { return true }

// endsWith reads until the socket is closed, and gives the code.
func endsWith(t *testing.T, conn *websocket.Conn) int {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(liveFor)); err != nil {
		t.Fatal(err)
	}
	for {
		_, _, err := conn.ReadMessage()
		if closed, is := err.(*websocket.CloseError); is { //nolint:errorlint // it is the library's own, not wrapped
			return closed.Code
		}
		if err != nil {
			t.Fatalf("the socket does not end: %v", err)
		}
	}
}

// openByHand opens an incident, and so makes a commit.
func openByHand(t *testing.T, a *app, name string) string {
	t.Helper()
	id, err := a.engine.Command(t.Context(), incident.By{Person: "ana", Via: "test"}, "", incident.Open{
		Name: name, Severity: incident.P1, What: "Nobody can sign in.",
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestASocketIsForPagesOfOursThatSomebodyIsSignedInWith(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	base := consoleOf(t, a)
	ana := newVisitor(t, base)
	ana.join(firstLink(t, a), "person", "ana")
	if _, status := ana.dial("/console", base); status != http.StatusServiceUnavailable {
		t.Errorf("with nobody to tell anything: %d", status)
	}
	runConsole(t, a)
	for origin, want := range map[string]int{
		"": http.StatusForbidden, "https://evil.example": http.StatusForbidden, "null": http.StatusForbidden,
		"http://status.example": http.StatusSwitchingProtocols, base: http.StatusSwitchingProtocols,
	} {
		// A server that has begun takes sockets a moment later.
		status := 0
		for deadline := time.Now().Add(liveFor); time.Now().Before(deadline); <-time.After(10 * time.Millisecond) {
			if _, status = ana.dial("/console", origin); status != http.StatusServiceUnavailable {
				break
			}
		}
		if status != want {
			t.Errorf("from %q: %d; want %d", origin, status, want)
		}
	}
	stranger := newVisitor(t, base)
	if _, status := stranger.dial("/console", base); status != http.StatusUnauthorized {
		t.Errorf("a stranger: %d", status)
	}
	ana.get("/console/live")
	ana.stands("/console/live", http.StatusForbidden)
}

func TestAnOpenPageHearsOfACommit(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	runConsole(t, a)
	base := consoleOf(t, a)
	ana := newVisitor(t, base)
	ana.join(firstLink(t, a), "person", "ana")
	first := hears(t, ana.socket("/console"), "where it stands", anything)
	conn := ana.socket("/console")
	hears(t, conn, "where it stands", anything)
	begun := time.Now()
	for i := range 20 {
		openByHand(t, a, fmt.Sprint("Sign-in is not available ", i))
	}
	want := ana.knowsOf()
	said := 0
	hears(t, conn, "the last commit", func(m told) bool { said++; return m.Seq == want })
	if want <= first.Seq {
		t.Errorf("from %d to %d", first.Seq, want)
	}
	if most := 3 + int(time.Since(begun)/(250*time.Millisecond)); said > most {
		t.Errorf("20 commits are %d messages; at most %d are few", said, most)
	}
}

func TestASocketEndsWithItsSession(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	runConsole(t, a)
	base := consoleOf(t, a)
	ana := newVisitor(t, base)
	ana.join(firstLink(t, a), "person", "ana")
	open := map[string]*websocket.Conn{}
	begin := func(why string) *visitor {
		v := newVisitor(t, base)
		v.join(linkFor(t, a, "ben"))
		open[why] = v.socket("/console")
		hears(t, open[why], "anything", anything)
		return v
	}
	signedOut := begin("signed out")
	signedOut.get("/console")
	signedOut.post("/console/sign-out")
	if code := endsWith(t, open["signed out"]); code != 4401 {
		t.Errorf("signed out: %d", code)
	}
	begin("account removed")
	o := &operations{engine: a.engine, doc: a.doc, core: a.core}
	if _, err := o.dropAccount(t.Context(), personOrder{Person: "ben"}); err != nil {
		t.Fatal(err)
	}
	if code := endsWith(t, open["account removed"]); code != 4401 {
		t.Errorf("account removed: %d", code)
	}
	// Somebody who is still signed in is still told.
	conn := ana.socket("/console")
	before := hears(t, conn, "anything", anything).Seq
	openByHand(t, a, "Sign-in is not available")
	hears(t, conn, "a commit", func(m told) bool { return m.Seq > before })
}

// A session that was not used for long, a role that was lost, and a second
// factor that is asked for by now end what stands open.
func TestASocketEndsWithWhatItsPersonMay(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	var later atomic.Int64
	var left atomic.Bool
	a.site.Now = func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	roleOf := a.site.RoleOf
	a.site.RoleOf = func(ctx context.Context, person string, now time.Time) access.Role {
		if left.Load() {
			return access.Public
		}
		return roleOf(ctx, person, now)
	}
	runConsole(t, a)
	ana := newVisitor(t, consoleOf(t, a))
	ana.join(firstLink(t, a), "person", "ana")
	conn := ana.socket("/console")
	hears(t, conn, "anything", anything)
	left.Store(true)
	if code := endsWith(t, conn); code != 4401 {
		t.Errorf("role lost: %d", code)
	}
	left.Store(false)
	conn = ana.socket("/console")
	hears(t, conn, "anything", anything)
	later.Store(int64(a.doc.Server.Access.Idle + time.Minute))
	if code := endsWith(t, conn); code != 4401 {
		t.Errorf("session over: %d", code)
	}
}

func TestSocketsAreBounded(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	runConsole(t, a)
	base := consoleOf(t, a)
	ana, ben := newVisitor(t, base), newVisitor(t, base)
	ana.join(firstLink(t, a), "person", "ana")
	ben.join(linkFor(t, a, "ben"))
	var first *websocket.Conn
	for i := range 20 {
		conn := ana.socket("/console")
		hears(t, conn, "anything", anything)
		if i == 0 {
			first = conn
		}
	}
	if _, status := ana.dial("/console", base); status != http.StatusServiceUnavailable {
		t.Errorf("one more: %d", status)
	}
	hears(t, ben.socket("/console"), "that one's sockets are not another's", anything)
	_ = first.Close()
	for deadline := time.Now().Add(liveFor); ; <-time.After(10 * time.Millisecond) {
		if _, status := ana.dial("/console", base); status == http.StatusSwitchingProtocols {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a socket that was closed is counted still")
		}
	}
	for name, word := range map[string]string{
		"too long": `{"writing":"` + strings.Repeat("a", 300) + `"}`, "no form": `{"writing":"<b>"}`, "no word": `[`,
	} {
		conn := ben.socket("/console")
		if err := conn.WriteMessage(websocket.TextMessage, []byte(word)); err != nil {
			t.Fatal(err)
		}
		ends(t, conn, name)
	}
	conn := ben.socket("/console")
	for range 40 {
		if conn.WriteMessage(websocket.TextMessage, []byte(`{"writing":"a"}`)) != nil {
			break // it is cut already
		}
	}
	ends(t, conn, "too many")
}

// ends reads until a socket is cut.
func ends(t *testing.T, conn *websocket.Conn, what string) {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(liveFor)) // it may be cut already
	for {
		if _, _, err := conn.ReadMessage(); err != nil {
			if timeout, is := errors.AsType[net.Error](err); is && timeout.Timeout() {
				t.Errorf("%s: the socket stays open", what)
			}
			return
		}
	}
}

// Who writes is told to the others on the same page: the name and the form.
func TestPagesSayWhoElseIsWriting(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	runConsole(t, a)
	base := consoleOf(t, a)
	ana, ben := newVisitor(t, base), newVisitor(t, base)
	ana.join(firstLink(t, a), "person", "ana")
	ben.join(linkFor(t, a, "ben"))
	here, there, elsewhere := ana.socket("/console/account"), ben.socket("/console/account"), ben.socket("/console")
	for _, conn := range []*websocket.Conn{here, there, elsewhere} {
		hears(t, conn, "anything", anything)
	}
	write := func(conn *websocket.Conn, form string) {
		t.Helper()
		if err := conn.WriteJSON(map[string]string{"writing": form}); err != nil {
			t.Fatal(err)
		}
	}
	write(there, "publish")
	m := hears(t, here, "who writes", func(m told) bool { return len(m.Writing) == 1 })
	if m.Writing[0].Form != "publish" || m.Writing[0].Who != "Ben Okafor" {
		t.Errorf("it is said: %+v", m.Writing)
	}
	write(there, "")
	hears(t, here, "that nobody writes", func(m told) bool { return len(m.Writing) == 0 })
	write(there, "entry")
	hears(t, here, "that he writes again", func(m told) bool { return len(m.Writing) == 1 })
	_ = there.Close()
	hears(t, here, "that he has gone", func(m told) bool { return len(m.Writing) == 0 })
	second := ana.socket("/console/account")
	write(second, "publish")
	m = hears(t, here, "oneself in another window", func(m told) bool { return len(m.Writing) == 1 })
	if m.Writing[0].Who != "" {
		t.Errorf("one's own window is %+v", m.Writing)
	}
	openByHand(t, a, "Sign-in is not available")
	hears(t, elsewhere, "a commit, and nothing of others elsewhere", func(m told) bool {
		if len(m.Writing) > 0 {
			t.Errorf("another page hears of %+v", m.Writing)
		}
		return m.Seq > 0
	})
}
