package lang

import (
	"strings"
	"sync"

	"golang.org/x/text/language"
)

// maxAccept bounds what is read of a header, and maxRemembered how many
// headers are remembered: browsers send few different ones.
const maxAccept, maxRemembered = 500, 1000

// Choice picks languages out of those that are offered, by what browsers ask
// for. It is safe for use by many at once.
type Choice struct {
	offered []string
	matcher language.Matcher

	mu    sync.RWMutex
	known map[string]string // by header
}

// NewChoice offers languages by their tags; with none, English.
func NewChoice(offered []string) *Choice {
	if len(offered) == 0 {
		offered = []string{English().Tag}
	}
	c := &Choice{offered: offered, known: map[string]string{}}
	var have []language.Tag
	for _, tag := range offered {
		have = append(have, language.Make(tag))
	}
	c.matcher = language.NewMatcher(have)
	return c
}

// Match gives the tag that an Accept-Language header asks for most: the first
// where it asks for none.
func (c *Choice) Match(header string) string {
	if header == "" {
		return c.offered[0]
	}
	if len(header) > maxAccept {
		header = header[:strings.LastIndexByte(header[:maxAccept], ',')+1]
	}
	c.mu.RLock()
	tag, known := c.known[header]
	c.mu.RUnlock()
	if known {
		return tag
	}
	tag = c.match(header)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) < maxRemembered {
		c.known[strings.Clone(header)] = tag
	}
	return tag
}

func (c *Choice) match(header string) string {
	wanted, _, err := language.ParseAcceptLanguage(header)
	if err != nil || len(wanted) == 0 {
		return c.offered[0]
	}
	_, at, confidence := c.matcher.Match(wanted...)
	if confidence == language.No {
		return c.offered[0]
	}
	return c.offered[at]
}

// Match is Choice.Match for one header.
func Match(header string, offered []string) string { return NewChoice(offered).Match(header) }
