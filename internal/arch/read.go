package arch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Package is one package of the module, as far as the rules look at it.
type Package struct {
	// Path is relative to the module's root, with slashes; the root is ".".
	Path string
	// Doc is the package comment, from whichever file has one.
	Doc   string
	Files []File
	// Deps are the import paths that the package needs to build, its own
	// imports' imports included; tests do not count.
	Deps []string
}

// File is one Go file, for whatever system it is built.
type File struct {
	Name    string // relative to the module's root, with slashes
	Test    bool
	Lines   int
	Imports []string
	// Banned are the calls that tests must not make, as "12: time.Sleep".
	Banned []string
}

// Read parses every package of the module at root. Folders that the go
// command ignores, and modules nested in this one, are left out.
func Read(root string) ([]Package, error) {
	packages := map[string]*Package{}
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		relative = filepath.ToSlash(relative)
		if entry.IsDir() {
			if ignored(name, relative) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(relative, ".go") {
			return nil
		}
		source, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		file, doc, err := Parse(relative, source)
		if err != nil {
			return err
		}
		directory := path.Dir(relative)
		if packages[directory] == nil {
			packages[directory] = &Package{Path: directory}
		}
		packages[directory].Files = append(packages[directory].Files, file)
		if !file.Test && doc != "" {
			packages[directory].Doc = doc
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read packages below %s: %w", root, err)
	}
	if err := addDeps(root, packages); err != nil {
		return nil, err
	}
	var all []Package
	for _, key := range slices.Sorted(maps.Keys(packages)) {
		all = append(all, *packages[key])
	}
	return all, nil
}

// ignored reports whether the go command passes over a folder.
func ignored(name, relative string) bool {
	base := path.Base(relative)
	if relative == "." {
		return false
	}
	if strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata" || base == "vendor" {
		return true
	}
	_, err := os.Stat(filepath.Join(name, "go.mod"))
	return err == nil
}

// Parse reads one file and returns, next to it, its package comment.
func Parse(name string, source []byte) (File, string, error) {
	fileSet := token.NewFileSet()
	tree, err := parser.ParseFile(fileSet, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return File{}, "", fmt.Errorf("parse: %w", err)
	}
	file := File{
		Name:  name,
		Test:  strings.HasSuffix(name, "_test.go"),
		Lines: bytes.Count(source, []byte("\n")),
	}
	for _, spec := range tree.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return File{}, "", fmt.Errorf("parse import in %s: %w", name, err)
		}
		file.Imports = append(file.Imports, imported)
	}
	if file.Test {
		file.Banned = banned(fileSet, tree)
	}
	return file, tree.Doc.Text(), nil
}

// addDeps asks the go command what each package needs to build.
func addDeps(root string, packages map[string]*Package) error {
	command := exec.Command("go", "list", "-e", "-json=ImportPath,Deps", "./...")
	command.Dir = root
	var complaints bytes.Buffer
	command.Stderr = &complaints
	output, err := command.Output()
	if err != nil {
		return fmt.Errorf("go list: %w: %s", err, &complaints)
	}
	decoder := json.NewDecoder(bytes.NewReader(output))
	for {
		var listed struct {
			ImportPath string
			Deps       []string
		}
		if err := decoder.Decode(&listed); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read go list's answer: %w", err)
		}
		relative := strings.TrimPrefix(strings.TrimPrefix(listed.ImportPath, Module), "/")
		if relative == "" {
			relative = "."
		}
		if packages[relative] != nil {
			packages[relative].Deps = listed.Deps
		}
	}
}
