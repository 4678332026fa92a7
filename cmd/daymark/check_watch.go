package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"daymark/checker"
	"daymark/internal/pause"
)

// schedule says when a check runs next.
type schedule struct {
	cron  cron.Schedule
	every time.Duration // instead of cron, where it is not 0
	zone  *time.Location
}

func newSchedule(line string, every time.Duration, zone *time.Location) (schedule, error) {
	if every > 0 {
		return schedule{every: every}, nil
	}
	parsed, err := checker.ParseSchedule(line)
	return schedule{cron: parsed, zone: zone}, err
}

// next gives the time of the next run after now, when the last one was due at
// the time last. Runs that were due while another went on are left out. It is
// zero when there is none.
func (s *schedule) next(last, now time.Time) time.Time {
	if s.every > 0 {
		return last.Add((now.Sub(last)/s.every + 1) * s.every)
	}
	return s.cron.Next(now.In(s.zone))
}

// watch runs each check now and then on its schedule, until ctx ends. A run
// that is cut off then does not count.
func (s *checkSession) watch(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type seen struct {
		number int
		result checker.Result
	}
	all := make(chan seen)
	var running sync.WaitGroup
	for i := range s.plan.checks {
		running.Go(func() {
			due := time.Now()
			for !due.IsZero() && pause.For(ctx, time.Until(due)) == nil {
				result := s.try(ctx, i)
				if ctx.Err() != nil {
					return
				}
				select {
				case all <- seen{i, result}:
				case <-ctx.Done():
					return
				}
				due = s.schedule[i].next(due, time.Now())
			}
		})
	}
	go func() {
		running.Wait()
		close(all)
	}()
	var err error
	for one := range all {
		if failure := s.take(one.number, one.result); failure != nil {
			err = errors.Join(err, failure)
			cancel()
		}
	}
	return err
}
