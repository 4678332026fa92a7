package checker_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daymark/checker"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestWriteReport(t *testing.T) {
	ms := time.Millisecond
	for _, test := range []struct {
		name   string
		check  checker.Check
		result checker.Result
	}{
		{"ok", checker.Check{ID: "api-health"}, checker.Result{
			Outcome: checker.OK, Duration: 130 * ms, Latency: 128 * ms, Attempts: 1,
			Timings: []checker.Timing{{Name: "dns", Duration: 2 * ms}, {Name: "connect", Duration: 800 * time.Microsecond}, {Name: "tls", Duration: 25 * ms}, {Name: "first_byte", Duration: 100 * ms}, {Name: "transfer", Duration: 200 * time.Microsecond}},
			Expectations: []checker.Expectation{
				{Expression: "status == 200", Effect: "expect", Met: true, Actual: "`status == 200`: it was `200`"},
				{Expression: `latency > duration("800ms")`, Effect: "degraded", Met: true, Actual: "`latency > duration(\"800ms\")`: it was `128 ms`"},
			},
		}},
		{"failed", checker.Check{ID: "api-transfer", Name: "Money moves", Attempts: 3, HTTP: &checker.HTTP{Steps: []checker.HTTPStep{{Name: "token"}, {Name: "quote"}, {Name: "move"}}}}, checker.Result{
			Outcome: checker.Failed, Reason: "step quote: `json.amount > 0`: it was `-1`\x1b[31m", Duration: 12*time.Second + 300*ms, Attempts: 3,
			Timings: []checker.Timing{{Name: "token", Duration: 1240 * ms}, {Name: "token/connect", Duration: 240 * ms}, {Name: "token/first_byte", Duration: time.Second}, {Name: "quote", Duration: 3 * ms}},
			Expectations: []checker.Expectation{
				{Expression: "token: status == 201", Effect: "expect", Met: true, Actual: "`status == 201`: it was `201`"},
				{Expression: "quote: json.amount > 0", Effect: "expect", Actual: "`json.amount > 0`: it was `-1`"},
				{Expression: "tls.days_left < 14", Effect: "warn", Actual: "`tls.days_left < 14`: it was `3`"},
			},
			Warnings: []string{"step token: the body was cut at 1 MB (max_body)"},
			Evidence: []checker.Evidence{{Name: "answer.txt", MediaType: "text/plain", Data: make([]byte, 4200)}, {Name: "a.png", MediaType: "image/png", Data: make([]byte, 12)}},
		}},
		{"journey", checker.Check{ID: "sign-in", Browser: &checker.Browser{Steps: make([]checker.BrowserStep, 5)}}, checker.Result{
			Outcome: checker.Failed, Reason: `step 3, see "Welcome back": it is not there after 5 s`, Duration: 6 * time.Second, Attempts: 1,
			Timings:  []checker.Timing{{Name: "step 1, open http://shop.example/sign-in", Duration: 640 * ms}, {Name: `step 2, press "Enter"`, Duration: 12 * ms}, {Name: `step 3, see "Welcome back"`, Duration: 5 * time.Second}},
			Warnings: []string{"the page asked for a dialog"},
			Evidence: []checker.Evidence{{Name: "screenshot.png", MediaType: "image/png", Data: make([]byte, 41_000)}},
		}},
		{"unknown", checker.Check{ID: "ping"}, checker.Result{Outcome: checker.Unknown, Reason: "checks of kind icmp do not work yet in this version", Attempts: 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got bytes.Buffer
			if err := checker.WriteReport(&got, test.result, test.check); err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", "report-"+test.name+".txt")
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), want) {
				t.Errorf("got\n%s\nwant\n%s", got.Bytes(), want)
			}
		})
	}
}

func TestATimingWithASlashIsNoPartOfAStep(t *testing.T) {
	var text strings.Builder
	result := checker.Result{Outcome: checker.OK, Timings: []checker.Timing{{Name: "step 1, open http://shop.example/sign-in", Duration: time.Second}, {Name: "token", Duration: time.Second}, {Name: "token/dns", Duration: time.Second}}}
	if err := checker.WriteReport(&text, result, checker.Check{ID: "x"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"step 1, open http://shop.example/sign-in", "\n    dns"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not in\n%s", want, text.String())
		}
	}
}
