package checker_test

import (
	"strings"
	"testing"

	"daymark/checker"
)

// What colours weigh is not taken from the end of a log.
func TestTheEndOfAColouredLogIsKept(t *testing.T) {
	line := "\x1b[1m\x1b[38;5;196m\x1b[48;5;232mE\x1b[0m\x1b[38;5;196mR\x1b[0m\n"
	raw := strings.Repeat(line, 1000) + "panic: disk full\n"
	got := checker.TidyLog([]byte(raw[len(raw)-checker.BeatLogTail:]), true, func(s string) string { return s })
	if !strings.HasSuffix(got, "ER\npanic: disk full") || strings.Contains(got, "\x1b") {
		t.Errorf("kept is %q", got)
	}
}
