package lang

import "strings"

// List joins names: "A", "A and B", "A, B and C".
func (l *Language) List(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return l.Text("list.and", Values{"first": strings.Join(names[:last], l.Text("list.comma", nil)), "last": names[last]})
}

// Few joins names of which at most so many are said: "A, B and 3 more".
func (l *Language) Few(names []string, most int) string {
	if len(names) <= most {
		return l.List(names)
	}
	more := l.Count("list.more", len(names)-most, nil)
	return l.List(append(append([]string{}, names[:most]...), more))
}

// Or joins alternatives: "A", "A, or B", "A, B, or C".
func (l *Language) Or(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return l.Text("list.or", Values{"first": strings.Join(names[:last], l.Text("list.comma", nil)), "last": names[last]})
}
