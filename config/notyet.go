package config

import (
	"slices"
	"strings"
)

// offWords are the words that switch a part off, by the patterns of their
// places. Empty values and false switch any part off, but for those of
// meantWhenFalse.
var offWords = map[string]string{
	"components[].sla":        "none",
	"slos[].alert":            "none",
	"support.rotas[].on_call": "always",
	"slas[].hours":            "always",
}

var meantWhenFalse = []string{"agents.private.deny"}

// NotYet tells what the file asks for and this version cannot do. works lists
// what it can, as patterns of paths: [] stands for each item of a list, * for
// each key of a mapping, and a pattern covers all that lies under it
// (page.theme, components[].checks[].http.url, slas[].*.channels). A part
// that is empty or off is not asked for; a part of which nothing works is
// told once.
func (d *Document) NotYet(works []string) []Fault {
	patterns := make([][]string, len(works))
	for i, pattern := range works {
		patterns[i] = segments(pattern)
	}
	n := &notYet{document: d, works: patterns}
	for _, e := range d.root.entries {
		n.visit(e.value)
	}
	return Faults(n.faults).arrange(d.secrets)
}

type notYet struct {
	document *Document
	works    [][]string
	faults   Faults
}

func (n *notYet) visit(at *node) {
	covered, leads := n.covers(segments(patternOf(at.path)))
	switch {
	case covered || !asked(at):
	case leads && len(at.entries)+len(at.items) > 0:
		for _, e := range at.entries {
			n.visit(e.value)
		}
		for _, item := range at.items {
			n.visit(item)
		}
	default:
		n.faults = append(n.faults, Fault{
			File: n.document.file, Line: at.at.line, Column: at.at.column, Path: at.path,
			Message: "does not work yet in this version: remove it or leave it empty",
		})
	}
}

// covers says whether some pattern covers a path, and whether some pattern
// lies under it.
func (n *notYet) covers(path []string) (covered, leads bool) {
	for _, pattern := range n.works {
		shorter := min(len(path), len(pattern))
		if !slices.EqualFunc(path[:shorter], pattern[:shorter], func(key, pattern string) bool {
			return pattern == "*" && key != "[]" || key == pattern
		}) {
			continue
		}
		if len(pattern) <= len(path) {
			return true, false
		}
		leads = true
	}
	return false, leads
}

// asked says whether a part of the file asks for anything.
func asked(n *node) bool {
	switch n.shape {
	case mapping:
		return slices.ContainsFunc(n.entries, func(e entry) bool { return asked(e.value) })
	case sequence:
		return slices.ContainsFunc(n.items, asked)
	case truth:
		return n.value == "true" || slices.Contains(meantWhenFalse, n.pattern)
	}
	off, has := offWords[n.pattern]
	return !n.empty() && (!has || off != n.value)
}

// segments splits components[].checks into components, [] and checks.
func segments(path string) []string {
	return strings.Split(strings.ReplaceAll(path, "[]", ".[]"), ".")
}
