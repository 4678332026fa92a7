package incident

import (
	"context"
	"time"

	"daymark/checker"
)

// Store keeps what the Engine decides.
type Store interface {
	// Write runs fn in a write transaction, after all others, and commits it
	// when fn answers nil. Several calls may share one commit; then an error
	// of one undoes that one alone. When Write answers nil, what fn wrote is
	// durable; else none of it is there. ctx bounds the wait for a turn.
	Write(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error
}

// Tx is one write transaction.
type Tx interface {
	// Load reads the state: of each check the runs that are not older than
	// its horizon, verdicts, statuses, open incidents, those that ended after
	// endedAfter, and maintenance that is not done, or was in the last
	// 30 days, or whose planned time is not over.
	Load(ctx context.Context, now time.Time, horizons map[string]time.Duration, endedAfter time.Time) (*State, error)
	// AddResults writes the results that are not there yet, with their
	// rollups, and says which were new.
	AddResults(ctx context.Context, results []checker.Result) (fresh []bool, err error)
	// Excuse counts results, which AddResults has just added, among those that
	// ran in a maintenance of their component.
	Excuse(ctx context.Context, results []checker.Result) error
	// StrikeLate strikes those of the results out that are new and fall into a
	// time of which a false alarm is struck out, and gives all of them as they
	// count. It comes after Excuse.
	StrikeLate(ctx context.Context, results []checker.Result, fresh []bool) (counting []checker.Result, err error)
	// Save writes a decision, an event, and the deliveries that its updates
	// call for, and gives the event's sequence number.
	Save(ctx context.Context, now time.Time, decision *Decision) (seq int64, err error)
	// Made gives what a command with that key made, if one was kept before.
	Made(ctx context.Context, key string) (digest, made string, found bool, err error)
	// KeepMade keeps what a command with a key made.
	KeepMade(ctx context.Context, now time.Time, key, digest, made string) error
	// Incident gives an incident, however long it is over, or nil.
	Incident(ctx context.Context, id string) (*Incident, error)
	// Review gives the review of an incident, or nil.
	Review(ctx context.Context, incident string) (*Review, error)
	// Record writes an audit entry and an event for an act of a person.
	Record(ctx context.Context, now time.Time, act Act) (seq int64, err error)
	// Latencies reads the latencies of a check's runs that answered, in all
	// regions, scheduled within an hour from each of these times.
	Latencies(ctx context.Context, check string, hours []time.Time) ([]time.Duration, error)
	// OnRollback has fn called, before any other transaction begins, if this
	// one does not commit.
	OnRollback(fn func())
}

// Act is what a person did, for the audit trail.
type Act struct {
	Actor  string // who: an account, or "command line"
	Action string // what, as a word: "agent token created"
	Object string // on what
}
