package testkit

import (
	"runtime"
	"sync"
	"testing"
	"time"
)

// working has a place for each test that computes; see [Beside].
var working = make(chan struct{}, runtime.GOMAXPROCS(0)+1)

// Beside lets a test run beside others, of which as many run at once as there
// are processors, and one more. A test that has it shares nothing with another,
// and has no tests in it that ask for Beside themselves. It logs how long it
// waited, which is in the time that it is said to have taken.
//
// Beside them run tests that do little but wait, for seconds of real time: they
// call t.Parallel, and begin at once where the TestMain of the package has set
// the flag test.parallel to more than there are tests.
func Beside(t *testing.T) {
	t.Helper()
	t.Parallel()
	began := time.Now()
	working <- struct{}{}
	t.Cleanup(func() { <-working })
	t.Logf("its turn came after %.1f s", time.Since(began).Seconds())
}

// foremost lets one test at a time gather places.
var foremost sync.Mutex

// Foremost is Beside for a test that holds what it runs to a time: one other
// that computes runs beside it at most.
func Foremost(t *testing.T) {
	t.Helper()
	t.Parallel()
	began := time.Now()
	foremost.Lock()
	for range cap(working) - 1 {
		working <- struct{}{}
	}
	foremost.Unlock()
	t.Cleanup(func() {
		for range cap(working) - 1 {
			<-working
		}
	})
	t.Logf("its turn came after %.1f s", time.Since(began).Seconds())
}
