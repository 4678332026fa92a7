package config

import (
	"slices"
	"strings"
	"unicode"
)

// source is the file by lines, for places inside scalars.
type source struct {
	lines  [][]rune
	text   string  // the scalar asked for last, with
	at     place   // its place and
	places []place // those of its characters
}

func splitLines(source string) [][]rune {
	source = strings.TrimPrefix(source, "\uFEFF")
	source = strings.ReplaceAll(strings.ReplaceAll(source, "\r\n", "\n"), "\r", "\n")
	var lines [][]rune
	for line := range strings.SplitSeq(source, "\n") {
		lines = append(lines, []rune(line))
	}
	return lines
}

// within gives the place in the file of a line and column, both from 1 and in
// characters, of a scalar's text. Where the text is not simply that of the
// file (secrets were filled in), it is the beginning of the scalar.
func (s *source) within(n *node, line, column int) place {
	if n.secret {
		return n.at
	}
	if s.places == nil || s.at != n.at || s.text != n.written {
		s.at, s.text, s.places = n.at, n.written, s.align(n)
	}
	places := s.places
	at, index := 1, 0
	for _, c := range n.written {
		if at == line {
			break
		}
		if c == '\n' {
			at++
		}
		index++
	}
	index += column - 1
	switch {
	case len(places) == 0 || index < 0:
		return n.at
	case index < len(places):
		return places[index]
	}
	last := places[len(places)-1]
	return place{last.line, last.column + 1}
}

// align gives the place of each character of a scalar, by reading its value
// and the file side by side: characters follow each other in both, with
// indentation, folded line ends, doubled quotes and escapes between them only
// in the file. Empty where they disagree.
func (s *source) align(n *node) []place {
	r := &reader{lines: s.lines, at: place{n.at.line, n.at.column}}
	switch n.style {
	case block:
		r.at = place{n.at.line + 1, 1}
	case single, double:
		r.at.column++
	}
	places := []place{}
	for _, want := range n.written {
		at, ok := r.next(want, n.style)
		if !ok {
			return []place{}
		}
		places = append(places, at)
	}
	return places
}

// reader goes through the file character by character; the end of a line is
// the character '\n'.
type reader struct {
	lines [][]rune
	at    place
}

func (r *reader) peek(ahead int) (rune, bool) {
	if r.at.line > len(r.lines) {
		return 0, false
	}
	line := r.lines[r.at.line-1]
	i := r.at.column - 1 + ahead
	switch {
	case i < len(line):
		return line[i], true
	case i == len(line):
		return '\n', true
	}
	return 0, false
}

func (r *reader) skip(count int) {
	for range count {
		if c, _ := r.peek(0); c == '\n' {
			r.at = place{r.at.line + 1, 1}
		} else {
			r.at.column++
		}
	}
}

// next finds the character that stands for want and goes behind it.
func (r *reader) next(want rune, style style) (place, bool) {
	for {
		got, ok := r.peek(0)
		if !ok {
			return place{}, false
		}
		at := r.at
		switch {
		case style == double && got == '\\':
			after, _ := r.peek(1)
			length := escapeLength(after)
			if r.surrogates(after) {
				length = 12
			}
			r.skip(length)
			if after == '\n' {
				continue // a line end that the value does not have
			}
			return at, true
		case style == single && got == '\'' && want == '\'':
			r.skip(2)
			return at, true
		case got == want:
			r.skip(1)
			return at, true
		case unicode.IsSpace(want) && got == '\n':
			r.skip(1) // a line end, folded
			return at, true
		case unicode.IsSpace(want) && !unicode.IsSpace(got):
			return at, true // what was folded has been passed
		case !unicode.IsSpace(got):
			return place{}, false
		}
		r.skip(1)
	}
}

// surrogates says whether an escape is the first half of a pair.
func (r *reader) surrogates(kind rune) bool {
	d, _ := r.peek(2)
	eighth, _ := r.peek(3)
	return kind == 'u' && (d == 'd' || d == 'D') && slices.Contains([]rune("89abAB"), eighth)
}

// escapeLength gives the characters of an escape, its backslash included.
func escapeLength(kind rune) int {
	switch kind {
	case 'x':
		return 4
	case 'u':
		return 6
	case 'U':
		return 10
	}
	return 2
}
