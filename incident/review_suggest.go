package incident

import (
	"fmt"
	"strings"
)

// Suggested are words to begin a review with, from what is known; a part of
// which nothing is known is "".
type Suggested struct{ Summary, Causes, Well, Badly string }

// Suggest gives them. Nothing of it is written before a person does so.
func (d *Draft) Suggest() Suggested {
	inc := &d.Incident
	s := Suggested{Summary: inc.Name + ", from " + d.clock(inc.Since)}
	if !inc.Resolved.IsZero() {
		s.Summary += " until " + d.clock(inc.Resolved) + " (" + lasted(inc.Since, inc.Resolved) + ")"
	}
	s.Summary += ". It was " + inc.Worst.String() + " at its worst."
	var found, well, badly []string
	for _, e := range d.Entries {
		if e.Kind == Hypothesis || e.Kind == Agreement || e.Kind == DecisionOf {
			found = append(found, fmt.Sprintf("- %s (%s, %s)", strings.Join(strings.Fields(e.Text), " "), e.Kind, d.clock(e.At)))
		}
	}
	if at := inc.Care.Acknowledged; !at.IsZero() {
		well = append(well, "- Somebody had taken it "+lasted(inc.Opened, at)+" after it was seen.")
	}
	for _, p := range d.Promises {
		switch text := "- " + p.Kind.Title() + ", due by " + d.clock(p.Due); p.State(d.Now) {
		case PromiseBroken, PromiseLate:
			badly = append(badly, text+", was not kept.")
		case PromiseKept:
			if p.How == ByPerson {
				well = append(well, text+", was kept.")
			}
		case PromiseRuns, PromiseCalledOff:
		}
	}
	s.Causes, s.Well, s.Badly = strings.Join(found, "\n"), strings.Join(well, "\n"), strings.Join(badly, "\n")
	return s
}
