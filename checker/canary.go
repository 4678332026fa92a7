package checker

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"syscall"
	"time"

	"daymark/internal/expression"
	"daymark/internal/pause"
)

// canaryPatience bounds one canary, in which everything is tried at once.
const canaryPatience = 3 * time.Second

// ProverParams is what a Prover is made of.
type ProverParams struct {
	// Canary says what is tried, and the limits of clock and lag.
	Canary Canary
	// Control sees each address just before it is dialled; guard.Policy has
	// one. Nil allows all.
	Control func(network, address string, c syscall.RawConn) error
	// Resolver is the host:port of the DNS server that names are asked of;
	// empty means the system's.
	Resolver string
	// Clock tells by how much the server's clock is ahead of this one, and how
	// far that may be wrong; false while it is not known. Nil: never known.
	Clock func() (ahead, within time.Duration, known bool)
	// Patience bounds one canary. Default: 3 s.
	Patience time.Duration
	Logger   *slog.Logger     // default: slog.Default()
	Now      func() time.Time // default: time.Now
}

// Prover has an agent prove itself before it accuses. A run that failed is
// only let through when a canary that began after it has passed: then this
// agent has a network and a resolver, and what it saw is the target's. It is
// safe for concurrent use, and all runs that wait share one canary.
type Prover struct {
	params ProverParams

	mu     sync.Mutex
	going  *canaryRound // nil while none goes
	last   *canaryRound // the last that came to an end
	failed time.Time    // when the last one that did not pass ended
	told   string       // what was logged last
	passed bool         // one that was told of has passed
	urged  time.Time    // when it was last said that none ever has
}

// canaryRound is one canary.
type canaryRound struct {
	began time.Time
	fault string // why it did not pass; empty when it did
	done  chan struct{}
}

// NewProver makes a Prover. Where the canary names nothing to try, it only
// knows of the clock and of the lag.
func NewProver(params ProverParams) *Prover {
	if params.Canary.Every <= 0 {
		params.Canary.Every = DefaultAgentOptions().Canary.Every
	}
	if params.Patience <= 0 {
		params.Patience = canaryPatience
	}
	if params.Clock == nil {
		params.Clock = func() (time.Duration, time.Duration, bool) { return 0, 0, false }
	}
	if params.Logger == nil {
		params.Logger = slog.Default()
	}
	if params.Now == nil {
		params.Now = time.Now
	}
	return &Prover{params: params}
}

// Run tries the canary every so often until ctx ends, so that the log says
// when this agent lost its network even while no check fails.
func (p *Prover) Run(ctx context.Context) error {
	tick := time.NewTicker(p.params.Canary.Every)
	defer tick.Stop()
	for {
		if fault, err := p.prove(ctx, p.params.Now()); err == nil {
			if fault == "" {
				fault = p.clockFault()
			}
			p.tell(fault)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// urging is how often it is said that no canary has passed since the start.
const urging = time.Hour

// tell logs each change. A canary that has never passed is most likely one
// that names nothing which answers here: then no failure that this agent sees
// will ever count, and that is said again until somebody hears.
func (p *Prover) tell(fault string) {
	now := p.params.Now()
	p.mu.Lock()
	changed := fault != p.told
	p.told = fault
	p.passed = p.passed || fault == ""
	urge := !p.passed && (p.urged.IsZero() || now.Sub(p.urged) >= urging)
	if urge {
		p.urged = now
	}
	p.mu.Unlock()
	switch {
	case urge:
		p.params.Logger.Error("this agent could not be relied on since it began, and no failure that it sees counts: look at agents.canary and at its network", "reason", fault)
	case !changed:
	case fault == "":
		p.params.Logger.Info("this agent can be relied on again")
	default:
		p.params.Logger.Warn("this agent cannot be relied on; what it sees fail is unknown", "reason", fault)
	}
}

// Fault gives why this agent cannot be relied on, by the last canary that Run
// made; empty when it can, and before the first one has ended.
func (p *Prover) Fault() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.told
}

// Doubt gives the result as it may be told: one that failed, or that is
// degraded, becomes unknown where this agent is itself at fault. Started has
// to be filled in; late is how long after its time the run was begun, the wait
// for a place left out. What is good is never doubted: a run that
// began late and found the target well is still true. A ctx that ends before
// the canary does leaves a failure unproven, and so unknown.
func (p *Prover) Doubt(ctx context.Context, result Result, late time.Duration) Result {
	if result.Outcome != Failed && result.Outcome != Degraded {
		return result
	}
	fault := p.lagFault(late)
	if fault == "" {
		fault = p.clockFault()
	}
	if fault == "" && result.Outcome == Failed {
		fault = p.networkFault(ctx, result.Started)
	}
	if fault == "" {
		return result
	}
	result.Reason = clip(fmt.Sprintf("%s, and so what it saw proves nothing (it saw: %s)", fault, result.Reason), MaxReason)
	result.Outcome = Unknown
	return result
}

// lagFault tells of a run that began too late.
func (p *Prover) lagFault(late time.Duration) string {
	most := p.params.Canary.Lag
	if most <= 0 || late <= most {
		return ""
	}
	return fmt.Sprintf("this agent began the run %s late, more than %s", rounded(late), expression.FormatDuration(most))
}

// clockFault tells of a clock that is off for certain: what the measurement
// may be wrong by is granted.
func (p *Prover) clockFault() string {
	ahead, within, known := p.params.Clock()
	most := p.params.Canary.Clock
	if !known || most <= 0 || ahead.Abs()-within <= most {
		return ""
	}
	side := "behind"
	if ahead < 0 {
		side = "ahead of"
	}
	return fmt.Sprintf("this agent's clock is %s %s the server's, more than %s", rounded(ahead.Abs()), side, expression.FormatDuration(most))
}

func rounded(d time.Duration) string {
	return expression.FormatDuration(d.Round(10 * time.Millisecond))
}

// networkFault waits for a canary that begins now, after the run has ended. A
// canary that failed while the run went on counts as well: the network may
// have come back since.
func (p *Prover) networkFault(ctx context.Context, started time.Time) string {
	fault, err := p.prove(ctx, p.params.Now())
	if err != nil {
		return "this agent ended before it could prove that it has a network"
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if fault == "" && !p.failed.IsZero() && !p.failed.Before(started) {
		return "this agent had no network for a part of the run"
	}
	return fault
}

// prove gives what a canary found that began at since or later. One goes at a
// time; whoever finds none going makes it, and the others wait for it. The
// error is ctx's.
func (p *Prover) prove(ctx context.Context, since time.Time) (string, error) {
	for {
		p.mu.Lock()
		if p.last != nil && !p.last.began.Before(since) {
			defer p.mu.Unlock()
			return p.last.fault, nil
		}
		if wait := p.pause(); wait > 0 && p.going == nil {
			p.mu.Unlock()
			if err := pause.For(ctx, wait); err != nil {
				return "", fmt.Errorf("wait for the canary: %w", err)
			}
			continue
		}
		round, mine := p.going, false
		if round == nil {
			round, mine = &canaryRound{began: p.params.Now(), done: make(chan struct{})}, true
			p.going = round
		}
		p.mu.Unlock()
		if mine {
			p.try(ctx, round)
		}
		select {
		case <-round.done:
		case <-ctx.Done():
		}
		if err := ctx.Err(); err != nil {
			return "", fmt.Errorf("wait for the canary: %w", err)
		}
	}
}

// betweenCanaries spares the references when very many runs fail.
const betweenCanaries = 250 * time.Millisecond

// pause is how long the next canary has to wait; the caller holds mu.
func (p *Prover) pause() time.Duration {
	if p.last == nil {
		return 0
	}
	return betweenCanaries - p.params.Now().Sub(p.last.began)
}

// try makes one canary. One that was cut off found nothing, and those who
// wait for it make another.
func (p *Prover) try(ctx context.Context, round *canaryRound) {
	limited, cancel := context.WithTimeout(ctx, p.params.Patience)
	fault := p.look(limited)
	cancel()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.going = nil
	if ctx.Err() == nil {
		round.fault, p.last = fault, round
		if fault != "" {
			p.failed = p.params.Now()
		}
	}
	close(round.done)
}
