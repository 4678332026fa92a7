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

func TestAWindowIsWrittenAsItIsConfigured(t *testing.T) {
	for want, window := range map[string]slo.Window{
		"28d": {Rolling: 28 * 24 * time.Hour}, "1h": {Rolling: time.Hour}, "36h": {Rolling: 36 * time.Hour}, "1h30m": {Rolling: 90 * time.Minute},
		"10m": {Rolling: 10 * time.Minute}, "1m30s": {Rolling: 90 * time.Second}, "month": {Month: true},
	} {
		if got := window.String(); got != want {
			t.Errorf("%s; want %s", got, want)
		}
	}
}
