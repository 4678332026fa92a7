package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"daymark/internal/redact"
)

// Fault is one thing that is wrong with a configuration file.
type Fault struct {
	File    string
	Line    int    // from 1; 0: the file as a whole
	Column  int    // from 1, in characters
	Path    string // such as components[1].checks[0].http.url; empty: the document
	Message string // what is wrong and what would be right
}

// String writes FILE:LINE:COLUMN: path: message.
func (f Fault) String() string {
	var text strings.Builder
	text.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&text, ":%d:%d", f.Line, f.Column)
	}
	text.WriteString(": ")
	if f.Path != "" {
		text.WriteString(f.Path + ": ")
	}
	text.WriteString(f.Message)
	return text.String()
}

// Faults are all that is wrong with a file, in the order of their places. As
// an error it has a line for each.
type Faults []Fault

// maxFaults bounds what one file can say is wrong with it.
const maxFaults = 500

// Error writes one line a fault.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.String()
	}
	return strings.Join(lines, "\n")
}

// many says whether there are more faults than are told, so that the work for
// a good message is in vain.
func (f Faults) many() bool { return len(f) > maxFaults }

// arrange sorts the faults by their place, drops what was said twice, takes
// out secrets and bounds the number.
func (f Faults) arrange(secrets []string) Faults {
	redactor := redact.New(secrets...)
	for i := range f {
		f[i].Message = redactor.String(f[i].Message)
		f[i].Path = redactor.String(f[i].Path)
	}
	slices.SortStableFunc(f, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Path, b.Path))
	})
	f = slices.Compact(f)
	if left := len(f) - maxFaults; left > 0 {
		last := f[maxFaults-1]
		f = append(f[:maxFaults], Fault{
			File: last.File, Line: last.Line, Column: last.Column,
			Message: fmt.Sprintf("and %d more", left),
		})
	}
	return f
}

// nearest gives the known word that was probably meant, or "".
func nearest(word string, known []string) string {
	best, least := "", min(max(len(word)/3, 1)+1, len(word))
	for _, candidate := range known {
		if d := distance(strings.ToLower(word), strings.ToLower(candidate)); d < least {
			best, least = candidate, d
		}
	}
	return best
}

// distance counts the letters to insert, delete, replace or swap with their
// neighbour to get from a to b.
func distance(a, b string) int {
	const most = 64 // no key is longer, and the work is the product
	if len(a) > most || len(b) > most {
		return most
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

// choices lists words for a message, the first few of many.
func choices(words []string) string {
	const most = 30
	if len(words) > most {
		return strings.Join(words[:most], ", ") + ", …"
	}
	return strings.Join(words, ", ")
}
