package checker

import (
	"fmt"
	"net/url"
	"strings"
)

// inHost refuses a value that would choose the server that is asked.
const inHost = "a saved value may not stand in the host of an address: it may follow the first / after it"

// HostPlaceholder finds the first {{name}} of an address that stands before
// the end of its host, where no value may stand; -1 where there is none. One
// that begins the address stands for a whole one and is not meant.
func HostPlaceholder(address string) int {
	for _, found := range placeholder.FindAllStringIndex(address, -1) {
		if found[0] > 0 && partOf(address[:found[0]]) == partHost && !strings.HasPrefix(address, "{{") {
			return found[0]
		}
	}
	return -1
}

// part is a place in an address that escapes by rules of its own.
type part int

const (
	partHost part = iota // or before it
	partPath
	partQuery
	partFragment
)

// partOf tells where what follows a piece of an address stands.
func partOf(before string) part {
	before, _, fragment := strings.Cut(before, "#")
	before, _, query := strings.Cut(before, "?")
	_, after, schemed := strings.Cut(before, "://")
	switch {
	case !schemed:
		return partHost
	case fragment:
		return partFragment
	case query:
		return partQuery
	case strings.Contains(after, "/"):
		return partPath
	}
	return partHost
}

// url escapes each value for where it lands, so that it can neither lead to
// another server nor become more than one value. A placeholder that begins the
// address stands for an address.
func (f *filler) url(text string) string {
	return f.each(text, func(name string, saved any, before, after string) string {
		value := textOf(saved)
		if before == "" {
			f.address(name, value, after)
			return value
		}
		switch partOf(before) {
		case partQuery:
			return url.QueryEscape(value)
		case partPath, partFragment:
			return escapeAll(value)
		}
		f.fail(unknown(inHost))
		return ""
	})
}

// address refuses a saved value that is no address to go to, or whose host
// would go on in the text after it. It does not tell the value.
func (f *filler) address(name, value, after string) {
	address, err := url.Parse(value)
	switch {
	case err != nil || address.Host == "" || address.Scheme != "http" && address.Scheme != "https":
		f.fail(failed("what was saved as " + name + " is not an address to go to"))
	case partOf(value) == partHost && after != "" && !strings.ContainsAny(after[:1], "/?#{"):
		f.fail(unknown(fmt.Sprintf("what was saved as %s ends with a host, and %q would become a part of it: begin that with /", name, clip(after, 80))))
	}
}

// escapeAll escapes all but what never has a meaning of its own. A value of
// dots alone would otherwise lead to another folder.
func escapeAll(value string) string {
	if strings.Trim(value, ".") == "" {
		return strings.ReplaceAll(value, ".", "%2E")
	}
	return strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
}
