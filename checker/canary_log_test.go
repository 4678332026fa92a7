package checker_test

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"daymark/checker"
	"daymark/internal/testkit"
)

// heard gives a logger's lines one by one.
type heard chan string

func (h heard) Enabled(context.Context, slog.Level) bool { return true }
func (h heard) WithAttrs([]slog.Attr) slog.Handler       { return h }
func (h heard) WithGroup(string) slog.Handler            { return h }
func (h heard) Handle(ctx context.Context, record slog.Record) error {
	select {
	case h <- record.Level.String() + " " + record.Message:
	case <-ctx.Done():
	}
	return nil
}

// A canary that names nothing which answers here hides every failure, so it is
// said louder than a network that was lost, and again.
func TestACanaryThatNeverPassedIsSaidAgain(t *testing.T) {
	for _, test := range []struct {
		name   string
		passes bool // once, at the beginning
		lines  []string
	}{
		{"it never passed", false, []string{"ERROR this agent could not be relied on since it began", "ERROR this agent could not be relied on since it began"}},
		{"it passed once", true, []string{"WARN this agent cannot be relied on"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			testkit.NoLeaks(t)
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			if !test.passes {
				listener.Close()
			}
			began := time.Now()
			var asked atomic.Int64 // the clock goes by minutes, so that an hour has passed soon
			lines := make(heard, 100)
			prover := checker.NewProver(checker.ProverParams{
				Canary: checker.Canary{Every: time.Millisecond, Addresses: []string{listener.Addr().String()}}, Logger: slog.New(lines), Patience: 20 * time.Second,
				Now: func() time.Time { return began.Add(time.Duration(asked.Add(1)) * 10 * time.Minute) },
			})
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- prover.Run(ctx) }()
			if test.passes {
				conn, err := listener.Accept()
				if err != nil {
					t.Fatal(err)
				}
				conn.Close()
				for tried := asked.Load(); asked.Load() < tried+10; { // one that connected has ended
					conn, err := listener.Accept()
					if err != nil {
						t.Fatal(err)
					}
					conn.Close()
				}
				listener.Close()
			}
			for _, want := range test.lines {
				if line := <-lines; !strings.HasPrefix(line, want) {
					t.Errorf("it says %q, not %q", line, want)
				}
			}
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}
