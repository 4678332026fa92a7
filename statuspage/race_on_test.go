//go:build race

package statuspage_test

// raced says that the race detector watches, which dies of some 8,000
// goroutines at once.
const raced = true
