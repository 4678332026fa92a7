// Command benchreport runs the benchmarks that compare Daymark's work with a
// reference, and writes what they found to bench.json and as a table.
//
// A benchmark takes part when its name begins with Benchmark and ends with
// Ratio, and when it, or each of its sub-benchmarks, publishes three metrics:
//
//	b.ReportMetric(ours, "ours/s")       // Daymark's rate
//	b.ReportMetric(reference, "ref/s")   // the rate of the bare work, in the same run
//	b.ReportMetric(ours/reference, "ratio")
//
// For what is no rate, "ours" and "ref" are taken as well. A ratio is always
// better when it is greater: where less is better, publish reference ÷ ours.
//
// The file of aims, bench/aims.json, says what each benchmark measures and
// the least ratio that is wanted, null for none. An aim that is missed is
// reported, and fails nothing, because machines differ; a benchmark that
// fails, publishes too little, or has an aim and did not run ends the command
// with exit status 1.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return
		}
		fmt.Fprintln(os.Stderr, "benchreport:", err)
		stop()
		os.Exit(1)
	}
}

// run is the command: find the packages, run their benchmarks, compare.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("benchreport", flag.ContinueOnError)
	aimsFile := flags.String("aims", "bench/aims.json", "what each benchmark measures, and its aim")
	outFile := flags.String("out", "bench.json", "where to write the result")
	root := flags.String("root", ".", "the module whose benchmarks are run")
	benchtime := flags.String("benchtime", "", "how long or how often each benchmark runs, as go test takes it")
	if err := flags.Parse(args); err != nil {
		return err
	}
	aims, err := readAims(*aimsFile)
	if err != nil {
		return err
	}
	packages, err := findPackages(*root)
	if err != nil {
		return err
	}
	var rows []row
	var faults []error
	for _, name := range packages {
		measured, err := runBenchmarks(ctx, *root, name, *benchtime, out)
		if err != nil {
			faults = append(faults, err)
		}
		rows = append(rows, measured...)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("run benchmarks: %w", err)
	}
	results, err := compare(rows, aims)
	if err != nil {
		faults = append(faults, err)
	}
	if err := writeResults(*outFile, results); err != nil {
		faults = append(faults, err)
	}
	if err := printTable(out, results); err != nil {
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

// readAims reads the file of aims, keyed by the name of the benchmark.
func readAims(name string) (map[string]aim, error) {
	source, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read aims: %w", err)
	}
	var aims map[string]aim
	if err := json.Unmarshal(source, &aims); err != nil {
		return nil, fmt.Errorf("read aims from %s: %w", name, err)
	}
	return aims, nil
}

// writeResults writes the array that other programs read.
func writeResults(name string, results []result) error {
	encoded, err := json.MarshalIndent(results, "", "  ")
	if err != nil {
		return fmt.Errorf("encode results: %w", err)
	}
	if err := os.WriteFile(name, append(encoded, '\n'), 0o644); err != nil {
		return fmt.Errorf("write results: %w", err)
	}
	return nil
}
