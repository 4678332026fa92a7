package store

import (
	"database/sql/driver"
	"errors"

	"modernc.org/sqlite"

	"daymark/slo"
)

// What SQLite has no functions for.
func init() {
	for name, aggregate := range map[string]func() sqlite.AggregateFunction{
		"bit_or":          func() sqlite.AggregateFunction { return new(bitOr) },
		"merge_latencies": func() sqlite.AggregateFunction { return new(mergedLatencies) },
	} {
		sqlite.MustRegisterFunction(name, &sqlite.FunctionImpl{NArgs: 1, Deterministic: true, MakeAggregate: func(sqlite.FunctionContext) (sqlite.AggregateFunction, error) { return aggregate(), nil }})
	}
}

var errNoWindow = errors.New("this is a function of groups, and of no window")

// noWindow is a function of groups.
type noWindow struct{}

// WindowInverse is for windows, in which it is not used.
func (noWindow) WindowInverse(*sqlite.FunctionContext, []driver.Value) error { return errNoWindow }

func (noWindow) Final(*sqlite.FunctionContext) {}

// bitOr is the bits that are set in any of some numbers.
type bitOr struct {
	noWindow
	bits int64
}

func (b *bitOr) Step(_ *sqlite.FunctionContext, args []driver.Value) error {
	if n, ok := args[0].(int64); ok {
		b.bits |= n
	}
	return nil
}

func (b *bitOr) WindowValue(*sqlite.FunctionContext) (driver.Value, error) { return b.bits, nil }

// mergedLatencies is the latencies of several rollups together; NULL where none
// has any.
type mergedLatencies struct {
	noWindow
	all *slo.Latencies
}

func (m *mergedLatencies) Step(_ *sqlite.FunctionContext, args []driver.Value) error {
	encoded, ok := args[0].([]byte)
	if !ok {
		return nil
	}
	if m.all == nil {
		m.all = slo.NewLatencies()
	}
	return m.all.MergeEncoded(encoded)
}

func (m *mergedLatencies) WindowValue(*sqlite.FunctionContext) (driver.Value, error) {
	if m.all == nil {
		return nil, nil
	}
	return m.all.Encode(), nil
}
