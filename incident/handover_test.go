package incident_test

import (
	"strings"
	"testing"
	"time"

	"daymark/incident"
	"daymark/support"
)

func TestTheNoteOfAHandover(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, time.UTC) }
	note := incident.HandoverNote{
		Rota: "main", At: at(30, 9, 0), LeadOff: "Ana Reyes", LeadOn: "Ben | <b>Okafor</b>", EngineerOff: "Ben Okafor", Written: at(29, 12, 0), Zone: london,
		Incidents: []incident.Incident{
			{ID: "late", Severity: incident.P3, Phase: incident.Monitoring, Since: at(28, 3, 0), Name: "Sign in was slow", Promise: &incident.Promise{Kind: incident.NextUpdate, Due: at(29, 11, 0)}},
			{ID: "warning", Check: "cert", Severity: incident.P4, Phase: incident.Investigating, Since: at(27, 3, 0), Reason: "P4: Shop: `tls.days_left < 21`: it was `9`"},
			{ID: "young", Severity: incident.P1, Phase: incident.Investigating, Since: at(29, 11, 59), Name: "Payments | API\nis not available", Promise: &incident.Promise{Kind: incident.FirstWord, Due: at(29, 12, 10)}},
			{
				ID: "old", Severity: incident.P1, Phase: incident.Identified, Since: at(28, 11, 59), Name: "Sign in is not available", Clocks: []incident.Promise{{Kind: incident.Restored, Due: at(29, 16, 0)}},
				Care: incident.Care{Holders: support.Holders{Lead: "ana", Engineer: "zoe"}},
			},
			{ID: "over", Severity: incident.P1, Phase: incident.Resolved, Since: at(28, 11, 59), Name: "It was not available"},
		},
		Names: map[string]string{"ana": "Ana Reyes"},
		Maintenances: []incident.PlannedMaintenance{
			{ID: "work", Title: "New disks", Components: []string{"api", "batch"}, Stage: incident.Scheduled, Starts: at(30, 22, 0), Ends: at(30, 23, 0)},
			{ID: "done", Title: "Old disks", Components: []string{"api"}, Stage: incident.Completed, Starts: at(28, 22, 0), Ends: at(28, 23, 0)},
		},
	}
	want := `# Hand-over of main: Mon 30 Nov 2026 09:00 GMT

| | goes off | comes on |
|---|---|---|
| Support Lead | Ana Reyes | Ben \| \<b\>Okafor\</b\> |
| Support Engineer | Ben Okafor | nobody |

## Open incidents

| id | severity | since | state | what | lead | engineer | next promise |
|---|---|---|---|---|---|---|---|
| old | P1 | Sat 28 Nov 2026 11:59 GMT | identified | Sign in is not available | Ana Reyes | zoe | the resolution by Sun 29 Nov 2026 16:00 GMT |
| young | P1 | Sun 29 Nov 2026 11:59 GMT | investigating | Payments \| API is not available | nobody | nobody | the first word by Sun 29 Nov 2026 12:10 GMT |
| late | P3 | Sat 28 Nov 2026 03:00 GMT | monitoring | Sign in was slow | nobody | nobody | the next update by Sun 29 Nov 2026 11:00 GMT, which is over |

## Warnings

- cert, since Fri 27 Nov 2026 03:00 GMT: Shop: \` + "`tls.days\\_left \\< 21\\`: it was \\`9\\`" + `

## Planned maintenance

- work, Mon 30 Nov 2026 22:00 GMT to Mon 30 Nov 2026 23:00 GMT, scheduled: New disks (api, batch)

Written by Daymark at Sun 29 Nov 2026 12:00 GMT.
`
	if got := note.Markdown(); got != want {
		t.Errorf("it is\n%s\nand not\n%s", got, want)
	}
	quiet := incident.HandoverNote{Rota: "main", LeadOff: "Ana", LeadOn: "Ana", Written: at(29, 12, 0), Zone: london}
	if got := quiet.Markdown(); !strings.Contains(got, "# Hand-over of main: no hand-over is to come\n") || !strings.Contains(got, "No incident is open.\n") ||
		strings.Contains(got, "## Warnings") || strings.Contains(got, "## Planned") {
		t.Errorf("a quiet one is\n%s", got)
	}
}
