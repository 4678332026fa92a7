package main

import (
	"testing"

	"daymark/checker"
)

func shopCheck() checker.Check {
	return checker.Check{
		ID: "api", Schedule: "@every 30s", Expect: []string{"status == 200", `json.database == "up"`}, Degraded: []string{`latency > duration("800ms")`},
		HTTP: &checker.HTTP{Request: checker.Request{URL: "https://shop.example/health", Headers: map[string]string{"Accept": "application/json"}, Bearer: "${agent-env:PREPARED_TOKEN}"}},
	}
}

// A check is compiled once for as long as it stays as it is.
func TestChecksAreKeptReady(t *testing.T) {
	t.Setenv("PREPARED_TOKEN", "tulip-mania")
	var prepared preparedChecks
	of := func(check checker.Check) *preparedCheck {
		t.Helper()
		ready, err := prepared.of(check)
		if err != nil {
			t.Fatal(err)
		}
		return ready
	}
	first := of(shopCheck())
	if of(shopCheck()) != first {
		t.Error("the same check was made ready twice")
	}
	if first.job.HTTP.Bearer != "tulip-mania" || first.secrets.String("it is tulip-mania") != "it is [redacted]" {
		t.Errorf("what only the agent knows is not filled in, or not hidden: %q", first.job.HTTP.Bearer)
	}
	for name, change := range map[string]func(*checker.Check){
		"an expression": func(c *checker.Check) { c.Expect = []string{"status == 201"} },
		"the address":   func(c *checker.Check) { c.HTTP.URL = "https://shop.example/" },
		"a header":      func(c *checker.Check) { c.HTTP.Headers["Accept"] = "text/plain" },
		"another kind": func(c *checker.Check) {
			c.HTTP, c.TCP, c.Expect, c.Degraded = nil, &checker.TCP{Address: "a:1"}, nil, nil
		},
		"a check of its own id": func(c *checker.Check) { c.ID = "other" },
	} {
		changed := shopCheck()
		change(&changed)
		if ready := of(changed); ready == first || ready.job.ID != changed.ID || ready.job.Kind() == "" || len(ready.job.Expect) != len(changed.Expect) {
			t.Errorf("%s: the old one is used", name)
		}
	}
	broken := shopCheck()
	broken.Expect = []string{"status =="}
	for range 2 {
		if _, err := prepared.of(broken); err == nil {
			t.Error("a check that cannot be compiled is ready")
		}
	}
	for i := range maxPrepared + 1 {
		one := checker.Check{ID: string(rune(i + 1)), TCP: &checker.TCP{Address: "a:1"}}
		of(one)
	}
	if len(prepared.kept) > maxPrepared {
		t.Errorf("%d are kept", len(prepared.kept))
	}
}

func BenchmarkPrepared(b *testing.B) {
	b.Setenv("PREPARED_TOKEN", "tulip-mania")
	b.Run("each time", func(b *testing.B) {
		check := shopCheck()
		for b.Loop() {
			if _, err := prepare(check); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("kept", func(b *testing.B) {
		var prepared preparedChecks
		check := shopCheck()
		for b.Loop() {
			if _, err := prepared.of(check); err != nil {
				b.Fatal(err)
			}
		}
	})
}
