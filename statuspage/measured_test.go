package statuspage_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"daymark/incident"
	"daymark/statuspage"
)

func TestReasonsStayInside(t *testing.T) {
	const inside = "home-check-7: 2 of 2 regions failing (Here and Second)"
	s := failing(t)
	s.change(func(snap *statuspage.Snapshot) {
		for id, state := range snap.Components {
			state.Reason = inside
			snap.Components[id] = state
		}
	})
	h := handler(newPage(t, harbour(t, s)))
	paths := []string{"/", "/history", "/incidents/open00000001"}
	for _, name := range eight {
		paths = append(paths, "/api/v2/"+name+".json")
	}
	for _, path := range paths {
		if answer, body := get(t, h, path); answer.StatusCode != http.StatusOK || strings.Contains(body, "home-check-7") || strings.Contains(body, "regions failing") {
			t.Errorf("%s tells visitors what is for staff, or is broken (%d)", path, answer.StatusCode)
		}
	}
}

func TestRegionsSayWhereItIsDown(t *testing.T) {
	region := func(id, outcome string) statuspage.RegionState {
		return statuspage.RegionState{Region: id, Outcome: outcome}
	}
	tests := []struct {
		name    string
		show    []string
		status  incident.Status
		regions []statuspage.RegionState
		want    string
	}{
		{"down everywhere", []string{"regions"}, incident.Down, []statuspage.RegionState{region("local", "failed"), region("eu-west", "failed")}, "Down from This server and Ireland."},
		{"one region", []string{"regions"}, incident.Down, []statuspage.RegionState{region("local", "failed")}, "Down from This server."},
		{"partly down", []string{"regions"}, incident.PartlyDown, []statuspage.RegionState{region("local", "failed"), region("eu-west", "failed")}, "Fails from This server and Ireland."},
		{"slow", []string{"regions"}, incident.Slow, []statuspage.RegionState{region("local", "degraded"), region("eu-west", "degraded")}, "Slow from This server and Ireland."},
		{"many", []string{"regions"}, incident.Down, []statuspage.RegionState{region("local", "failed"), region("eu-west", "failed"), region("c", "failed"), region("d", "failed")}, "Down from This server, Ireland and 2 more."},
		{"they differ", []string{"regions"}, incident.PartlyDown, []statuspage.RegionState{region("local", "ok"), region("eu-west", "failed")}, "This server: works. Ireland: fails."},
		{"not yet down", []string{"regions"}, incident.Operational, []statuspage.RegionState{region("local", "failed"), region("eu-west", "failed")}, ""},
		{"up again, not yet said so", []string{"regions"}, incident.Down, []statuspage.RegionState{region("local", "ok"), region("eu-west", "ok")}, ""},
		{"regions are not shown", nil, incident.Down, []statuspage.RegionState{region("local", "failed"), region("eu-west", "ok")}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := layout(t)
			l.Components = slices.Clone(l.Components)
			l.Components[0].Show = test.show
			snap := statuspage.Snapshot{Components: map[string]statuspage.ComponentState{"core-api": {Status: test.status, Since: noon, Regions: test.regions}}}
			got := strings.Join(statuspage.BuildView(l, &snap, noon).Sections[0].Components[0].Regions, " ")
			if got != test.want {
				t.Errorf("said %q, want %q", got, test.want)
			}
		})
	}
}
