package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// aim is an entry of the file of aims.
type aim struct {
	What string `json:"what"`
	// Aim is the least ratio that is wanted; nil when none is.
	Aim *float64 `json:"aim"`
}

// row is one line of a benchmark's output.
type row struct {
	name                   string
	ours, reference, ratio float64
}

// result is one entry of bench.json. Its keys are a contract with whatever
// reads the file.
type result struct {
	What      string   `json:"what"`
	Ours      float64  `json:"ours"`
	Reference float64  `json:"reference"`
	Ratio     float64  `json:"ratio"`
	Aim       *float64 `json:"aim"`
	// Met is nil when there is no aim to meet.
	Met *bool `json:"met"`
}

// parse reads the lines of go test -bench that begin with a benchmark's name
// and a number of iterations. A line without the three metrics is an error:
// a benchmark that is named as a comparison has to compare. So is an output
// without any such line. The suffix is what go test appends to each name.
func parse(output []byte, suffix string) ([]row, error) {
	var rows []row
	var faults []error
	lines := bufio.NewScanner(bytes.NewReader(output))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 2 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		if _, err := strconv.ParseInt(fields[1], 10, 64); err != nil {
			continue // a line that only says what runs, or a log line
		}
		metrics := map[string]float64{}
		for i := 2; i+1 < len(fields); i += 2 {
			value, err := strconv.ParseFloat(fields[i], 64)
			if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
				faults = append(faults, fmt.Errorf("%s: %s is %q, which is no number to compare", fields[0], fields[i+1], fields[i]))
				continue
			}
			metrics[fields[i+1]] = value
		}
		read := row{name: strings.TrimSuffix(fields[0], suffix), ratio: metrics["ratio"]}
		var hasOurs, hasReference bool
		read.ours, hasOurs = either(metrics, "ours/s", "ours")
		read.reference, hasReference = either(metrics, "ref/s", "ref")
		if _, hasRatio := metrics["ratio"]; !hasOurs || !hasReference || !hasRatio {
			faults = append(faults, fmt.Errorf("%s publishes no full comparison: it needs ours/s, ref/s and ratio", read.name))
			continue
		}
		rows = append(rows, read)
	}
	if err := lines.Err(); err != nil {
		faults = append(faults, fmt.Errorf("read benchmark output: %w", err))
	}
	if len(rows) == 0 && len(faults) == 0 {
		faults = append(faults, errors.New("nothing was measured"))
	}
	return rows, errors.Join(faults...)
}

// either returns the metric under the first of two units that was published.
func either(metrics map[string]float64, first, second string) (float64, bool) {
	if value, ok := metrics[first]; ok {
		return value, true
	}
	value, ok := metrics[second]
	return value, ok
}

// compare joins what was measured with the aims, in the order it was
// measured. The error names each aim that nothing measured and each benchmark
// that reported twice; the results beside it are good all the same.
func compare(rows []row, aims map[string]aim) ([]result, error) {
	results := []result{} // an empty array in JSON, never null
	seen := map[string]bool{}
	var faults []error
	for _, measured := range rows {
		if seen[measured.name] {
			faults = append(faults, fmt.Errorf("%s was measured twice: names must differ across packages", measured.name))
			continue
		}
		seen[measured.name] = true
		compared := result{
			What:      measured.name,
			Ours:      measured.ours,
			Reference: measured.reference,
			Ratio:     measured.ratio,
		}
		if wanted, ok := aims[measured.name]; ok {
			if wanted.What != "" {
				compared.What = wanted.What
			}
			if wanted.Aim != nil {
				met := measured.ratio >= *wanted.Aim
				compared.Aim, compared.Met = wanted.Aim, &met
			}
		}
		results = append(results, compared)
	}
	for _, name := range slices.Sorted(maps.Keys(aims)) {
		if !seen[name] {
			faults = append(faults, fmt.Errorf("%s has an aim, but nothing measured it", name))
		}
	}
	return results, errors.Join(faults...)
}

// printTable shows the results to a person.
func printTable(out io.Writer, results []result) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\nwhat\tours\treference\tratio\taim\tmet")
	for _, shown := range results {
		wanted, met := "-", "-"
		if shown.Aim != nil {
			wanted = fmt.Sprintf("%.2f", *shown.Aim)
		}
		if shown.Met != nil {
			met = map[bool]string{true: "yes", false: "NO"}[*shown.Met]
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%.2f\t%s\t%s\n",
			shown.What, rounded(shown.Ours), rounded(shown.Reference), shown.Ratio, wanted, met)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print table: %w", err)
	}
	return nil
}

// rounded shows rates as whole numbers and small figures with some digits.
func rounded(value float64) string {
	if math.Abs(value) >= 100 {
		return strconv.FormatFloat(value, 'f', 0, 64)
	}
	return strconv.FormatFloat(value, 'g', 3, 64)
}
