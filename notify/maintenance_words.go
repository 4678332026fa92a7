package notify

import (
	"strings"
	"time"

	"daymark/incident"
	"daymark/internal/lang"
)

// TellMaintenance says where a planned maintenance stands, to those who
// asked for it and read a language: announced, begun, done or cancelled. Step
// names that, so that each is told once; "" where there is nothing to tell.
func TellMaintenance(m *incident.PlannedMaintenance, l *lang.Language, zone *time.Location) (step string, n *Notice) {
	id := ""
	switch {
	case m.Stage == incident.Cancelled && m.Public():
		step, id = "cancelled", "planned.not"
	case m.Stage == incident.Completed:
		step, id = "done", "planned.over"
	case m.Stage == incident.InProgress:
		step, id = "begun", "planned.until"
	case m.Stage == incident.Scheduled && m.Public():
		step, id = "announced", "planned.from"
	default:
		return "", nil
	}
	n = maintenanceNotice(m, l, zone, "planned."+step, id, step == "begun" || step == "announced")
	n.Over = step == "done" || step == "cancelled"
	return step, n
}

// TellMove says to who was told of a planned maintenance that it begins or ends
// at another time than they know.
func TellMove(m *incident.PlannedMaintenance, l *lang.Language, zone *time.Location) *Notice {
	id := "planned.moved-from"
	if m.Stage == incident.InProgress {
		id = "planned.moved-until"
	}
	return maintenanceNotice(m, l, zone, "planned.moved", id, false)
}

// maintenanceNotice writes a notice with a title and a sentence of the catalogue,
// behind what a person wrote.
func maintenanceNotice(m *incident.PlannedMaintenance, l *lang.Language, zone *time.Location, title, id string, withText bool) *Notice {
	starts, ends := m.Starts.In(zone), m.Ends.In(zone)
	say := func(id string) string {
		return l.Text(id, lang.Values{
			"title": oneLine(m.Title, maxSentence/2), "zone": l.Zone(zone, m.Starts), "day": l.Day(starts), "time": starts.Format("15:04"),
			"from": l.Text("time.clock-on", lang.Values{"time": starts.Format("15:04"), "day": l.Day(starts)}),
			"to":   l.Clock(ends, starts, zone),
			"end":  l.Text("time.clock-on", lang.Values{"time": ends.Format("15:04"), "day": l.Day(ends)}),
		})
	}
	said := []string{say(id)}
	if m.Text != "" && withText {
		said = []string{m.Text, said[0]}
	}
	return &Notice{
		Kind: MaintenanceNotice, Key: m.ID, Title: say(title), Text: strings.Join(said, "\n\n"), LinkText: say("planned.link"), Why: say("planned.why"),
	}
}
