package config

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"
)

// maxSecret bounds a secret in a file.
const maxSecret = 64 << 10

var envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// fill puts secrets where ${…} stands, in every scalar below n.
func (d *decoder) fill(n *node) {
	for _, e := range n.entries {
		d.fill(e.value)
	}
	for _, item := range n.items {
		d.fill(item)
	}
	if n.shape != text || !strings.Contains(n.written, "${") {
		return
	}
	var filled strings.Builder
	rest, passed := n.written, 0
	for {
		begin := strings.Index(rest, "${")
		if begin < 0 {
			break
		}
		filled.WriteString(rest[:begin])
		length := strings.IndexByte(rest[begin:], '}')
		if length < 0 {
			d.fault(d.inside(n, passed+begin), n.path, "a ${ begins here that no } ends")
			n.broken = true
			return
		}
		reference := rest[begin+2 : begin+length]
		value, secret, why := "", false, d.mayRefer(n, reference)
		if why == "" {
			value, secret, why = d.secret(reference)
		}
		switch {
		case why != "":
			d.fault(d.inside(n, passed+begin), n.path, "%s", why)
			n.broken = true
		case secret:
			n.secret = true
			if value != "" {
				d.secrets = append(d.secrets, value)
			}
		}
		filled.WriteString(value)
		rest, passed = rest[begin+length+1:], passed+begin+length+1
	}
	filled.WriteString(rest)
	n.value = filled.String()
}

// inside gives the place of a byte of a scalar that has no secrets filled in
// yet.
func (d *decoder) inside(n *node, index int) place {
	if d.faults.many() {
		return n.at
	}
	before := n.written[:index]
	line := strings.Count(before, "\n") + 1
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	unfilled := *n
	unfilled.secret = false
	return d.source.within(&unfilled, line, column)
}

// secret gives the value of what stands between ${ and }, whether it is a
// secret, and why it has none.
func (d *decoder) secret(reference string) (value string, secret bool, why string) {
	form, name, _ := strings.Cut(reference, ":")
	switch form {
	case "env", "agent-env":
		if !envName.MatchString(name) {
			return "", false, fmt.Sprintf("${%s} does not name an environment variable: write ${%s:NAME}", reference, form)
		}
		if form == "agent-env" {
			return "${" + reference + "}", false, "" // the agent fills it in
		}
		value, ok := d.options.LookupEnv(name)
		if !ok {
			return "", true, fmt.Sprintf("the environment variable %s is not set: set it where daymark runs", name)
		}
		return value, true, ""
	case "file":
		if name == "" {
			return "", false, "${file:} names no file: write ${file:PATH}"
		}
		return d.secretFile(name)
	}
	return "", false, fmt.Sprintf("${%s} is not known: write ${env:NAME}, ${file:PATH} or ${agent-env:NAME}", reference)
}

func (d *decoder) secretFile(name string) (value string, secret bool, why string) {
	content, err := d.options.ReadFile(d.resolve(name), maxSecret)
	switch {
	case err != nil:
		return "", true, fmt.Sprintf("the file %s cannot be read: %s", name, reason(err))
	case len(content) > maxSecret:
		return "", true, fmt.Sprintf("the file %s is larger than 64 KB, which no secret is", name)
	case !utf8.Valid(content):
		return "", true, fmt.Sprintf("the file %s is not text in UTF-8", name)
	}
	value = strings.TrimSuffix(string(content), "\n")
	return strings.TrimSuffix(value, "\r"), true, ""
}

// resolve makes a path of the configuration absolute.
func (d *decoder) resolve(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(d.base, path)
}
