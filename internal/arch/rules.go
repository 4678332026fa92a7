package arch

import (
	"fmt"
	"slices"
	"strings"
)

const (
	// maxLines is where a file has taken on a second job.
	maxLines = 400
	// minDocWords is about one sentence that says something.
	minDocWords = 8

	testkitRoom = "internal/testkit"
)

// Check applies every rule to the packages and returns what is wrong, one
// sentence for each fault, each with the place and with what to do about it.
func Check(packages []Package) []string {
	rooms := Rooms()
	var faults []string
	for _, checked := range packages {
		room, known := find(rooms, checked.Path)
		if !known {
			faults = append(faults, fmt.Sprintf("package %s is not in the table: give it a row in internal/arch, .golangci.yml and docs/architecture.md", checked.Path))
		}
		faults = append(faults, checkDoc(checked)...)
		for _, file := range checked.Files {
			if known && !file.Test {
				faults = append(faults, checkArrows(rooms, room, file)...)
			}
			faults = append(faults, checkFile(file)...)
		}
		faults = append(faults, checkFences(checked)...)
	}
	return faults
}

// checkDoc wants a package comment that is at least a sentence.
func checkDoc(checked Package) []string {
	doc := strings.TrimSpace(checked.Doc)
	switch {
	case doc == "":
		return []string{fmt.Sprintf("package %s has no package comment: say what it is for, how it is used and what it promises", checked.Path)}
	case !strings.HasPrefix(doc, "Package ") && !strings.HasPrefix(doc, "Command "):
		return []string{fmt.Sprintf("package %s: its comment does not begin with \"Package\" or \"Command\" and its name", checked.Path)}
	case len(strings.Fields(doc)) < minDocWords || !strings.Contains(doc, "."):
		return []string{fmt.Sprintf("package %s: its comment %q says too little: write a sentence or two on purpose, use and promises", checked.Path, doc)}
	}
	return nil
}

// checkArrows holds a file's imports of this module against the table. Tests
// are exempt: they may join rooms, and Go itself keeps them free of cycles.
func checkArrows(rooms []Room, from Room, file File) []string {
	var faults []string
	for _, imported := range file.Imports {
		relative, ours := strings.CutPrefix(imported, Module+"/")
		if !ours {
			continue
		}
		to, known := find(rooms, relative)
		switch {
		case !known:
			faults = append(faults, fmt.Sprintf("%s imports %s, which is not in the table", file.Name, imported))
		case relative == testkitRoom:
			faults = append(faults, fmt.Sprintf("%s imports %s, which is for tests only", file.Name, imported))
		case !Allows(from, to):
			faults = append(faults, fmt.Sprintf("%s imports %s: %s (level %d) may not import %s (level %d); declare an interface in the user's words and join them in cmd/daymark", file.Name, imported, from.Path, from.Level, to.Path, to.Level))
		}
	}
	return faults
}

// checkFences looks at what the package needs to build, and at what its tests
// import by themselves.
func checkFences(checked Package) []string {
	var own, faults []string
	for _, file := range checked.Files {
		if !file.Test {
			own = append(own, file.Imports...)
		}
	}
	for _, fence := range Fences() {
		if slices.Contains(fence.Rooms, checked.Path) {
			continue
		}
		needed := own
		if !fence.Exact {
			needed = slices.Concat(own, checked.Deps)
		}
		if i := slices.IndexFunc(needed, fence.holds); i >= 0 {
			faults = append(faults, fmt.Sprintf("package %s depends on %s: %s", checked.Path, needed[i], fence.Why))
		}
		if fence.OpenToTests && !slices.Contains(Light(), checked.Path) {
			continue
		}
		for _, file := range checked.Files {
			if i := slices.IndexFunc(file.Imports, fence.holds); file.Test && i >= 0 {
				faults = append(faults, fmt.Sprintf("%s imports %s: %s", file.Name, file.Imports[i], fence.Why))
			}
		}
	}
	return faults
}

// holds reports whether an import path lies behind the fence.
func (f Fence) holds(imported string) bool {
	if imported == f.Library {
		return true
	}
	return !f.Exact && strings.HasPrefix(imported, f.Library+"/")
}

// checkFile holds what concerns one file alone.
func checkFile(file File) []string {
	var faults []string
	if !file.Test && file.Lines > maxLines {
		faults = append(faults, fmt.Sprintf("%s has %d lines, more than %d: split it by job", file.Name, file.Lines, maxLines))
	}
	for _, call := range file.Banned {
		faults = append(faults, fmt.Sprintf("%s:%s in a test: wait on a channel or use testing/synctest instead of sleeping, and fail instead of skipping", file.Name, call))
	}
	return faults
}
