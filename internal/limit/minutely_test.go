package limit_test

import (
	"strconv"
	"testing"
	"time"

	"daymark/internal/limit"
)

func TestOnceAMinute(t *testing.T) {
	var m limit.Minutely
	now := time.Date(2026, 12, 1, 3, 0, 0, 0, time.UTC)
	for _, step := range []struct {
		what  string
		after time.Duration
		want  bool
	}{{"a", 0, true}, {"a", 0, false}, {"b", 0, true}, {"a", time.Minute - 1, false}, {"a", time.Minute, true}, {"a", time.Minute, false}} {
		if got := m.Due(step.what, now.Add(step.after)); got != step.want {
			t.Errorf("%s after %v: %t", step.what, step.after, got)
		}
	}
	for i := range 30_000 { // it forgets, and goes on
		if !m.Due(strconv.Itoa(i), now) {
			t.Fatal(i)
		}
	}
}
