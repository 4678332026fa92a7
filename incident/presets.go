package incident

import (
	"maps"
	"slices"
)

// byOutage is a complete outage, a substantial degradation, what is
// intermittent or degraded, and a component without impact.
var byOutage = SeverityTable{
	P1: `availability == "none" and criticality in ["critical", "major"]`,
	P2: `availability != "full" and criticality in ["critical", "major"] or error_rate >= 0.25`,
	P3: `availability != "full" or error_rate >= 0.01 or latency_ratio >= 2`,
	P4: "true",
}

// severityPresets are tables that organisations use, worded as facts. What
// they are made of is in docs/incidents.md.
var severityPresets = map[string]SeverityTable{
	// Daymark's own: the worst of availability, error rate and latency.
	"daymark": {
		P1: `criticality == "critical" and availability == "none" or available < 0.5 or error_rate >= 0.1 and criticality == "critical" or latency_ratio >= 10`,
		P2: `availability == "none" or available < 0.9 or error_rate >= 0.05 or latency_ratio >= 5`,
		P3: `availability != "full" or available < 0.99 or error_rate >= 0.01 or latency_ratio >= 2`,
		P4: "true",
	},
	"gds": byOutage,
	"opg": byOutage, // the same words; the two differ in their times
	// By how many notice it and whether there is a way around.
	"gitlab": {
		P1: `availability == "none" and criticality == "critical" or error_rate >= 0.5`,
		P2: `availability != "full" and criticality in ["critical", "major"] or error_rate >= 0.1`,
		P3: `availability != "full" or error_rate >= 0.01 or latency_ratio >= 2`,
		P4: "true",
	},
	// An outage or a major degradation; a raised error rate; the rest.
	"govuk-pay": {
		P1: `availability == "none" or error_rate >= 0.5`,
		P2: `availability == "partial" or error_rate >= 0.05`,
		P3: `error_rate >= 0.01 or latency_ratio >= 2`,
		P4: "true",
	},
	// By the share of failures alone: a tenth, a twentieth, a hundredth.
	"error-share": {
		P1: "error_rate >= 0.1",
		P2: "error_rate >= 0.05",
		P3: "error_rate >= 0.01",
		P4: "true",
	},
	// By latency alone, against the same hour of the last 14 days.
	"latency": {
		P1: "latency_ratio >= 10",
		P2: "latency_ratio >= 5",
		P3: "latency_ratio >= 2",
		P4: "true",
	},
}

// SeverityPresets lists the names of severity tables that can be asked for.
func SeverityPresets() []string { return slices.Sorted(maps.Keys(severityPresets)) }

// WithPreset gives a table whose rows that are not written come from its
// preset. A preset that is not known changes nothing.
func (t SeverityTable) WithPreset() SeverityTable {
	preset := severityPresets[t.Preset]
	for _, row := range []struct {
		own    *string
		preset string
	}{{&t.P1, preset.P1}, {&t.P2, preset.P2}, {&t.P3, preset.P3}, {&t.P4, preset.P4}} {
		if *row.own == "" {
			*row.own = row.preset
		}
	}
	return t
}
