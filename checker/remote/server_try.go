package remote

import (
	"context"
	"errors"
	"fmt"
	"time"

	"daymark/checker"
)

const (
	// MaxTrial is the longest that a check is tried.
	MaxTrial = 5 * time.Minute

	// forAnswer is what of the time of who asks is left for the answer to come.
	forAnswer = 2 * time.Second
	// anyTrial is how long a check may be tried for somebody who sets no time.
	anyTrial = 30 * time.Second
)

// Why a check is not tried, beside ErrNobody.
var (
	// ErrOlder says that the region's agents are of versions that cannot.
	ErrOlder = errors.New("the agents of the region are older than this, and try no check")
	// ErrTrying says that the agent tries another one.
	ErrTrying = errors.New("the agent tries another check")
	// ErrGone says that the connection ended meanwhile.
	ErrGone = errors.New("the agent's connection ended before it answered")
	// ErrSilent says that no answer came in the time there was.
	ErrSilent = errors.New("the agent did not answer in time")
)

// RefusedError is an agent's refusal, in its own words.
type RefusedError struct{ Sentence string }

// Error gives the agent's sentence.
func (e *RefusedError) Error() string { return "the agent refused: " + e.Sentence }

// faultOfTrial says what a try or its answer lacks.
func (m *message) faultOfTrial() error {
	switch {
	case m.Type == typeTry && (m.ID == 0 || m.Trial == nil || m.Trial.ID == "" || len(m.Trial.ID) > checker.MaxID || m.Within <= 0):
		return errors.New("try needs an id, a check with one, and the time that it may take")
	case m.Type == typeTried && (m.ID == 0 || (m.Result == nil) == (m.Message == "") || len(m.Message) > 4*checker.MaxReason):
		return errors.New("tried needs the id of what it answers, and a result or why there is none")
	}
	return nil
}

// trial is a check that an agent was asked to try.
type trial struct {
	id     uint64
	answer chan message // holds one
}

// Try has an agent of a region run a check once that need not be in its plan,
// and waits for what it saw: without evidence, and stored nowhere. Of those
// that can, it is the one that is connected longest, and one that can rely on
// itself before others. It takes as long as ctx has, and 30 s without a
// deadline. The error is ErrNobody, ErrOlder, ErrTrying, ErrGone, ErrSilent or
// a *RefusedError, wrapped or not.
func (s *Server) Try(ctx context.Context, region string, check checker.Check) (checker.Result, error) {
	c, err := s.whoTries(region)
	if err != nil {
		return checker.Result{}, err
	}
	if _, bounded := ctx.Deadline(); !bounded {
		limited, cancel := context.WithTimeout(ctx, anyTrial)
		defer cancel()
		ctx = limited
	}
	until, _ := ctx.Deadline()
	within := min(time.Until(until)-forAnswer, MaxTrial).Milliseconds()
	if within <= 0 {
		return checker.Result{}, fmt.Errorf("%w: there is none", ErrSilent)
	}
	t, err := c.beginTrial()
	if err != nil {
		return checker.Result{}, err
	}
	defer c.endTrial(t)
	m, err := c.ask(ctx, t, message{Type: typeTry, ID: t.id, Trial: &check, Within: within})
	switch {
	case err != nil:
		return checker.Result{}, err
	case m.Result == nil:
		return checker.Result{}, &RefusedError{m.Message}
	case m.Result.Check != check.ID:
		return checker.Result{}, &RefusedError{"it answered for another check"}
	}
	m.Result.Evidence = nil
	if fault := faultOf(m.Result, region, s.options.Now()); fault != "" {
		return checker.Result{}, &RefusedError{"what it answered is not possible: " + fault}
	}
	return *m.Result, nil
}

// MayTry says by its error why no agent of a region can be asked to try a
// check; nil: one can.
func (s *Server) MayTry(region string) error {
	_, err := s.whoTries(region)
	return err
}

func (s *Server) whoTries(region string) (*conn, error) {
	var chosen *conn
	var is AgentState
	err := ErrNobody
	for _, c := range s.connections() {
		state := c.snapshot()
		switch {
		case state.Region != region || state.Name == "":
		case !state.Tries:
			err = ErrOlder
		case chosen == nil || triesBefore(&state, &is):
			chosen, is = c, state
		}
	}
	if chosen == nil {
		return nil, err
	}
	return chosen, nil
}

func triesBefore(a, b *AgentState) bool {
	if relies := a.Health.Fault == ""; relies != (b.Health.Fault == "") {
		return relies
	}
	return a.Since.Before(b.Since)
}

func (c *conn) beginTrial() (*trial, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.trial != nil {
		return nil, ErrTrying
	}
	c.lastTry++
	c.trial = &trial{id: c.lastTry, answer: make(chan message, 1)}
	return c.trial, nil
}

func (c *conn) endTrial(t *trial) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.trial == t {
		c.trial = nil
	}
}

// ask has the writer send what is to be tried, and waits for the answer.
func (c *conn) ask(ctx context.Context, t *trial, m message) (message, error) {
	select {
	case c.trials <- m:
	case <-c.written:
		return message{}, ErrGone
	case <-ctx.Done():
		return message{}, ErrSilent
	}
	select {
	case answer := <-t.answer:
		return answer, nil
	case <-c.written:
		return message{}, ErrGone
	case <-ctx.Done():
		return message{}, ErrSilent
	}
}

// tried hands an answer to who waits for it; one that nobody waits for any
// more is dropped.
func (c *conn) tried(m message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.trial == nil || c.trial.id != m.ID {
		return
	}
	c.trial.answer <- m // there is room: it is the first and the only one
	c.trial = nil
}
