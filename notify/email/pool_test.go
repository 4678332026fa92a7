package email_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/notify/email"
	"daymark/notify/notifytest"
)

// remotes are the connections that messages came over, in their order.
func remotes(box *notifytest.Mailbox) (all []string) {
	for _, m := range box.Messages() {
		if n := len(all); n == 0 || all[n-1] != m.Remote {
			all = append(all, m.Remote)
		}
	}
	return all
}

// A connection is used again, after a refusal too, and left when it has
// carried enough.
func TestSendUsesConnectionsAgain(t *testing.T) {
	testkit.NoLeaks(t)
	box := mailbox(t, notifytest.MailboxOptions{Hooks: notifytest.MailHooks{Rcpt: func(m notifytest.Mail) notifytest.MailAction {
		if strings.HasPrefix(m.To[0], "nobody@") {
			return notifytest.MailAction{Code: 550}
		}
		return notifytest.MailAction{}
	}}})
	c := channel(t, box.Addr(), func(o *email.Options) { o.PerConnection = 4 })
	for i := range 12 {
		m, want := message(), notify.Taken
		if i%2 == 1 {
			m.To, want = "nobody@mail.example", notify.Refused
		}
		if sent := c.Send(limited(t), m); sent.Class != want {
			t.Fatalf("number %d: sent %+v", i, sent)
		}
	}
	if used := remotes(box); box.Received() != 6 || len(used) != 3 {
		t.Errorf("%d arrived over %d connections", box.Received(), len(used))
	}
}

// A connection that cannot be reset carries nothing more.
func TestSendLeavesAConnectionThatCannotBeReset(t *testing.T) {
	testkit.NoLeaks(t)
	box := mailbox(t, notifytest.MailboxOptions{})
	c := channel(t, box.Addr(), nil)
	send := func(want notify.Class) {
		t.Helper()
		if sent := c.Send(limited(t), message()); sent.Class != want {
			t.Fatalf("sent %+v, want %s", sent, want)
		}
	}
	send(notify.Taken)
	box.SetHooks(notifytest.MailHooks{Rcpt: refuse(450), Reset: drop(notifytest.DropBefore)})
	send(notify.NotNow)
	box.SetHooks(notifytest.MailHooks{})
	send(notify.Taken)
	if used := remotes(box); len(used) != 2 {
		t.Errorf("used %q", used)
	}
}

// A server that closed a connection while it waited costs no attempt.
func TestSendAfterTheServerWentAway(t *testing.T) {
	for name, hook := range map[string]func(notifytest.Mail) notifytest.MailAction{
		"with a word":    refuse(421, "closing"),
		"without a word": drop(notifytest.DropBefore),
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			box := mailbox(t, notifytest.MailboxOptions{})
			c := channel(t, box.Addr(), nil)
			if sent := c.Send(limited(t), message()); sent.Class != notify.Taken {
				t.Fatalf("sent %+v", sent)
			}
			var once sync.Once
			box.SetHooks(notifytest.MailHooks{Mail: func(m notifytest.Mail) (action notifytest.MailAction) {
				once.Do(func() { action = hook(m) })
				return action
			}})
			if sent := c.Send(limited(t), message()); sent.Class != notify.Taken || box.Received() != 2 {
				t.Errorf("sent %+v, %d arrived", sent, box.Received())
			}
		})
	}
}

// An address that the server refuses at once because nobody is there is told
// like a bounce, once the server has taken anything; one that it refuses for
// another reason is not.
func TestSendReportsAddressesOfNobody(t *testing.T) {
	for name, tc := range map[string]struct {
		hooks notifytest.MailHooks
		kind  notify.BounceKind
	}{
		"nobody there":         {notifytest.MailHooks{Rcpt: refuse(550, "5.1.1 <sam@mail.example>: Recipient address rejected: User unknown")}, notify.HardBounce},
		"mailbox full":         {notifytest.MailHooks{Rcpt: refuse(552, "5.2.2 over quota")}, ""},
		"greylisted":           {notifytest.MailHooks{Rcpt: refuse(450, "4.1.1 try again, user unknown")}, ""},
		"spam, after the dot":  {notifytest.MailHooks{Final: refuse(550, "5.1.1 user unknown, said a filter")}, ""},
		"the sender, not they": {notifytest.MailHooks{Mail: refuse(550, "5.1.1 user unknown")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var works atomic.Bool
			unless := func(hook func(notifytest.Mail) notifytest.MailAction) func(notifytest.Mail) notifytest.MailAction {
				return func(m notifytest.Mail) notifytest.MailAction {
					if hook == nil || works.Load() {
						return notifytest.MailAction{}
					}
					return hook(m)
				}
			}
			hooks := notifytest.MailHooks{Mail: unless(tc.hooks.Mail), Rcpt: unless(tc.hooks.Rcpt), Final: unless(tc.hooks.Final)}
			box := mailbox(t, notifytest.MailboxOptions{Hooks: hooks})
			r := &reporter{}
			c := channel(t, box.Addr(), func(o *email.Options) { o.Reporter = r })
			_ = c.Send(limited(t), message()) // what it is called is told elsewhere
			if told := r.taken(); len(told) != 0 {
				t.Errorf("a server that has taken nothing yet ended %+v", told)
			}
			works.Store(true)
			if sent := c.Send(limited(t), message()); sent.Class != notify.Taken {
				t.Fatalf("sent %+v", sent)
			}
			works.Store(false)
			_ = c.Send(limited(t), message())
			told := r.taken()
			if tc.kind == "" {
				if len(told) != 0 {
					t.Errorf("told %+v", told)
				}
				return
			}
			if len(told) != 1 || told[0].Kind != tc.kind || told[0].delivery != message().ID || told[0].Status != "5.1.1" || strings.Contains(told[0].Diagnostic, "sam@") {
				t.Errorf("told %+v", told)
			}
		})
	}
}

// A domain beyond its pace is put off without a connection; staff are not.
func TestSendKeepsThePace(t *testing.T) {
	testkit.NoLeaks(t)
	box := mailbox(t, notifytest.MailboxOptions{})
	c := channel(t, box.Addr(), func(o *email.Options) { o.Email.Pace.PerDomain, o.Email.Pace.Connections = 1, 1 })
	first := c.Send(limited(t), message())
	ctx, cancel := context.WithTimeout(t.Context(), 250*time.Millisecond)
	defer cancel()
	var second notify.Sent // waits for its turn, until ctx ends
	var waiting sync.WaitGroup
	waiting.Go(func() { second = c.Send(ctx, message()) })
	staff := message()
	staff.Audience = notify.Staff
	urgent := c.Send(limited(t), staff)
	other := message()
	other.To = "sam@other.example"
	elsewhere := c.Send(limited(t), other)
	waiting.Wait()
	third := c.Send(limited(t), message())
	if first.Class != notify.Taken || urgent.Class != notify.Taken || elsewhere.Class != notify.Taken {
		t.Errorf("sent %+v, to staff %+v, elsewhere %+v", first, urgent, elsewhere)
	}
	if second.Class != notify.NotNow || second.Remote || !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		t.Errorf("one that was cut off while it waited: %+v", second)
	}
	if third.Class != notify.NotNow || third.Remote || third.RetryAfter <= 0 || !strings.Contains(third.Reason, "per_domain") {
		t.Errorf("one beyond the pace: %+v", third)
	}
	if box.Received() != 3 {
		t.Errorf("%d arrived", box.Received())
	}
}
