package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"daymark/checker"
)

// evidenceFolder is where evidence is written, and nothing outside it,
// whatever a piece is called and whatever links are in it.
type evidenceFolder struct {
	path   string
	checks bool // a folder a check, where there are several
	times  bool // and a folder a run, where it runs again
}

// write writes the evidence of a run and gives the files, in its order.
func (f *evidenceFolder) write(result checker.Result) (files []string, err error) {
	if len(result.Evidence) == 0 {
		return nil, nil
	}
	if err := os.MkdirAll(f.path, 0o700); err != nil {
		return nil, fmt.Errorf("make a folder for evidence: %w", err)
	}
	root, err := os.OpenRoot(f.path)
	if err != nil {
		return nil, fmt.Errorf("open the folder for evidence: %w", err)
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	folder := "."
	if f.checks {
		folder = cmp.Or(fileName(result.Check), "check")
	}
	if f.times {
		folder = path.Join(folder, result.At.UTC().Format("20060102T150405.000Z"))
	}
	if err := root.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make a folder for evidence: %w", err)
	}
	taken := map[string]bool{}
	for _, piece := range result.Evidence {
		name := cmp.Or(fileName(piece.Name), "evidence")
		whole, end := name, path.Ext(name)
		for n := 2; taken[strings.ToLower(name)]; n++ {
			name = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(whole, end), n, end)
		}
		taken[strings.ToLower(name)] = true
		name = path.Join(folder, name)
		if err := root.WriteFile(name, piece.Data, 0o600); err != nil {
			return nil, fmt.Errorf("write evidence: %w", err)
		}
		files = append(files, filepath.Join(f.path, filepath.FromSlash(name)))
	}
	return files, nil
}
