package email_test

import (
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

// The server's failures at each stage; what is certain afterwards differs.
func TestSendClassifiesFailures(t *testing.T) {
	at := func(set func(*notifytest.MailHooks, func(notifytest.Mail) notifytest.MailAction), a notifytest.MailAction) notifytest.MailHooks {
		var hooks notifytest.MailHooks
		set(&hooks, func(notifytest.Mail) notifytest.MailAction { return a })
		return hooks
	}
	type hook = func(notifytest.Mail) notifytest.MailAction
	from := func(h *notifytest.MailHooks, f hook) { h.Mail = f }
	to := func(h *notifytest.MailHooks, f hook) { h.Rcpt = f }
	data := func(h *notifytest.MailHooks, f hook) { h.Data = f }
	final := func(h *notifytest.MailHooks, f hook) { h.Final = f }
	for name, tc := range map[string]struct {
		hooks   notifytest.MailHooks
		class   notify.Class
		remote  bool
		arrives int
	}{
		"greylisted":                     {at(to, notifytest.MailAction{Code: 451}), notify.NotNow, false, 0},
		"sender refused for now":         {at(from, notifytest.MailAction{Code: 450}), notify.NotNow, false, 0},
		"sender refused":                 {at(from, notifytest.MailAction{Code: 550}), notify.Refused, false, 0},
		"credentials wanted":             {at(from, notifytest.MailAction{Code: 530}), notify.NotNow, true, 0},
		"closing down":                   {at(from, notifytest.MailAction{Code: 421}), notify.NotNow, true, 0},
		"no such mailbox":                {at(to, notifytest.MailAction{Code: 550, Message: "no such user"}), notify.Refused, false, 0},
		"mailbox full":                   {at(to, notifytest.MailAction{Code: 452}), notify.NotNow, false, 0},
		"dropped at MAIL":                {at(from, notifytest.MailAction{Drop: notifytest.DropBefore}), notify.NotNow, true, 0},
		"dropped at RCPT":                {at(to, notifytest.MailAction{Drop: notifytest.DropBefore}), notify.NotNow, true, 0},
		"refused before the message":     {at(data, notifytest.MailAction{Code: 554}), notify.Refused, false, 0},
		"refused after the message":      {at(final, notifytest.MailAction{Code: 554, Message: "spam"}), notify.Refused, false, 0},
		"refused for now after it":       {at(final, notifytest.MailAction{Code: 451}), notify.NotNow, false, 0},
		"dropped after the dot, untaken": {at(final, notifytest.MailAction{Drop: notifytest.DropBefore}), notify.Unclear, true, 0},
		"dropped after the dot, taken":   {at(final, notifytest.MailAction{Drop: notifytest.DropAfter}), notify.Unclear, true, 1},
		"slow, but within time":          {at(final, notifytest.MailAction{Delay: 50 * time.Millisecond}), notify.Taken, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			box := mailbox(t, notifytest.MailboxOptions{Hooks: tc.hooks})
			c := channel(t, box.Addr(), nil)
			sent := c.Send(limited(t), message())
			if sent.Class != tc.class || sent.Remote != tc.remote || (sent.Reason == "") != (tc.class == notify.Taken) {
				t.Errorf("sent %+v", sent)
			}
			if strings.Contains(sent.Reason, "sam@mail.example") {
				t.Errorf("the reason names the recipient: %s", sent.Reason)
			}
			if box.Received() != tc.arrives {
				t.Errorf("%d arrived, want %d", box.Received(), tc.arrives)
			}
			// The channel goes on, whatever became of the connection.
			box.SetHooks(notifytest.MailHooks{})
			if sent := c.Send(limited(t), message()); sent.Class != notify.Taken {
				t.Errorf("afterwards %+v", sent)
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

func TestSendWithoutAServer(t *testing.T) {
	server, client := certificates(t)
	for name, tc := range map[string]struct {
		box    notifytest.MailboxOptions
		adjust func(*email.Options)
		want   string
	}{
		"nobody listens":       {notifytest.MailboxOptions{}, func(o *email.Options) { o.Email.SMTP.Port = closedPort(t) }, "refused"},
		"no STARTTLS":          {notifytest.MailboxOptions{}, func(o *email.Options) { o.Email.SMTP.TLS = "starttls" }, "STARTTLS"},
		"no TLS at all":        {notifytest.MailboxOptions{}, func(o *email.Options) { o.Email.SMTP.TLS = "implicit" }, "encrypt"},
		"an unknown signer":    {notifytest.MailboxOptions{TLS: "implicit", TLSConfig: server}, func(o *email.Options) { o.Email.SMTP.TLS = "implicit" }, "certificate"},
		"unknown, by STARTTLS": {notifytest.MailboxOptions{TLS: "starttls", TLSConfig: server}, func(o *email.Options) { o.Email.SMTP.TLS = "starttls" }, "certificate"},
		"a wrong password": {notifytest.MailboxOptions{TLS: "implicit", TLSConfig: server, User: "daymark", Password: "right"}, func(o *email.Options) {
			o.Email.SMTP.TLS, o.TLS, o.Email.SMTP.User, o.Email.SMTP.Password = "implicit", client, "daymark", "wrong-one"
		}, "535"},
		"no AUTH for a password": {notifytest.MailboxOptions{}, func(o *email.Options) { o.Email.SMTP.User, o.Email.SMTP.Password = "daymark", "wrong-one" }, "AUTH"},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			box := mailbox(t, tc.box)
			sent := channel(t, box.Addr(), tc.adjust).Send(limited(t), message())
			if sent.Class != notify.NotNow || !sent.Remote || !strings.Contains(sent.Reason, tc.want) || strings.Contains(sent.Reason, "wrong-one") {
				t.Errorf("sent %+v, want %q", sent, tc.want)
			}
			if box.Received() != 0 {
				t.Error("it arrived")
			}
		})
	}
}

func TestSendTimesOut(t *testing.T) {
	hold := notifytest.MailAction{Delay: time.Hour} // Close cuts it short
	for name, tc := range map[string]struct {
		hooks notifytest.MailHooks
		class notify.Class
	}{
		"before the message": {notifytest.MailHooks{Mail: func(notifytest.Mail) notifytest.MailAction { return hold }}, notify.NotNow},
		"after the dot":      {notifytest.MailHooks{Final: func(notifytest.Mail) notifytest.MailAction { return hold }}, notify.Unclear},
	} {
		t.Run(name, func(t *testing.T) {
			for how, ctx := range map[string]func() (context.Context, context.CancelFunc){
				"by the options": func() (context.Context, context.CancelFunc) { return limited(t), func() {} },
				"cut off": func() (context.Context, context.CancelFunc) {
					return context.WithTimeout(t.Context(), 150*time.Millisecond)
				},
			} {
				t.Run(how, func(t *testing.T) {
					testkit.NoLeaks(t)
					box := mailbox(t, notifytest.MailboxOptions{Hooks: tc.hooks})
					c := channel(t, box.Addr(), func(o *email.Options) {
						if how == "by the options" {
							o.Timeout = 150 * time.Millisecond
						}
					})
					ctx, cancel := ctx()
					defer cancel()
					if sent := c.Send(ctx, message()); sent.Class != tc.class {
						t.Errorf("sent %+v, want %s", sent, tc.class)
					}
				})
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
