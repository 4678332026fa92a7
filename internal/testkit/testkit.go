// Package testkit holds what the tests of every package share: how much work
// a test does, how long a soak lasts, copies of what takes long to make, how
// many tests compute at once, and a check for goroutines left behind.
//
// A test asks for its size instead of choosing one, so that `make test` stays
// short on two cores and `make verify` runs the same tests at full count:
//
//	for range testkit.Count(50, 5000) { … }
//
// The package is for tests only. It reads the environment at each call, and
// keeps no state but whose turn it is.
package testkit

import (
	"flag"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"
)

const (
	fullVariable = "DAYMARK_FULL"
	soakVariable = "DAYMARK_SOAK"
)

// Full reports whether the tests run at full count, which `make verify` asks
// for by setting DAYMARK_FULL to 1 (any word for true that
// [strconv.ParseBool] knows will do). It panics when the variable holds
// anything else, because a verification that silently ran small would be
// worse than none.
func Full() bool {
	value := os.Getenv(fullVariable)
	if value == "" {
		return false
	}
	full, err := strconv.ParseBool(value)
	if err != nil {
		panic(fullVariable + " is " + strconv.Quote(value) + "; set it to 1 for full counts, or to 0 or nothing for small ones")
	}
	return full
}

// Count returns full when the tests run at full count (see [Full]) and small
// otherwise. Choose small so that the test takes a second or less with the
// race detector on.
func Count(small, full int) int {
	if Full() {
		return full
	}
	return small
}

// Some gives all rows of a table at full counts, and at small ones a share of
// them, 1 in share, drawn anew each time: each of them takes long. It logs how
// many.
func Some[T any](tb testing.TB, share int, rows []T) []T {
	tb.Helper()
	n := Count(max((len(rows)+share-1)/share, 1), len(rows))
	some := make([]T, 0, n)
	picked := rand.Perm(len(rows))[:n]
	slices.Sort(picked)
	for _, i := range picked {
		some = append(some, rows[i])
	}
	tb.Logf("%d of %d rows", n, len(rows))
	return some
}

// Checks has rapid check so many cases in one test, at small counts and at full
// ones.
func Checks(tb testing.TB, small, full int) {
	tb.Helper()
	checks := flag.Lookup("rapid.checks")
	before := checks.Value.String()
	tb.Cleanup(func() { _ = checks.Value.Set(before) })
	if err := checks.Value.Set(strconv.Itoa(Count(small, full))); err != nil {
		tb.Fatal(err)
	}
}

// SoakFor returns how long a soak test is to run: the duration in
// DAYMARK_SOAK, which `make soak` sets, and small when there is none. Tests
// whose name begins with TestSoak use it, so that each ordinary run proves
// them for a moment and `make soak` for 20 minutes. It fails the test when the
// variable is no positive duration as [time.ParseDuration] reads it.
func SoakFor(tb testing.TB, small time.Duration) time.Duration {
	tb.Helper()
	value := os.Getenv(soakVariable)
	if value == "" {
		return small
	}
	duration, err := time.ParseDuration(value)
	if err != nil || duration <= 0 {
		tb.Fatalf("%s is %q; set it to a positive duration such as 10m or 1h", soakVariable, value)
	}
	return duration
}

// NoLeaks fails the test when goroutines that started after this call still
// run once the test and every cleanup registered later have ended. Call it
// first, so that its check runs last. Goroutines get a moment (under half a
// second) to end by themselves.
//
// Other tests running at the same time would be taken for leaks: do not use
// it in a test, or beside tests, that call t.Parallel.
func NoLeaks(tb testing.TB) {
	tb.Helper()
	before := goleak.IgnoreCurrent()
	tb.Cleanup(func() {
		tb.Helper()
		// A test that failed may well have left early; its own message counts.
		if tb.Failed() {
			return
		}
		goleak.VerifyNone(tb, before)
	})
}
