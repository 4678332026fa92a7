package config_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"daymark/checker"
	"daymark/config"
)

// TestRecordings translates each testdata/recordings/*.json and compares the
// check and the notes with the golden file beside it.
func TestRecordings(t *testing.T) {
	files, err := filepath.Glob("testdata/recordings/*.json")
	if err != nil || len(files) < 2 {
		t.Fatalf("%d recordings, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			made, err := config.LoadRecording(file, config.RecordingOptions{})
			if err != nil {
				t.Fatal(err)
			}
			got := string(made.YAML) + "\n" + strings.Join(made.Notes, "\n") + "\n"
			compareGolden(t, file, got)
			for _, secret := range []string{"correct horse", "t0k3n", "4929000000006", `"123"`} {
				if strings.Contains(got, secret) {
					t.Errorf("the secret %q is in it:\n%s", secret, got)
				}
			}
		})
	}
}

func TestUnreadableRecordings(t *testing.T) {
	for _, row := range []struct{ name, source, want string }{
		{"nothing", "", "r.json:1:1: this is not JSON (unexpected end of JSON input): export the recording from the Recorder as JSON"},
		{"a script", "{\n  \"title\": \"a\",\n  steps: []}", "r.json:3:3: this is not JSON (invalid character 's' looking for beginning of object key string): export the recording from the Recorder as JSON"},
		{"more after it", `{"title": "a", "steps": []} x`, "r.json:1:29: this is not JSON (invalid character 'x' after top-level value): export the recording from the Recorder as JSON"},
		{"not UTF-8", "{\"title\": \"\xff\"}", "r.json:1:12: this is not text in UTF-8"},
		{"a list", `[]`, "r.json:1:1: this is not a recording: one begins with { and has a title and steps"},
		{"no steps", `{"title": "a"}`, "r.json:1:1: this is not a recording: it has no steps"},
		{"steps twice", `{"steps": [], "steps": []}`, "r.json:1:15: steps: this key stands twice"},
		{"steps that are none", `{"steps": {"type": "click"}}`, "r.json:1:11: steps: this is not a list of steps"},
		{"a step that is none", "{\"steps\": [\n  7]}", "r.json:2:3: steps[0]: this is not a step: one begins with { and has a type"},
		{"null for a step", `{"steps": [null]}`, "r.json:1:12: steps[0]: this is not a step: one begins with { and has a type"},
		{"a step without a type", `{"steps": [{"type": "close"}, {}]}`, "r.json:1:31: steps[1]: this step has no type"},
		{"a title that is a number", `{"title": 7, "steps": []}`, "r.json:1:11: title: this is a number, and the Recorder writes a string here"},
		{"a key that is a number", "{\"steps\": [\n{\"type\": \"keyDown\", \"key\": 7}]}", "r.json:2:28: steps[0].key: this is a number, which the Recorder never writes here"},
		{"nothing to try", `{"title": "a", "steps": [{"type": "close"}]}`, "r.json: no step of this recording can be tried again"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := config.ParseRecording("r.json", []byte(row.source), config.RecordingOptions{})
			var faults config.Faults
			if !errors.As(err, &faults) || faults.Error() != row.want {
				t.Errorf("told: %v\nwant: %s", err, row.want)
			}
		})
	}
	large := `{"title": "` + strings.Repeat("a", 1_000_000) + `", "steps": []}`
	if _, err := config.ParseRecording("r.json", []byte(large), config.RecordingOptions{}); err == nil || !strings.Contains(err.Error(), "larger than 1 MB") {
		t.Errorf("a large recording: %v", err)
	}
	many := `{"steps": [` + strings.Repeat(`{"type": "close"},`, 1000) + `{"type": "close"}]}`
	if _, err := config.ParseRecording("r.json", []byte(many), config.RecordingOptions{}); err == nil || !strings.Contains(err.Error(), "at most 1000 steps") {
		t.Errorf("a long recording: %v", err)
	}
	for _, options := range []config.RecordingOptions{{ID: "Sign In"}, {Schedule: "often"}} {
		_, err := config.LoadRecording("testdata/recordings/sign-in.json", options)
		if err == nil || !strings.Contains(err.Error(), "is not a") {
			t.Errorf("%+v: %v", options, err)
		}
	}
}

// FuzzRecording gives any file an answer: a check that a configuration takes,
// or one fault. What was typed into the password field never shows.
func FuzzRecording(f *testing.F) {
	seeds, err := filepath.Glob("testdata/recordings/*.json")
	if err != nil || len(seeds) == 0 {
		f.Fatal(seeds, err)
	}
	for _, seed := range seeds {
		source, err := os.ReadFile(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(source)
	}
	for _, word := range []string{"a\\nb", "? a", "\\t", "'", "- a", "a: b", "#", "{{x}}", "$\\u007bx}", "\\u0085", "\\u2028\\u0001", "\\ud83d\\ude00", "&a", "| x", "null", "0x1f", "a\\\\b", "%"} {
		f.Add([]byte(`{"title": "` + word + `", "steps": [{"type": "navigate", "url": "http://a.example/` + word + `"}, {"type": "click", "selectors": [["aria/` + word +
			`"]]}, {"type": "change", "value": "` + word + `", "selectors": [["` + word + `"]]}, {"type": "` + word + `"}, {"type": "waitForExpression", "expression": "` + word + `"}]}`))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		made, err := config.ParseRecording("r.json", source, config.RecordingOptions{})
		if err != nil {
			var faults config.Faults
			if !errors.As(err, &faults) || len(faults) != 1 || faults[0].Message == "" {
				t.Fatalf("not a fault of the recording: %v", err)
			}
			return
		}
		var back []checker.Check
		if err := yaml.Unmarshal(made.YAML, &back); err != nil || len(back) != 1 || len(back[0].Browser.Steps) != len(made.Check.Browser.Steps) {
			t.Fatalf("%v\n%s", err, made.YAML)
		}
	})
}

// FuzzRecordedWords puts any text where a recording has one: the check takes
// it as it was, or tells, and the secret stays out.
func FuzzRecordedWords(f *testing.F) {
	for _, word := range []string{
		"a\nb", "? a", "\t", "'", "- a", "a: b", "#", "{{x}}", "${x}", "$", "\u0085", "\u2028\x01", "\U0001f600", "&a", "| x", "null", "True", "0x1f",
		`a\b`, "%", "12", "1e3", "2026-11-26", "css=x", "a ", "~", "!a", "=", "<<", ".inf", "---", "http://a.example:80/x", "\ufeff", "1:2", "a, b", "]", "{", "\"", "x[role=\"button\"]",
	} {
		f.Add(word)
	}
	f.Fuzz(func(t *testing.T, word string) {
		word = strings.ToValidUTF8(word, "?")
		in := func(name string) []string { return []string{name} }
		type object = map[string]any
		source, err := json.Marshal(object{"title": word, "steps": []object{
			{"type": "navigate", "url": "http://a.example/?q=" + word, "assertedEvents": []object{{"type": "navigation", "url": "http://b.example/" + word, "title": word}}},
			{"type": "change", "value": word, "selectors": in("#note")},
			{"type": "change", "value": "kept-out" + word, "selectors": in("#password")},
			{"type": "change", "value": word, "selectors": in("aria/" + word)},
			{"type": "click", "selectors": []string{word, "text/" + word, "pierce/" + word}},
			{"type": "keyDown", "key": word},
			{"type": "change", "value": "C:\\fakepath\\" + word, "selectors": in("#file")},
			{"type": "x" + word, "target": word, "y" + word: 1},
			{"type": "waitForElement", "selectors": in(word), "count": 2},
			{"type": "waitForExpression", "expression": word},
		}})
		if err != nil {
			t.Fatal(err)
		}
		made, err := config.ParseRecording("r.json", source, config.RecordingOptions{})
		if err != nil {
			t.Fatalf("it is refused: %v", err)
		}
		if strings.Contains(string(made.YAML), "kept-out") || strings.Contains(strings.Join(made.Notes, ""), "kept-out") {
			t.Errorf("a secret is in it:\n%s", made.YAML)
		}
		for _, step := range made.Check.Browser.Steps {
			if step.Fill != nil && step.Fill.Field == "css=#note" {
				stands := strings.Contains(word, "${") && strings.HasPrefix(step.Fill.With, "${agent-env:")
				if step.Fill.With != word && !stands {
					t.Errorf("%q was typed, and the check has %q:\n%s", word, step.Fill.With, made.YAML)
				}
				return
			}
		}
		if word != "" {
			t.Errorf("what was typed is not in it:\n%s", made.YAML)
		}
	})
}
