package main_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"daymark/demo"
	"daymark/internal/testkit"
)

// The examples of docs/checks.md stand in blocks of YAML, each a list item.
var (
	yamlBlock = regexp.MustCompile("(?s)```yaml\n(- id: .*?)```")
	exampleID = regexp.MustCompile(`(?m)^- id: (\S+)`)
	kindOf    = regexp.MustCompile(`(?m)^  (http|browser|heartbeat|dns|tcp|smtp|tls|icmp|grpc|websocket):`)
)

// notRun are kinds whose checks nobody runs.
var notRun = []string{"heartbeat"}

// TestExamplesOfTheDocumentationRun loads every example of docs/checks.md and
// runs it by `daymark check`, against stand-ins for the addresses in it.
func TestExamplesOfTheDocumentationRun(t *testing.T) {
	testkit.Beside(t)
	text, err := os.ReadFile("../../docs/checks.md")
	if err != nil {
		t.Fatal(err)
	}
	targets := exampleTargets(t)
	kinds := map[string]bool{}
	for _, match := range yamlBlock.FindAllSubmatch(text, -1) {
		example := string(match[1])
		for _, id := range exampleID.FindAllStringSubmatch(example, -1) {
			kind := kindOf.FindStringSubmatch(example)
			if kind == nil {
				t.Fatalf("the example %s is of no kind", id[1])
			}
			kinds[kind[1]] = true
			t.Run(kind[1]+", "+id[1], func(t *testing.T) {
				file := exampleFile(t, targets.address.Replace(example))
				if out, code := run(t, "config", "validate", file); code != 0 {
					t.Fatalf("it is refused:\n%s", out)
				}
				if slices.Contains(notRun, kind[1]) {
					return
				}
				command := exec.CommandContext(t.Context(), binary(), "check", file, id[1])
				command.Env = append(os.Environ(), targets.env...)
				if out, err := command.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("Outcome   ok")) {
					t.Errorf("%v\n%s", err, out)
				}
			})
		}
	}
	for _, kind := range documentedKinds {
		if !kinds[kind] {
			t.Errorf("no example is of kind %s", kind)
		}
	}
}

var documentedKinds = []string{"http", "browser", "tcp", "tls", "smtp", "websocket", "grpc", "dns", "icmp"}

// targetsOf are what the examples are run against.
type exampleStandIns struct {
	address *strings.Replacer
	env     []string
}

func exampleTargets(t *testing.T) exampleStandIns {
	t.Helper()
	shop, err := demo.New(demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := shop.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := shop.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	addresses, env := networkStandIns(t)
	quic, ca := overQUIC(t)
	addresses = append(addresses, "http://127.0.0.1:8081", shop.URL(), "https://127.0.0.1:8443", quic, "shop-ca.pem", ca)
	return exampleStandIns{address: strings.NewReplacer(addresses...), env: env}
}

// exampleFile writes a configuration around an example.
func exampleFile(t *testing.T, example string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "daymark.yaml")
	indented := "      " + strings.ReplaceAll(strings.TrimSpace(example), "\n", "\n      ")
	source := fmt.Sprintf(`version: 1
page: {name: Example, url: http://127.0.0.1:8080}
agents: {private: {deny: true, allow: [127.0.0.0/8]}}
components:
  - id: example
    name: Example
    checks:
%s
`, indented)
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
