package main

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/notify/notifytest"
	"daymark/store"
)

const (
	testAccount = "AC00000000000000000000000000000001"
	testService = "MG00000000000000000000000000000001"
	testToken   = "0123456789abcdef0123456789abcdef"
)

// onCall is a server with a rota, whose clock the test moves, on real sockets
// with a mail server and a Twilio.
type onCall struct {
	t      *testing.T
	app    *app
	box    *notifytest.Mailbox
	twilio *notifytest.Twilio
	mu     sync.Mutex
	at     time.Time
	fails  bool
}

func (o *onCall) now() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.at
}

const onCallConfig = `version: 1
page: {name: Harbour Bank, url: %q, contact: support@harbour.example}
server: {listen: "127.0.0.1:0", data: %q}
teams: [{id: identity, name: Identity, email: identity@harbour.example, rota: main}]
components:
  - {id: sign-in, name: Sign in, owner: identity, criticality: critical, sla: gold, checks: [{id: journey, schedule: "@every 10s", regions: [elsewhere], means: major_outage, http: {url: "https://app.harbour.example/"}}]}
regions: [{id: elsewhere, name: Elsewhere}]
severities: {P1: 'availability == "none"'}
slas: [{id: gold, P1: {acknowledge: 15m, first: 5m, update: 30m, channels: [page, email]}}]
support:
  people:
    - {id: ana, name: Ana Reyes, email: ana@harbour.example, phone: "+447700900001", may: [lead, engineer]}
    - {id: ben, name: Ben Okafor, email: ben@harbour.example, phone: "+447700900002", may: [engineer]}
    - {id: chi, name: Chi Park, email: chi@harbour.example, phone: "+447700900003", may: [engineer]}
  rotas:
    - {id: main, starting: 2026-01-12, lead: [ana], engineer: [ben, chi], escalation: [{after: 0m, tell: [engineer], by: [email, sms]}, {after: 10m, tell: [next-engineer], by: [voice]}, {after: 20m, tell: [everybody], by: [sms, voice]}]}
notify:
  email: {smtp: {host: 127.0.0.1, port: %s, tls: none}, from: status@harbour.example}
  sms:
    twilio: {account_sid: %s, auth_token: %s, messaging_service_sid: %s, voice_from: "+15005550006", base_url: %q}
    countries: [GB]
%s`

// newDatabase writes a database that holds nothing yet: to make its tables takes
// longer than what most tests do with them.
var newDatabase = testkit.Copies(func(path string) error {
	s, err := store.Open(context.Background(), store.Options{Path: path})
	if err != nil {
		return err
	}
	return s.Close()
})

// newOnCall starts all of it. phone says what happens at the other end.
func newOnCall(t *testing.T, phone func(notifytest.Call) notifytest.Pickup, more string) *onCall {
	t.Helper()
	testkit.NoLeaks(t)
	o := &onCall{t: t, at: time.Date(2026, 12, 1, 13, 0, 0, 0, time.UTC)} // a week of ben's
	var err error
	if o.box, err = notifytest.NewMailbox(notifytest.MailboxOptions{}); err != nil {
		t.Fatal(err)
	}
	o.twilio, err = notifytest.NewTwilio(notifytest.TwilioOptions{AccountSID: testAccount, AuthToken: testToken, MessagingServiceSID: testService, Phone: phone, Now: o.now})
	if err != nil {
		t.Fatal(err)
	}
	if err := o.box.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	if err := o.twilio.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	_, port, err := net.SplitHostPort(o.box.Addr())
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(onCallConfig, "http://"+listener.Addr().String(), dir, port, testAccount, testToken, testService, o.twilio.URL(), more)
	path := filepath.Join(dir, "daymark.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	doc, err := loadRunnable(path)
	if err != nil {
		t.Fatal(err)
	}
	newDatabase(t, filepath.Join(dir, "daymark.db"))
	if o.app, err = newAppAt(context.Background(), doc, slog.New(slog.DiscardHandler), o.now); err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: o.app.handler(), ReadHeaderTimeout: time.Minute}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = server.Serve(listener) }) // it ends by Close
	running.Go(func() { o.app.sender.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		for _, err := range []error{o.twilio.Close(), server.Close(), o.box.Close()} {
			if err != nil {
				t.Error(err)
			}
		}
		running.Wait()
		if err := o.app.stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return o
}

// pass lets time go by, with a run of the check every ten seconds.
func (o *onCall) pass(d time.Duration) {
	o.t.Helper()
	for ; d > 0; d -= 10 * time.Second {
		o.mu.Lock()
		o.at = o.at.Add(10 * time.Second)
		o.mu.Unlock()
		outcome := checker.OK
		if o.fails {
			outcome = checker.Failed
		}
		result := checker.Result{Check: "journey", Region: "elsewhere", At: o.now(), Outcome: outcome, Reason: "the answer is 503", Latency: time.Second}
		if _, err := o.app.engine.Submit(o.t.Context(), "elsewhere", []checker.Result{result}); err != nil {
			o.t.Fatal(err)
		}
		if err := o.app.engine.Tick(o.t.Context()); err != nil {
			o.t.Fatal(err)
		}
	}
}

func (o *onCall) incident() incident.Incident {
	o.t.Helper()
	found, err := o.app.store.IncidentsOf(o.t.Context(), incidentsNow)
	if err != nil || len(found) != 1 {
		o.t.Fatalf("open are %+v, %v", found, err)
	}
	return found[0]
}

func (o *onCall) wait(what string, done func() bool) {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.t.Context(), 30*time.Second)
	defer cancel()
	for !done() {
		select {
		case <-ctx.Done():
			o.t.Fatalf("there is no %s", what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// settled waits until nothing is under way: a clock that jumps past a lease
// would have it sent again.
func (o *onCall) settled() {
	o.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(o.app.doc.Server.Data, "daymark.db")+"?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		o.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	o.wait("end of what is under way", func() bool {
		n := -1
		return db.QueryRow("SELECT count(*) FROM deliveries WHERE state = 'sending'").Scan(&n) == nil && n == 0
	})
}

// mailTo gives the emails that arrived for an address.
func (o *onCall) mailTo(address string) []string {
	var all []string
	for _, m := range o.box.Messages() {
		if m.To[0] == address {
			all = append(all, string(m.Raw))
		}
	}
	return all
}

// TestEscalationReachesPeople: a component fails, the engineer on call gets an
// email and a text message at once, nobody takes it, the next one is called
// after ten minutes and presses 1, and the escalation stops.
func TestEscalationReachesPeople(t *testing.T) {
	o := newOnCall(t, func(notifytest.Call) notifytest.Pickup { return notifytest.Pickup{Digits: "1"} }, "")
	o.pass(30 * time.Second)
	o.fails = true
	o.pass(30 * time.Second)
	id := o.incident().ID
	o.wait("email and text message to the engineer on call", func() bool {
		return len(o.mailTo("ben@harbour.example")) == 1 && len(o.twilio.Messages()) == 1
	})
	if m := o.twilio.Messages()[0]; m.To != "+447700900002" || !strings.HasPrefix(m.Body, "Harbour Bank P1: Sign in is not available since 13:0") || !strings.HasSuffix(m.Body, "/incidents/"+id) {
		t.Errorf("the text message is %+v", m)
	}
	if raw := o.mailTo("ben@harbour.example")[0]; !strings.Contains(raw, "Support Engineer is wanted") || !strings.Contains(raw, "daymark incident acknowledge "+id) {
		t.Errorf("the email is\n%s", raw)
	}
	o.pass(9 * time.Minute)
	if n := len(o.twilio.Calls()); n != 0 {
		t.Fatalf("%d calls before their time", n)
	}
	o.pass(2 * time.Minute)
	o.wait("call that is answered", func() bool { return o.incident().Care.Holders.Engineer == "chi" })
	o.wait("end of the call", func() bool {
		return len(o.twilio.Calls()) == 1 && o.twilio.Calls()[0].Status == notifytest.CallCompleted
	})
	call := o.twilio.Calls()[0]
	if call.To != "+447700900003" || len(call.Said) != 3 || call.Said[2] != "Thank you, Chi Park. You are Support Engineer now. Goodbye." {
		t.Errorf("the call is %+v", call)
	}
	if o.incident().Care.Acknowledged.IsZero() {
		t.Error("it is not acknowledged")
	}
	// The Lead's place is free still, but the steps of this rota ask for an
	// engineer alone; everybody is asked for help in general.
	o.pass(10 * time.Minute)
	o.wait("general call", func() bool { return len(o.twilio.Calls()) == 3 })
	for _, c := range o.twilio.Calls()[1:] {
		if c.To == "+447700900003" {
			t.Error("who has it already is called again")
		}
	}
	o.wait("lead", func() bool { return o.incident().Care.Holders.Lead == "ana" })
	calls := len(o.twilio.Calls())
	o.pass(30 * time.Minute)
	if len(o.twilio.Calls()) != calls {
		t.Errorf("%d calls after both roles were taken", len(o.twilio.Calls())-calls)
	}
	// Two of them may take a part, and one was there already: that is said.
	for _, c := range o.twilio.Calls()[1:] {
		last := c.Said[len(c.Said)-1]
		switch c.To {
		case "+447700900001":
			if last != "Thank you, Ana Reyes. You are Support Lead now. Goodbye." {
				t.Errorf("ana heard %q", last)
			}
		case "+447700900002":
			if last != "Chi Park is Support Engineer already: the role can be handed over. Nothing was changed. Goodbye." {
				t.Errorf("ben heard %q", last)
			}
		}
	}
	o.answersAgain()
}

// incidentsNow asks for what is open.
var incidentsNow = store.IncidentQuery{Open: true, Most: 10}

// answersAgain replays the answer to a call that is over, and forges one.
func (o *onCall) answersAgain() {
	o.t.Helper()
	answers := phoneAnswers{o.app.store, o.app.engine, o.app.doc}
	var first string
	for n := range 20 { // alerts are numbered
		id := fmt.Sprintf("alert-%d-voice", n)
		if _, err := o.app.store.Called(o.t.Context(), id); err == nil {
			first = id
			break
		}
	}
	for id, want := range map[string]string{first: "This call is over. Nothing was changed.", "alert-99-voice": "This call is not known.", "alert-1-sms": "This call is not known."} {
		if says, err := answers.Answer(o.t.Context(), id); err != nil || says != want {
			o.t.Errorf("%s: %q, %v", id, says, err)
		}
	}
}
