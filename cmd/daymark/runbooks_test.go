package main_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"daymark/notify"
)

// runbooksOf reads the runbooks of docs/operation.md: their texts, by the
// anchors of their headings.
func runbooksOf(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/operation.md")
	if err != nil {
		t.Fatal(err)
	}
	_, part, found := strings.Cut(string(text), "\n## Runbooks\n")
	if !found {
		t.Fatal("docs/operation.md has no runbooks")
	}
	part, _, _ = strings.Cut(part, "\n## ")
	books := map[string]string{}
	for _, section := range strings.Split(part, "\n### ")[1:] {
		heading, body, _ := strings.Cut(section, "\n")
		anchor := regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(heading), "")
		books[strings.ReplaceAll(anchor, " ", "-")] = strings.TrimSpace(body)
	}
	return books
}

// Each alert that Daymark raises about itself, to Prometheus or to staff, names
// a runbook, which is there; and no runbook is of an alert that is gone.
func TestEachAlertHasARunbook(t *testing.T) {
	t.Parallel()
	books := runbooksOf(t)
	used := map[string]bool{}
	has := func(who, anchor string) {
		t.Helper()
		if used[anchor] = true; len(books[anchor]) < 100 {
			t.Errorf("%s names the runbook %q, which docs/operation.md does not have", who, anchor)
		}
	}
	text, err := os.ReadFile("../../deploy/prometheus/daymark.rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	var rules struct {
		Groups []struct {
			Rules []struct {
				Alert       string            `yaml:"alert"`
				Annotations map[string]string `yaml:"annotations"`
			} `yaml:"rules"`
		} `yaml:"groups"`
	}
	if err := yaml.Unmarshal(text, &rules); err != nil {
		t.Fatal(err)
	}
	alerts := 0
	for _, group := range rules.Groups {
		for _, rule := range group.Rules {
			alerts++
			anchor, ours := strings.CutPrefix(rule.Annotations["runbook"], "docs/operation.md#")
			if !ours {
				t.Errorf("%s names no runbook", rule.Alert)
			}
			has(rule.Alert, anchor)
		}
	}
	source, err := os.ReadFile("../../notify/runbook.go")
	if err != nil {
		t.Fatal(err)
	}
	declared := regexp.MustCompile(`Runbook = "([a-z-]+)"`).FindAllStringSubmatch(string(source), -1)
	if alerts < 7 || len(declared) != len(notify.Runbooks()) {
		t.Errorf("%d alerts, %d runbooks declared and %d listed", alerts, len(declared), len(notify.Runbooks()))
	}
	for _, book := range notify.Runbooks() {
		has("a message to staff", string(book))
	}
	for anchor := range books {
		if !used[anchor] {
			t.Errorf("no alert names the runbook %q", anchor)
		}
	}
}
