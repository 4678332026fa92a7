package incident

import (
	"testing"
	"time"

	"daymark/support"
)

func TestSLAPresetsPromise(t *testing.T) {
	for _, name := range SLAPresets() {
		sla := SLA{ID: "gold", Preset: name}.WithPreset()
		previous := support.Span{}
		for severity := P1; severity <= P4; severity++ {
			promises := sla.For(severity)
			if promises == nil {
				if severity == P1 {
					t.Errorf("%s promises nothing of a P1", name)
				}
				continue
			}
			if len(promises.Channels) > 0 {
				t.Errorf("%s chooses channels", name)
			}
			if u := promises.Update; u != nil {
				if u.Length() < previous.Length() {
					t.Errorf("%s promises updates of a %s sooner than of what is worse", name, severity)
				}
				previous = *u
			}
		}
	}
}

func TestWhatAnSLAWritesGoesBeforeItsPreset(t *testing.T) {
	own := SLA{ID: "gold", Preset: "opg", P1: &Promises{Update: hours(3), Channels: []string{"page", "email"}}}
	with := own.WithPreset()
	if *with.P1.Update != *hours(3) || *with.P1.Acknowledge != *minutes(20) || len(with.P1.Channels) != 2 || *with.P2.Update != *hours(1) {
		t.Errorf("P1 %+v, P2 %+v", with.P1, with.P2)
	}
	if own.P1.Acknowledge != nil || own.P2 != nil {
		t.Error("the SLA that was given changed")
	}
	if plain := (SLA{ID: "gold"}); plain.WithPreset().P1 != nil {
		t.Error("without a preset something is promised")
	}
}

// Where a preset promises nothing of a severity, nothing is promised; and what
// it promises is real time, or service days.
func TestWhatAPresetDoesNotPromise(t *testing.T) {
	for name, promised := range map[string][4]bool{
		"daymark": {true, true, true, true}, "gds": {true, true, true, true}, "gitlab": {true, true, true, true},
		"pagerduty": {true, true, false, false}, "gruntwork": {true, true, true, true}, "nhs-wayfinder": {true, true, false, false},
	} {
		sla := SLA{ID: "gold", Preset: name}.WithPreset()
		for severity := P1; severity <= P4; severity++ {
			if got := sla.For(severity) != nil; got != promised[severity-1] {
				t.Errorf("%s promises something of a %s: %v", name, severity, got)
			}
		}
	}
	gds := SLA{ID: "gold", Preset: "gds"}.WithPreset()
	if got, want := *gds.P1.Acknowledge, (support.Span{Rest: 20 * time.Minute}); got != want {
		t.Errorf("a P1 is acknowledged within %+v", got)
	}
	if got, want := *gds.P4.Update, (support.Span{Days: 5}); got != want {
		t.Errorf("the next word on a P4 is due within %+v", got)
	}
	for name, own := range map[string]Promises{
		"acknowledge": {Acknowledge: hours(1)}, "first": {First: hours(1)}, "update": {Update: hours(1)}, "resolve": {Resolve: hours(1)}, "channels": {Channels: []string{"page"}},
	} {
		if sla := (SLA{ID: "gold", Preset: "pagerduty", P4: &own}).WithPreset(); sla.P4 == nil {
			t.Errorf("%s that is written beside a preset is lost", name)
		}
	}
}

// A review is asked for by the preset, unless the SLA says itself which are.
func TestAPresetAsksForReviews(t *testing.T) {
	const day = 24 * time.Hour
	for _, test := range []struct {
		preset    string
		own, want ReviewWithin
	}{
		{"daymark", ReviewWithin{}, ReviewWithin{P1: 5 * day, P2: 5 * day}},
		{"daymark", ReviewWithin{P1: 2 * day}, ReviewWithin{P1: 2 * day}},
		{"gds", ReviewWithin{}, ReviewWithin{}},
		{"", ReviewWithin{}, ReviewWithin{}},
	} {
		if got := (SLA{ID: "gold", Preset: test.preset, Review: test.own}).WithPreset().Review; got != test.want {
			t.Errorf("preset %q with %v reviews within %v; want %v", test.preset, test.own, got, test.want)
		}
	}
}
