package config

import (
	"errors"
	"regexp"
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
