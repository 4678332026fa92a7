package checker

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/robfig/cron/v3"
)

// nothing is a Sink that takes and forgets.
type nothing struct{}

func (nothing) Submit(context.Context, []Result) error { return nil }

// BenchmarkSchedule compares the agent's loop with robfig/cron's: how late
// 10,000 checks a minute begin, and what that costs.
func BenchmarkSchedule(b *testing.B) {
	const checks, lasts = 10_000, 15 * time.Second
	b.Run("agent", func(b *testing.B) {
		agent, err := NewAgent(AgentParams{
			Region: "local", Sink: nothing{},
			Run: func(context.Context, Check) Result { return Result{Outcome: OK} },
		})
		if err != nil {
			b.Fatal(err)
		}
		plan := make([]Check, checks)
		for i := range plan {
			plan[i] = httpCheck(fmt.Sprint("check-", i), "@every 1m")
		}
		agent.SetPlan(plan)
		before := processorTime(b)
		ctx, cancel := context.WithTimeout(b.Context(), lasts)
		defer cancel()
		if err := agent.Run(ctx); err != nil {
			b.Fatal(err)
		}
		tellLateness(b, agent.Lateness(), processorTime(b)-before, lasts)
	})
	b.Run("cron", func(b *testing.B) {
		var late latenesses
		loop := cron.New(cron.WithLocation(time.UTC), cron.WithLogger(cron.DiscardLogger))
		for i := range checks {
			times := &noted{table: every{time.Minute.Milliseconds(), spreadOf(fmt.Sprint("check-", i), "local").Milliseconds() % 60_000}}
			loop.Schedule(times, cron.FuncJob(func() { late.add(time.Since(<-times.given)) }))
		}
		before := processorTime(b)
		loop.Start()
		<-time.After(lasts)
		<-loop.Stop().Done()
		tellLateness(b, late.tell(), processorTime(b)-before, lasts)
	})
}

// noted tells a job of cron's which time it is for.
type noted struct {
	table timetable
	given chan time.Time
}

// Next implements cron.Schedule.
func (n *noted) Next(t time.Time) time.Time {
	if n.given == nil {
		n.given = make(chan time.Time, 2)
	}
	next := n.table.Next(t)
	n.given <- next
	return next
}

func tellLateness(b *testing.B, told Lateness, used, lasts time.Duration) {
	b.Helper()
	b.ReportMetric(float64(told.P50.Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(told.P99.Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(told.Runs)/lasts.Seconds(), "runs/s")
	b.ReportMetric(100*used.Seconds()/lasts.Seconds(), "%core")
	b.ReportMetric(0, "ns/op")
}

// processorTime is what this process has used.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
