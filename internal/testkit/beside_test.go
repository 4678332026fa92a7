package testkit

import (
	"sync/atomic"
	"testing"
)

// One that is foremost has one other beside it at most, and those who gather
// places at once do not stand in each other's way.
func TestForemost(t *testing.T) {
	var others, foremost atomic.Int32
	for range 4 {
		t.Run("other", func(t *testing.T) {
			Beside(t)
			others.Add(1)
			t.Cleanup(func() { others.Add(-1) })
		})
		t.Run("foremost", func(t *testing.T) {
			Foremost(t)
			if n := foremost.Add(1); n != 1 {
				t.Errorf("%d are foremost", n)
			}
			t.Cleanup(func() { foremost.Add(-1) })
			if n := len(working); n < cap(working)-1 || others.Load() > 1 {
				t.Errorf("%d places are taken, and %d others run", n, others.Load())
			}
		})
	}
}
