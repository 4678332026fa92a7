package statuspage

import (
	"time"

	"daymark/incident"
)

const (
	maintainedUntil      = "Planned until {time}."
	maintenanceBegan     = "The work has begun."
	maintenanceVerifying = "The work is over, and we are looking whether all is well."
	maintenanceCompleted = "The work is done."
)

// announced is the first word on a maintenance.
func announced(title, text string) string {
	if text != "" {
		return text
	}
	return title
}

// stageWord says where a maintenance that has begun stands.
func stageWord(stage incident.Stage) string {
	if stage == incident.Verifying {
		return "Being looked over"
	}
	return "Going on"
}

// plannedOf says what a maintenance is of.
func plannedOf(names []string, stage incident.Stage) string {
	if len(names) == 0 {
		return "Of nothing that this page shows."
	}
	switch stage {
	case incident.Scheduled:
		return "May not be available then: " + together(names) + "."
	case incident.Verifying:
		return maintenanceVerifying
	}
	return "May not be available: " + together(names) + "."
}

// plannedTime writes from when to when, with the zone where a clock change
// lies between, and the day of the end where it is another.
func plannedTime(starts, ends time.Time, zone *time.Location) string {
	from, to := starts.In(zone), ends.In(zone)
	shape := "15:04"
	if from.Format("MST") != to.Format("MST") {
		shape = "15:04 MST"
	}
	text := from.Format(shape) + " to " + to.Format(shape)
	if sinceDays(from, to) != 0 {
		text += " on " + shortDay(to)
	}
	return text
}
