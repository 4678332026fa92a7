package statuspage

import (
	"maps"
	"slices"
	"strings"
)

// Ready lists the themes in which the overview is there for who asks next.
func (p *Page) Ready() []string {
	r := p.current.Load()
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(maps.Keys(r.overview))
}

// NotCopied lists the routes of which nobody has said whether a copy has them.
func (p *Page) NotCopied() []string {
	var all []string
	copied := p.copied()
	for _, r := range p.Routes() {
		_, has := copied[r.Pattern]
		if !has && !slices.ContainsFunc(liveOnly, func(prefix string) bool { return strings.HasPrefix(r.Pattern, prefix) }) {
			all = append(all, r.Pattern)
		}
	}
	return all
}

// NotServed lists the routes that a copy has and the page does not.
func (p *Page) NotServed() []string {
	var all []string
	routes := p.Routes()
	for pattern := range p.copied() {
		if !slices.ContainsFunc(routes, func(r Route) bool { return r.Pattern == pattern }) {
			all = append(all, pattern)
		}
	}
	return all
}
