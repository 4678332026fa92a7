package wire_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"daymark/incident"
	"daymark/statuspage/wire"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestRoll(t *testing.T) {
	const ok, slow, part, down, work = incident.Operational, incident.Slow, incident.PartlyDown, incident.Down, incident.Maintenance
	type leaves = []incident.Status
	tests := []struct {
		name                   string
		leaves                 leaves
		open                   []incident.Impact
		setting                string
		indicator, description string
	}{
		{"all work", leaves{ok, ok}, nil, "", "none", "All Systems Operational"},
		{"nothing at all", nil, nil, "", "none", "All Systems Operational"},
		{"all down", leaves{down, down}, nil, "", "critical", "Major System Outage"},
		{"the only one down", leaves{down}, nil, "", "critical", "Major System Outage"},
		{"one of two down", leaves{down, ok}, nil, "", "major", "Partial System Outage"},
		{"down and partly", leaves{part, down}, nil, "", "major", "Partial System Outage"},
		{"all partly", leaves{part, part}, nil, "", "major", "Partial System Outage"},
		{"the only one partly", leaves{part}, nil, "", "major", "Partial System Outage"},
		{"one partly", leaves{part, ok}, nil, "", "minor", "Minor Service Outage"},
		{"partly and slow", leaves{part, slow}, nil, "", "minor", "Minor Service Outage"},
		{"all slow", leaves{slow, slow}, nil, "", "minor", "Degraded System Service"},
		{"one slow", leaves{slow, ok}, nil, "", "minor", "Partially Degraded Service"},
		{"slow beside maintenance", leaves{slow, work}, nil, "", "minor", "Partially Degraded Service"},
		{"maintenance", leaves{work, ok}, nil, "maintenance", "maintenance", "Service Under Maintenance"},
		{"maintenance for old clients", leaves{work, ok}, nil, "none", "none", "Service Under Maintenance"},
		{"no component, critical incident", nil, []incident.Impact{incident.Minor, incident.Critical}, "", "critical", "Major System Outage"},
		{"no component, major incident", nil, []incident.Impact{incident.Major, incident.Minor}, "", "major", "Partial System Outage"},
		{"no component, minor incident", nil, []incident.Impact{incident.Minor}, "", "minor", "Minor Service Outage"},
		{"no component, incident without impact", nil, []incident.Impact{incident.None}, "", "none", "All Systems Operational"},
		{"components count, not incidents", leaves{ok}, []incident.Impact{incident.Critical}, "", "none", "All Systems Operational"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := wire.Roll(wire.Rollup{Leaves: test.leaves, Open: test.open, MaintenanceIndicator: test.setting})
			if got != (wire.Status{Indicator: test.indicator, Description: test.description}) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestWorst(t *testing.T) {
	tests := []struct {
		name    string
		members []incident.Status
		want    incident.Status
	}{
		{"none", nil, incident.Operational},
		{"worst wins", []incident.Status{incident.Slow, incident.Down, incident.Maintenance}, incident.Down},
		{"maintenance before working", []incident.Status{incident.Operational, incident.Maintenance}, incident.Maintenance},
		{"slow before maintenance", []incident.Status{incident.Maintenance, incident.Slow}, incident.Slow},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := wire.Worst(test.members); got != test.want {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestIDIsTwelveStableCharacters(t *testing.T) {
	seen := map[string]string{}
	for _, text := range []string{"", "sign-in", "core-api", "a<b>", strings.Repeat("x", 500)} {
		id := wire.ID("component", text)
		if !regexp.MustCompile(`^[a-z0-9]{12}$`).MatchString(id) || id != wire.ID("component", text) || id == wire.ID("group", text) {
			t.Errorf("%q gives %q", text, id)
		}
		if other, twice := seen[id]; twice {
			t.Errorf("%q and %q share %q", text, other, id)
		}
		seen[id] = text
	}
	if got := wire.ID("component", "sign-in"); got != "5s3zcvm3faql" {
		t.Errorf("the id of sign-in moved to %s: clients have stored the old one", got)
	}
}

// sample holds each rule of null and absent once.
func sample() wire.Summary {
	at := time.Date(2026, 12, 1, 13, 42, 0, 70_000_000, time.FixedZone("", 3600))
	leaf := wire.Component{
		ID: "c1", Name: `Read <b>"now"</b>`, Status: incident.PartlyDown, CreatedAt: wire.Time{Time: at}, UpdatedAt: wire.Time{Time: at},
		Position: 1, Description: wire.Text("One\r\ntwo"), Showcase: true, StartDate: wire.Text("2026-09-03"), GroupID: wire.Text("g1"), PageID: "p",
	}
	group := wire.Component{
		ID: "g1", Name: "API", Status: incident.PartlyDown, CreatedAt: wire.Time{Time: at}, UpdatedAt: wire.Time{Time: at},
		Position: 1, PageID: "p", Group: true, Components: []string{"c1"},
	}
	empty := group
	empty.ID, empty.Components = "g2", []string{}
	open := wire.Incident{
		ID: "i1", Name: "Reading fails", Status: "identified", CreatedAt: wire.Time{Time: at}, UpdatedAt: wire.Time{Time: at}, Impact: "major",
		Shortlink: "https://status.example.org/incidents/i1", StartedAt: wire.Time{Time: at}, PageID: "p",
		Updates: []wire.Update{
			{
				ID: "u2", Status: "identified", Body: "We know why.", IncidentID: "i1", CreatedAt: wire.Time{Time: at}, UpdatedAt: wire.Time{Time: at}, DisplayAt: wire.Time{Time: at},
				AffectedComponents: []wire.Affected{{Code: "c1", Name: "API - Read", OldStatus: incident.Operational, NewStatus: incident.PartlyDown}}, DeliverNotifications: true,
			},
			{ID: "u1", Status: "investigating", Body: "We see it.", IncidentID: "i1", CreatedAt: wire.Time{Time: at}, UpdatedAt: wire.Time{Time: at}, DisplayAt: wire.Time{Time: at}},
		},
		Components: []wire.Component{leaf},
	}
	work := open
	work.ID, work.Status, work.Impact, work.Updates, work.Components = "m1", "scheduled", "maintenance", []wire.Update{}, []wire.Component{}
	work.ScheduledFor, work.ScheduledUntil = wire.At(at), wire.At(at.Add(2*time.Hour))
	return wire.Summary{
		Page:       wire.Page{ID: "p", Name: "Example", URL: "https://status.example.org", TimeZone: "Etc/UTC", UpdatedAt: wire.Time{Time: at}},
		Components: []wire.Component{group, empty, leaf}, Incidents: []wire.Incident{open}, Maintenances: []wire.Incident{work},
		Status: wire.Roll(wire.Rollup{Leaves: []incident.Status{leaf.Status}}),
	}
}

func TestGoldenBytes(t *testing.T) {
	got, err := json.MarshalIndent(sample(), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", "summary.json")
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the bytes moved (-update writes them anew):\n%s", got)
	}
}

func TestStrictDecoding(t *testing.T) {
	text, err := json.Marshal(sample())
	if err != nil {
		t.Fatal(err)
	}
	strict := json.NewDecoder(bytes.NewReader(text))
	strict.DisallowUnknownFields()
	var back wire.Summary
	if err := strict.Decode(&back); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(back)
	if err != nil || !bytes.Equal(text, again) {
		t.Errorf("%v: not the same after a round trip:\n%s\n%s", err, text, again)
	}
}
