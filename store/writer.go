package store

import (
	"context"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"daymark/incident"
)

// job is one write transaction that waits for its turn.
type job struct {
	fn       func(ctx context.Context, tx *Tx) error
	done     chan error
	rollback []func()
	commit   []func()
	counted  []counted // what its results add to rollups
	latest   []latestRun
	err      error
}

// maxGroup is how many transactions share one commit at most.
const maxGroup = 128

// ErrClosed is what a write answers once the store is closed.
var ErrClosed = errors.New("the database is closed")

// Write implements incident.Store.
func (s *Store) Write(ctx context.Context, fn func(ctx context.Context, tx incident.Tx) error) error {
	return s.transact(ctx, func(ctx context.Context, tx *Tx) error { return fn(ctx, tx) })
}

// transact runs fn in the writer's goroutine and waits for the commit. Once
// fn has begun, ctx does not end it: it either commits or fails by itself.
func (s *Store) transact(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	j := &job{fn: fn, done: make(chan error, 1)}
	select {
	case s.jobs <- j:
	case <-ctx.Done():
		return fmt.Errorf("wait for a write: %w", ctx.Err())
	case <-s.done:
		return ErrClosed
	}
	select {
	case err := <-j.done:
		return err
	case <-s.done:
		select {
		case err := <-j.done:
			return err
		default:
			return ErrClosed
		}
	}
}

// write is the writer: it takes what waits, as a group, until ctx ends and
// nothing waits any more.
func (s *Store) write(ctx context.Context) {
	defer close(s.done)
	background := context.WithoutCancel(ctx)
	for {
		select {
		case j := <-s.jobs:
			s.commitGroup(background, s.group(j))
		case <-ctx.Done():
			for {
				select {
				case j := <-s.jobs:
					s.commitGroup(background, s.group(j))
				default:
					return
				}
			}
		}
	}
}

func (s *Store) group(first *job) []*job {
	group := []*job{first}
	for len(group) < maxGroup {
		select {
		case j := <-s.jobs:
			group = append(group, j)
		default:
			return group
		}
	}
	return group
}

// commitGroup runs each job under its savepoint and commits once. A job that
// fails is undone alone; a commit that fails undoes them all.
func (s *Store) commitGroup(ctx context.Context, group []*job) {
	for i, err := range s.commitAll(ctx, group) {
		group[i].done <- err
	}
}

// commitAll commits and says what became of each job.
func (s *Store) commitAll(ctx context.Context, group []*job) []error {
	s.committing.Lock()
	defer s.committing.Unlock()
	err := s.runGroup(ctx, group)
	if err != nil {
		s.series.forget()
	}
	select {
	case s.committed <- struct{}{}:
	default: // it will look anyway
	}
	all := make([]error, len(group))
	for i, j := range group {
		if j.err == nil && err != nil {
			j.err = err
			j.undo()
		}
		if j.err == nil {
			s.days.add(j.counted)
			s.hours.add(j.counted)
			s.latest.add(j.latest)
			for _, fn := range j.commit {
				fn()
			}
		}
		all[i] = j.err
	}
	return all
}

func (s *Store) runGroup(ctx context.Context, group []*job) error {
	if err := s.writer.run(ctx, "BEGIN IMMEDIATE"); err != nil {
		// A rollback that failed before may have left a transaction behind.
		return errors.Join(fmt.Errorf("begin a write: %w", explain(err)), s.writer.rollback(ctx))
	}
	for _, j := range group {
		if err := s.runJob(ctx, j, len(group) > 1); err != nil {
			return errors.Join(err, s.writer.rollback(ctx))
		}
	}
	if err := s.writer.run(ctx, "COMMIT"); err != nil {
		return errors.Join(fmt.Errorf("commit: %w", explain(err)), s.writer.rollback(ctx))
	}
	return nil
}

// runJob runs one job; its own failure goes to the job, one of the
// transaction itself is returned. A job that is alone needs no savepoint:
// its failure is the transaction's.
func (s *Store) runJob(ctx context.Context, j *job, shared bool) error {
	run := func() error { return guardPanic(func() error { return j.fn(ctx, &Tx{store: s, job: j}) }) }
	if !shared {
		if err := run(); err != nil {
			j.fail(explain(err))
			return j.err
		}
		return nil
	}
	if err := s.writer.run(ctx, "SAVEPOINT job"); err != nil {
		return fmt.Errorf("set a savepoint: %w", explain(err))
	}
	if err := run(); err != nil {
		j.fail(explain(err))
		s.series.forget()
		if err := s.writer.run(ctx, "ROLLBACK TO job"); err != nil {
			return fmt.Errorf("roll back to a savepoint: %w", explain(err))
		}
	}
	if err := s.writer.run(ctx, "RELEASE job"); err != nil {
		return fmt.Errorf("release a savepoint: %w", explain(err))
	}
	return nil
}

func (j *job) fail(err error) {
	j.err = err
	j.undo()
}

func (j *job) undo() {
	for _, fn := range j.rollback {
		fn()
	}
	j.rollback = nil
}

// guardPanic keeps the writer alive: a panic of one job is that job's error.
func guardPanic(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a write: %v", p)
		}
	}()
	return fn()
}

// explain adds what an operator can do to SQLite's own words.
func explain(err error) error {
	return explainAs(err, "the file is damaged or no database: restore it from a backup")
}

// explainAs is explain with what to say of a damaged file.
func explainAs(err error, damaged string) error {
	var coded *sqlite.Error
	if !errors.As(err, &coded) {
		return err
	}
	hint := ""
	switch coded.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		hint = "the disk is full: make room; what could not be written is kept and tried again"
	case sqlite3.SQLITE_READONLY:
		hint = "the database cannot be written: check the owner and mode of the file and its folder"
	case sqlite3.SQLITE_CANTOPEN:
		hint = "the file cannot be opened: check that its folder exists and may be written"
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
		hint = damaged
	case sqlite3.SQLITE_IOERR:
		hint = "the disk cannot be read or written: look at the system's log"
	default:
		return err
	}
	return fmt.Errorf("%s: %w", hint, err)
}
