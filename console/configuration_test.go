package console_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"daymark/access"
	"daymark/checker"
	"daymark/console"
	"daymark/incident"
)

// versioned stands for the configuration: text that begins with "!" is wrong.
type versioned struct {
	versions []console.ConfigurationVersion // from 1
	state    console.ConfigurationState
	ordered  []console.ConfigurationOrder
	refuses  error
}

func newVersioned() *versioned {
	v := &versioned{}
	for i, text := range []string{"version: 1\n", "version: 1\npage: {}\n"} {
		v.versions = append(v.versions, console.ConfigurationVersion{
			Number: i + 1, At: now.Add(time.Duration(i) * time.Hour), Origin: "file", SHA256: "00", Size: len(text), Kept: true, Text: text,
		})
	}
	v.state = console.ConfigurationState{Running: v.versions[1], Writes: "console", Tries: []console.TryRegion{{ID: "local"}, {ID: "west", Why: "no agent of west is connected now"}}}
	return v
}

func (v *versioned) Configuration(context.Context) (*console.ConfigurationState, error) {
	return &v.state, nil
}

func (v *versioned) ConfigurationVersions(_ context.Context, q console.VersionQuery) (found []console.ConfigurationVersion, err error) {
	for i := len(v.versions) - 1; i >= 0 && len(found) < q.Most; i-- {
		one := v.versions[i]
		if (q.Before == 0 || one.Number < q.Before) && !one.At.Before(q.Since) && (q.Until.IsZero() || one.At.Before(q.Until)) {
			one.Text = ""
			found = append(found, one)
		}
	}
	return found, nil
}

func (v *versioned) ConfigurationVersion(_ context.Context, number int) (*console.ConfigurationVersion, error) {
	if number < 1 || number > len(v.versions) {
		return nil, console.ErrNotFound
	}
	return &v.versions[number-1], nil
}

func (v *versioned) ValidateConfiguration(_ context.Context, text string) console.ConfigurationVerdict {
	switch {
	case strings.HasPrefix(text, "!"):
		return console.ConfigurationVerdict{Faults: []console.ConfigurationFault{{Line: 1, Column: 2, Path: "page", Message: "this is not YAML"}}}
	case strings.HasPrefix(text, "alone"):
		return console.ConfigurationVerdict{Unfit: "nobody would be administrator"}
	case strings.HasPrefix(text, "listen"):
		return console.ConfigurationVerdict{Restart: []string{"server.listen"}}
	}
	return console.ConfigurationVerdict{Checks: []string{"front"}}
}

func (v *versioned) ApplyConfiguration(_ context.Context, order console.ConfigurationOrder) error {
	v.ordered = append(v.ordered, order)
	return v.refuses
}

func (v *versioned) TryCheck(_ context.Context, order console.TryOrder) (*checker.Report, error) {
	if order.Region != "local" {
		return nil, &incident.Refusal{Kind: incident.Invalid, Text: "only at the server's own agent"}
	}
	report := checker.ReportOf(checker.Result{Outcome: checker.Failed, Reason: "it answered 500", At: now, Timings: []checker.Timing{{Name: "dns", Duration: time.Millisecond}}}, checker.Check{ID: order.Check, HTTP: &checker.HTTP{}})
	return &report, nil
}

func bodyOf(t *testing.T, fields map[string]any) string {
	t.Helper()
	text, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheConfigurationByTheAPI(t *testing.T) {
	f := newFixture(t)
	v := f.configurations
	v.state.Failed = &console.ConfigurationFailure{At: now, Origin: "file", Reason: "The file is not valid.", Faults: []console.ConfigurationFault{{Line: 3, Column: 1, Message: "no"}}}
	v.state.Disk = &console.ConfigurationOnDisk{SHA256: "ff"}
	stand := get[map[string]any](f, "/api/v1/configuration")
	if stand["number"] != 2.0 || stand["text"] != "version: 1\npage: {}\n" || stand["writes"] != "console" || stand["failed"].(map[string]any)["reason"] != "The file is not valid." || stand["file"].(map[string]any)["sha256"] != "ff" {
		t.Errorf("it stands as %v", stand)
	}
	first := get[list](f, "/api/v1/configuration/versions?limit=1")
	if len(first.Items) != 1 || first.Items[0]["number"] != 2.0 || first.Next == "" {
		t.Errorf("the first part is %+v", first)
	}
	if rest := get[list](f, "/api/v1/configuration/versions?limit=1&cursor="+first.Next); len(rest.Items) != 1 || rest.Items[0]["number"] != 1.0 || rest.Next != "" {
		t.Errorf("the rest is %+v", rest)
	}
	if since := get[list](f, "/api/v1/configuration/versions?since=2026-12-01T14:00:00Z&until=2026-12-02T00:00:00Z"); len(since.Items) != 1 || since.Items[0]["number"] != 2.0 {
		t.Errorf("of a span of time: %+v", since)
	}
	for path, difference := range map[string]string{
		"/api/v1/configuration/versions/2": "--- version 1\n+++ version 2\n@@ -1,1 +1,2 @@\n version: 1\n+page: {}\n", "/api/v1/configuration/versions/1": "",
		"/api/v1/configuration/versions/1?against=2": "--- version 2\n+++ version 1\n@@ -1,2 +1,1 @@\n version: 1\n-page: {}\n",
	} {
		if got := get[map[string]any](f, path); got["difference"] != difference {
			t.Errorf("%s: %q", path, got["difference"])
		}
	}
	f.refused(http.StatusNotFound, "GET", "/api/v1/configuration/versions/3", "")
	f.refused(http.StatusNotFound, "GET", "/api/v1/configuration/versions/1?against=9", "")
}

func TestATextIsValidatedAndTried(t *testing.T) {
	f := newFixture(t)
	for text, want := range map[string]string{"! x": `"valid":false`, "version: 2": `"checks":["front"]`, "listen: x": `"restart":["server.listen"]`, "alone: x": `"unfit":"Nobody would be administrator."`} {
		if status, _, answer := f.call("POST", "/api/v1/configuration/validate", bodyOf(t, map[string]any{"text": text})); status != http.StatusOK || !strings.Contains(answer, want) {
			t.Errorf("%s: %d %s; want %s", text, status, answer, want)
		}
	}
	large := strings.Repeat("# much is written here\n", 40_000)
	if status, _, answer := f.call("POST", "/api/v1/configuration/validate", bodyOf(t, map[string]any{"text": large})); status != http.StatusOK {
		t.Errorf("a large text: %d %s", status, answer)
	}
	try := map[string]any{"text": "version: 1", "check": "front", "region": "local"}
	if status, _, answer := f.call("POST", "/api/v1/configuration/try", bodyOf(t, try)); status != http.StatusOK || !strings.Contains(answer, "it answered 500") {
		t.Errorf("a trial: %d %s", status, answer)
	}
	try["region"] = "west"
	f.refused(http.StatusUnprocessableEntity, "POST", "/api/v1/configuration/try", bodyOf(t, try))
}

func TestATextIsApplied(t *testing.T) {
	f := newFixture(t)
	v := f.configurations
	apply := func(text string) string {
		return bodyOf(t, map[string]any{"text": text, "why": " too slow ", "base": 2, "file": "ff"})
	}
	if p := f.refused(http.StatusUnprocessableEntity, "POST", "/api/v1/configuration", apply("! x")); len(p.Errors) != 1 || p.Errors[0].Where != "body.text:1:2" {
		t.Errorf("a wrong text: %+v", p)
	}
	if p := f.refused(http.StatusUnprocessableEntity, "POST", "/api/v1/configuration", apply("listen: x")); !strings.Contains(p.Detail, "server.listen") {
		t.Errorf("what takes a restart: %+v", p)
	}
	if p := f.refused(http.StatusUnprocessableEntity, "POST", "/api/v1/configuration", apply("alone: x")); p.Detail != "Nobody would be administrator." {
		t.Errorf("what would leave nobody: %+v", p)
	}
	v.refuses = &incident.Refusal{Kind: incident.Conflict, Text: "version 3 runs meanwhile"}
	f.refused(http.StatusConflict, "POST", "/api/v1/configuration", apply("x: 1"))
	v.refuses, v.ordered = nil, nil
	if status, _, answer := f.call("POST", "/api/v1/configuration", apply("x: 1\r\ny: 2\n\n")); status != http.StatusOK || !strings.Contains(answer, "true") {
		t.Errorf("%d %s", status, answer)
	}
	want := console.ConfigurationOrder{Who: ana, Text: "x: 1\ny: 2\n", Why: "too slow", Base: 2, Disk: "ff"}
	if len(v.ordered) != 1 || v.ordered[0].Text != want.Text || v.ordered[0].Why != want.Why || v.ordered[0].Base != 2 || v.ordered[0].Disk != "ff" || v.ordered[0].Who.Person != "ana" {
		t.Errorf("ordered is %+v; want %+v", v.ordered, want)
	}
	back := `{"why": "it was better", "base": 2}`
	if status, _, answer := f.call("POST", "/api/v1/configuration/versions/1/back", back); status != http.StatusOK || v.ordered[1].Text != "version: 1\n" {
		t.Errorf("back: %d %s", status, answer)
	}
	v.versions[0].Hidden = 1
	f.refused(http.StatusConflict, "POST", "/api/v1/configuration/versions/1/back", back)
	f.refused(http.StatusNotFound, "POST", "/api/v1/configuration/versions/7/back", back)
	if access.Editor.May(access.WriteConfiguration) || access.Editor.May(access.TryConfiguration) || !access.Editor.May(access.ReadConfiguration) {
		t.Error("an editor reads, and does not apply")
	}
}
