package email_test

import (
	"context"
	"crypto/tls"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/notify/email"
	"daymark/notify/notifytest"
)

// always is a hook that does the same each time.
func always(a notifytest.MailAction) func(notifytest.Mail) notifytest.MailAction {
	return func(notifytest.Mail) notifytest.MailAction { return a }
}

func refuse(code int, message ...string) func(notifytest.Mail) notifytest.MailAction {
	return always(notifytest.MailAction{Code: code, Message: strings.Join(message, "")})
}

func drop(d notifytest.Drop) func(notifytest.Mail) notifytest.MailAction {
	return always(notifytest.MailAction{Drop: d})
}

// failing is one way in which a mail server fails, and what follows from it.
type failing struct {
	box     notifytest.MailboxOptions
	adjust  func(*email.Options)
	class   notify.Class
	remote  bool // it says something of the server, not of the message
	patient bool // it is left alone for a minute
	state   notify.State
	arrives int    // at each attempt
	reason  string // part of it
}

// failures is the table: what is certain afterwards differs by the stage, and
// the state of the delivery with it.
func failures(t *testing.T) map[string]failing {
	server, client := certificates(t)
	refusing := &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return nil, errors.New("not today") }}
	hooks := func(h notifytest.MailHooks) notifytest.MailboxOptions { return notifytest.MailboxOptions{Hooks: h} }
	type h = notifytest.MailHooks
	encrypt := func(how string, trust *tls.Config) func(*email.Options) {
		return func(o *email.Options) { o.Email.SMTP.TLS, o.TLS = how, trust }
	}
	account := func(o *email.Options) { o.Email.SMTP.User, o.Email.SMTP.Password = "daymark", "wrong-one" }
	return map[string]failing{
		"greylisted, 451":                {box: hooks(h{Rcpt: refuse(451)}), class: notify.NotNow, patient: true, state: notify.Retry, reason: "451"},
		"greylisted, 450":                {box: hooks(h{Rcpt: refuse(450, "4.2.0 greylisted, come back")}), class: notify.NotNow, patient: true, state: notify.Retry, reason: "greylisted"},
		"sender refused for now":         {box: hooks(h{Mail: refuse(450)}), class: notify.NotNow, patient: true, state: notify.Retry},
		"sender refused":                 {box: hooks(h{Mail: refuse(550)}), class: notify.Refused, state: notify.Dead},
		"credentials wanted":             {box: hooks(h{Mail: refuse(530)}), class: notify.NotNow, remote: true, state: notify.Retry},
		"closing down":                   {box: hooks(h{Mail: refuse(421)}), class: notify.NotNow, remote: true, state: notify.Retry},
		"closing down in mid session":    {box: hooks(h{Rcpt: refuse(421)}), class: notify.NotNow, remote: true, state: notify.Retry},
		"closing down after the message": {box: hooks(h{Final: refuse(421)}), class: notify.NotNow, remote: true, state: notify.Retry},
		"no such mailbox":                {box: hooks(h{Rcpt: refuse(550, "no such user <sam@mail.example>")}), class: notify.Refused, state: notify.Dead, reason: "no such user <…>"},
		"mailbox full":                   {box: hooks(h{Rcpt: refuse(452)}), class: notify.NotNow, patient: true, state: notify.Retry},
		"mailbox full for good":          {box: hooks(h{Rcpt: refuse(552)}), class: notify.Refused, state: notify.Dead},
		"dropped at MAIL":                {box: hooks(h{Mail: drop(notifytest.DropBefore)}), class: notify.NotNow, remote: true, state: notify.Retry},
		"dropped at RCPT":                {box: hooks(h{Rcpt: drop(notifytest.DropBefore)}), class: notify.NotNow, remote: true, state: notify.Retry},
		"refused at DATA":                {box: hooks(h{Data: refuse(554)}), class: notify.Refused, state: notify.Dead},
		"refused after the message":      {box: hooks(h{Final: refuse(554, "spam")}), class: notify.Refused, state: notify.Dead, reason: "spam"},
		"refused for now after it":       {box: hooks(h{Final: refuse(451)}), class: notify.NotNow, patient: true, state: notify.Retry},
		"too large after it":             {box: hooks(h{Final: refuse(552)}), class: notify.Refused, state: notify.Dead},
		"a small SIZE":                   {box: notifytest.MailboxOptions{MaxBytes: 500}, class: notify.Refused, state: notify.Dead, reason: "500 bytes"},
		"dropped after the dot, untaken": {box: hooks(h{Final: drop(notifytest.DropBefore)}), class: notify.Unclear, remote: true, state: notify.Unknown, reason: "before its answer"},
		"dropped after the dot, taken":   {box: hooks(h{Final: drop(notifytest.DropAfter)}), class: notify.Unclear, remote: true, state: notify.Unknown, arrives: 1},
		"slow, but within time":          {box: hooks(h{Final: always(notifytest.MailAction{Delay: 50 * time.Millisecond})}), class: notify.Taken, state: notify.Accepted, arrives: 1},
		"slow by the byte":               {box: notifytest.MailboxOptions{PerByte: time.Millisecond / 4}, class: notify.Taken, state: notify.Accepted, arrives: 1},
		"slow by the byte, out of time": {
			box: notifytest.MailboxOptions{PerByte: 50 * time.Millisecond}, adjust: func(o *email.Options) { o.Timeout = 200 * time.Millisecond },
			class: notify.NotNow, remote: true, state: notify.Retry,
		},
		"RSET fails": {box: hooks(h{Rcpt: refuse(550), Reset: drop(notifytest.DropBefore)}), class: notify.Refused, state: notify.Dead},

		"nobody listens": {adjust: func(o *email.Options) { o.Email.SMTP.Port = closedPort(t) }, class: notify.NotNow, remote: true, state: notify.Retry, reason: "refused"},
		"no STARTTLS":    {adjust: encrypt("starttls", nil), class: notify.NotNow, remote: true, state: notify.Retry, reason: "STARTTLS"},
		"no TLS at all":  {adjust: encrypt("implicit", nil), class: notify.NotNow, remote: true, state: notify.Retry, reason: "encrypt"},
		"TLS refused": {
			box: notifytest.MailboxOptions{TLS: "starttls", TLSConfig: refusing}, adjust: encrypt("starttls", client),
			class: notify.NotNow, remote: true, state: notify.Retry, reason: "tls",
		},
		"a wrong certificate": {
			box: notifytest.MailboxOptions{TLS: "implicit", TLSConfig: server}, adjust: encrypt("implicit", nil),
			class: notify.NotNow, remote: true, state: notify.Retry, reason: "certificate",
		},
		"a wrong certificate, by STARTTLS": {
			box: notifytest.MailboxOptions{TLS: "starttls", TLSConfig: server}, adjust: encrypt("starttls", nil),
			class: notify.NotNow, remote: true, state: notify.Retry, reason: "certificate",
		},
		"a certificate of another host": {
			box: notifytest.MailboxOptions{TLS: "implicit", TLSConfig: server},
			adjust: func(o *email.Options) {
				o.Email.SMTP.TLS, o.TLS = "implicit", client.Clone()
				o.TLS.ServerName = "mail.harbour.example"
			},
			class: notify.NotNow, remote: true, state: notify.Retry, reason: "certificate",
		},
		"a wrong password": {
			box:    notifytest.MailboxOptions{TLS: "implicit", TLSConfig: server, User: "daymark", Password: "right"},
			adjust: func(o *email.Options) { account(o); encrypt("implicit", client)(o) },
			class:  notify.NotNow, remote: true, state: notify.Retry, reason: "535",
		},
		"no AUTH for a password": {adjust: account, class: notify.NotNow, remote: true, state: notify.Retry, reason: "AUTH"},
	}
}

func TestSendClassifiesFailures(t *testing.T) {
	rows := failures(t)
	for name, tc := range failures(t) {
		tc.box.NoPipelining = true
		rows[name+", a command at a time"] = tc
	}
	for name, tc := range rows {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			box := mailbox(t, tc.box)
			c := channel(t, box.Addr(), tc.adjust)
			sent := c.Send(limited(t), message())
			if sent.Class != tc.class || sent.Remote != tc.remote || (sent.Reason == "") != (tc.class == notify.Taken) || !strings.Contains(sent.Reason, tc.reason) {
				t.Errorf("sent %+v", sent)
			}
			if patient := sent.RetryAfter >= time.Minute; patient != tc.patient {
				t.Errorf("it is left alone for %s", sent.RetryAfter)
			}
			if strings.Contains(sent.Reason, "sam@mail.example") || strings.Contains(sent.Reason, "wrong-one") {
				t.Errorf("the reason names the recipient or the password: %s", sent.Reason)
			}
			if box.Received() != tc.arrives {
				t.Errorf("%d arrived, want %d", box.Received(), tc.arrives)
			}
			if got := stateAfter(t, c); got != tc.state {
				t.Errorf("a delivery is %s, want %s", got, tc.state)
			}
			if h := tc.box.Hooks; h.Mail == nil && h.Rcpt == nil && h.Data == nil && h.Final == nil {
				return
			}
			// The channel goes on, whatever became of the connection.
			box.SetHooks(notifytest.MailHooks{})
			if sent := c.Send(limited(t), message()); sent.Class != notify.Taken {
				t.Errorf("afterwards %+v", sent)
			}
		})
	}
}

// stateAfter is where one attempt leaves a delivery.
func stateAfter(t *testing.T, c notify.Channel) notify.State {
	t.Helper()
	outbox := notifytest.NewOutbox()
	put(outbox, "one")
	ctx, stop := context.WithCancel(limited(t))
	defer stop()
	var running sync.WaitGroup
	running.Go(func() { run(ctx, t, outbox, c) })
	var state notify.State
	err := outbox.Await(ctx, func() bool {
		state = outbox.Row("one").State
		return state != notify.Pending && state != notify.Sending
	})
	if err != nil {
		t.Errorf("%v: it is %s", err, state)
	}
	stop()
	running.Wait()
	return state
}
