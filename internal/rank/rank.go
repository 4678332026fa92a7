// Package rank says which of some values is a percentile: by the nearest rank,
// the first that so large a share of them does not exceed. All percentiles go by
// it, so that two figures of the same runs agree.
package rank

import "math"

// Nearest gives the place, from 0 on, of the value among n in order that a share
// of them (0 to 1) does not exceed. There is at least one.
func Nearest(share float64, n int) int {
	// A share such as 0.95 is no exact number: 19 of 20 are not 19.000000000000004.
	return min(max(int(math.Ceil(share*float64(n)-1e-9))-1, 0), n-1)
}
