package main

import (
	"fmt"
	"os"
	"reflect"
	"sync"

	"daymark/checker"
	"daymark/internal/redact"
)

// maxPrepared bounds the checks that are kept ready: those that a plan dropped
// stay until there are so many.
const maxPrepared = 10_000

// preparedChecks keeps checks ready to run, by id, for as long as they stay as
// they are: to compile one takes as long as a good part of a quick run. The
// zero value is empty. It is safe for concurrent use.
type preparedChecks struct {
	mu   sync.Mutex
	kept map[string]*preparedCheck
}

// preparedCheck is one check made ready: what only this agent knows is filled
// in. It does not change.
type preparedCheck struct {
	check   checker.Check // as the plan has it
	job     *checker.Job
	secrets redact.Redactor // of the agent's environment
}

// of gives a check made ready. An error, which is a sentence, is not kept: the
// next run tries again.
func (p *preparedChecks) of(check checker.Check) (*preparedCheck, error) {
	p.mu.Lock()
	kept := p.kept[check.ID]
	p.mu.Unlock()
	if kept != nil && reflect.DeepEqual(kept.check, check) {
		return kept, nil
	}
	made, err := prepare(check)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept == nil || len(p.kept) >= maxPrepared {
		p.kept = map[string]*preparedCheck{}
	}
	p.kept[check.ID] = made
	return made, nil
}

// prepare fills in what only this agent knows and compiles the check.
func prepare(check checker.Check) (*preparedCheck, error) {
	filled, secrets, err := checker.Expand(check, os.LookupEnv)
	if err != nil {
		return nil, err
	}
	job, err := checker.Prepare(filled)
	if err != nil {
		return nil, fmt.Errorf("the check cannot be prepared: %w", err)
	}
	job.Secrets = redact.Forms(secrets...)
	return &preparedCheck{check: check, job: job, secrets: redact.New(job.Secrets...)}, nil
}
