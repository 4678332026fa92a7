package demo_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"daymark/demo"
	"daymark/notify/notifytest"
)

type outbox struct {
	Emails []struct {
		ID                                 int
		From, Subject, Text, HTML, Raw, At string
		MessageID                          string `json:"message_id"`
		To                                 []string
	}
	SMS []struct{ To, Body, SID, Status, At string }
}

func readOutbox(t *testing.T, s *demo.Server) outbox {
	t.Helper()
	return decode[outbox](t, get(t, browser(t), s.URL()+"/outbox.json"))
}

func TestOutboxShowsWhatArrived(t *testing.T) {
	s := start(t, demo.Options{})
	if a := get(t, browser(t), s.URL()+"/outbox.json"); strings.TrimSpace(a.body) != `{"emails":[],"sms":[]}` {
		t.Errorf("empty outbox is %s", a.body)
	}
	contains(t, get(t, browser(t), s.URL()+"/outbox"), "No text message yet.", "No email yet.", `http-equiv="refresh" content="5"`)
	sendMail(t, s)
	sendSMS(t, s, "first")
	sendSMS(t, s, "second <b>")
	err := s.Twilio().Await(limited(t), func() bool {
		for _, m := range s.Twilio().Messages() {
			if m.Status != notifytest.StatusDelivered {
				return false
			}
		}
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	a := get(t, browser(t), s.URL()+"/outbox")
	contains(t, a, "Sign in is down &lt;now&gt;", "sam@mail.example", "Next update 14:30", "second &lt;b&gt;", "delivered, 1 segment", `href="/outbox/mail/1"`)
	if strings.Index(a.body, "second") > strings.Index(a.body, "first") {
		t.Error("the newest is not first")
	}
	got := readOutbox(t, s)
	if len(got.Emails) != 1 || len(got.SMS) != 2 {
		t.Fatalf("%+v", got)
	}
	m := got.Emails[0]
	if m.From != "bounce+7@shop.example" || m.To[0] != "sam@mail.example" || m.Subject != "Sign in is down <now>" ||
		m.MessageID != "<one@shop.example>" || m.Text != "Next update 14:30" || m.Raw != letter || m.At == "" {
		t.Errorf("email %+v", m)
	}
	if sms := got.SMS[0]; sms.Body != "second <b>" || sms.To != "+447700900123" || !strings.HasPrefix(sms.SID, "SM") || sms.Status != "delivered" || sms.At == "" {
		t.Errorf("sms %+v", sms)
	}
}

func TestOutboxSaysTheDayOfWhatIsOld(t *testing.T) {
	var now atomic.Int64
	now.Store(time.Date(2026, 12, 31, 23, 59, 0, 0, time.UTC).Unix())
	s := start(t, demo.Options{Now: func() time.Time { return time.Unix(now.Load(), 0).UTC() }})
	sendMail(t, s)
	sendSMS(t, s, "old")
	tests := []struct {
		name, shown string
		later       time.Duration
	}{
		{"the same day", ">23:59:00</time>", 0},
		{"the next, in another year", ">23:59:00 on 31 December 2026</time>", 2 * time.Minute},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			now.Add(int64(test.later / time.Second))
			a := get(t, browser(t), s.URL()+"/outbox")
			if n := strings.Count(a.body, test.shown); n != 2 {
				t.Errorf("%q stands %d times in\n%s", test.shown, n, a.body)
			}
			contains(t, get(t, browser(t), s.URL()+"/outbox/mail/1"), test.shown)
		})
	}
}

func TestOutboxShowsAnEmailSafely(t *testing.T) {
	s := start(t, demo.Options{})
	sendMail(t, s)
	contains(t, get(t, browser(t), s.URL()+"/outbox/mail/1"), "<iframe sandbox src=\"/outbox/mail/1/html\"", "Next update 14:30", "status@shop.example")
	html := get(t, browser(t), s.URL()+"/outbox/mail/1/html")
	contains(t, html, "<script>alert(1)</script>")
	policy := html.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "sandbox; default-src 'none';") || strings.Contains(policy, "script") || strings.Contains(policy, "allow-") {
		t.Errorf("policy %q", policy)
	}
	raw := get(t, browser(t), s.URL()+"/outbox/mail/1/raw")
	if raw.body != letter || !strings.HasPrefix(raw.Header.Get("Content-Type"), "text/plain") || raw.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%v %q", raw.Header, raw.body)
	}
	for _, path := range []string{"/outbox/mail/2", "/outbox/mail/x", "/outbox/mail/2/html", "/outbox/mail/2/raw"} {
		if a := get(t, browser(t), s.URL()+path); a.StatusCode != 404 {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
	}
}

func TestOutboxOutlivesTheShop(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "outbox")
	s := start(t, demo.Options{Dir: dir, Keep: 2})
	for i := range 3 {
		sendMail(t, s)
		sendSMS(t, s, fmt.Sprint("text ", i))
	}
	if err := s.Twilio().Await(limited(t), func() bool { return s.Twilio().Messages()[1].Status == notifytest.StatusDelivered }); err != nil {
		t.Fatal(err)
	}
	stop(t, s)
	if err := os.WriteFile(filepath.Join(dir, "mail-9999999999.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	s = start(t, demo.Options{Dir: dir, Keep: 2})
	got := readOutbox(t, s)
	if len(got.Emails) != 2 || got.Emails[0].ID != 3 || got.Emails[1].ID != 2 || got.Emails[0].Raw != letter || got.Emails[0].To[0] != "sam@mail.example" {
		t.Errorf("emails %+v", got.Emails)
	}
	if len(got.SMS) != 2 || got.SMS[0].Body != "text 2" || got.SMS[0].Status != "delivered" || got.SMS[1].Body != "text 1" {
		t.Errorf("sms %+v", got.SMS)
	}
	sendMail(t, s)
	if got := readOutbox(t, s); got.Emails[0].ID != 4 {
		t.Errorf("next email is %d", got.Emails[0].ID)
	}
}

func TestOutboxThatCannotBeKeptIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := demo.New(demo.Options{Dir: filepath.Join(file, "outbox")}); err == nil {
		t.Error("accepted")
	}
}
