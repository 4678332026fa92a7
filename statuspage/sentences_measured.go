package statuspage

import (
	"time"

	"daymark/incident"
	"daymark/internal/lang"
)

// unpromised is what is known of an open incident on which nobody has said
// anything, and nobody must: what the checks see of the worst component.
func (s speech) unpromised(worst incident.Status, measured bool) string {
	switch {
	case !measured:
		return s.sentence("unpromised-unmeasured")
	case worst == incident.Operational:
		return s.sentence("unpromised-works")
	case worst == incident.Slow:
		return s.sentence("unpromised-slow")
	case worst.Badness() > 0:
		return s.sentence("unpromised-fails")
	}
	return s.sentence("unpromised-silent")
}

// downFrom says where everything that is measured of a component fails, or
// is slow.
func (s speech) downFrom(status incident.Status, outcome string, regions []string) string {
	id := "fails-from"
	switch {
	case outcome == "degraded":
		id = "slow-from"
	case outcome != "failed":
		return ""
	case status == incident.Down:
		id = "down-from"
	}
	return s.with(id, lang.Values{"regions": s.together(regions)})
}

// together joins names: three at most, or two and how many more.
func (s speech) together(names []string) string {
	if len(names) <= 3 {
		return s.List(names)
	}
	return s.Few(names, 2)
}

// regionSees says how a component does from one region.
func (s speech) regionSees(region, outcome string) string {
	id, known := map[string]string{"ok": "region-works", "degraded": "region-slow", "failed": "region-fails"}[outcome]
	if !known {
		id = "region-unmeasured"
	}
	return s.with(id, lang.Values{"region": region})
}

// uptimeRest follows the percentage: of how many runs it is, since when, and
// which share of them could not tell. A first day of zero time is before the
// strip begins.
func (s speech) uptimeRest(runs int, unmeasured string, first, today time.Time) string {
	id := "rest-since-"
	switch {
	case first.IsZero():
		id = "rest-"
	case first.Equal(today):
		id = "rest-today-"
	}
	values := lang.Values{"runs": s.Count("page.runs", runs, nil), "share": unmeasured, "day": s.Day(first)}
	if unmeasured == "" {
		return s.with(id+"all", values)
	}
	return s.with(id+"gap", values)
}

// uptimeMaintained says openly what became of runs in planned maintenance.
func (s speech) uptimeMaintained(runs int, excused bool) string {
	switch {
	case runs == 0:
		return ""
	case excused:
		return s.Count("page.maintained-not-counted", runs, nil)
	}
	return s.Count("page.maintained-counted", runs, nil)
}

func (s speech) dayPartlyMeasured(share string) string {
	return s.with("day-partly", lang.Values{"share": share})
}
