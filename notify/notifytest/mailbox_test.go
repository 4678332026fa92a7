package notifytest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"daymark/notify/notifytest"
)

const letter = "From: Shop <status@shop.example>\r\n" +
	"To: sam@mail.example\r\n" +
	"Date: Mon, 02 Mar 2026 14:30:00 +0000\r\n" +
	"Message-ID: <one@shop.example>\r\n" +
	"Subject: =?utf-8?q?Sign_in_=E2=80=93_down?=\r\n" +
	"MIME-Version: 1.0\r\n" +
	"Content-Type: multipart/alternative; boundary=edge\r\n\r\n" +
	"--edge\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
	"Next update =E2=80=93 14:30\r\n..dot\r\n" +
	"--edge\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nPGI+YjwvYj4=\r\n" +
	"--edge--\r\n"

func send(addr, text string) error {
	c, err := smtp.Dial(addr)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	return c.SendMail("bounce+7@shop.example", []string{"sam@mail.example"}, strings.NewReader(text))
}

func code(err error) int {
	if answer := (*smtp.SMTPError)(nil); errors.As(err, &answer) {
		return answer.Code
	}
	return 0
}

func TestMailboxKeepsAMessageAsItCame(t *testing.T) {
	box := startMailbox(t, notifytest.MailboxOptions{})
	if err := send(box.Addr(), letter); err != nil {
		t.Fatal(err)
	}
	mails, err := box.Wait(limited(t), 1)
	if err != nil {
		t.Fatal(err)
	}
	m := mails[0]
	if string(m.Raw) != letter {
		t.Errorf("raw differs:\n%q\n%q", m.Raw, letter)
	}
	if m.From != "bounce+7@shop.example" || len(m.To) != 1 || m.To[0] != "sam@mail.example" || m.ID != 1 || m.At.IsZero() {
		t.Errorf("envelope: %+v", m)
	}
	if m.Subject != "Sign in – down" || m.MessageID != "<one@shop.example>" {
		t.Errorf("subject %q, id %q", m.Subject, m.MessageID)
	}
	if want := "Next update – 14:30\n..dot"; m.Text != want {
		t.Errorf("text %q, want %q", m.Text, want)
	}
	if m.HTML != "<b>b</b>" {
		t.Errorf("html %q", m.HTML)
	}
	if one, ok := box.Message(1); !ok || one.Subject != m.Subject {
		t.Errorf("message 1: %v %+v", ok, one)
	}
	if _, ok := box.Message(2); ok {
		t.Error("message 2 exists")
	}
}

func TestMailboxRefusesWhatIsNoMail(t *testing.T) {
	box := startMailbox(t, notifytest.MailboxOptions{MaxBytes: 4000})
	for name, tc := range map[string]struct {
		text string
		code int
	}{
		"no date":              {strings.Replace(letter, "Date: Mon", "X: Mon", 1), 550},
		"no from":              {strings.Replace(letter, "From: Shop", "X: Shop", 1), 550},
		"no header":            {"hello\r\n", 550},
		"long line":            {letter + strings.Repeat("x", 999) + "\r\n", 550},
		"unfinished multipart": {strings.Replace(letter, "--edge--", "", 1), 550},
		"unknown encoding":     {strings.Replace(letter, "base64", "rot13", 1), 550},
		"broken base64":        {strings.Replace(letter, "PGI+", "P!!+", 1), 550},
		"too large":            {letter + strings.Repeat("x\r\n", 2000), 552},
	} {
		t.Run(name, func(t *testing.T) {
			if err := send(box.Addr(), tc.text); code(err) != tc.code {
				t.Errorf("got %v, want %d", err, tc.code)
			}
		})
	}
	if n := box.Received(); n != 0 {
		t.Errorf("kept %d", n)
	}
}

func TestMailboxFailsAtEachStage(t *testing.T) {
	no := func(a notifytest.MailAction) func(notifytest.Mail) notifytest.MailAction {
		return func(notifytest.Mail) notifytest.MailAction { return a }
	}
	refuse, drop := notifytest.MailAction{Code: 421}, notifytest.MailAction{Drop: notifytest.DropBefore}
	permanent := notifytest.MailAction{Code: 550, Message: "no such user"}
	late := notifytest.MailAction{Drop: notifytest.DropAfter, Delay: time.Millisecond}
	for name, tc := range map[string]struct {
		hooks notifytest.MailHooks
		code  int // zero: a lost connection
		kept  int
	}{
		"mail refused":        {notifytest.MailHooks{Mail: no(refuse)}, 421, 0},
		"mail dropped":        {notifytest.MailHooks{Mail: no(drop)}, 0, 0},
		"rcpt refused":        {notifytest.MailHooks{Rcpt: no(permanent)}, 550, 0},
		"rcpt dropped":        {notifytest.MailHooks{Rcpt: no(drop)}, 0, 0},
		"data refused":        {notifytest.MailHooks{Data: no(refuse)}, 421, 0},
		"data dropped":        {notifytest.MailHooks{Data: no(drop)}, 0, 0},
		"final refused":       {notifytest.MailHooks{Final: no(refuse)}, 421, 0},
		"final dropped":       {notifytest.MailHooks{Final: no(drop)}, 0, 0},
		"accepted, no answer": {notifytest.MailHooks{Final: no(late)}, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			box := startMailbox(t, notifytest.MailboxOptions{})
			box.SetHooks(tc.hooks)
			err := send(box.Addr(), letter)
			if err == nil {
				t.Fatal("succeeded")
			}
			if code(err) != tc.code {
				t.Errorf("got %v, want code %d", err, tc.code)
			}
			if n := box.Received(); n != tc.kept {
				t.Errorf("kept %d, want %d", n, tc.kept)
			}
			box.SetHooks(notifytest.MailHooks{})
			if err := send(box.Addr(), letter); err != nil {
				t.Errorf("after the hook: %v", err)
			}
		})
	}
}

func TestMailboxHooksSeeTheEnvelope(t *testing.T) {
	var asked []string
	box := startMailbox(t, notifytest.MailboxOptions{Hooks: notifytest.MailHooks{
		Rcpt: func(m notifytest.Mail) notifytest.MailAction {
			asked = append(asked, m.From+">"+m.To[len(m.To)-1])
			return notifytest.MailAction{}
		},
		Final: func(m notifytest.Mail) notifytest.MailAction {
			asked = append(asked, m.Subject)
			return notifytest.MailAction{}
		},
	}})
	if err := send(box.Addr(), letter); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(asked, "|"), "bounce+7@shop.example>sam@mail.example|Sign in – down"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMailboxEncryptsAndAuthenticates(t *testing.T) {
	server, client := certificates(t)
	plain := sasl.NewPlainClient("", "daymark", "secret")
	for name, tc := range map[string]struct {
		mode notifytest.MailboxTLS
		dial func(addr string) (*smtp.Client, error)
		auth sasl.Client
		code int
	}{
		"starttls": {notifytest.MailboxSTARTTLS, func(a string) (*smtp.Client, error) { return smtp.DialStartTLS(a, client) }, plain, 0},
		"implicit": {notifytest.MailboxImplicit, func(a string) (*smtp.Client, error) { return smtp.DialTLS(a, client) }, plain, 0},
		"login":    {notifytest.MailboxPlain, smtp.Dial, sasl.NewLoginClient("daymark", "secret"), 0},
		"no auth":  {notifytest.MailboxPlain, smtp.Dial, nil, 530},
		"no tls":   {notifytest.MailboxSTARTTLS, smtp.Dial, nil, 530},
		"wrong":    {notifytest.MailboxPlain, smtp.Dial, sasl.NewPlainClient("", "daymark", "guess"), 535},
		"another":  {notifytest.MailboxPlain, smtp.Dial, sasl.NewLoginClient("other", "secret"), 535},
	} {
		t.Run(name, func(t *testing.T) {
			box := startMailbox(t, notifytest.MailboxOptions{User: "daymark", Password: "secret", TLS: tc.mode, TLSConfig: server})
			c, err := tc.dial(box.Addr())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close() }()
			if tc.auth != nil {
				err = c.Auth(tc.auth)
			}
			if err == nil {
				err = c.SendMail("a@shop.example", []string{"sam@mail.example"}, strings.NewReader(letter))
			}
			if code(err) != tc.code || (tc.code == 0 && err != nil) {
				t.Fatalf("got %v, want %d", err, tc.code)
			}
			if tc.code != 0 {
				return
			}
			m := box.Messages()[0]
			if m.User != "daymark" || m.TLS != (tc.mode != notifytest.MailboxPlain) {
				t.Errorf("user %q, tls %v", m.User, m.TLS)
			}
		})
	}
}

func TestMailboxKeepsTheNewestAndGoesOnFromBefore(t *testing.T) {
	var seen []int
	opts := notifytest.MailboxOptions{Keep: 2, OnAccept: func(m notifytest.Mail) error {
		seen = append(seen, m.ID)
		return nil
	}, Restore: []notifytest.Mail{{ID: 6, Raw: []byte(letter)}, {ID: 7, Raw: []byte(letter)}, {ID: 9, Raw: []byte(letter)}}}
	box := startMailbox(t, opts)
	if m := box.Messages(); len(m) != 2 || m[0].ID != 7 || m[1].Subject != "Sign in – down" {
		t.Fatalf("restored %+v", m)
	}
	if err := send(box.Addr(), letter); err != nil {
		t.Fatal(err)
	}
	if m := box.Messages(); len(m) != 2 || m[0].ID != 9 || m[1].ID != 10 || fmt.Sprint(seen) != "[10]" {
		t.Errorf("kept %d and %d, seen %v", m[0].ID, m[1].ID, seen)
	}
}

func TestMailboxAnswers451WhenItCannotKeep(t *testing.T) {
	box := startMailbox(t, notifytest.MailboxOptions{OnAccept: func(notifytest.Mail) error { return io.ErrShortWrite }})
	if err := send(box.Addr(), letter); code(err) != 451 {
		t.Errorf("got %v", err)
	}
	if n := box.Received(); n != 0 {
		t.Errorf("kept %d", n)
	}
}

func TestMailboxWaitEndsWithItsContext(t *testing.T) {
	box := startMailbox(t, notifytest.MailboxOptions{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := box.Wait(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestMailboxCloseCutsDelaysShort(t *testing.T) {
	entered := make(chan struct{})
	box := startMailbox(t, notifytest.MailboxOptions{Hooks: notifytest.MailHooks{
		Mail: func(notifytest.Mail) notifytest.MailAction {
			close(entered)
			return notifytest.MailAction{Delay: time.Hour}
		},
	}})
	result := make(chan error, 1)
	go func() { result <- send(box.Addr(), letter) }()
	<-entered
	if err := box.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-result; err == nil {
		t.Error("succeeded")
	}
}

func TestMailboxOptionsAreChecked(t *testing.T) {
	for name, opts := range map[string]notifytest.MailboxOptions{
		"tls without certificate": {TLS: notifytest.MailboxImplicit},
		"unknown tls":             {TLS: "maybe"},
		"user alone":              {User: "a"},
		"negative keep":           {Keep: -1},
		"broken restore":          {Restore: []notifytest.Mail{{ID: 1, Raw: []byte("x")}}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := notifytest.NewMailbox(opts); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(letter))
	f.Add([]byte("Date: x\r\nFrom: y\r\n\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := notifytest.Mail{Raw: raw}
		if err := m.Parse(); err == nil && m.Header.Get("From") == "" {
			t.Errorf("accepted without From: %q", raw)
		}
	})
}
