package email_test

import (
	"strings"
	"testing"

	"daymark/notify"
	"daymark/notify/email"
	"daymark/notify/notifytest"
)

func TestSendRefusesWhatCannotBeMail(t *testing.T) {
	box := mailbox(t, notifytest.MailboxOptions{})
	c := channel(t, box.Addr(), nil)
	for name, spoil := range map[string]func(*notify.Message){
		"no address":     func(m *notify.Message) { m.To = "" },
		"two addresses":  func(m *notify.Message) { m.To = "a@mail.example, b@mail.example" },
		"a line in it":   func(m *notify.Message) { m.To = "a@mail.example\r\nRCPT TO:<b@mail.example>" },
		"no subject":     func(m *notify.Message) { m.Subject = "" },
		"no text":        func(m *notify.Message) { m.Text = "" },
		"a mail of 2 MB": func(m *notify.Message) { m.HTML = strings.Repeat("x", 2<<20) },
	} {
		t.Run(name, func(t *testing.T) {
			m := message()
			spoil(&m)
			if sent := c.Send(limited(t), m); sent.Class != notify.Refused || sent.Reason == "" {
				t.Errorf("sent %+v", sent)
			}
		})
	}
	if box.Received() != 0 {
		t.Errorf("%d arrived", box.Received())
	}
}

func TestSendCannotAddHeaders(t *testing.T) {
	box := mailbox(t, notifytest.MailboxOptions{})
	m := message()
	m.Subject, m.Name = "Down\r\nBcc: all@mail.example", "Sam\r\nBcc: all@mail.example"
	sent := channel(t, box.Addr(), nil).Send(limited(t), m)
	if sent.Class == notify.Taken {
		if got := box.Messages()[0]; got.Header.Get("Bcc") != "" || len(got.To) != 1 {
			t.Errorf("Bcc %q, envelope to %q", got.Header.Get("Bcc"), got.To)
		}
	} else if sent.Class != notify.Refused {
		t.Errorf("sent %+v", sent)
	}
}

func TestNewRefuses(t *testing.T) {
	good := func() email.Options {
		var o email.Options
		o.Email.SMTP = notify.SMTP{Host: "mail.example"}
		o.Email.From = "status@harbour.example"
		return o
	}
	if _, err := email.New(good()); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*email.Options){
		"no host":                 func(o *email.Options) { o.Email.SMTP.Host = "" },
		"no sender":               func(o *email.Options) { o.Email.From = "" },
		"no TLS to another place": func(o *email.Options) { o.Email.SMTP.TLS = "none" },
		"an unknown TLS":          func(o *email.Options) { o.Email.SMTP.TLS = "maybe" },
		"a user, no password":     func(o *email.Options) { o.Email.SMTP.User = "daymark" },
		"no such port":            func(o *email.Options) { o.Email.SMTP.Port = 70_000 },
	} {
		t.Run(name, func(t *testing.T) {
			o := good()
			spoil(&o)
			if _, err := email.New(o); err == nil {
				t.Errorf("took %+v", o.Email)
			}
		})
	}
}
