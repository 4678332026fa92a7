package incident

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"daymark/support"
)

// slaPresets are the times that organisations promise, by severity. What they
// are taken from is in docs/incidents.md. Where service is given at all hours,
// a day is 24 hours.
var slaPresets = map[string][4]Promises{
	"daymark": {
		{Acknowledge: minutes(5), First: minutes(10), Update: minutes(30), Resolve: hours(4)},
		{Acknowledge: minutes(15), First: minutes(20), Update: hours(1), Resolve: hours(8)},
		{Acknowledge: hours(1), First: hours(1), Update: hours(4), Resolve: days(1)},
		{Acknowledge: days(1), Resolve: days(5)},
	},
	"gds": {
		{Acknowledge: minutes(20), Update: hours(1)},
		{Acknowledge: hours(1), Update: hours(2)},
		{Acknowledge: hours(2), Update: days(2)},
		{Acknowledge: days(1), Update: days(5)},
	},
	"opg": {
		{Acknowledge: minutes(20), Update: minutes(30)},
		{Acknowledge: hours(1), Update: hours(1)},
		{Acknowledge: hours(2), Update: days(2)},
		{Acknowledge: days(1), Update: days(5)},
	},
	"govuk-pay": {
		{Acknowledge: minutes(30), Update: hours(1)},
		{Acknowledge: hours(1), Update: hours(2)},
		{Acknowledge: days(1), Update: days(2)},
		{Acknowledge: days(2), Update: days(5)}, // a week of service days
	},
	"gitlab": {
		{First: minutes(10), Update: minutes(30)},
		{First: minutes(15), Update: hours(1)},
		{First: minutes(15), Update: hours(1)},
		{First: minutes(15), Update: hours(1)},
	},
	"pagerduty": {
		{First: minutes(5), Update: minutes(20)},
		{First: minutes(5), Update: minutes(20)},
		{},
		{},
	},
	"gruntwork": {
		{Acknowledge: minutes(30), Resolve: hours(4)},
		{Acknowledge: hours(1), Resolve: hours(8)},
		{Acknowledge: hours(4), Resolve: days(1)},
		{Acknowledge: days(1)},
	},
	"nhs-wayfinder": {
		{Resolve: hours(4)},
		{Resolve: hours(8)},
		{},
		{},
	},
}

// reviewPresets are how long after its end an incident is reviewed.
var reviewPresets = map[string]ReviewWithin{
	"daymark": {P1: 5 * 24 * time.Hour, P2: 5 * 24 * time.Hour},
}

func minutes(n int) *support.Span { return &support.Span{Rest: time.Duration(n) * time.Minute} }
func hours(n int) *support.Span   { return minutes(60 * n) }
func days(n int) *support.Span    { return &support.Span{Days: n} }

// SLAPresets lists the names of the presets of an SLA.
func SLAPresets() []string { return slices.Sorted(maps.Keys(slaPresets)) }

// WithPreset gives the SLA with the times of its preset where it says none
// itself. Channels are never a preset's: they have to be set up.
func (s SLA) WithPreset() SLA {
	rows, known := slaPresets[s.Preset]
	if !known {
		return s
	}
	if s.Review == (ReviewWithin{}) { // what is reviewed at all is said as a whole
		s.Review = reviewPresets[s.Preset]
	}
	for severity, own := range map[Severity]**Promises{P1: &s.P1, P2: &s.P2, P3: &s.P3, P4: &s.P4} {
		row := rows[severity-1]
		if *own != nil {
			written := **own
			row = Promises{
				Acknowledge: cmp.Or(written.Acknowledge, row.Acknowledge), First: cmp.Or(written.First, row.First),
				Update: cmp.Or(written.Update, row.Update), Resolve: cmp.Or(written.Resolve, row.Resolve), Channels: written.Channels,
			}
		}
		if row.Acknowledge != nil || row.First != nil || row.Update != nil || row.Resolve != nil || row.Channels != nil {
			*own = &row
		}
	}
	return s
}
