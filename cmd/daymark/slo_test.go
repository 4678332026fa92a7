package main_test

import (
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// TestObjectivesByTheCommandLine lists and exports them.
func TestObjectivesByTheCommandLine(t *testing.T) {
	t.Parallel()
	target := newCounted(t)
	s := newSite(t, eachSecond(target)...)
	file, err := os.OpenFile(s.config, os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.WriteString(`slos:
  - {id: works, component: shop, indicator: availability, objective: 99.95, alert: notify}
  - {id: fast, component: shop, indicator: latency, threshold: 1s, objective: 99, window: month}
`)
	if err != nil || file.Close() != nil {
		t.Fatal(err)
	}
	out, code := run(t, "slo", "export", "--config", s.config)
	if code != 0 {
		t.Fatalf("status %d, %s", code, out)
	}
	kinds := map[string]int{}
	for text := range strings.SplitSeq(out, "---\n") {
		var document struct {
			APIVersion string `yaml:"apiVersion"`
			Kind       string
			Metadata   struct{ Name string }
			Spec       map[string]any
		}
		if err := yaml.Unmarshal([]byte(text), &document); err != nil || document.APIVersion != "openslo/v1" || document.Metadata.Name == "" || len(document.Spec) == 0 {
			t.Errorf("%+v, %v, of\n%s", document, err, text)
		}
		kinds[document.Kind]++
	}
	if kinds["Service"] != 1 || kinds["SLO"] != 2 || kinds["AlertPolicy"] != 4 {
		t.Errorf("it has %v", kinds)
	}
	for _, want := range []string{"target: 0.9995", "duration: 28d", "duration: 1M", "timeZone: UTC", "/api/v1/slos/works", "alertPolicyRef: burns-14-4-times", "threshold: 14.4"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	server := s.serve(t)
	eventually(t, "some runs", func() bool { return target.runs.Load() >= 12 })
	eventually(t, "the objectives to be listed", func() bool {
		out, code = run(t, "slo", "list", "--config", s.config)
		return code == 0 && strings.Contains(out, "99.95 %") && strings.Count(out, "100 %") >= 3
	})
	server.interrupt()
	server.noPanic()
	if again, code := run(t, "slo", "list", "--json", "--config", s.config); code != 0 || !strings.Contains(again, `"budget_left_percent": 100`) {
		t.Errorf("without a server: status %d, %s", code, again)
	}
	t.Logf("\n%s", out)
}
