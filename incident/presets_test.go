package incident

import "testing"

func TestPresetsCanBeUsed(t *testing.T) {
	if len(SeverityPresets()) < 5 {
		t.Fatalf("there are %v", SeverityPresets())
	}
	for _, name := range SeverityPresets() {
		rows, err := compileSeverities(SeverityTable{Preset: name}.WithPreset())
		if err != nil || len(rows) != 4 {
			t.Errorf("%s: %d rows, %v", name, len(rows), err)
		}
	}
}

func TestWhatIsWrittenGoesBeforeThePreset(t *testing.T) {
	table := SeverityTable{Preset: "gds", P2: "false"}.WithPreset()
	if table.P2 != "false" || table.P1 != severityPresets["gds"].P1 || table.P4 != "true" {
		t.Errorf("the table is %+v", table)
	}
	if own := (SeverityTable{P1: "true"}); own.WithPreset() != own {
		t.Error("without a preset a table changes")
	}
}

// How each preset grades what sign-in (critical) and the API (major) show.
func TestPresetsGrade(t *testing.T) {
	for _, test := range []struct {
		preset string
		sees   map[string]Severity // by what fails
	}{
		{"daymark", map[string]Severity{"journey": P1, "health": P2, "health slow": P4}},
		{"gds", map[string]Severity{"journey": P1, "health": P1, "health slow": P4}},
		{"govuk-pay", map[string]Severity{"journey": P1, "health": P1, "health slow": P4}},
		{"error-share", map[string]Severity{"journey": P1, "health": P1, "health slow": P4}},
		{"latency", map[string]Severity{"journey": P4, "health slow": P4}},
	} {
		for what, want := range test.sees {
			t.Run(test.preset+", "+what, func(t *testing.T) {
				w := newWorld(t, func(o *PolicyOptions) { o.Severities = SeverityTable{Preset: test.preset}.WithPreset() })
				w.see(nil)
				seen := outcomes{what: failed}
				if what == "health slow" {
					seen = outcomes{"health": slow}
				}
				w.seeTimes(6, seen)
				if got := w.only().Severity; got != want {
					t.Errorf("it is %s; want %s: %s", got, want, w.only().Reason)
				}
			})
		}
	}
}
