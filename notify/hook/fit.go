package hook

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"unicode/utf16"
)

// webAddress is an address inside a text.
var webAddress = regexp.MustCompile(`https?://[^\s<>|\[\]()"` + "`" + `]+`)

// fit writes a text in a platform's own escapes, of at most so many UTF-16
// units, which is how the strictest of them counts. What does not fit is cut
// off between two characters, never within an escape, and … says so.
// Addresses are left whole, by their own escape.
func fit(text string, most int, escape func(rune) string, address func(string) string) string {
	var b strings.Builder
	text = strings.ToValidUTF8(text, "\uFFFD")
	used, from := 0, 0
	put := func(piece string, left int) bool {
		n, room := units(piece), most-used
		if left > 0 {
			room-- // for …
		}
		if n > room {
			return false
		}
		b.WriteString(piece)
		used += n
		return true
	}
	end := func() string {
		return strings.TrimRight(b.String(), " \n") + "…"
	}
	runes := func(part string, after int) bool {
		for i, r := range part {
			if !put(escape(r), len(part)-i-len(string(r))+after) {
				return false
			}
		}
		return true
	}
	for _, at := range webAddress.FindAllStringIndex(text, -1) {
		if !runes(text[from:at[0]], len(text)-at[0]) || !put(address(text[at[0]:at[1]]), len(text)-at[1]) {
			return end()
		}
		from = at[1]
	}
	if !runes(text[from:], 0) {
		return end()
	}
	return b.String()
}

// units counts as JavaScript does.
func units(text string) int {
	n := 0
	for _, r := range text {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

// plainly is for texts that nothing is escaped in.
func plainly(text string, most int) string {
	return fit(text, most, func(r rune) string { return string(r) }, func(s string) string { return s })
}

// encode writes JSON that leaves < and & readable: no browser reads it.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}
