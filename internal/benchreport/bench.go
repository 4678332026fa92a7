package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// findPackages returns the packages below root, as ./store, whose tests hold
// benchmarks that take part. The others need not be compiled.
func findPackages(root string) ([]string, error) {
	found := map[string]bool{}
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			base := entry.Name()
			if name != root && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, "_test.go") {
			return nil
		}
		tree, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(tree.Decls, takesPart) {
			relative, err := filepath.Rel(root, filepath.Dir(name))
			if err != nil {
				return err
			}
			found["./"+path.Clean(filepath.ToSlash(relative))] = true
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find benchmarks: %w", err)
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// takesPart reports whether a declaration is a benchmark that compares.
func takesPart(declaration ast.Decl) bool {
	function, ok := declaration.(*ast.FuncDecl)
	return ok && function.Recv == nil &&
		strings.HasPrefix(function.Name.Name, "Benchmark") && strings.HasSuffix(function.Name.Name, "Ratio")
}

// runBenchmarks runs one package's benchmarks, shows their output as it comes
// and returns what they measured. Packages run one after the other, never
// beside each other.
func runBenchmarks(ctx context.Context, root, name, benchtime string, out io.Writer) ([]row, error) {
	// The number of processors is said, so that it is known what go test
	// appends to the names. With -v a result has a line of its own, whatever
	// else is printed; -count=1 turns the cache off.
	processors := runtime.GOMAXPROCS(0)
	args := []string{
		"test", "-run=^$", "-bench=^Benchmark.*Ratio$", "-v", "-count=1", "-timeout=0",
		fmt.Sprintf("-cpu=%d", processors),
	}
	if benchtime != "" {
		args = append(args, "-benchtime="+benchtime)
	}
	command := exec.CommandContext(ctx, "go", append(args, name)...)
	command.Dir = root
	// An interrupt reaches go test, which gives the benchmark a moment to
	// clean up, before both are killed.
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 10 * time.Second
	var kept bytes.Buffer
	command.Stdout = io.MultiWriter(&kept, out)
	command.Stderr = out
	ran := command.Run()
	if ran != nil {
		ran = fmt.Errorf("go test %s: %w", name, ran)
	}
	suffix := ""
	if processors > 1 {
		suffix = fmt.Sprintf("-%d", processors)
	}
	rows, parsed := parse(kept.Bytes(), suffix)
	if parsed != nil {
		parsed = fmt.Errorf("benchmarks of %s: %w", name, parsed)
	}
	return rows, errors.Join(ran, parsed)
}
