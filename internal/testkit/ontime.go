package testkit

// OnTime gives what run comes to. Where run has little time, of which a machine
// that is busy with other tests may take all before it has come far, it is done
// again while it says that this is not what was meant: ten times at most.
func OnTime[R any](little bool, run func() (R, bool)) R {
	result, meant := run()
	for tries := 1; little && !meant && tries < 10; tries++ {
		result, meant = run()
	}
	return result
}
