package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A text that comes from elsewhere than the machine's own files is read within
// the document that runs: it may move no secret, and have no other file read.

var listIndex = regexp.MustCompile(`\[\d+\]`)

// patternOf gives a path without the numbers of its lists.
func patternOf(path string) string { return listIndex.ReplaceAllString(path, "[]") }

// use is a ${…} and where it stands.
type use struct{ pattern, reference string }

// uses lists what stands between ${ and } below a node.
func uses(n *node, into map[use]bool) {
	for _, e := range n.entries {
		uses(e.value, into)
	}
	for _, item := range n.items {
		uses(item, into)
	}
	if n.shape == text {
		for _, found := range reference.FindAllStringSubmatch(n.written, -1) {
			into[use{patternOf(n.path), found[1]}] = true
		}
	}
}

var reference = regexp.MustCompile(`\$\{([^}]*)\}`)

// mayRefer says why a reference is refused; "" is that it is not.
func (d *decoder) mayRefer(n *node, to string) string {
	within := d.options.Within
	if within == nil || within.uses[use{patternOf(n.path), to}] {
		return ""
	}
	return "${" + to + "} is not used here by the configuration that runs: a secret comes to a new place only by the file, from who runs the server"
}

// judged are the keys of a check that say when it runs and what is thought of
// it, and send nothing.
var judged = []string{"name", "schedule", "regions", "timeout", "attempts", "down_when", "up_when", "means", "expect", "degraded", "warn"}

// SendsAs says whether a check sends no secret, or sends what the check with
// its id in another document sends, and there: so whoever may only try it gets
// no secret out.
func (d *Document) SendsAs(running *Document, check string) bool {
	if !d.UsesSecrets(check) {
		return true
	}
	runs := running.checkNode(check)
	return runs != nil && slices.Equal(d.checkNode(check).sent(), runs.sent())
}

// UsesSecrets says whether anything of a check comes from an environment or a
// file.
func (d *Document) UsesSecrets(check string) bool {
	found := map[use]bool{}
	uses(d.checkNode(check), found)
	return len(found) > 0
}

// checkNode gives the check with this id as it is written, or nil.
func (d *Document) checkNode(id string) *node {
	for i, component := range d.Components {
		for k := range component.Checks {
			if component.Checks[k].ID == id {
				return d.nodes[fmt.Sprintf("components[%d].checks[%d]", i, k)]
			}
		}
	}
	return nil
}

// sent lists what of a check is sent, and where, each with its place in it.
func (n *node) sent() []string {
	var all []string
	for _, e := range n.entries {
		if !slices.Contains(judged, e.key) {
			all = append(all, e.value.flat(n.path)...)
		}
	}
	slices.Sort(all)
	return all
}

func (n *node) flat(below string) []string {
	all := []string{strings.TrimPrefix(n.path, below) + " " + n.written}
	for _, e := range n.entries {
		all = append(all, e.value.flat(below)...)
	}
	for _, item := range n.items {
		all = append(all, item.flat(below)...)
	}
	return all
}

// recordFiles has a document know which files were read for it, and keeps a
// text that is read within another one to the files of that one.
func (o Options) recordFiles(into map[string]bool) Options {
	read := o.ReadFile
	o.ReadFile = func(path string, most int64) ([]byte, error) {
		if o.Within != nil && !o.Within.files[path] {
			return nil, errors.New("the configuration that runs does not name it: a new file is named by who runs the server")
		}
		into[path] = true
		return read(path, most)
	}
	return o
}
