package main_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"daymark/checker/browser"
	"daymark/config"
	"daymark/demo"
	"daymark/internal/testkit"
)

const recordings = "../../config/testdata/recordings/"

// importOf runs the command and gives what it printed and what it told beside.
func importOf(t *testing.T, args ...string) (printed, told string, code int) {
	t.Helper()
	command := exec.CommandContext(t.Context(), binary(), append([]string{"import", "recording"}, args...)...)
	var out, beside bytes.Buffer
	command.Stdout, command.Stderr = &out, &beside
	err := command.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return out.String(), beside.String(), exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), beside.String(), 0
}

// TestImportedRecordingRuns imports the recording of a sign-in, has the check
// accepted as part of a configuration, and runs it on the shop in Chromium.
func TestImportedRecordingRuns(t *testing.T) {
	testkit.Beside(t)
	targets := exampleTargets(t)
	recording, err := os.ReadFile(recordings + "sign-in.json")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "sign-in.json")
	if err := os.WriteFile(file, []byte(targets.address.Replace(string(recording))), 0o600); err != nil {
		t.Fatal(err)
	}
	printed, told, code := importOf(t, file, "--id", "signs-in", "--schedule", "@every 2m")
	if code != 0 || !strings.Contains(told, "set SIGNS_IN_PASSWORD where the agents run") || strings.Contains(printed+told, demo.Password) {
		t.Fatalf("exit %d, told:\n%s\nprinted:\n%s", code, told, printed)
	}
	path := exampleFile(t, printed)
	if out, code := run(t, "config", "validate", path); code != 0 {
		t.Fatalf("it is refused:\n%s", out)
	}
	check := func(env ...string) string {
		command := exec.CommandContext(t.Context(), binary(), "check", path, "signs-in")
		command.Env = append(os.Environ(), env...)
		out, _ := runCommand(t, command)
		return out
	}
	if out := check("SIGNS_IN_PASSWORD=" + demo.Password); !strings.Contains(out, "Outcome   ok") {
		t.Errorf("with the password:\n%s", out)
	}
	if out := check(); !strings.Contains(out, "Outcome   unknown") || !strings.Contains(out, "SIGNS_IN_PASSWORD") {
		t.Errorf("without the variable:\n%s", out)
	}
}

// TestImportedStepsCanBeRun holds the steps of every recording against what a
// journey can do.
func TestImportedStepsCanBeRun(t *testing.T) {
	testkit.Beside(t)
	files, err := filepath.Glob(recordings + "*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		made, err := config.LoadRecording(file, config.RecordingOptions{})
		if err != nil {
			t.Fatal(err)
		}
		journey := *made.Check.Browser
		for i := range journey.Steps {
			one := journey
			one.Steps = journey.Steps[i : i+1]
			if err := browser.Validate(&one); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
		if out, code := run(t, "config", "validate", exampleFile(t, string(made.YAML))); code != 0 {
			t.Errorf("%s is refused:\n%s", file, out)
		}
	}
}

func TestImportToAFile(t *testing.T) {
	testkit.Beside(t)
	out := filepath.Join(t.TempDir(), "check.yaml")
	if printed, told, code := importOf(t, recordings+"buy.json", "--out", out, "--name", "A customer buys"); code != 0 || printed != "" || !strings.Contains(told, "note: step 7 (doubleClick): left out") {
		t.Errorf("exit %d, printed %q, told %s", code, printed, told)
	}
	text, err := os.ReadFile(out)
	if err != nil || !strings.Contains(string(text), "  name: A customer buys\n") {
		t.Errorf("%v\n%s", err, text)
	}
	for name, row := range map[string]struct {
		args []string
		says string
	}{
		"a file that is there":  {[]string{recordings + "buy.json", "--out", out}, "is there already"},
		"no file":               {[]string{out + ".json"}, "there is no such file"},
		"a file that is YAML":   {[]string{out}, "check.yaml:1:2: this is not JSON"},
		"a schedule that is no": {[]string{recordings + "buy.json", "--schedule", "often"}, `the schedule "often" is not a schedule`},
	} {
		if printed, told, code := importOf(t, row.args...); code != 2 || printed != "" || !strings.Contains(told, row.says) {
			t.Errorf("%s: exit %d, printed %q, told %s", name, code, printed, told)
		}
	}
}
