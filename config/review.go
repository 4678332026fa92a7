package config

import (
	"fmt"
	"slices"
	"strings"
)

// review finds what is wrong between the parts of a document that each fits
// its place, and fills in what one part takes from another.
type review struct {
	*decoder
	doc *Document
}

// all runs every review. Each goes on where another found faults, so that all
// are told at once.
func (r *review) all() {
	r.page()
	r.server()
	r.canary()
	r.lease()
	r.regions()
	r.ids()
	r.components()
	r.checks()
	r.severities()
	r.incidents()
	r.slas()
	r.slos()
	r.people()
	r.rotas()
	r.messages()
	r.staff()
}

// at tells a fault at a path.
func (r *review) at(path, format string, args ...any) {
	r.fault(placeIn(r.nodes, path), path, format, args...)
}

// keyAt gives the place of the key of a path.
func (r *review) keyAt(path string) place {
	if n, ok := r.nodes[path]; ok {
		return n.keyAt
	}
	return placeIn(r.nodes, path)
}

// quoted writes the value at a path as it stands in the file.
func (r *review) quoted(path, value string) string {
	if n, ok := r.nodes[path]; ok && n.written != "" {
		return shown(n)
	}
	return fmt.Sprintf("%q", value)
}

// refers tells a fault when value is none of the ids that it can be. An empty
// value refers to nothing.
func (r *review) refers(path, value, what string, ids []string) bool {
	if value == "" || slices.Contains(ids, value) {
		return true
	}
	hint := ""
	meant := ""
	if !r.faults.many() {
		meant = nearest(value, ids)
	}
	switch {
	case len(ids) == 0:
		hint = "the file has none"
	case meant != "" && !r.secretAt(path):
		hint = fmt.Sprintf("%q is probably meant, of %s", meant, choices(ids))
	default:
		hint = "there are " + choices(ids)
	}
	r.at(path, "there is no %s %s: %s", what, r.quoted(path, value), hint)
	return false
}

func (r *review) secretAt(path string) bool {
	n, ok := r.nodes[path]
	return ok && n.secret
}

// has says whether the file gives a value at a path.
func (r *review) has(path string) bool {
	n, ok := r.nodes[path]
	return ok && !n.empty()
}

// unique tells a fault for each id that stands twice.
func (r *review) unique(what string, paths, ids []string) {
	first := map[string]string{}
	for i, id := range ids {
		if id == "" {
			continue
		}
		if before, twice := first[id]; twice {
			r.at(paths[i], "%s is already the id of a %s, on line %d: an id stands once",
				r.quoted(paths[i], id), what, placeIn(r.nodes, before).line)
			continue
		}
		first[id] = paths[i]
	}
}

// once tells a fault for each item of a list that stands twice.
func (r *review) once(path string, items []string) {
	seen := map[string]bool{"": false}
	for i, item := range items {
		if !seen[item] {
			seen[item] = item != ""
		} else {
			r.at(index(path, i), "%s stands twice in this list", r.quoted(index(path, i), item))
		}
	}
}

// index gives the path of an item of a list.
func index(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// idsOf gives the ids of a list, each once, and tells those that stand twice.
func idsOf[T any](r *review, list string, items []T, id func(*T) string) []string {
	var ids, paths []string
	for i := range items {
		ids = append(ids, id(&items[i]))
		paths = append(paths, index(list, i)+".id")
	}
	what := strings.TrimSuffix(list[strings.LastIndexByte(list, '.')+1:], "s")
	if what == "people" {
		what = "person"
	}
	r.unique(what, paths, ids)
	var known []string
	seen := map[string]bool{"": true}
	for _, id := range ids {
		if !seen[id] {
			known = append(known, id)
		}
		seen[id] = true
	}
	return known
}
