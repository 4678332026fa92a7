package console_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
)

func someRuns(n int) []checker.Result {
	var runs []checker.Result
	for i := range n {
		for _, region := range []string{"east", "west"} {
			runs = append(runs, checker.Result{Check: "journey", Region: region, At: now.Add(-time.Duration(i) * time.Minute), Outcome: checker.OK, Latency: time.Second})
		}
	}
	return runs
}

func TestRunsByParts(t *testing.T) {
	f := newFixture(t)
	f.runs = someRuns(5)
	f.runs[0].Outcome, f.runs[0].Reason, f.runs[0].Attempts = checker.Failed, "status 500", 2
	f.runs[0].Timings = []checker.Timing{{Name: "dns", Duration: 1500 * time.Microsecond}}
	f.runs[0].Expectations = []checker.Expectation{{Expression: "status < 400", Effect: "expect", Actual: "status (500) < 400"}}
	n := 0
	for next := "/api/v1/checks/journey/runs?limit=3"; next != ""; {
		part := get[list](f, next)
		n += len(part.Items)
		if next = ""; part.Next != "" {
			next = "/api/v1/checks/journey/runs?limit=3&cursor=" + part.Next
		}
	}
	first := get[list](f, "/api/v1/checks/journey/runs?limit=1&region=east").Items[0]
	if n != 10 || fmt.Sprint(first["attempts"], first["timings"], first["expectations"]) != "2 [map[name:dns took_ms:1.5]] [map[actual:status (500) < 400 effect:expect expression:status < 400 met:false]]" {
		t.Errorf("%d runs, the first %v", n, first)
	}
	f.refused(http.StatusNotFound, "GET", "/api/v1/checks/unknown/runs", "")
	f.refused(http.StatusBadRequest, "GET", "/api/v1/checks/journey/runs?cursor=bm8", "")
}

func TestVerdictsAndWhatWasSetByHand(t *testing.T) {
	f := newFixture(t)
	f.changes = []incident.Verdict{{Check: "journey", Word: incident.CheckDown, Since: now, Reason: "2 of 2 regions failing"}}
	if got := get[list](f, "/api/v1/checks/journey/verdicts").Items; len(got) != 1 || got[0]["verdict"] != "down" || got[0]["reason"] != "2 of 2 regions failing" {
		t.Errorf("%v", got)
	}
	f.changes = nil
	f.refused(http.StatusNotFound, "GET", "/api/v1/checks/unknown/verdicts", "")
	f.set = map[string]incident.Override{"api": {Component: "api", By: "ana", At: now, Reason: "support hears of it", Locked: true}}
	components := get[list](f, "/api/v1/components").Items
	if hand := fmt.Sprint(components[1]["by_hand"]); !strings.Contains(hand, "by:ana") || !strings.Contains(hand, "locked:true") || components[0]["by_hand"] != nil {
		t.Errorf("%v", components)
	}
}

func TestChangesAreToldAndListed(t *testing.T) {
	f := newFixture(t)
	status, _, text := f.call("POST", "/api/v1/changes", `{"what": "Deployed 1.24.0", "components": ["api"], "at": "2026-12-01T13:00:00Z", "link": "https://ci.example.org/7", "who": "deploy job"}`)
	if status != http.StatusOK || !strings.Contains(text, `"made":"c1"`) || len(f.told) != 1 || f.told[0].Author != ana.Actor() || f.told[0].At.Hour() != 13 {
		t.Fatalf("%d %s: %+v", status, text, f.told)
	}
	if f.call("POST", "/api/v1/changes", `{"what": "a switch"}`); len(f.told) != 2 || !f.told[1].At.Equal(now) {
		t.Errorf("without a time: %+v", f.told)
	}
	if got := get[list](f, "/api/v1/changes?limit=1"); len(got.Items) != 1 || got.Next == "" || got.Items[0]["author"] != ana.Actor() {
		t.Errorf("%+v", got)
	}
	for body, want := range map[string]string{
		`{"what": "x", "components": ["nothing"]}`:     "body.components",
		`{"what": "x", "link": "javascript:alert(1)"}`: "body.link",
		`{"what": "x", "link": "https:///x"}`:          "body.link",
		`{"what": "x", "at": "2026-12-01T15:42:07Z"}`:  "body.at",
		`{"what": "x", "at": "2026-08-01T13:42:07Z"}`:  "body.at",
	} {
		if p := f.refused(http.StatusUnprocessableEntity, "POST", "/api/v1/changes", body); len(p.Errors) != 1 || p.Errors[0].Where != want {
			t.Errorf("%s: %+v", body, p)
		}
	}
}

func TestSilencesThatLastAreListed(t *testing.T) {
	f := newFixture(t)
	f.silences = []incident.Silence{{ID: "s", Check: "journey", Component: "sign-in", Reason: "known", By: "ana", Began: now, Until: now.Add(time.Hour)}}
	if got := get[list](f, "/api/v1/silences").Items; len(got) != 1 || got[0]["check"] != "journey" || got[0]["until"] != "2026-12-01T14:42:07.120Z" {
		t.Errorf("%v", got)
	}
}

func TestACheckIsRunAtOnce(t *testing.T) {
	f := newFixture(t)
	f.refused(http.StatusConflict, "POST", "/api/v1/checks/journey/run", `{}`)
	f.runsNow = []string{"west"}
	status, _, text := f.call("POST", "/api/v1/checks/journey/run", `{}`)
	if status != http.StatusOK || !strings.Contains(text, `"region":"west"`) || !strings.Contains(text, "2026-12-01T13:42:07.120Z") {
		t.Errorf("%d %s", status, text)
	}
	f.refused(http.StatusConflict, "POST", "/api/v1/checks/journey/run", `{"region": "east"}`)
	f.refused(http.StatusBadRequest, "POST", "/api/v1/checks/journey/run", `{"region": "nowhere"}`)
	f.refused(http.StatusNotFound, "POST", "/api/v1/checks/nothing/run", `{}`)
}
