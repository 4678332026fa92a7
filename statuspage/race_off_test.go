//go:build !race

package statuspage_test

const raced = false
