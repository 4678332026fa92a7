package limit_test

import (
	"testing"
	"time"

	"daymark/internal/limit"
)

var start = time.Date(2026, 12, 1, 3, 0, 0, 0, time.UTC)

func TestACountFillsAndEmpties(t *testing.T) {
	c, r := limit.New(10, "others"), limit.Rate{AtOnce: 3, Every: time.Minute}
	for i := range 3 {
		if wait := c.Wait("a", r, start); wait != 0 {
			t.Fatalf("the %dth waits %v", i, wait)
		}
		c.Add("a", r, start)
	}
	if wait := c.Wait("a", r, start); wait != time.Minute {
		t.Errorf("the next waits %v", wait)
	}
	if wait := c.Wait("b", r, start); wait != 0 {
		t.Errorf("another waits %v", wait)
	}
	if wait := c.Wait("a", r, start.Add(time.Minute)); wait != 0 {
		t.Errorf("a minute later the next waits %v", wait)
	}
	c.Undo("a", r)
	if wait := c.Wait("a", r, start); wait != 0 {
		t.Errorf("with one taken back, the next waits %v", wait)
	}
	if wait := c.Wait("a", r, start.Add(-time.Hour)); wait > 3*time.Minute {
		t.Errorf("by a clock that was set back it waits %v", wait)
	}
}

func TestWhatDoesNotFitSharesACount(t *testing.T) {
	c, r := limit.New(2, "others"), limit.Rate{AtOnce: 1, Every: time.Minute}
	for _, key := range []string{"a", "b", "c"} {
		c.Add(key, r, start)
	}
	if c.Len() != 3 || c.Wait("d", r, start) == 0 {
		t.Errorf("%d keys are remembered, and one more waits %v", c.Len(), c.Wait("d", r, start))
	}
	c.Add("d", r, start.Add(time.Hour))
	if c.Len() != 1 || c.Wait("a", r, start.Add(time.Hour)) != 0 {
		t.Errorf("%d keys are remembered once their counts are at nothing", c.Len())
	}
}
