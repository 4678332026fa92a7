package notifytest_test

import (
	"net"
	"net/textproto"
	"testing"
	"time"

	"daymark/internal/testkit"
	"daymark/notify/notifytest"
)

// A server that is slow by the byte says the same, a byte at a time.
func TestMailboxIsSlowByTheByte(t *testing.T) {
	testkit.NoLeaks(t)
	const each = 2 * time.Millisecond
	box := startMailbox(t, notifytest.MailboxOptions{PerByte: each})
	began := time.Now()
	conn, err := net.Dial("tcp", box.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	line, err := textproto.NewConn(conn).ReadLine()
	if err != nil {
		t.Fatal(err)
	}
	if least := time.Duration(len(line)) * each; time.Since(began) < least {
		t.Errorf("%q took %s, want %s at least", line, time.Since(began), least)
	}
}

// A message that the sender gives up can end with the connection; one that
// arrived, and one that is begun after it, cannot.
func TestMailboxDropsAtReset(t *testing.T) {
	testkit.NoLeaks(t)
	box := startMailbox(t, notifytest.MailboxOptions{Hooks: notifytest.MailHooks{
		Reset: func(m notifytest.Mail) notifytest.MailAction {
			if m.From != "a@mail.example" {
				t.Errorf("asked about %+v", m)
			}
			return notifytest.MailAction{Drop: notifytest.DropBefore}
		},
	}})
	for range 2 {
		if err := send(box.Addr(), letter); err != nil {
			t.Fatal(err)
		}
	}
	conn, err := net.Dial("tcp", box.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	text := textproto.NewConn(conn)
	for i, command := range []string{"", "HELO x", "RSET", "MAIL FROM:<a@mail.example>", "RSET"} {
		if command != "" {
			if err := text.PrintfLine("%s", command); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := text.ReadResponse(2); (err != nil) != (i == 4) {
			t.Errorf("after %q: %v", command, err)
		}
	}
}
