package testkit

import "testing"

// OnTime gives what run comes to. Where run has little time, of which a machine
// that is busy with other tests may take all before it has come far, it is done
// again while it says that this is not what was meant, five times at most, and
// logged.
func OnTime[R any](tb testing.TB, little bool, run func() (R, bool)) R {
	tb.Helper()
	result, meant := run()
	for tries := 1; little && !meant && tries < 5; tries++ {
		tb.Logf("it is done again, since it came to %+v", result)
		result, meant = run()
	}
	return result
}
