package config

import (
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/token"
)

// plain gives the text with LF line ends and without a byte order mark, and
// refuses what no configuration needs and the library is slow or wrong at.
func (g *grower) plain(source string) (string, bool) {
	if len(source) > maxFile {
		g.fault(place{}, "", "the file is larger than 1 MB, which a configuration never is")
		return "", false
	}
	source = strings.TrimPrefix(source, "\uFEFF")
	source = strings.ReplaceAll(source, "\r\n", "\n")
	source = strings.ReplaceAll(source, "\r", "\n")
	number, blank := 0, 0
	for line := range strings.SplitSeq(source, "\n") {
		number++
		if blank++; strings.TrimSpace(line) != "" {
			blank = 0
		}
		if blank == maxBlank+1 {
			g.fault(place{number, 1}, "", "more than %d empty lines stand here, which a configuration never has", maxBlank)
		}
		if !utf8.ValidString(line) {
			g.fault(place{number, 1}, "", "this line is not UTF-8: save the file as UTF-8")
			continue
		}
		if i := strings.IndexFunc(line, forbidden); i >= 0 {
			g.fault(place{number, utf8.RuneCountInString(line[:i]) + 1}, "", "the character %+q is not allowed in YAML", line[i:i+1])
		}
		if utf8.RuneCountInString(line) > maxLine {
			g.fault(place{number, maxLine + 1}, "", "this line is longer than %d characters: write it as a block (|) over several lines", maxLine)
		}
		if i := strings.IndexByte(line, '\t'); i >= 0 && !commented(line[:i]) {
			g.fault(place{number, utf8.RuneCountInString(line[:i]) + 1}, "", `a tab stands here: use spaces (in a text, "\t" in double quotes)`)
		}
	}
	return source, len(g.faults) == 0
}

// forbidden says whether YAML lets a character stand nowhere.
func forbidden(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f || r == 0xFEFF }

// commented says whether a comment (or something alike inside a text) has
// begun.
func commented(before string) bool {
	return strings.HasPrefix(before, "#") || strings.Contains(before, " #")
}

// refused tells why a part of YAML is not for configurations.
var refused = map[token.Type]string{
	token.AnchorType:     "anchors (&name) are not used in a configuration: write the value where it is needed",
	token.AliasType:      "aliases (*name) are not used in a configuration: write the value where it is needed, in quotes if it begins with *",
	token.MergeKeyType:   "merge keys (<<) are not used in a configuration: write the keys where they are needed",
	token.TagType:        "tags (!name) are not used in a configuration: leave it out, or write the value in quotes if it begins with !",
	token.DirectiveType:  "directives (%NAME) are not used in a configuration: leave it out, or write the value in quotes if it begins with %",
	token.MappingKeyType: "keys with a question mark are not used in a configuration: write key: value",
}

// allowed looks for the parts of YAML that configurations do without; each
// kind is told once.
func (g *grower) allowed(tokens token.Tokens) bool {
	told := map[token.Type]bool{}
	for _, t := range tokens {
		if why, is := refused[t.Type]; is && !told[t.Type] {
			told[t.Type] = true
			g.fault(placeOf(t), "", "%s", why)
		}
	}
	if deep := tooDeep(tokens); deep != nil {
		g.fault(placeOf(deep), "", "this is nested more than %d deep, which a configuration never is", maxDepth)
	}
	if key := tooMany(tokens); key != nil {
		g.fault(placeOf(key), "", "this mapping has more than %d keys, which a configuration never has", maxKeys)
	}
	return len(g.faults) == 0
}

// tooDeep gives the first token that is nested too deep for any
// configuration: by brackets, by dashes on one line, or by indentation.
func tooDeep(tokens token.Tokens) *token.Token {
	brackets, dashes, line := 0, 0, 0
	for _, t := range tokens {
		if t.Position == nil {
			continue
		}
		if t.Position.Line != line {
			line, dashes = t.Position.Line, 0
			if t.Position.Column > maxIndent && brackets == 0 && t.Type != token.CommentType {
				return t
			}
		}
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			brackets++
		case token.MappingEndType, token.SequenceEndType:
			brackets--
		case token.SequenceEntryType:
			dashes++
		}
		if brackets > maxDepth || dashes > maxDepth {
			return t
		}
	}
	return nil
}

// tooMany gives the first key of a mapping that has too many for the library,
// which takes the square of their number.
func tooMany(tokens token.Tokens) *token.Token {
	var keys [maxIndent + 1]int // by column, of the mappings around this token
	brackets := 0
	for _, t := range tokens {
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			brackets++
		case token.MappingEndType, token.SequenceEndType:
			brackets--
		}
		key := t.Type == token.MappingValueType && t.Prev != nil
		if brackets > 0 || !key && t.Type != token.SequenceEntryType {
			continue
		}
		if key {
			t = t.Prev
		}
		column := min(placeOf(t).column, maxIndent)
		clear(keys[column+1:])
		if key {
			keys[column]++
		}
		if keys[column] > maxKeys {
			return t
		}
	}
	return nil
}
