package slo_test

import (
	"testing"
	"time"

	"daymark/slo"
)

// Four weeks have each day of the week equally often, as a month has not.
func TestTheDefaultWindowIsOfWholeWeeks(t *testing.T) {
	if slo.DefaultWindow != 4*7*24*time.Hour {
		t.Errorf("it is %s", slo.DefaultWindow)
	}
}
