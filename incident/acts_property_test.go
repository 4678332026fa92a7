package incident_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/incident"
	"daymark/incident/incidenttest"
	"daymark/internal/testkit"
)

// anyHistory draws a scenario with people: what is seen, time that passes, and
// commands that may or may not be allowed.
func anyHistory(t *rapid.T) string {
	people := rapid.SampledFrom([]string{"ana", "ben", "chi", "dee", "eve", "fay"})
	inc := rapid.SampledFrom([]string{"#1", "#2", "#3"})
	component := rapid.SampledFrom([]string{"sign-in", "api", "branches"})
	role := rapid.SampledFrom([]string{"lead", "engineer"})
	status := rapid.SampledFrom([]string{"operational", "degraded_performance", "partial_outage", "major_outage"})
	draw := func(g *rapid.Generator[string]) string { return g.Draw(t, "part") }
	seen := rapid.SampledFrom([]string{
		"ok x2", "journey=failed x3", "health=failed x3", "journey=failed health=failed x2", "journey=unknown health/a=failed", "again\nok",
		"ok x8", "journey=failed x35",
	})
	acts := []func() string{
		func() string { return draw(people) + ": acknowledge " + draw(inc) + " as " + draw(role) },
		func() string {
			return draw(people) + ": hand over " + draw(inc) + " " + draw(role) + " to " + draw(people)
		},
		func() string {
			return draw(people) + ": pass " + draw(inc) + " to " + draw(rapid.SampledFrom([]string{"identity", "payments"})) + ": theirs"
		},
		func() string {
			return draw(people) + ": publish " + draw(inc) + draw(rapid.SampledFrom([]string{"", " identified", " monitoring", " resolved"})) + ": word"
		},
		func() string {
			return draw(people) + ": revise " + draw(inc) + " to " + draw(rapid.SampledFrom([]string{"P1", "P2", "P3", "P4", "facts"})) + ": why"
		},
		func() string {
			return draw(people) + ": " + draw(rapid.SampledFrom([]string{"lock ", "unlock "})) + draw(inc)
		},
		func() string { return draw(people) + ": proposal " + draw(inc) + ": fix" },
		func() string {
			return draw(people) + ": agreement " + draw(inc) + " of " + draw(rapid.SampledFrom([]string{"1", "2", "3", "4", "5"})) + ": yes"
		},
		func() string {
			return draw(people) + ": set " + draw(component) + " " + draw(status) + draw(rapid.SampledFrom([]string{"", " locked"})) + ": why"
		},
		func() string { return draw(people) + ": clear " + draw(component) },
		func() string {
			return draw(people) + ": open " + draw(rapid.SampledFrom([]string{"P1", "P3", "P4"})) + " " + draw(component) + draw(rapid.SampledFrom([]string{"", "=major_outage"})) + ": Name"
		},
		func() string { return draw(people) + ": merge " + draw(inc) + " into " + draw(inc) },
		func() string { return draw(people) + ": split " + draw(inc) + " " + draw(component) + ": why" },
		func() string { return draw(people) + ": resolve " + draw(inc) },
		func() string { return draw(people) + ": report " + draw(component) + ": broken" },
		func() string { return draw(people) + ": triage #r1 as P2" },
	}
	text := "ok x2\n"
	for range rapid.IntRange(2, testkit.Count(5, 12)).Draw(t, "lines") {
		// Results come in between, so that no restart makes a silence shorter, and
		// time passes, so that none makes a calm longer.
		text += rapid.SampledFrom(acts).Draw(t, "act")() + "\n" + draw(seen) + "\nwait 2s\n"
	}
	return text
}

// anyStage reads a drawn scenario.
func anyStage(t *rapid.T, usual string) (*incidenttest.Scenario, incidenttest.Stage) {
	rules := `# With people.
incidents: {resolve_after: 1s, ease_after: 1m, group_within: 1m, fix_needs: [lead, stakeholder]}
---
`
	scenario, stage, err := stageOf(usual, rules+anyHistory(t))
	if err != nil {
		t.Fatal(err)
	}
	return scenario, stage
}

func usualText(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("testdata/usual.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Whatever people do, a restart at any point changes no due time, forgets
// nothing and fires nothing twice.
func TestARestartForgetsNothingThatPeopleDid(t *testing.T) {
	usual := usualText(t)
	testkit.Checks(t, 50, 1000) // each plays a whole history
	rapid.Check(t, func(t *rapid.T) {
		scenario, stage := anyStage(t, usual)
		want, err := scenario.Play(context.Background(), stage)
		if err != nil {
			t.Fatal(err)
		}
		stage.Open = memory()
		often := rapid.IntRange(1, 5).Draw(t, "often")
		stage.Restart = func(line int) bool { return line > 0 && line%often == 0 }
		got, err := scenario.Play(context.Background(), stage)
		if err != nil {
			t.Fatal(err)
		}
		if want.String() != got.String() {
			t.Fatalf("without restarts:\n%s\nand with them:\n%s", want, got)
		}
	})
}

// Whatever people do: nobody holds both roles, an incident that somebody took
// or opened is ended by people, clocks run only while it is open, and nothing
// staff-only becomes public by itself.
func TestWhateverPeopleDo(t *testing.T) {
	usual := usualText(t)
	testkit.Checks(t, 50, 1000) // each plays a whole history
	rapid.Check(t, func(t *rapid.T) {
		scenario, stage := anyStage(t, usual)
		var wrong []string
		before := map[string]incident.Incident{}
		open := stage.Open
		stage.Open = func() (incident.Store, error) {
			store, err := open()
			return incidenttest.Watch(store, watchRules(before, &wrong)), err
		}
		played, err := scenario.Play(context.Background(), stage)
		if err != nil {
			t.Fatal(err)
		}
		if len(wrong) > 0 {
			t.Fatalf("%s\n%s", strings.Join(wrong, "\n"), played)
		}
	})
}

// watchRules gives what looks at each decision.
func watchRules(before map[string]incident.Incident, wrong *[]string) func(now time.Time, d *incident.Decision) {
	return func(_ time.Time, d *incident.Decision) {
		bad := func(format string, args ...any) { *wrong = append(*wrong, fmt.Sprintf(format, args...)) }
		byPeople := len(d.Entries) > 0
		for i := range d.Incidents {
			inc := &d.Incidents[i]
			was, known := before[inc.ID]
			before[inc.ID] = inc.Clone()
			holders := inc.Care.Holders
			if holders.Lead != "" && holders.Lead == holders.Engineer {
				bad("%s holds both roles", holders.Lead)
			}
			if !inc.Open() && (inc.Promise != nil || len(inc.Clocks) > 0) {
				bad("a clock runs after the end of %s", inc.ID)
			}
			if known && was.Open() && !inc.Open() && !byPeople && (was.Taken() || was.ByHand() || was.Care.Locked) {
				bad("Daymark ended %s", inc.ID)
			}
			if inc.Severity.Worse(inc.Worst) {
				bad("the worst severity of %s fell", inc.ID)
			}
			if len(inc.Affected) == 0 && !inc.ByHand() {
				bad("%s is about nothing", inc.ID)
			}
		}
		for _, p := range d.Promises {
			if p.Due.Before(p.Made) {
				bad("a promise was made at %s for %s", p.Made, p.Due)
			}
		}
		for _, u := range d.Updates {
			if inc := before[u.Incident]; !inc.Public() {
				bad("an update of %s, which is for staff", u.Incident)
			}
		}
	}
}
