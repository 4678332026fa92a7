package incident

import (
	"testing"
	"time"

	"daymark/checker"
)

// TestStaleAfter: a region cannot tell after two runs that are missed, unless
// another agent of it may still take over.
func TestStaleAfter(t *testing.T) {
	for name, test := range map[string]struct {
		schedule string
		lease    time.Duration
		want     time.Duration
	}{
		"each minute":              {"@every 1m", 10 * time.Second, 2*time.Minute + 5*time.Second},
		"no agents share":          {"@every 2s", 0, 9 * time.Second},
		"faster than the lease":    {"@every 2s", 10 * time.Second, 17 * time.Second},
		"as slow as the lease":     {"@every 10s", 10 * time.Second, 25 * time.Second},
		"a night without any runs": {"0 8-20 * * *", 10 * time.Second, 24*time.Hour + 5*time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			check := checker.Check{ID: "c", Schedule: test.schedule, Timeout: 5 * time.Second, Attempts: 1}
			if got, err := StaleAfter(&check, test.lease); err != nil || got != test.want {
				t.Errorf("got %s, %v, want %s", got, err, test.want)
			}
		})
	}
}
