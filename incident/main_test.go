package incident

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"testing"

	"daymark/internal/testkit"
)

// TestMain sets how many histories each property is tried on.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", strconv.Itoa(testkit.Count(50, 10_000))); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}
