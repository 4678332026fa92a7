package email_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/notify/email"
	"daymark/notify/notifytest"
)

// dying is a channel whose process dies before the call or after it.
type dying struct {
	notify.Channel
	before, after func()
}

func (d dying) Send(ctx context.Context, m notify.Message) notify.Sent {
	if d.before != nil {
		d.before()
		<-ctx.Done()
		return notify.Sent{Class: notify.Unclear}
	}
	defer d.after()
	return d.Channel.Send(ctx, m)
}

// A process that dies leaves what it had claimed; the next one sends it. There
// is a second copy only where the first had been accepted and not recorded,
// and it has the same Message-ID.
func TestSenderAfterAKill(t *testing.T) {
	for name, tc := range map[string]struct {
		before bool // it dies before the call, else after the acceptance
		copies int
	}{
		"before the call": {true, 1},
		"after the acceptance, before it is stored": {false, 2},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			box, outbox := mailbox(t, notifytest.MailboxOptions{}), notifytest.NewOutbox()
			c := channel(t, box.Addr(), nil)
			dead, kill := context.WithCancel(t.Context())
			die := func() {
				outbox.Fail(func(string) error { return errors.New("the process is gone") })
				kill()
			}
			first := dying{Channel: c, after: die}
			if tc.before {
				first.before = die
			}
			put(outbox, "one")
			run(dead, t, outbox, first)
			if got := outbox.Row("one").State; got != notify.Sending {
				t.Fatalf("the process left it %s", got)
			}
			outbox.Fail(nil)
			alive, stop := context.WithCancel(limited(t))
			var second sync.WaitGroup
			second.Go(func() { run(alive, t, outbox, c) })
			if err := outbox.Await(limited(t), func() bool { return outbox.Row("one").State == notify.Accepted }); err != nil {
				t.Fatalf("%v: it is %s", err, outbox.Row("one").State)
			}
			stop()
			second.Wait()
			got := box.Messages()
			if len(got) != tc.copies {
				t.Fatalf("%d copies, want %d", len(got), tc.copies)
			}
			for _, m := range got {
				if m.MessageID != "<one@harbour.example>" {
					t.Errorf("Message-ID %s", m.MessageID)
				}
			}
		})
	}
}

// run is one process, until ctx ends; then it lets no send finish. What it
// sends goes to the address, where there is one.
func run(ctx context.Context, t *testing.T, outbox notify.Outbox, c notify.Channel, to ...string) {
	s, err := notify.NewSender(notify.SenderOptions{
		Outbox: outbox, Lanes: []notify.Lane{{Channel: c}}, Poll: time.Millisecond, Grace: time.Nanosecond,
		Render: func(d notify.Delivery) (notify.Message, error) {
			m := message()
			m.ID = d.ID
			if len(to) > 0 {
				m.To = to[0]
			}
			return m, nil
		},
	})
	if err != nil {
		t.Error(err)
		return
	}
	s.Run(ctx)
}

func put(outbox *notifytest.Outbox, id string) {
	now := time.Now()
	outbox.Put(notify.Delivery{ID: id, Channel: "email", Created: now, Expires: now.Add(time.Hour), Changed: now})
}

func TestManyDeliveriesUseFewConnections(t *testing.T) {
	testkit.NoLeaks(t)
	var mu sync.Mutex
	open, most := 0, 0
	box := mailbox(t, notifytest.MailboxOptions{Hooks: notifytest.MailHooks{
		Mail: func(notifytest.Mail) notifytest.MailAction {
			mu.Lock()
			defer mu.Unlock()
			open++
			most = max(most, open)
			return notifytest.MailAction{}
		},
		Final: func(notifytest.Mail) notifytest.MailAction {
			mu.Lock()
			defer mu.Unlock()
			open--
			return notifytest.MailAction{}
		},
	}})
	c := channel(t, box.Addr(), func(o *email.Options) { o.Email.Pace.Connections = 3 })
	n := testkit.Count(60, 2000)
	var sends sync.WaitGroup
	for range n {
		sends.Go(func() {
			if sent := c.Send(t.Context(), message()); sent.Class != notify.Taken {
				t.Errorf("sent %+v", sent)
			}
		})
	}
	sends.Wait()
	if box.Received() != n || most > 3 {
		t.Errorf("%d of %d arrived, %d at a time", box.Received(), n, most)
	}
}
