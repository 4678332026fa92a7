package statuspage_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"daymark/incident"
	"daymark/statuspage"
)

// maintained is the bank on a good day with work that goes on, that is being
// verified, is to come, and is done.
func maintained(t testing.TB) *source {
	s := working(t)
	zone := london(t)
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 12, day, hour, minute, 0, 0, zone) }
	s.change(func(snap *statuspage.Snapshot) {
		snap.Maintenances = []incident.PlannedMaintenance{
			{
				ID: "work00000001", Title: "New network", Components: []string{"core-api"}, Stage: incident.Completed, Announce: at(1, 8, 0), Starts: at(1, 9, 0), Ends: at(1, 10, 0),
				Made: at(1, 8, 0), Announced: at(1, 8, 0), Began: at(1, 9, 0), Over: at(1, 9, 50), Done: at(1, 9, 51), Updated: at(1, 9, 51),
			},
			{
				ID: "work00000002", Title: "Check of the archive", Components: []string{"sign-in"}, Stage: incident.Verifying, Announce: at(1, 8, 0), Starts: at(1, 13, 0), Ends: at(1, 14, 17),
				Made: at(1, 8, 0), Announced: at(1, 8, 0), Began: at(1, 13, 0), Over: at(1, 14, 17), Updated: at(1, 14, 17),
			},
			{
				ID: "work00000003", Rule: "statements-move", Title: "Statements move", Text: "We move them.\n\nStatements come <later>.", Components: []string{"batch"}, Stage: incident.InProgress,
				Announce: at(1, 8, 0), Starts: at(1, 14, 0), Ends: at(1, 16, 0), Made: at(1, 8, 0), Announced: at(1, 8, 0), Began: at(1, 14, 0), Updated: at(1, 14, 0),
			},
			{
				ID: "work00000004", Title: "New disks", Components: []string{"core-api", "sign-in"}, Stage: incident.Scheduled, Announce: at(1, 8, 0), Starts: at(3, 22, 0), Ends: at(4, 1, 0),
				Made: at(1, 8, 0), Announced: at(1, 8, 0), Updated: at(1, 8, 0),
			},
		}
		state := snap.Components["batch"]
		state.Status, state.Since = incident.Maintenance, noon.Add(-minutes(18))
		state.Days = days(zone, 1440, map[int]func(*statuspage.Day){
			0: func(d *statuspage.Day) {
				d.Maintenance, d.Excused = minutes(18), statuspage.Runs{Checks: 6, Failed: 6}
				d.Failed = 6
			},
		})
		snap.Components["batch"] = state
	})
	return s
}

func TestMaintenanceOnThePage(t *testing.T) {
	s := maintained(t)
	view := statuspage.BuildView(layout(t), &s.snapshot, noon)
	if view.Say.Sentence != "Overnight statements is being worked on." || view.Say.Follow.String() != "Planned until 16:00 today." {
		t.Errorf("%q %q", view.Say.Sentence, view.Say.Follow)
	}
	var said []string
	for _, item := range view.Planned.Items {
		said = append(said, strings.Join([]string{item.When.Text, item.Until, item.Name, item.Word, item.Of}, "; "))
	}
	want := []string{
		"Tue 1 Dec; 13:00 to 14:17; Check of the archive; Being looked over; The work is over, and we are looking whether all is well.",
		"Tue 1 Dec; 14:00 to 16:00; Statements move; Going on; May not be available: Overnight statements.",
		"Thu 3 Dec; 22:00 to 01:00 on 4 Dec; New disks; ; May not be available then: Payments API and Sign in.",
	}
	if got := strings.Join(said, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("it says\n%s\nand not\n%s", got, strings.Join(want, "\n"))
	}
}

// Over the change of clocks, both times say which they are.
func TestMaintenanceOverAChangeOfClocks(t *testing.T) {
	s := maintained(t)
	s.snapshot.Maintenances = []incident.PlannedMaintenance{{
		ID: "work00000005", Title: "New disks", Components: []string{"batch"}, Stage: incident.Scheduled,
		Starts: time.Date(2027, 10, 31, 0, 30, 0, 0, time.UTC), Ends: time.Date(2027, 10, 31, 1, 30, 0, 0, time.UTC),
	}}
	view := statuspage.BuildView(layout(t), &s.snapshot, noon)
	if got := view.Planned.Items[0].Until; got != "01:30 BST to 01:30 GMT" {
		t.Error(got)
	}
}

// Uptime says whether it counts what ran in a maintenance.
func TestUptimeSaysWhatMaintenanceDid(t *testing.T) {
	for setting, want := range map[string]string{
		"excluded": "100 % of 129,594 runs; all measured; 6 runs during planned maintenance not counted",
		"counted":  "99.99 % of 129,600 runs; all measured; 6 runs during planned maintenance counted",
	} {
		l := layout(t)
		l.Options.Uptime.Maintenance = setting
		strip := statuspage.BuildView(l, &maintained(t).snapshot, noon).Sections[1].Components[0].Strip
		if got := strings.ReplaceAll(strip.Figure+strip.Rest, "\u00a0", " "); got != want {
			t.Errorf("%s: %q, want %q", setting, got, want)
		}
		if strip.Days[0].Said[0] != "Maintenance for 18 min so far." {
			t.Errorf("%s: the day says %q", setting, strip.Days[0].Said)
		}
	}
}

func TestGoldenMaintenance(t *testing.T) {
	h := handler(newPage(t, harbour(t, maintained(t))))
	for path, file := range map[string]string{
		"/":                                   "maintenance.html",
		"/api/v2/summary.json":                "maintenance-summary.json",
		"/api/v2/scheduled-maintenances.json": "maintenance-all.json",
		"/api/v2/scheduled-maintenances/upcoming.json": "maintenance-upcoming.json",
		"/api/v2/scheduled-maintenances/active.json":   "maintenance-active.json",
	} {
		answer, body := get(t, h, path)
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d: %s", path, answer.StatusCode, body)
		}
		golden(t, file, body)
	}
}
