package email_test

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"daymark/notify"
	"daymark/notify/email"
	"daymark/notify/notifytest"
)

// The load of BenchmarkMailRatio: so many messages a turn, over so many
// connections.
const (
	benchMessages = 500
	benchSessions = 8
)

// BenchmarkMailRatio sets our sending beside Postfix' own smtp-source: as many
// messages of the same size over as many connections to one Postfix, which
// queues each on disk before it answers and throws it away afterwards. Ours
// writes each message and names it in its return path; in the others it signs
// it as well (RSA of 2048 bits, and Ed25519), while smtp-source sends one text
// again and again. They take turns, and each begins with an empty queue.
func BenchmarkMailRatio(b *testing.B) {
	post := startPostfix(b, "127.0.0.1:"+strconv.Itoa(freePort(b)))
	long, short := pkcs8(b, newRSA(b)), pkcs8(b, newEd25519(b))
	for _, bench := range []struct {
		name   string
		adjust func(*email.Options)
	}{
		{"plain", bouncing},
		{"signed", func(o *email.Options) { bouncing(o); signedWith(long)(o) }},
		{"ed25519", func(o *email.Options) { bouncing(o); signedWith(short)(o) }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			set := func(o *email.Options) {
				bench.adjust(o)
				o.Email.Pace.Connections = benchSessions
			}
			c, size := channel(b, post.addr, set), benchSize(b, set)
			post.ours(b, c, benchMessages) // so that both are warm
			post.theirs(b, size, benchMessages)
			var ours, theirs time.Duration
			sent := 0
			for b.Loop() {
				ours += post.ours(b, c, benchMessages)
				theirs += post.theirs(b, size, benchMessages)
				sent += benchMessages
			}
			b.ReportMetric(float64(sent)/ours.Seconds(), "ours/s")
			b.ReportMetric(float64(sent)/theirs.Seconds(), "ref/s")
			b.ReportMetric(theirs.Seconds()/ours.Seconds(), "ratio")
		})
	}
}

func benchMessage(i int) notify.Message {
	m := message()
	m.ID, m.To = fmt.Sprintf("u1-s%d", i), fmt.Sprintf("s%d@sink.example", i)
	m.Unsubscribe = "https://status.harbour.example/manage/" + strings.Repeat("k", 60) + "/unsubscribe"
	return m
}

// benchSize is how long one of our messages is when it arrives, in bytes.
func benchSize(b *testing.B, set func(*email.Options)) int {
	b.Helper()
	box := mailbox(b, notifytest.MailboxOptions{})
	if sent := channel(b, box.Addr(), set).Send(b.Context(), benchMessage(1)); sent.Class != notify.Taken {
		b.Fatalf("sent %+v", sent)
	}
	return len(box.Messages()[0].Raw)
}

// ours sends messages by as many workers as the server gives the channel.
func (m *mta) ours(b *testing.B, c *email.Channel, messages int) time.Duration {
	b.Helper()
	m.empty(b)
	turns := make(chan int)
	var all sync.WaitGroup
	began := time.Now()
	for range c.Workers() {
		all.Go(func() {
			for i := range turns {
				if sent := c.Send(b.Context(), benchMessage(i)); sent.Class != notify.Taken {
					b.Errorf("sent %+v", sent)
				}
			}
		})
	}
	for i := range messages {
		turns <- i
	}
	close(turns)
	all.Wait()
	return time.Since(began)
}

// theirs lets smtp-source send; -d keeps its connections.
func (m *mta) theirs(b *testing.B, size, messages int) time.Duration {
	b.Helper()
	m.empty(b)
	began := time.Now()
	cmd := exec.Command("smtp-source", "-d", "-s", strconv.Itoa(benchSessions), "-m", strconv.Itoa(messages), "-l", strconv.Itoa(size),
		"-f", "status@harbour.example", "-t", "sam@sink.example", m.addr)
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s (scripts/install.sh bench installs it)", err, out)
	}
	return time.Since(began)
}
