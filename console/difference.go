package console

import (
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
)

// Difference writes how one text becomes another, as patches are written; "" is
// that they are the same.
func Difference(from, to, fromName, toName string) string {
	text := string(diff.Diff(fromName, []byte(from), toName, []byte(to)))
	_, text, _ = strings.Cut(text, "\n") // diff FROM TO, which the next lines say
	return text
}

// diffLine is a line of a difference, for a page.
type diffLine struct {
	Kind string // same, added, gone, or place: of lines that are left out
	Old  int    // its number before; 0: it was not there
	New  int    // its number now; 0: it is not there
	Text string
}

// differenceOf gives the difference line by line.
func differenceOf(from, to string) []diffLine {
	text := Difference(from, to, "a", "b")
	var lines []diffLine
	before, now := 0, 0
	for at, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		switch {
		case at < 2 || line == "": // the names
		case line[0] == '@':
			before, now = hunk(line)
			lines = append(lines, diffLine{Kind: "place", Old: before, New: now})
		case line[0] == '+':
			lines = append(lines, diffLine{Kind: "added", New: now, Text: line[1:]})
			now++
		case line[0] == '-':
			lines = append(lines, diffLine{Kind: "gone", Old: before, Text: line[1:]})
			before++
		case line[0] == ' ':
			lines = append(lines, diffLine{Kind: "same", Old: before, New: now, Text: line[1:]})
			before++
			now++
		}
	}
	return lines
}

// hunk reads "@@ -12,7 +12,9 @@".
func hunk(line string) (before, now int) {
	for part := range strings.FieldsSeq(line) {
		first, _, _ := strings.Cut(part[1:], ",")
		switch part[0] {
		case '-':
			before, _ = strconv.Atoi(first) // it is a number
		case '+':
			now, _ = strconv.Atoi(first) // as above
		}
	}
	return before, now
}
