package email_test

import (
	"bufio"
	"bytes"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/notify/notifytest"
)

// withFile is a message of about 300 KB, and of some hundred bytes without its
// file.
func withFile() notify.Message {
	m := message()
	m.Files = []notify.Attachment{{Name: "sla-gold-2026-10.pdf", MediaType: "application/pdf", Data: bytes.Repeat([]byte("%PDF"), 50_000)}}
	m.Bare = &notify.Bare{Text: "The mail server does not take the PDF.\n", HTML: "<p>It does not take the PDF.</p>"}
	return m
}

// above refuses, after its final dot, a message of more than 100 KB.
func above(code int, text string) notifytest.MailHooks {
	return notifytest.MailHooks{Final: func(m notifytest.Mail) notifytest.MailAction {
		if len(m.Raw) > 100_000 {
			return notifytest.MailAction{Code: code, Message: text}
		}
		return notifytest.MailAction{}
	}}
}

// TestSendLeavesFilesThatAreTooLarge: the message goes at once without them,
// over the same connection, as the same message.
func TestSendLeavesFilesThatAreTooLarge(t *testing.T) {
	for name, box := range map[string]notifytest.MailboxOptions{
		"announced":            {MaxBytes: 100_000},
		"552":                  {Hooks: above(552, "no")},
		"552 of Postfix":       {Hooks: above(552, "5.3.4 Error: message file too big")},
		"552 of Exim":          {Hooks: above(552, "Message size exceeds maximum permitted")},
		"523":                  {Hooks: above(523, "the message length exceeds the limit")},
		"554 with 5.3.4":       {Hooks: above(554, "5.3.4 no")},
		"550 of Exchange":      {Hooks: above(550, "5.2.3 RESOLVER.RST.SendSizeLimit")},
		"550 by words":         {Hooks: above(550, "Message too large")},
		"554 by words":         {Hooks: above(554, "5.0.0 Your message exceeded Google's message size limits")},
		"at DATA":              {Hooks: notifytest.MailHooks{Data: once(552)}},
		"at the sender":        {Hooks: notifytest.MailHooks{Mail: once(552)}},
		"one command at once":  {MaxBytes: 100_000, NoPipelining: true},
		"and a refusal at end": {NoPipelining: true, Hooks: above(552, "no")},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			box := mailbox(t, box)
			c, m := channel(t, box.Addr(), nil), withFile()
			if sent := c.Send(limited(t), m); sent.Class != notify.Taken || sent.Reason != "" {
				t.Fatalf("sent %+v", sent)
			}
			got := box.Messages()
			if len(got) != 1 || len(got[0].Files) != 0 || got[0].MessageID != "<0abc-s1@harbour.example>" || got[0].HTML != m.Bare.HTML || strings.TrimSpace(got[0].Text) != strings.TrimSpace(m.Bare.Text) {
				t.Errorf("arrived: %+v", got)
			}
			// The next one finds out for itself.
			m.ID = "0abc-s2"
			if sent := c.Send(limited(t), m); sent.Class != notify.Taken || box.Received() != 2 {
				t.Errorf("the next: %+v", sent)
			}
		})
	}
}

// once refuses the first message and takes all others.
func once(code int) func(notifytest.Mail) notifytest.MailAction {
	var asked atomic.Bool
	return func(notifytest.Mail) notifytest.MailAction {
		if asked.Swap(true) {
			return notifytest.MailAction{}
		}
		return notifytest.MailAction{Code: code}
	}
}

// TestSendKeepsFilesWhereNotTheirSizeIsRefused: what is refused for another
// reason, or for now, is so with its files, and what is too large without any
// is refused.
func TestSendKeepsFilesWhereNotTheirSizeIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		box   notifytest.MailboxOptions
		bare  bool
		class notify.Class
		tries int32
	}{
		"spam":                {box: notifytest.MailboxOptions{Hooks: above(554, "5.7.1 spam")}, bare: true, class: notify.Refused, tries: 1},
		"for now":             {box: notifytest.MailboxOptions{Hooks: above(452, "4.3.1 message too large for what is free now")}, bare: true, class: notify.NotNow, tries: 1},
		"the line":            {box: notifytest.MailboxOptions{Hooks: above(500, "5.5.2 Line too long")}, bare: true, class: notify.Refused, tries: 1},
		"takes next to none":  {box: notifytest.MailboxOptions{MaxBytes: 300}, bare: true, class: notify.Refused},
		"refuses all as such": {box: notifytest.MailboxOptions{Hooks: notifytest.MailHooks{Final: refuse(552)}}, bare: true, class: notify.Refused, tries: 2},
		"no other words":      {box: notifytest.MailboxOptions{Hooks: above(552, "")}, class: notify.Refused, tries: 1},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			var tries atomic.Int32
			final := test.box.Hooks.Final
			test.box.Hooks.Final = func(m notifytest.Mail) notifytest.MailAction {
				tries.Add(1)
				return final(m)
			}
			box := mailbox(t, test.box)
			m := withFile()
			if !test.bare {
				m.Bare = nil
			}
			if sent := channel(t, box.Addr(), nil).Send(limited(t), m); sent.Class != test.class || sent.Reason == "" {
				t.Errorf("sent %+v", sent)
			}
			if box.Received() != 0 || tries.Load() != test.tries {
				t.Errorf("%d arrived by %d tries", box.Received(), tries.Load())
			}
		})
	}
}

// TestSendHearsWhyNobodyReadsOn: a server that says so and hangs up in mid
// message is heard, and half the message is not ended by a dot.
func TestSendHearsWhyNobodyReadsOn(t *testing.T) {
	testkit.NoLeaks(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	small := make(chan string, 1)
	go func() {
		defer close(small)
		for {
			conn, err := l.Accept()
			if err != nil {
				return // the test has ended
			}
			if whole := impatient(conn); whole != "" {
				small <- whole
			}
			_ = conn.Close()
		}
	}()
	m := withFile()
	m.Files[0].Data = bytes.Repeat(m.Files[0].Data, 20) // more than the sockets hold
	sent := channel(t, l.Addr().String(), nil).Send(limited(t), m)
	_ = l.Close()
	if whole := <-small; sent.Class != notify.Taken || !strings.Contains(whole, "The mail server does not take the PDF.") {
		t.Errorf("sent %+v: %q", sent, whole)
	}
}

// impatient is an SMTP server that hangs up once a message has 100 KB; it gives
// the one that had less.
func impatient(conn net.Conn) string {
	r := bufio.NewReader(conn)
	say := func(line string) { _, _ = conn.Write([]byte(line + "\r\n")) } // who does not hear it, fails
	say("220 mailbox.example")
	for {
		line, err := r.ReadString('\n')
		switch {
		case err != nil:
			return ""
		case strings.HasPrefix(line, "DATA"):
			say("354 go on")
			var whole strings.Builder
			for whole.Len() < 100_000 {
				if line, err = r.ReadString('\n'); err != nil {
					return ""
				}
				if line == ".\r\n" {
					say("250 taken")
					return whole.String()
				}
				whole.WriteString(line)
			}
			say("552 5.3.4 too much")
			return ""
		default:
			say("250 yes")
		}
	}
}
