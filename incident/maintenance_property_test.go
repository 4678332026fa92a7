package incident_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/checker"
	"daymark/incident"
	"daymark/incident/incidenttest"
	"daymark/internal/testkit"
)

// server is one server of the property below, on a store of its own.
type server struct {
	stage  incidenttest.Stage
	store  incident.Store
	engine *incident.Engine
	now    *time.Time
	works  map[string]incident.PlannedMaintenance // as kept last
	faults []string
}

func (s *server) open(t *rapid.T) {
	watched := incidenttest.Watch(s.store, s.saw)
	var err error
	if s.engine, err = incident.NewEngine(incident.EngineOptions{Store: watched, Policy: s.stage.Policy, Now: func() time.Time { return *s.now }}); err != nil {
		t.Fatal(err)
	}
}

// saw looks whether each decision keeps the rules.
func (s *server) saw(now time.Time, d *incident.Decision) {
	for _, m := range d.Maintenances {
		if before, has := s.works[m.ID]; has && (before.Ended() && before.Why == m.Why || m.Ends.Before(before.Ends)) {
			s.faults = append(s.faults, fmt.Sprintf("%v: %+v after %+v", now, m, before))
		}
		s.works[m.ID] = m
	}
	for _, c := range d.Components {
		if c.Status == incident.Maintenance && !s.under(c.Component) {
			s.faults = append(s.faults, fmt.Sprintf("%v: %s is under maintenance without any", now, c.Component))
		}
	}
	for _, inc := range d.Incidents {
		if inc.Opened.Equal(now) && s.during(inc.Affected[0].Component, now) {
			s.faults = append(s.faults, fmt.Sprintf("%v: %s opens in the window", now, inc.Name))
		}
	}
}

func (s *server) under(component string) bool {
	for _, m := range s.works {
		if (m.Stage == incident.InProgress || m.Stage == incident.Verifying) && slices.Contains(m.Components, component) {
			return true
		}
	}
	return false
}

func (s *server) during(component string, now time.Time) bool {
	for _, m := range s.works {
		if m.Stage == incident.InProgress && m.Covers(now) && slices.Contains(m.Components, component) {
			return true
		}
	}
	return false
}

// times is all that is due of each maintenance, and what was noted of it.
func (s *server) times() string {
	var all []string
	for id, m := range s.works {
		all = append(all, fmt.Sprintln(id, m.Announce, m.Starts, m.Ends, m.Announced, m.Began, m.Over, m.Ended()))
	}
	slices.Sort(all)
	return fmt.Sprint(all)
}

// A restart at any point, and an absence in which nobody asked for anything,
// change no time of any maintenance; and no incident opens for what is worked
// on.
func TestARestartChangesNoTimeOfMaintenance(t *testing.T) {
	usual, err := os.ReadFile("testdata/usual.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, stage, err := stageOf(string(usual), `maintenance:
  announce: 10m
  recurring: [{id: hourly, name: Nightly move, components: [api], starts: 2026-12-01T13:20, lasts: 5m, rrule: FREQ=DAILY}]
---
`)
	if err != nil {
		t.Fatal(err)
	}
	testkit.Checks(t, 100, 1000)
	rapid.Check(t, func(t *rapid.T) {
		now := incidenttest.Beginning
		steady := &server{stage: stage, store: incidenttest.NewMemory(), now: &now, works: map[string]incident.PlannedMaintenance{}}
		shaken := &server{stage: stage, store: incidenttest.NewMemory(), now: &now, works: map[string]incident.PlannedMaintenance{}}
		steady.open(t)
		shaken.open(t)
		both := func(do func(*server) error) {
			for _, s := range []*server{steady, shaken} {
				if err := do(s); err != nil {
					if _, refused := errors.AsType[*incident.Refusal](err); !refused {
						t.Fatal(err)
					}
				}
			}
		}
		var ids []string
		for range rapid.IntRange(1, 15).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0:
				shaken.open(t)
			case 1, 2:
				command := drawMaintenance(t, now, ids)
				both(func(s *server) error {
					id, err := s.engine.Command(context.Background(), incident.By{Via: "somebody"}, "", command)
					if err == nil {
						ids = append(ids, id)
					}
					return err
				})
			case 3: // the shaken one is away
				for range rapid.IntRange(1, 60).Draw(t, "away") {
					now = now.Add(5 * time.Second)
					if err := steady.engine.Tick(context.Background()); err != nil {
						t.Fatal(err)
					}
				}
				shaken.open(t)
				if err := shaken.engine.Tick(context.Background()); err != nil {
					t.Fatal(err)
				}
			default:
				outcome := rapid.SampledFrom([]checker.Outcome{checker.OK, checker.Failed}).Draw(t, "outcome")
				for range rapid.IntRange(1, 12).Draw(t, "rounds") {
					for range 2 {
						now = now.Add(5 * time.Second)
						both(func(s *server) error { return s.engine.Tick(context.Background()) })
					}
					both(func(s *server) error { return s.round(outcome) })
				}
			}
		}
		for range incident.VerifyAtMost / (30 * time.Second) { // what is verified is done then
			now = now.Add(30 * time.Second)
			both(func(s *server) error { return s.engine.Tick(context.Background()) })
		}
		if a, b := steady.times(), shaken.times(); a != b {
			t.Fatalf("without restarts\n%s\nand with\n%s", a, b)
		}
		if faults := append(steady.faults, shaken.faults...); len(faults) > 0 {
			t.Fatal(faults)
		}
	})
}

func drawMaintenance(t *rapid.T, now time.Time, ids []string) incident.Command {
	minutes := func(name string, from, to int) time.Duration {
		return time.Duration(rapid.IntRange(from, to).Draw(t, name)) * time.Minute
	}
	if kind := rapid.IntRange(0, 3).Draw(t, "command"); kind > 0 && len(ids) > 0 {
		id := rapid.SampledFrom(ids).Draw(t, "id")
		switch kind {
		case 1:
			return incident.ExtendMaintenance{ID: id, By: minutes("by", 0, 5)}
		case 2:
			return incident.EndMaintenance{ID: id}
		default:
			return incident.CancelMaintenance{ID: id, Why: "a reason"}
		}
	}
	return incident.PlanMaintenance{
		Title: "New disks", Components: rapid.SampledFrom([][]string{{"api"}, {"sign-in"}, {"sign-in", "api"}}).Draw(t, "components"),
		Starts: now.Add(minutes("starts", 0, 8)), Lasts: minutes("lasts", 1, 8),
	}
}

func (s *server) round(outcome checker.Outcome) error {
	byRegion := map[string][]checker.Result{}
	for check, regions := range s.stage.Checks {
		for _, region := range regions {
			byRegion[region] = append(byRegion[region], checker.Result{Check: check, Region: region, At: *s.now, Outcome: outcome, Latency: time.Second, Reason: "a reason"})
		}
	}
	for region, results := range byRegion {
		if _, err := s.engine.Submit(context.Background(), region, results); err != nil {
			return err
		}
	}
	return nil
}
