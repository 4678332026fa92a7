//go:build !linux

package browser

// memoryOf knows nothing elsewhere than on Linux: there Chromium's own limit of
// the JavaScript heap is the only one.
func memoryOf(int) (total int64, renderers map[int]int64) { return 0, nil }
