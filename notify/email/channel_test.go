package email_test

import (
	"bytes"
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/notify/email"
	"daymark/notify/notifytest"
)

func TestSendArrivesAsItShould(t *testing.T) {
	testkit.NoLeaks(t)
	box := mailbox(t, notifytest.MailboxOptions{})
	now := time.Date(2026, 7, 2, 14, 2, 0, 0, time.UTC)
	c := channel(t, box.Addr(), func(o *email.Options) { o.Now = func() time.Time { return now } })
	if sent := c.Send(limited(t), message()); sent.Class != notify.Taken || sent.Provider == "" {
		t.Fatalf("sent %+v", sent)
	}
	got := box.Messages()[0]
	if got.Subject != message().Subject || got.HTML != message().HTML || strings.TrimRight(got.Text, "\n") != strings.TrimRight(message().Text, "\n") {
		t.Errorf("subject %q, text %q, HTML of %d bytes", got.Subject, got.Text, len(got.HTML))
	}
	if got.From != "status@harbour.example" || len(got.To) != 1 || got.To[0] != "sam@mail.example" {
		t.Errorf("envelope from %q to %q", got.From, got.To)
	}
	for name, want := range map[string]string{
		"Message-ID": "<0abc-s1@harbour.example>", "Auto-Submitted": "auto-generated",
		"References": "<incident-7q2@harbour.example>", "In-Reply-To": "<incident-7q2@harbour.example>",
		"From": `"Harbour Bank status" <status@harbour.example>`, "X-Auto-Response-Suppress": "All",
		"Date": "Thu, 02 Jul 2026 14:02:00 +0000", "User-Agent": "", "List-Unsubscribe": "",
	} {
		if got.Header.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.Header.Get(name), want)
		}
	}
	if to, err := got.Header.AddressList("To"); err != nil || len(to) != 1 || to[0].Name != "Sam Füld" {
		t.Errorf("To is %v, %v", to, err)
	}
	if kind := got.Header.Get("Content-Type"); !strings.HasPrefix(kind, "multipart/alternative") {
		t.Errorf("the content is %s", kind)
	}
}

// A file goes beside the text, which stays what mail programs show; more than
// 5 MB are refused before anybody is called.
func TestSendAttaches(t *testing.T) {
	testkit.NoLeaks(t)
	box := mailbox(t, notifytest.MailboxOptions{})
	c := channel(t, box.Addr(), func(*email.Options) {})
	m, data := message(), bytes.Repeat([]byte("%PDF-1.7\n\x00\xff.\r\n"), 4000)
	m.Files = []notify.Attachment{{Name: "sla-gold-2026-10.pdf", MediaType: "application/pdf", Data: data}}
	if sent := c.Send(limited(t), m); sent.Class != notify.Taken {
		t.Fatalf("sent %+v", sent)
	}
	got := box.Messages()[0]
	if got.HTML != m.HTML || strings.TrimRight(got.Text, "\n") != strings.TrimRight(m.Text, "\n") || !strings.HasPrefix(got.Header.Get("Content-Type"), "multipart/mixed") {
		t.Errorf("%s with text %q, HTML of %d bytes", got.Header.Get("Content-Type"), got.Text, len(got.HTML))
	}
	if len(got.Files) != 1 || got.Files[0].Name != m.Files[0].Name || got.Files[0].MediaType != "application/pdf" || !bytes.Equal(got.Files[0].Data, data) {
		t.Errorf("%d files", len(got.Files))
	}
	m.Files[0].Data = make([]byte, 5<<20)
	if sent := c.Send(limited(t), m); sent.Class != notify.Taken || len(box.Messages()[1].Files[0].Data) != 5<<20 {
		t.Errorf("5 MB: %+v", sent)
	}
	m.Files[0].Data = make([]byte, 5<<20+1)
	if sent := c.Send(limited(t), m); sent.Class != notify.Refused || box.Received() != 2 {
		t.Errorf("more: %+v", sent)
	}
}

func TestSendEncryptsAndSignsIn(t *testing.T) {
	server, client := certificates(t)
	for _, mode := range []notifytest.MailboxTLS{notifytest.MailboxImplicit, notifytest.MailboxSTARTTLS, notifytest.MailboxPlain} {
		t.Run(string(mode)+" and a password", func(t *testing.T) {
			testkit.NoLeaks(t)
			opts := notifytest.MailboxOptions{TLS: mode, User: "daymark", Password: "s3cret pass"}
			if mode != notifytest.MailboxPlain {
				opts.TLSConfig = server
			}
			box := mailbox(t, opts)
			c := channel(t, box.Addr(), func(o *email.Options) {
				o.Email.SMTP.User, o.Email.SMTP.Password, o.TLS = "daymark", "s3cret pass", client
				if mode != notifytest.MailboxPlain {
					o.Email.SMTP.TLS = string(mode)
				}
			})
			for range 3 {
				if sent := c.Send(limited(t), message()); sent.Class != notify.Taken {
					t.Fatalf("sent %+v", sent)
				}
			}
			if got := box.Messages()[2]; got.TLS != (mode != notifytest.MailboxPlain) || got.User != "daymark" {
				t.Errorf("arrived with TLS %v from user %q", got.TLS, got.User)
			}
		})
	}
}

func TestSendDroppedWhileTheMessageIsRead(t *testing.T) {
	testkit.NoLeaks(t)
	box := mailbox(t, notifytest.MailboxOptions{Hooks: notifytest.MailHooks{
		Data: func(notifytest.Mail) notifytest.MailAction { return notifytest.MailAction{Drop: notifytest.DropBefore} },
	}})
	c := channel(t, box.Addr(), nil)
	m := message()
	m.HTML = strings.Repeat(m.HTML, 300) // more than the sockets hold
	// Which of the two depends on how much of the message the kernel had taken
	// when the connection went; neither says that it was refused for good.
	if sent := c.Send(limited(t), m); sent.Class != notify.NotNow && sent.Class != notify.Unclear {
		t.Errorf("sent %+v", sent)
	}
	if box.Received() != 0 {
		t.Error("it arrived")
	}
}

func TestSendTimesOut(t *testing.T) {
	for name, tc := range map[string]struct {
		hooks func(hold func(notifytest.Mail) notifytest.MailAction) notifytest.MailHooks
		class notify.Class
	}{
		"before the message": {func(hold func(notifytest.Mail) notifytest.MailAction) notifytest.MailHooks {
			return notifytest.MailHooks{Mail: hold}
		}, notify.NotNow},
		"after the dot": {func(hold func(notifytest.Mail) notifytest.MailAction) notifytest.MailHooks {
			return notifytest.MailHooks{Final: hold}
		}, notify.Unclear},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			reached := make(chan struct{}, 100)
			box := mailbox(t, notifytest.MailboxOptions{Hooks: tc.hooks(func(notifytest.Mail) notifytest.MailAction {
				reached <- struct{}{}
				return notifytest.MailAction{Delay: time.Hour} // Close cuts it short
			})})
			ctx, cancel := context.WithCancel(limited(t))
			go func() { <-reached; cancel() }()
			if sent := channel(t, box.Addr(), nil).Send(ctx, message()); sent.Class != tc.class {
				t.Errorf("cut off: sent %+v, want %s", sent, tc.class)
			}
			for timeout := 150 * time.Millisecond; ; timeout *= 4 { // until it is enough to come so far
				sent := channel(t, box.Addr(), func(o *email.Options) { o.Timeout = timeout }).Send(limited(t), message())
				if len(reached) == 0 && timeout < 10*time.Second {
					continue
				}
				if sent.Class != tc.class {
					t.Errorf("by the options: sent %+v, want %s", sent, tc.class)
				}
				break
			}
		})
	}
}

func TestSendToAServerThatTalksForEver(t *testing.T) {
	testkit.NoLeaks(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		conn, err := l.Accept()
		if err != nil {
			return // the test has failed before
		}
		defer conn.Close()
		line := []byte("220-" + strings.Repeat("welcome ", 1000) + "\r\n")
		for err == nil {
			_, err = conn.Write(line)
		}
	}()
	sent := channel(t, l.Addr().String(), nil).Send(limited(t), message())
	if sent.Class != notify.NotNow || !sent.Remote || !strings.Contains(sent.Reason, "more than any answer needs") {
		t.Errorf("sent %+v", sent)
	}
	l.Close()
	<-ended
}
