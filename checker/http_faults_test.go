package checker_test

import (
	"context"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"daymark/checker"
	"daymark/internal/testkit"
)

// faults is the whole table: what can go wrong, and what a check then says.
func faults() []faultRow {
	return slices.Concat(reachFaults, proxyFaults, answerFaults, encodingFaults, secureFaults, http2Faults)
}

func TestFaults(t *testing.T) {
	for _, row := range faults() {
		t.Run(row.name, func(t *testing.T) {
			check := checker.Check{ID: "api", Timeout: 5 * time.Second, Expect: row.expect, Degraded: row.slow}
			if row.timeout > 0 {
				check.Timeout = row.timeout
			}
			http := row.target(t)
			check.HTTP = &http
			reason := regexp.MustCompile(`^(?:` + row.reason + `)$`)
			result := testkit.OnTime(t, 0 < row.timeout && row.timeout < time.Second, func() (checker.Result, bool) {
				result := runOnce(t, checker.NewHTTP(row.options), check)
				return result, reason.MatchString(result.Reason)
			})
			if result.Outcome != row.outcome {
				t.Fatalf("outcome %s (%s); want %s", result.Outcome, result.Reason, row.outcome)
			}
			if !reason.MatchString(result.Reason) {
				t.Errorf("reason %q; want %q", result.Reason, row.reason)
			}
			if got := strings.Join(result.Warnings, "; "); got != row.warning {
				t.Errorf("warnings %q; want %q", got, row.warning)
			}
		})
	}
}

func runOnce(t testing.TB, runner checker.Runner, check checker.Check) checker.Result {
	t.Helper()
	job, err := checker.Prepare(check)
	if err != nil {
		t.Fatal(err)
	}
	return checker.RunOnce(context.Background(), runner, job, time.Now)
}

func TestNoFilesLeft(t *testing.T) {
	check := handled(func(http.ResponseWriter, *http.Request) {})(t)
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	few := before
	few.Cur = 3 // every new file would be above the limit
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &few); err != nil {
		t.Fatal(err)
	}
	result := runOnce(t, checker.NewHTTP(checker.HTTPOptions{}), checker.Check{ID: "api", HTTP: &check})
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	if result.Outcome != checker.Unknown || result.Reason != "this agent has too many files open" {
		t.Errorf("%s: %s", result.Outcome, result.Reason)
	}
}

func TestARunThatIsStoppedTellsNothing(t *testing.T) {
	asked := make(chan struct{})
	target := at(rawServer(t, true, func(conn net.Conn) { close(asked); sayAndHoldForever(conn) }))
	job, err := checker.Prepare(checker.Check{ID: "api", HTTP: &target, Attempts: 3})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-asked; cancel() }()
	result := checker.RunOnce(ctx, checker.NewHTTP(checker.HTTPOptions{}), job, time.Now)
	if result.Outcome != checker.Unknown || result.Reason != "the run was stopped before it ended" || result.Attempts != 1 {
		t.Errorf("%s after %d attempts: %s", result.Outcome, result.Attempts, result.Reason)
	}
}
