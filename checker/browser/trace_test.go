package browser

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"daymark/checker"
	"daymark/internal/har"
	"daymark/internal/testkit"
)

func TestTrace(t *testing.T) {
	testkit.Beside(t)
	shop := shop(t)
	runner := newRunner(t, func(o *Options) { o.Trace = true })
	result := try(t, runner, ample, steps(append(signIn(shop.URL, "correct horse"), checker.BrowserStep{Screenshot: "accounts"})...))
	if result.Outcome != checker.OK {
		t.Fatalf("%s: %s", result.Outcome, result.Reason)
	}
	pieces := map[string][]byte{}
	for _, piece := range result.Evidence {
		pieces[piece.Name] = piece.Data
	}
	for _, name := range []string{"step-01.jpg", "step-02.jpg", "step-03.jpg", "step-04.jpg", "step-05.jpg", "step-06.jpg", "accounts.jpg"} {
		if _, err := jpeg.Decode(bytes.NewReader(pieces[name])); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	var trace struct {
		Events []struct {
			Name string `json:"name"`
			Cat  string `json:"cat"`
		} `json:"traceEvents"`
	}
	if err := json.Unmarshal(pieces[traceName], &trace); err != nil {
		t.Fatal(err)
	}
	// What the Performance panel cannot do without.
	for _, name := range []string{"TracingStartedInBrowser", "Screenshot", "ParseHTML"} {
		if !slices.ContainsFunc(trace.Events, func(e struct {
			Name string `json:"name"`
			Cat  string `json:"cat"`
		},
		) bool {
			return e.Name == name
		}) {
			t.Errorf("the trace has no %s", name)
		}
	}
	if bytes.Contains(pieces[traceName], []byte("correct horse")) {
		t.Error("the trace has the password")
	}
	var har har.File
	if err := json.Unmarshal(pieces[harName], &har); err != nil || len(har.Log.Entries) != 3 {
		t.Errorf("HAR: %v, %d entries", err, len(har.Log.Entries))
	}
	if !strings.Contains(string(pieces[reportName]), "works.") {
		t.Error("no report")
	}
}

func TestTraceOfFailure(t *testing.T) {
	t.Parallel() // it waits
	shop := shop(t)
	runner := newRunner(t, func(o *Options) { o.Trace = true })
	// A trace of a long wait is long to read.
	within := min(patience(t, runner, shop.URL+"/login", "Sign in"), 20*time.Second)
	result := try(t, runner, within, steps(open(shop.URL+"/form"), click("Later")))
	var names []string
	for _, piece := range result.Evidence {
		names = append(names, piece.Name)
	}
	slices.Sort(names)
	if want := "[journey.html journey.jpg network.har step-01.jpg step-02.jpg trace.json]"; fmt.Sprint(names) != want {
		t.Errorf("%s: %s", names, result.Reason)
	}
}

// A browser with a window needs a display, and says so; the flags of one that
// has a display are seen by a stand-in that writes them down.
func TestHeaded(t *testing.T) {
	told := filepath.Join(t.TempDir(), "told")
	stand := filepath.Join(t.TempDir(), "chromium")
	if err := os.WriteFile(stand, []byte("#!/bin/sh\necho \"$@ DISPLAY=$DISPLAY\" >"+told+"\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		display      string
		headed       bool
		want, absent string
	}{
		{":7", true, "DISPLAY=:7", "--headless"},
		{":7", false, "--headless", "DISPLAY=:7"},
	} {
		t.Setenv("DISPLAY", test.display)
		t.Setenv("WAYLAND_DISPLAY", "")
		runner := newRunner(t, func(o *Options) { o.Headed, o.Path = test.headed, stand })
		if result := try(t, runner, ample, steps(open("http://127.0.0.1/"))); result.Outcome != checker.Unknown {
			t.Errorf("%s: %s", result.Outcome, result.Reason)
		}
		said, err := os.ReadFile(told)
		if err != nil || !strings.Contains(string(said), test.want) || strings.Contains(string(said), test.absent) {
			t.Errorf("headed %t: %v %s", test.headed, err, said)
		}
	}
	t.Setenv("DISPLAY", "")
	runner := newRunner(t, func(o *Options) { o.Headed = true })
	if result := try(t, runner, ample, steps(open("http://127.0.0.1/"))); result.Outcome != checker.Unknown || !strings.Contains(result.Reason, "no display") {
		t.Errorf("%s: %s", result.Outcome, result.Reason)
	}
}
