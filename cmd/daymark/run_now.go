package main

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"daymark/access"
	"daymark/checker"
	"daymark/checker/remote"
	"daymark/config"
	"daymark/console"
	"daymark/incident"
)

// staffRunners begin runs that somebody asks for: by the agent inside, or by
// one elsewhere that is connected and can.
type staffRunners struct {
	app *app

	mu    sync.Mutex
	asked map[incident.Series]time.Time // when agents elsewhere were last asked
}

func newStaffRunners(a *app) *staffRunners {
	return &staffRunners{app: a, asked: map[incident.Series]time.Time{}}
}

// RunsNow implements console.Runners: the region of the agent inside first.
func (s *staffRunners) RunsNow(check string) []string {
	c := s.app.doc.Check(check)
	if c == nil || c.Heartbeat != nil {
		return nil
	}
	var can []string
	if s.app.ground.inside != nil && s.app.policy.Knows(check, config.LocalRegion) {
		can = append(can, config.LocalRegion)
	}
	ready := map[string]bool{}
	for _, agent := range s.app.agents.Connected() {
		ready[agent.Region] = ready[agent.Region] || agent.RunsNow
	}
	for _, region := range s.app.doc.Regions {
		if region.ID != config.LocalRegion && ready[region.ID] && s.app.policy.Knows(check, region.ID) {
			can = append(can, region.ID)
		}
	}
	return can
}

// RunNow implements console.Runners.
func (s *staffRunners) RunNow(ctx context.Context, who access.Principal, check, region string) (console.RunBegun, error) {
	begun := console.RunBegun{Region: region}
	act := incident.Act{Actor: who.Actor(), Action: "check run by hand", Object: check + " in " + region}
	err := s.app.engine.Do(ctx, act, func(_ context.Context, _ incident.Tx, now time.Time) (err error) {
		if region == config.LocalRegion {
			begun.At, err = s.app.ground.inside.runNow(check)
			return err
		}
		return s.askElsewhere(now, incident.Series{Check: check, Region: region})
	})
	switch {
	case errors.Is(err, checker.ErrRunning):
		return begun, conflict("A run of it is going: its result comes by itself.")
	case errors.Is(err, checker.ErrTooSoon):
		return begun, conflict("It was run by hand a moment ago: once in five seconds is the most.")
	case errors.Is(err, checker.ErrNotRun):
		return begun, conflict("The agent inside the server does not run it at the moment.")
	case errors.Is(err, remote.ErrNobody):
		return begun, conflict("No agent of this region can be asked at the moment.")
	}
	return begun, err
}

// askElsewhere asks an agent of a region, as often as it would do it.
func (s *staffRunners) askElsewhere(now time.Time, series incident.Series) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.asked[series]) < checker.NowEvery {
		return checker.ErrTooSoon
	}
	if err := s.app.agents.RunNow(series.Region, series.Check); err != nil {
		return err
	}
	s.asked[series] = now
	return nil
}

func conflict(detail string) *console.Fault {
	return &console.Fault{Status: http.StatusConflict, Detail: detail}
}
