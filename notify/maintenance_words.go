package notify

import (
	"strings"
	"time"

	"daymark/incident"
)

// TellMaintenance says where a planned maintenance stands, to those who
// asked for it: announced, begun, done or cancelled. Step names that, so that
// each is told once; "" where there is nothing to tell.
func TellMaintenance(m *incident.PlannedMaintenance, zone *time.Location) (step string, n *Notice) {
	title := oneLine(m.Title, maxSentence/2)
	said := []string{}
	if m.Text != "" {
		said = append(said, m.Text)
	}
	switch {
	case m.Stage == incident.Cancelled && m.Public():
		step, title = "cancelled", "Cancelled: "+title
		said = []string{"The work that was planned for " + span(m, zone) + " does not take place."}
	case m.Stage == incident.Completed:
		step, title = "done", "Done: "+title
		said = []string{"The work is done, and all that it was about works."}
	case m.Stage == incident.InProgress:
		step, title = "begun", "It has begun: "+title
		said = append(said, "It is planned until "+m.Ends.In(zone).Format("15:04 on 2 January")+", "+zoneName(zone, m.Ends)+".")
	case m.Stage == incident.Scheduled && m.Public():
		step, title = "announced", "Planned for "+m.Starts.In(zone).Format("2 January, 15:04")+": "+title
		said = append(said, "From "+span(m, zone)+".")
	default:
		return "", nil
	}
	return step, &Notice{
		Kind: MaintenanceNotice, Key: m.ID, Title: title, Text: strings.Join(said, "\n\n"), LinkText: "See the page",
		Over: step == "done" || step == "cancelled", Why: "You get this because you asked to hear of planned maintenance.",
	}
}

// span writes from when to when.
func span(m *incident.PlannedMaintenance, zone *time.Location) string {
	from, to := m.Starts.In(zone), m.Ends.In(zone)
	shape := "15:04"
	if from.YearDay() != to.YearDay() || from.Year() != to.Year() {
		shape = "15:04 on 2 January"
	}
	return from.Format("15:04 on 2 January") + " to " + to.Format(shape) + ", " + zoneName(zone, m.Starts)
}

// zoneName names a zone as people say it: "London time", "UTC".
func zoneName(zone *time.Location, at time.Time) string {
	name := zone.String()
	if area, city, ok := strings.Cut(name, "/"); ok && area != "Etc" {
		return strings.ReplaceAll(city[strings.LastIndex(city, "/")+1:], "_", " ") + " time"
	}
	return at.In(zone).Format("MST")
}
