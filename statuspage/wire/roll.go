package wire

import "daymark/incident"

// The indicators of a page.
const (
	IndicatorNone        = "none"
	IndicatorMinor       = "minor"
	IndicatorMajor       = "major"
	IndicatorCritical    = "critical"
	IndicatorMaintenance = "maintenance"
)

// The fixed descriptions; some clients switch on the text.
const (
	allOperational    = "All Systems Operational"
	majorOutage       = "Major System Outage"
	partialOutage     = "Partial System Outage"
	minorOutage       = "Minor Service Outage"
	degradedAll       = "Degraded System Service"
	degradedSome      = "Partially Degraded Service"
	underMaintenance  = "Service Under Maintenance"
	maintenanceAsNone = "none"
)

// Rollup is what Roll works from.
type Rollup struct {
	Leaves []incident.Status // of the components; groups do not count
	Open   []incident.Impact // of the open incidents; they count where there is no component
	// MaintenanceIndicator "none" is for clients that know four indicators.
	MaintenanceIndicator string
}

// Roll works out the page's indicator and description.
func Roll(r Rollup) Status {
	if len(r.Leaves) == 0 {
		return byImpact(r.Open)
	}
	count := map[incident.Status]int{}
	for _, status := range r.Leaves {
		count[status]++
	}
	all := func(status incident.Status) bool { return count[status] == len(r.Leaves) }
	switch {
	case all(incident.Down):
		return Status{IndicatorCritical, majorOutage}
	case count[incident.Down] > 0, all(incident.PartlyDown):
		return Status{IndicatorMajor, partialOutage}
	case count[incident.PartlyDown] > 0:
		return Status{IndicatorMinor, minorOutage}
	case all(incident.Slow):
		return Status{IndicatorMinor, degradedAll}
	case count[incident.Slow] > 0:
		return Status{IndicatorMinor, degradedSome}
	case count[incident.Maintenance] > 0:
		if r.MaintenanceIndicator == maintenanceAsNone {
			return Status{IndicatorNone, underMaintenance}
		}
		return Status{IndicatorMaintenance, underMaintenance}
	}
	return Status{IndicatorNone, allOperational}
}

// byImpact is the rollup of a page without components: its worst incident.
func byImpact(open []incident.Impact) Status {
	worst := Status{IndicatorNone, allOperational}
	rank := 0
	for _, impact := range open {
		switch {
		case impact == incident.Critical:
			return Status{IndicatorCritical, majorOutage}
		case impact == incident.Major && rank < 2:
			worst, rank = Status{IndicatorMajor, partialOutage}, 2
		case impact == incident.Minor && rank < 1:
			worst, rank = Status{IndicatorMinor, minorOutage}, 1
		}
	}
	return worst
}

// Worst gives the worst status of a group's members, for the group's own row;
// a group without members works.
func Worst(members []incident.Status) incident.Status {
	worst := incident.Operational
	for _, status := range members {
		if status.Badness() > worst.Badness() || (status == incident.Maintenance && worst == incident.Operational) {
			worst = status
		}
	}
	return worst
}
