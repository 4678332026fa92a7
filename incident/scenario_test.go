package incident_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"daymark/config"
	"daymark/incident"
	"daymark/incident/incidenttest"
	"daymark/internal/testkit"
)

var update = flag.Bool("update", false, "write what the scenarios tell into their files")

const leastScenarios = 100

// TestScenarios plays each testdata/scenarios/*.txt and compares what it
// tells with the file.
func TestScenarios(t *testing.T) {
	forEachScenario(t, func(t *testing.T, file string, text string, scenario *incidenttest.Scenario, stage incidenttest.Stage) {
		played, err := scenario.Play(context.Background(), stage)
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(file, []byte(played.String()), 0o600); err != nil {
				t.Fatal(err)
			}
			return
		}
		if got := played.String(); got != text {
			t.Errorf("it tells:\n%s\nand the file has:\n%s", got, text)
		}
	})
}

// A restart before any line changes nothing that is told, but for when an
// incident is over: what nobody watched does not count as calm. At small
// counts it is before the line in the middle alone.
func TestARestartAnywhereTellsTheSame(t *testing.T) {
	forEachScenario(t, func(t *testing.T, _, _ string, scenario *incidenttest.Scenario, stage incidenttest.Stage) {
		scenario.Calm(stage.Calm) // so that what ends later has ended
		want, err := scenario.Play(context.Background(), stage)
		if err != nil {
			t.Fatal(err)
		}
		for line := range scenario.Lines {
			if !testkit.Full() && line != len(scenario.Lines)/2 {
				continue
			}
			stage := stage
			stage.Open = memory()
			stage.Restart = func(n int) bool { return n == line }
			got, err := scenario.Play(context.Background(), stage)
			if err != nil {
				t.Fatal(err)
			}
			if a, b := want.Told(), got.Told(); a != b {
				t.Errorf("with a restart before line %d, %q, it tells:\n%s\nand without:\n%s", line+1, scenario.Lines[line].Text, b, a)
			}
		}
	})
}

func forEachScenario(t *testing.T, play func(t *testing.T, file, text string, scenario *incidenttest.Scenario, stage incidenttest.Stage)) {
	t.Helper()
	files, err := filepath.Glob("testdata/scenarios/*.txt")
	if err != nil || len(files) < leastScenarios {
		t.Fatalf("%d scenarios, %v", len(files), err)
	}
	usual, err := os.ReadFile("testdata/usual.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			scenario, stage, err := stageOf(string(usual), string(text))
			if err != nil {
				t.Fatal(err)
			}
			play(t, file, string(text), scenario, stage)
		})
	}
}

// stageOf reads a scenario with its configuration.
func stageOf(usual, text string) (*incidenttest.Scenario, incidenttest.Stage, error) {
	fail := func(err error) (*incidenttest.Scenario, incidenttest.Stage, error) {
		return nil, incidenttest.Stage{}, err
	}
	scenario, err := incidenttest.Parse(text, time.UTC)
	if err != nil {
		return fail(err)
	}
	if strings.Contains(scenario.About, staffedMark) {
		staffed, err := os.ReadFile("testdata/staffed.yaml")
		if err != nil {
			return fail(err)
		}
		usual = overridden(usual, string(staffed))
	}
	doc, err := config.Parse("scenario.yaml", []byte(overridden(usual, scenario.Config)), config.Options{})
	if err != nil {
		return fail(err)
	}
	zone, err := time.LoadLocation(doc.Page.Timezone)
	if err != nil {
		return fail(err)
	}
	if scenario, err = incidenttest.Parse(text, zone); err != nil { // once more, in its own zone
		return fail(err)
	}
	policy, err := incident.NewPolicy(incident.PolicyOptions{
		Regions: doc.Regions, Components: doc.Components, Severities: doc.Severities, Rules: doc.Incidents, SLAs: doc.SLAs, Teams: doc.Teams, Reports: doc.Reports, Support: doc.Support, Zone: zone,
		Maintenance: doc.Maintenance, Language: doc.Page.Languages[0],
	})
	if err != nil {
		return fail(err)
	}
	checks := map[string][]string{}
	for _, c := range doc.Components {
		for _, check := range c.Checks {
			checks[check.ID] = check.Regions
		}
	}
	return scenario, incidenttest.Stage{Policy: policy, Checks: checks, Zone: zone, Open: memory(), Calm: max(doc.Incidents.ResolveAfter, doc.Incidents.Flapping.Within)}, nil
}

// staffedMark lets a scenario begin from staffed.yaml too.
const staffedMark = "With people."

// memory gives the same store at each opening, as a disk would.
func memory() func() (incident.Store, error) {
	store := incidenttest.NewMemory()
	return func() (incident.Store, error) { return store, nil }
}

// overridden puts the top-level keys of one configuration in place of those
// of another.
func overridden(usual, own string) string {
	parts, ownParts := topLevel(usual), topLevel(own)
	for _, part := range ownParts {
		key, _, _ := strings.Cut(part, ":")
		at := slices.IndexFunc(parts, func(p string) bool { return strings.HasPrefix(p, key+":") })
		if at < 0 {
			parts = append(parts, part)
			continue
		}
		parts[at] = part
	}
	return strings.Join(parts, "")
}

// topLevel splits a document into its top-level keys with all under them.
func topLevel(text string) []string {
	var parts []string
	for line := range strings.Lines(text) {
		switch {
		case strings.HasPrefix(line, "#"):
		case strings.TrimSpace(line) != "" && !strings.HasPrefix(line, " ") || len(parts) == 0:
			parts = append(parts, line)
		default:
			parts[len(parts)-1] += line
		}
	}
	return parts
}

func TestBrokenScenariosAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"> told":        "nothing led to",
		"jump":          "is no step",
		"ok x0":         "is no number of rounds",
		"wait long":     "invalid duration",
		"at noon":       "cannot parse",
		"ok latency=no": "invalid duration",
		"ok due=no":     "cannot parse",
	} {
		if _, err := incidenttest.Parse(text, time.UTC); err == nil || !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%q: %v; want %s", text, err, want)
		}
	}
}
