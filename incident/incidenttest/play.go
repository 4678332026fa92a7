package incidenttest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"daymark/checker"
	"daymark/incident"
)

// Stage is where scenarios are played.
type Stage struct {
	Policy *incident.Policy
	Checks map[string][]string // regions by check
	Zone   *time.Location
	Calm   time.Duration // after which an incident is over at the latest
	// Open gives the store, on which a server begins or begins again.
	Open func() (incident.Store, error)
	// Restart before each line whose number, from 0, this says; nil: only
	// where the scenario does.
	Restart func(line int) bool
}

// Beginning is the time of a scenario that sets none.
var Beginning = time.Date(2026, 12, 1, 13, 0, 0, 0, time.UTC)

// usualEvery is how often rounds come in a scenario that does not say.
const usualEvery = 10 * time.Second

// player plays one scenario.
type player struct {
	stage  Stage
	engine *incident.Engine
	now    time.Time
	every  time.Duration
	begun  bool                        // time has passed
	last   map[string][]checker.Result // the last round, by region
	teller teller
}

// Play plays a scenario and gives it with what was told behind each line.
func (s *Scenario) Play(ctx context.Context, stage Stage) (*Scenario, error) {
	p := &player{stage: stage, now: Beginning, every: usualEvery, teller: newTeller(stage.Zone)}
	if err := p.open(); err != nil {
		return nil, err
	}
	played := &Scenario{About: s.About, Config: s.Config}
	for i, line := range s.Lines {
		if stage.Restart != nil && stage.Restart(i) {
			if err := p.interrupt(ctx); err != nil {
				return nil, err
			}
		}
		if err := p.play(ctx, &line.step); err != nil {
			return nil, fmt.Errorf("%q: %w", line.Text, err)
		}
		played.Lines = append(played.Lines, Line{Text: line.Text, Told: p.teller.take(), step: line.step})
	}
	return played, nil
}

// open begins a server on the store.
func (p *player) open() error {
	store, err := p.stage.Open()
	if err != nil {
		return err
	}
	p.engine, err = incident.NewEngine(incident.EngineOptions{
		Store: Watch(store, p.teller.saw), Policy: p.stage.Policy, Now: func() time.Time { return p.now },
	})
	return err
}

func (p *player) play(ctx context.Context, s *step) error {
	switch {
	case s.forget:
		return nil
	case !s.at.IsZero(): // the server was away until then
		p.now = s.at
		return p.restart(ctx)
	case s.every != 0:
		p.every = s.every
		return nil
	case s.wait != 0:
		return p.wait(ctx, p.now.Add(s.wait))
	case s.restart:
		return p.restart(ctx)
	case s.again:
		return p.submit(ctx, p.last)
	case s.command != nil:
		return p.command(ctx, s)
	case s.maintenance != nil:
		return p.maintain(ctx, s.maintenance)
	case !s.late.IsZero():
		return p.submit(ctx, p.results(s, s.late, true))
	}
	for range s.rounds {
		if err := p.wait(ctx, p.now.Add(p.every)); err != nil {
			return err
		}
		p.last = p.results(s, p.now, false)
		if err := p.submit(ctx, p.last); err != nil {
			return err
		}
	}
	return nil
}

func (p *player) restart(ctx context.Context) error {
	if err := p.open(); err != nil {
		return err
	}
	return p.engine.Tick(ctx)
}

// command gives what a person asks for, and tells when it is refused.
func (p *player) command(ctx context.Context, s *step) error {
	command, err := s.command(p.teller.id)
	if err != nil {
		return err
	}
	_, err = p.engine.Command(ctx, incident.By{Person: s.by}, "", command)
	if refusal, ok := errors.AsType[*incident.Refusal](err); ok {
		p.teller.tell(p.now, "refused: "+p.teller.named(refusal.Text))
		return nil
	}
	return err
}

// interrupt restarts the server, which looks at once for what is due, where it
// has run before: a scenario may begin at another time.
func (p *player) interrupt(ctx context.Context) error {
	if !p.begun {
		return p.open()
	}
	return p.restart(ctx)
}

// wait lets time pass, taking what is due each second as the server does.
func (p *player) wait(ctx context.Context, until time.Time) error {
	p.begun = true
	for p.now.Before(until) {
		p.now = p.now.Add(time.Second)
		if err := p.engine.Tick(ctx); err != nil {
			return err
		}
	}
	return nil
}

// results lets each check run once in each region; only, where asked, those
// that the step names.
func (p *player) results(s *step, at time.Time, only bool) map[string][]checker.Result {
	all := map[string][]checker.Result{}
	for _, check := range slices.Sorted(maps.Keys(p.stage.Checks)) {
		for _, region := range p.stage.Checks[check] {
			outcome, named := s.seen[check+"/"+region]
			if !named {
				outcome, named = s.seen[check]
			}
			if !named && !only {
				outcome = checker.OK
			}
			if outcome == "silent" || outcome == "" {
				continue
			}
			result := checker.Result{Check: check, Region: region, At: at, Outcome: outcome, Latency: s.latency}
			if outcome != checker.OK {
				result.Reason = "as the scenario has it"
			}
			all[region] = append(all[region], result)
		}
	}
	return all
}

func (p *player) submit(ctx context.Context, results map[string][]checker.Result) error {
	for _, region := range slices.Sorted(maps.Keys(results)) {
		rejected, err := p.engine.Submit(ctx, region, results[region])
		if err != nil {
			return err
		}
		for _, r := range rejected {
			p.teller.tell(p.now, "rejected: "+r.Reason)
		}
	}
	return nil
}

// Calm adds clean rounds in which all that can end does, even when a restart
// begins the count anew.
func (s *Scenario) Calm(calm time.Duration) {
	every := usualEvery
	for _, line := range s.Lines {
		every = cmp.Or(line.step.every, every)
	}
	s.Lines = append(s.Lines, Line{step: step{rounds: int(calm/every) + 5}})
}

// Told joins all that a scenario tells, without the times of the lines.
func (s *Scenario) Told() string {
	var b strings.Builder
	for _, line := range s.Lines {
		for _, told := range line.Told {
			_, text, _ := strings.Cut(told, " ")
			b.WriteString(text + "\n")
		}
	}
	return b.String()
}
