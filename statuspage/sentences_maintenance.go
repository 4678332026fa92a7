package statuspage

import (
	"time"

	"daymark/incident"
	"daymark/internal/lang"
)

// announced is the first word on a maintenance.
func announced(title, text string) string {
	if text != "" {
		return text
	}
	return title
}

// stageWord says where a maintenance that has begun stands.
func (s speech) stageWord(stage incident.Stage) string {
	if stage == incident.Verifying {
		return s.sentence("stage-verifying")
	}
	return s.sentence("stage-going")
}

// plannedOf says what a maintenance is of.
func (s speech) plannedOf(names []string, stage incident.Stage) string {
	values := lang.Values{"names": s.together(names)}
	switch {
	case len(names) == 0:
		return s.sentence("planned-none")
	case stage == incident.Scheduled:
		return s.with("planned-then", values)
	case stage == incident.Verifying:
		return s.sentence("maintenance-verifying")
	}
	return s.with("planned-now", values)
}

// plannedTime writes from when to when, with the zone where a clock change
// lies between, and the day of the end where it is another.
func (s speech) plannedTime(starts, ends time.Time, zone *time.Location) string {
	from, to := starts.In(zone), ends.In(zone)
	shape := "15:04"
	if from.Format("MST") != to.Format("MST") {
		shape = "15:04 MST"
	}
	values := lang.Values{"from": from.Format(shape), "to": to.Format(shape), "day": s.ShortDay(to)}
	if sinceDays(from, to) != 0 {
		return s.Text("time.span-day", values)
	}
	return s.Text("time.span", values)
}
