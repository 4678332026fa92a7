package config

import (
	"regexp"
	"slices"
	"strings"
)

// Hidden stands in Shown where a secret was written out.
const Hidden = "(hidden)"

// Text gives the document as it is written in the file.
func (d *Document) Text() string { return d.written }

// Shown gives the document as it is written, for people: secrets that are
// written out, which none should be, are hidden. hidden counts them; whole is
// false, and the text empty, where one cannot be hidden.
func (d *Document) Shown() (text string, hidden int, whole bool) {
	source := source{lines: splitLines(d.written)}
	var found []*node
	writtenOut(d.root, "", func(n *node) { found = append(found, n) })
	for _, n := range slices.Backward(found) { // from the end, so that places hold
		if !source.hide(n) {
			return "", len(found), false
		}
	}
	lines := make([]string, len(source.lines))
	for i, line := range source.lines {
		lines[i] = string(line)
	}
	return strings.Join(lines, "\n"), len(found), true
}

// hide takes a scalar out of the lines.
func (s *source) hide(n *node) bool {
	places := s.align(n)
	if len(places) == 0 {
		return false
	}
	first, last := map[int]int{}, map[int]int{} // columns, by line
	for _, at := range places {
		if first[at.line] == 0 || at.column < first[at.line] {
			first[at.line] = at.column
		}
		last[at.line] = max(last[at.line], at.column)
	}
	for at, from := range first {
		line := s.lines[at-1]
		to := min(last[at], len(line))
		if from > to {
			continue // the end of a line
		}
		mark := ""
		if at == places[0].line {
			mark = Hidden
		}
		s.lines[at-1] = slices.Concat(line[:from-1], []rune(mark), line[to:])
	}
	return true
}

// noSecretsWithin refuses secrets that are written out in a text that comes
// from elsewhere than the file.
func (d *decoder) noSecretsWithin(root *node) {
	if d.options.Within == nil {
		return
	}
	writtenOut(root, "", func(n *node) {
		d.fault(n.at, n.path, "a secret is not written out: name it by ${env:NAME} or ${file:PATH}, as everybody can read this who may read the configuration")
	})
}

// writtenOut calls tell with each scalar that is a secret itself and not the
// name of one. beside is what names the scalar where its key does not.
func writtenOut(n *node, beside string, tell func(*node)) {
	label := labelOf(n)
	for _, e := range n.entries {
		if e.key == "save" {
			continue // names of values, and expressions
		}
		writtenOut(e.value, label, tell)
	}
	for _, item := range n.items {
		writtenOut(item, "", tell)
	}
	if n.shape != mapping && n.shape != sequence && n.shape != null && secretScalar(n, beside) {
		tell(n)
	}
}

// labelOf gives what a journey's step fills in.
func labelOf(n *node) string {
	if field := n.find("field"); field != nil {
		return field.written
	}
	return ""
}

var (
	// secretKeys name secrets, beside those that look so.
	secretKeys = []string{
		"bearer", "routing_key", "slack", "teams", "discord",
		"authorization", "proxy-authorization", "cookie",
	}
	// noSecrets look like secrets and are none.
	noSecrets = []string{"server.metrics", "server.access.second_factor"}

	signedIn = regexp.MustCompile(`://[^/\s:@?#]*:[^/\s@?#]+@`)
)

// secretScalar tells whether a scalar is a secret that is written out.
func secretScalar(n *node, beside string) bool {
	value := n.written
	switch {
	case value == "" || reference.MatchString(value) || placeholder.MatchString(value) || slices.Contains(noSecrets, n.path):
		return false
	case strings.Contains(value, "PRIVATE KEY-----") || signedIn.MatchString(value) || HideInner(value) != value:
		return true
	case strings.Contains(n.path, ".headers.") && LetsIn(n.path[strings.LastIndex(n.path, ".headers.")+len(".headers."):]):
		return true
	}
	key := n.path[strings.LastIndexByte(n.path, '.')+1:]
	if key == "with" {
		return looksSecret(beside)
	}
	return looksSecret(key) || slices.Contains(secretKeys, strings.ToLower(key))
}
