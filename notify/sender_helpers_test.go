package notify_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"daymark/incident"
	"daymark/notify"
	"daymark/notify/notifytest"
)

// fakeChannel is a channel of function fields.
type fakeChannel struct {
	name string
	send func(context.Context, notify.Message) notify.Sent
}

func (c fakeChannel) Name() string { return c.name }

func (c fakeChannel) Send(ctx context.Context, m notify.Message) notify.Sent { return c.send(ctx, m) }

// fakeAsker is one whose provider can be asked.
type fakeAsker struct {
	fakeChannel
	ask func(context.Context, notify.Message) notify.Asked
}

func (c fakeAsker) Ask(ctx context.Context, m notify.Message) notify.Asked { return c.ask(ctx, m) }

// bench is a sender over an outbox in memory; in a synctest bubble its time is
// the bubble's.
type bench struct {
	t      *testing.T
	box    *notifytest.Outbox
	sender *notify.Sender
	log    *lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) count(text string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Count(b.b.String(), text)
}

func newBench(t *testing.T, adjust func(*notify.SenderOptions), channels ...notify.Channel) *bench {
	b := &bench{t: t, box: notifytest.NewOutbox(), log: &lockedBuffer{}}
	opts := notify.SenderOptions{
		Outbox: b.box, Logger: slog.New(slog.NewTextHandler(b.log, nil)),
		Render: func(d notify.Delivery) (notify.Message, error) { return notify.Message{ID: d.ID}, nil },
		Random: func() float64 { return 0 },
	}
	for _, c := range channels {
		opts.Lanes = append(opts.Lanes, notify.Lane{Channel: c, Workers: 2})
	}
	if adjust != nil {
		adjust(&opts)
	}
	var err error
	if b.sender, err = notify.NewSender(opts); err != nil {
		t.Fatal(err)
	}
	return b
}

// start runs the sender; stop ends it and waits.
func (b *bench) start() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { b.sender.Run(ctx) })
	return func() {
		cancel()
		running.Wait()
	}
}

func (b *bench) put(channel, id string) {
	b.box.Put(notify.Delivery{
		ID: id, Channel: channel, Created: time.Now(), Expires: time.Now().Add(4 * time.Hour),
		Changed: time.Now(), Update: incident.Update{Severity: incident.P1},
	})
}

func (b *bench) want(id string, state notify.State, attempts int) {
	b.t.Helper()
	if r := b.box.Row(id); r.State != state || r.Attempts != attempts {
		b.t.Errorf("%s is %s after %d attempts (%s), want %s after %d", id, r.State, r.Attempts, r.Reason, state, attempts)
	}
}

// after lets the bubble's time pass until everything waits.
func after(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func answer(s notify.Sent) func(context.Context, notify.Message) notify.Sent {
	return func(context.Context, notify.Message) notify.Sent { return s }
}
