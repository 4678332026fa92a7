package statuspage

import (
	"fmt"
	"time"

	"daymark/incident"
)

// unpromised is what is known of an open incident on which nobody has said
// anything, and nobody must: what the checks see of the worst component.
func unpromised(worst incident.Status, measured bool) string {
	switch {
	case !measured:
		return "We have seen it. No update is promised for this."
	case worst == incident.Operational:
		return "Our checks saw it failing, and see it work again. No update is promised for this."
	case worst == incident.Slow:
		return "Our checks see that it is slow. No update is promised for this."
	case worst.Badness() > 0:
		return "Our checks see it failing. No update is promised for this."
	}
	return "Our checks saw it failing, and cannot tell at the moment. No update is promised for this."
}

// downFrom says where everything that is measured of a component fails, or
// is slow.
func downFrom(status incident.Status, outcome string, regions []string) string {
	sentence := ""
	switch {
	case outcome == "degraded":
		sentence = "Slow from %s."
	case outcome == "failed" && status == incident.Down:
		sentence = "Down from %s."
	case outcome == "failed":
		sentence = "Fails from %s."
	default:
		return ""
	}
	return fmt.Sprintf(sentence, together(regions))
}

// together joins names; there is one at least.
func together(names []string) string {
	switch len(names) {
	case 1:
		return names[0]
	case 2:
		return fmt.Sprintf("%s and %s", names[0], names[1])
	case 3:
		return fmt.Sprintf("%s, %s and %s", names[0], names[1], names[2])
	}
	return fmt.Sprintf("%s, %s and %d more", names[0], names[1], len(names)-2)
}

// regionSees says how a component does from one region.
func regionSees(region, outcome string) string {
	switch outcome {
	case "ok":
		return region + ": works."
	case "degraded":
		return region + ": slow."
	case "failed":
		return region + ": fails."
	}
	return region + ": not measured."
}

// uptimeRest follows the percentage: of how many runs it is, since when, and
// which share of them could not tell. A first day of zero time is before the
// strip begins.
func uptimeRest(runs int, unmeasured string, first, today time.Time) string {
	of := thousands(runs) + " runs"
	if runs == 1 {
		of = "1 run"
	}
	switch {
	case first.IsZero() && unmeasured == "":
		return fmt.Sprintf(" of %s; all measured", of)
	case first.IsZero():
		return fmt.Sprintf(" of %s; %s not measured", of, unmeasured)
	case first.Equal(today) && unmeasured == "":
		return fmt.Sprintf(" of %s today; all measured", of)
	case first.Equal(today):
		return fmt.Sprintf(" of %s today; %s not measured", of, unmeasured)
	case unmeasured == "":
		return fmt.Sprintf(" of %s since %s; all measured since", of, longDay(first))
	}
	return fmt.Sprintf(" of %s since %s; %s of that time not measured", of, longDay(first), unmeasured)
}

// uptimeMaintained says openly what became of runs in planned maintenance.
func uptimeMaintained(runs int, excused bool) string {
	switch {
	case runs == 0:
		return ""
	case excused && runs == 1:
		return "; 1 run during planned maintenance not counted"
	case excused:
		return fmt.Sprintf("; %s runs during planned maintenance not counted", thousands(runs))
	case runs == 1:
		return "; 1 run during planned maintenance counted"
	}
	return fmt.Sprintf("; %s runs during planned maintenance counted", thousands(runs))
}

func dayPartlyMeasured(share string) string {
	return fmt.Sprintf("%s of the runs could not tell.", share)
}
