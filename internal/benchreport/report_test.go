package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, output, suffix string
		want                 []row
		fault                string // part of the error; empty for none
	}{
		{
			name: "a run in full",
			output: `goos: linux
pkg: daymark/store
=== RUN   BenchmarkIngestRatio/batch=100
BenchmarkIngestRatio/batch=100
2026/01/02 a log line in between
BenchmarkIngestRatio/batch=100-2         	      12	  95031 ns/op	     24700 ours/s	         0.5100 ratio	     48431 ref/s	     120 B/op
BenchmarkPlainRatio-2	1	5 ns/op	1e+06 ours/s	2e+06 ref/s	0.5 ratio
PASS
ok  	daymark/store	3.2s
`,
			suffix: "-2",
			want: []row{
				{name: "BenchmarkIngestRatio/batch=100", ours: 24700, reference: 48431, ratio: 0.51},
				{name: "BenchmarkPlainRatio", ours: 1e6, reference: 2e6, ratio: 0.5},
			},
		},
		{
			name:   "one processor has no suffix, and a name may end like one",
			output: "BenchmarkReadersRatio/readers-2 3 1 ns/op 4 ours 2 ref 0.5 ratio\n",
			want:   []row{{name: "BenchmarkReadersRatio/readers-2", ours: 4, reference: 2, ratio: 0.5}},
		},
		{
			name:   "a comparison without a reference",
			output: "BenchmarkXRatio-2 3 1 ns/op 4 ours/s 0.5 ratio\n",
			suffix: "-2",
			fault:  "BenchmarkXRatio publishes no full comparison",
		},
		{
			name:   "a ratio that is no number",
			output: "BenchmarkXRatio-2 3 1 ns/op 4 ours/s 0 ref/s NaN ratio\n",
			suffix: "-2",
			fault:  `ratio is "NaN"`,
		},
		{
			name:   "nothing measured",
			output: "PASS\nok  	daymark/store	0.1s\n",
			fault:  "nothing was measured",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := parse([]byte(test.output), test.suffix)
			checkFault(t, err, test.fault)
			if !slices.Equal(got, test.want) {
				t.Errorf("rows = %+v\nwant %+v", got, test.want)
			}
		})
	}
}

func TestCompare(t *testing.T) {
	half := 0.5
	aims := map[string]aim{"BenchmarkARatio": {What: "a against b", Aim: &half}, "BenchmarkBRatio": {What: "no aim"}}
	tests := []struct {
		name  string
		rows  []row
		want  string // as JSON
		fault string
	}{
		{
			name: "met at the aim itself; none without an aim; a name when nothing is said",
			rows: []row{{"BenchmarkARatio", 5, 10, 0.5}, {"BenchmarkBRatio", 1, 4, 0.25}, {"BenchmarkCRatio", 1, 1, 1}},
			want: `[{"what":"a against b","ours":5,"reference":10,"ratio":0.5,"aim":0.5,"met":true},` +
				`{"what":"no aim","ours":1,"reference":4,"ratio":0.25,"aim":null,"met":null},` +
				`{"what":"BenchmarkCRatio","ours":1,"reference":1,"ratio":1,"aim":null,"met":null}]`,
		},
		{
			name: "missed",
			rows: []row{{"BenchmarkARatio", 4.9, 10, 0.49}, {"BenchmarkBRatio", 1, 4, 0.25}},
			want: `[{"what":"a against b","ours":4.9,"reference":10,"ratio":0.49,"aim":0.5,"met":false},` +
				`{"what":"no aim","ours":1,"reference":4,"ratio":0.25,"aim":null,"met":null}]`,
		},
		{
			name:  "an aim that nothing measured",
			rows:  []row{{"BenchmarkBRatio", 1, 4, 0.25}},
			want:  `[{"what":"no aim","ours":1,"reference":4,"ratio":0.25,"aim":null,"met":null}]`,
			fault: "BenchmarkARatio has an aim, but nothing measured it",
		},
		{
			name:  "nothing at all is an empty array",
			want:  `[]`,
			fault: "nothing measured it",
		},
		{
			name:  "twice the same name",
			rows:  []row{{"BenchmarkARatio", 5, 10, 0.5}, {"BenchmarkARatio", 1, 1, 1}, {"BenchmarkBRatio", 1, 4, 0.25}},
			want:  `[{"what":"a against b","ours":5,"reference":10,"ratio":0.5,"aim":0.5,"met":true},{"what":"no aim","ours":1,"reference":4,"ratio":0.25,"aim":null,"met":null}]`,
			fault: "BenchmarkARatio was measured twice",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			results, err := compare(test.rows, aims)
			checkFault(t, err, test.fault)
			got, err := json.Marshal(results)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != test.want {
				t.Errorf("results = %s\nwant %s", got, test.want)
			}
		})
	}
}

// TestRun drives the whole command over a small module of its own.
func TestRun(t *testing.T) {
	directory := t.TempDir()
	write := func(name, content string) string {
		t.Helper()
		full := filepath.Join(directory, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return full
	}
	write("go.mod", "module sample\n\ngo 1.26\n")
	// A package without such benchmarks is not even compiled.
	write("broken/x_test.go", "package broken\n\nvar x int = \"no number\"\n")
	write("sample/x_test.go", `package sample

import "testing"

func BenchmarkCopyRatio(b *testing.B) {
	b.Run("size=1", func(b *testing.B) {
		for b.Loop() {
		}
		println("a line on standard error")
		b.ReportMetric(30, "ours/s")
		b.ReportMetric(40, "ref/s")
		b.ReportMetric(0.75, "ratio")
	})
}
`)
	aims := write("aims.json", `{"BenchmarkCopyRatio/size=1": {"what": "copies", "aim": 0.7}}`)
	out := filepath.Join(directory, "bench.json")
	var printed strings.Builder
	err := run(t.Context(), []string{"-root", directory, "-aims", aims, "-out", out, "-benchtime", "1x"}, &printed)
	if err != nil {
		t.Fatalf("run: %v\n%s", err, &printed)
	}
	written, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var results []map[string]any
	if err := json.Unmarshal(written, &results); err != nil {
		t.Fatal(err)
	}
	if len(results) != 1 || results[0]["what"] != "copies" || results[0]["met"] != true || len(results[0]) != 6 {
		t.Errorf("bench.json = %s", written)
	}
	if !strings.Contains(printed.String(), "copies  30    40         0.75   0.70  yes") {
		t.Errorf("the table is missing from:\n%s", &printed)
	}
}

// TestAims reads the file of aims that the project keeps.
func TestAims(t *testing.T) {
	aims, err := readAims("../../bench/aims.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, wanted := range aims {
		if !strings.HasPrefix(name, "Benchmark") || wanted.What == "" {
			t.Errorf("%q: %+v: wants a benchmark's name and what it measures", name, wanted)
		}
	}
}

func checkFault(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("error = %v, want none", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("error = %v, want one with %q", err, want)
	}
}
