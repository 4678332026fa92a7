package store

import (
	"database/sql/driver"
	"errors"
	"iter"
	"math/bits"
	"time"

	"modernc.org/sqlite"

	"daymark/slo"
)

// toldHours are the hours of a day in which there were runs, a bit for each
// from the day's first moment on; none is known of days before they were kept,
// which count as a whole.
type toldHours uint32

// hourOf gives the hour of a day that has a moment.
func hourOf(at, day time.Time) toldHours { return 1 << (at.Sub(day) / time.Hour) }

// whole says whether there were runs in all hours of a day.
func (h toldHours) whole(day slo.Bucket) bool {
	hours := (day.Until.Sub(day.From) + time.Hour - 1) / time.Hour // of some days the last is half of one
	return h == 0 || bits.TrailingZeros32(^uint32(h)) >= int(hours)
}

// within gives the spans of a day in which there were runs, with what those of
// the day came to: nothing says more of an hour than its day.
func (h toldHours) within(day slo.Bucket) iter.Seq[slo.Bucket] {
	return func(yield func(slo.Bucket) bool) {
		if h.whole(day) {
			yield(day)
			return
		}
		for at := 0; h>>at != 0; {
			at += bits.TrailingZeros32(uint32(h >> at))
			span := day
			span.From = day.From.Add(time.Duration(at) * time.Hour)
			at += bits.TrailingZeros32(^uint32(h >> at))
			if until := day.From.Add(time.Duration(at) * time.Hour); until.Before(day.Until) {
				span.Until = until
			}
			if !yield(span) {
				return
			}
		}
	}
}

func init() {
	sqlite.MustRegisterFunction("bit_or", &sqlite.FunctionImpl{NArgs: 1, Deterministic: true, MakeAggregate: func(sqlite.FunctionContext) (sqlite.AggregateFunction, error) { return new(bitOr), nil }})
}

// bitOr is what SQLite has no function for: the bits that are set in any of
// some numbers.
type bitOr int64

func (b *bitOr) Step(_ *sqlite.FunctionContext, args []driver.Value) error {
	if n, ok := args[0].(int64); ok {
		*b |= bitOr(n)
	}
	return nil
}

var errNoWindow = errors.New("bit_or is of groups, and of no window")

// WindowInverse is for windows, in which it is not used.
func (b *bitOr) WindowInverse(*sqlite.FunctionContext, []driver.Value) error { return errNoWindow }

func (b *bitOr) WindowValue(*sqlite.FunctionContext) (driver.Value, error) { return int64(*b), nil }

func (b *bitOr) Final(*sqlite.FunctionContext) {}
