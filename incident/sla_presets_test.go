package incident

import (
	"testing"

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
