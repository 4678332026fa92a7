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

// To look through all of them for each that comes would cost ten thousand times
// as much as to count it.
func TestManyKeysCostLittle(t *testing.T) {
	const most = 10_000
	c, r := limit.New(most, -1), limit.Rate{AtOnce: 3, Every: time.Hour}
	began := time.Now()
	for key := range 20 * most {
		c.Add(key, r, start)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
	if c.Len() > most+1 {
		t.Errorf("%d are remembered", c.Len())
	}
	c.Add(-2, r, start.Add(2*time.Hour))
	if c.Len() > 2 { // that one, and the others
		t.Errorf("%d are remembered once they are at nothing", c.Len())
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
