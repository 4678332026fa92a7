package checker_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daymark/checker"
)

// machineRuns are runs of every outcome, with what is awkward to write down.
func machineRuns() []checker.Run {
	at := time.Date(2026, 3, 1, 3, 4, 5, 678_900_000, time.UTC)
	http := &checker.HTTP{}
	return []checker.Run{
		{
			Check: checker.Check{ID: "api", Name: "The API", Component: "shop", HTTP: http},
			Result: checker.Result{
				At: at, Outcome: checker.OK, Duration: 130_456_789, Latency: 128 * time.Millisecond, Attempts: 1,
				Timings:      []checker.Timing{{Name: "dns", Duration: 1_500_000}},
				Expectations: []checker.Expectation{{Expression: "status < 400", Effect: "expect", Met: true, Actual: "`status < 400`: it was `200`"}},
				Warnings:     []string{"the certificate ends <soon> & badly"},
			},
		},
		{
			Check:  checker.Check{ID: "cart", Component: "shop", HTTP: http},
			Result: checker.Result{At: at, Outcome: checker.Degraded, Reason: "slow", Duration: 2 * time.Second, Attempts: 1, Expectations: []checker.Expectation{{Expression: "latency > x", Effect: "degraded", Actual: "it was slow"}}},
		},
		{
			Check: checker.Check{ID: "pay", Component: "money", HTTP: http},
			Result: checker.Result{
				At: at, Outcome: checker.Failed, Reason: "it said \x1b[31m\"no\"\x00\u0085\ufffe \xff]]>", Duration: time.Second, Attempts: 2,
				Expectations: []checker.Expectation{{Expression: "status == 200", Effect: "expect", Actual: "`status == 200`: it was `500`"}, {Expression: "size > 1", Effect: "warn", Actual: "a warning is no failure"}},
				Evidence:     []checker.Evidence{{Name: "answer.txt", MediaType: "text/plain", Data: []byte("secret enough")}},
			},
		},
		{
			Check:  checker.Check{ID: "look", TCP: &checker.TCP{}},
			Result: checker.Result{At: at, Outcome: checker.Unknown, Reason: "no network"},
		},
	}
}

// golden compares with a file of testdata, or writes it with -update.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

func TestWriteJUnit(t *testing.T) {
	for name, strict := range map[string]bool{"junit.xml": false, "junit-strict.xml": true} {
		var got bytes.Buffer
		if err := checker.WriteJUnit(&got, machineRuns(), strict); err != nil {
			t.Fatal(err)
		}
		golden(t, name, got.Bytes())
	}
	var none bytes.Buffer
	if err := checker.WriteJUnit(&none, nil, false); err != nil {
		t.Fatal(err)
	}
	golden(t, "junit-none.xml", none.Bytes())
}

func TestReportOf(t *testing.T) {
	var got bytes.Buffer
	encoder := json.NewEncoder(&got)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	for _, run := range machineRuns() {
		if err := encoder.Encode(checker.ReportOf(run.Result, run.Check)); err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "report.jsonl", got.Bytes())
}

// Whatever a target makes a reason say, the file is XML that parsers take,
// and says the reason but for what XML cannot hold.
func FuzzWriteJUnit(f *testing.F) {
	for _, run := range machineRuns() {
		f.Add(run.Result.Reason)
	}
	f.Add("]]> <![CDATA[ &amp; \r\n\t\u2028\U0010ffff\ud7ff\ue000")
	f.Fuzz(func(t *testing.T, reason string) {
		run := checker.Run{Check: checker.Check{ID: "x", Name: reason, Component: "c" + reason}, Result: checker.Result{
			Outcome: checker.Failed, Reason: reason, Warnings: []string{reason}, Timings: []checker.Timing{{Name: reason}},
			Expectations: []checker.Expectation{{Expression: reason, Effect: "expect", Actual: reason}},
		}}
		var got bytes.Buffer
		if err := checker.WriteJUnit(&got, []checker.Run{run}, false); err != nil {
			t.Fatal(err)
		}
		for _, r := range got.String() {
			if r < 0x20 && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 {
				t.Fatalf("%q is in the file", r)
			}
		}
		var back struct {
			Suite struct {
				Case struct {
					Failure struct {
						Message string `xml:"message,attr"`
					} `xml:"failure"`
				} `xml:"testcase"`
			} `xml:"testsuite"`
		}
		if err := xml.Unmarshal(got.Bytes(), &back); err != nil {
			t.Fatalf("%v in\n%s", err, got.String())
		}
		want := strings.Map(func(r rune) rune {
			if r < 0x20 && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r == 0xfffe || r == 0xffff {
				return -1
			}
			return r
		}, strings.ToValidUTF8(reason, "\uFFFD"))
		if back.Suite.Case.Failure.Message != want {
			t.Fatalf("%q became %q", reason, back.Suite.Case.Failure.Message)
		}
	})
}
