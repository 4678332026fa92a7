package checker_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"daymark/checker"
)

func TestExpand(t *testing.T) {
	five := 5
	check := checker.Check{
		ID: "api", Timeout: time.Second, Expect: []string{`body contains "${agent-env:A}"`},
		HTTP: &checker.HTTP{
			Request: checker.Request{
				URL: "https://${agent-env:HOST}/?k=${agent-env:A}", Headers: map[string]string{"X": "Bearer ${agent-env:A}"},
				Basic: &checker.BasicAuth{User: "u", Password: "${agent-env:EMPTY}"}, Redirects: &five,
			},
			Steps: []checker.HTTPStep{{Name: "s", Request: checker.Request{Body: "${agent-env:HOST}"}, Save: map[string]string{"a": "json.a"}}},
		},
		Browser: &checker.Browser{Steps: []checker.BrowserStep{
			{Fill: &checker.Fill{Field: "Password", With: "${agent-env:A}"}},
			{Expect: &checker.ScriptExpect{Is: []any{"${agent-env:A}", nil, 3.0, map[string]any{"k": "${agent-env:HOST}", "n": nil}}}},
		}},
	}
	before, err := json.Marshal(check)
	if err != nil {
		t.Fatal(err)
	}
	environment := map[string]string{"HOST": "shop.example", "A": "s3cret", "EMPTY": ""}
	lookup := func(name string) (string, bool) { value, ok := environment[name]; return value, ok }
	got, used, err := checker.Expand(check, lookup)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"s3cret", "shop.example"}; !slices.Equal(used, want) {
		t.Errorf("used %v; want %v", used, want)
	}
	after, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer("${agent-env:HOST}", "shop.example", "${agent-env:A}", "s3cret", "${agent-env:EMPTY}", "").Replace(string(before))
	if string(after) != want {
		t.Errorf("got\n%s\nwant\n%s", after, want)
	}
	if unchanged, _ := json.Marshal(check); string(unchanged) != string(before) {
		t.Error("the check given was changed")
	}
	got.HTTP.Headers["X"], *got.HTTP.Redirects, got.HTTP.Steps[0].Name = "other", 7, "other"
	if check.HTTP.Headers["X"] == "other" || five == 7 || check.HTTP.Steps[0].Name == "other" {
		t.Error("the result shares memory with the check given")
	}
}

func TestExpandNamesWhatIsMissing(t *testing.T) {
	check := checker.Check{ID: "api", HTTP: &checker.HTTP{Request: checker.Request{URL: "${agent-env:B}${agent-env:A}${agent-env:C}", Bearer: "${agent-env:A}"}}}
	got, _, err := checker.Expand(check, func(name string) (string, bool) { return "c", name == "C" })
	var missing *checker.MissingError
	if !errors.As(err, &missing) || missing.Check != "api" || !reflect.DeepEqual(missing.Names, []string{"A", "B"}) {
		t.Fatalf("error %v", err)
	}
	if want := "check api needs the environment variables A, B, which are not set on this agent"; err.Error() != want {
		t.Errorf("error %q; want %q", err, want)
	}
	if got.HTTP.URL != "${agent-env:B}${agent-env:A}c" {
		t.Errorf("url %q", got.HTTP.URL)
	}
}

func TestExpandWithoutVariablesChangesNothing(t *testing.T) {
	check := checker.Check{ID: "api", HTTP: &checker.HTTP{Request: checker.Request{URL: "https://x"}}}
	got, used, err := checker.Expand(check, func(string) (string, bool) { return "", false })
	if err != nil || len(used) != 0 || !reflect.DeepEqual(got, check) {
		t.Errorf("%v, %v, %v", got, used, err)
	}
}
