package incident

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// HandoverNote is what those who go off call tell those who come on.
type HandoverNote struct {
	Rota         string
	At           time.Time // of the hand-over, in the rota's zone; zero: none is to come
	LeadOff      string    // names; "" is nobody
	LeadOn       string
	EngineerOff  string
	EngineerOn   string
	Incidents    []Incident           // open, warnings included
	Maintenances []PlannedMaintenance // not done
	Names        map[string]string    // of people, by id
	Written      time.Time
	Zone         *time.Location
}

// Markdown writes the note: who goes and who comes, the open incidents, the
// worst first, with what is promised next, the warnings, and planned work.
func (n *HandoverNote) Markdown() string {
	var b strings.Builder
	when := "no hand-over is to come"
	if !n.At.IsZero() {
		when = n.time(n.At)
	}
	fmt.Fprintf(&b, "# Hand-over of %s: %s\n\n", cell(n.Rota), when)
	b.WriteString("| | goes off | comes on |\n|---|---|---|\n")
	fmt.Fprintf(&b, "| Support Lead | %s | %s |\n", person(n.LeadOff), person(n.LeadOn))
	fmt.Fprintf(&b, "| Support Engineer | %s | %s |\n", person(n.EngineerOff), person(n.EngineerOn))
	n.incidents(&b)
	n.warnings(&b)
	n.planned(&b)
	fmt.Fprintf(&b, "\nWritten by Daymark at %s.\n", n.time(n.Written))
	return b.String()
}

func (n *HandoverNote) incidents(b *strings.Builder) {
	open := slices.DeleteFunc(slices.Clone(n.Incidents), func(i Incident) bool { return i.Warns() || !i.Open() })
	slices.SortStableFunc(open, func(x, y Incident) int {
		switch {
		case x.Severity.Worse(y.Severity):
			return -1
		case y.Severity.Worse(x.Severity):
			return 1
		}
		return x.Since.Compare(y.Since)
	})
	b.WriteString("\n## Open incidents\n\n")
	if len(open) == 0 {
		b.WriteString("No incident is open.\n")
		return
	}
	b.WriteString("| id | severity | since | state | what | lead | engineer | next promise |\n|---|---|---|---|---|---|---|---|\n")
	for i := range open {
		inc := &open[i]
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s | %s |\n",
			inc.ID, inc.Severity, n.time(inc.Since), inc.Phase, cell(inc.Name), n.name(inc.Care.Holders.Lead), n.name(inc.Care.Holders.Engineer), n.promise(inc))
	}
}

// promise says what is owed next, and whether that is late already.
func (n *HandoverNote) promise(inc *Incident) string {
	next := inc.Promise
	for i := range inc.Clocks {
		if next == nil || inc.Clocks[i].Due.Before(next.Due) {
			next = &inc.Clocks[i]
		}
	}
	if next == nil {
		return "none"
	}
	text := strings.ToLower(next.Kind.Title()) + " by " + n.time(next.Due)
	if next.Due.Before(n.Written) {
		text += ", which is over"
	}
	return text
}

func (n *HandoverNote) warnings(b *strings.Builder) {
	begun := false
	for i := range n.Incidents {
		inc := &n.Incidents[i]
		if !inc.Warns() || !inc.Open() {
			continue
		}
		if !begun {
			b.WriteString("\n## Warnings\n\n")
			begun = true
		}
		fmt.Fprintf(b, "- %s, since %s: %s\n", cell(inc.Check), n.time(inc.Since), cell(strings.TrimPrefix(inc.Reason, P4.String()+": ")))
	}
}

func (n *HandoverNote) planned(b *strings.Builder) {
	begun := false
	for i := range n.Maintenances {
		m := &n.Maintenances[i]
		if m.Ended() {
			continue
		}
		if !begun {
			b.WriteString("\n## Planned maintenance\n\n")
			begun = true
		}
		fmt.Fprintf(b, "- %s, %s to %s, %s: %s (%s)\n",
			m.ID, n.time(m.Starts), n.time(m.Ends), m.Stage.said(), cell(m.Title), cell(strings.Join(m.Components, ", ")))
	}
}

func (n *HandoverNote) time(at time.Time) string {
	return at.In(n.Zone).Format("Mon 2 Jan 2006 15:04 MST")
}

// name gives the name of a person by their id.
func (n *HandoverNote) name(id string) string {
	if name := n.Names[id]; name != "" {
		id = name
	}
	return person(id)
}

func person(name string) string {
	if name == "" {
		return "nobody"
	}
	return cell(name)
}

// cell makes a text harmless in Markdown: in a table, and where it would be
// markup.
func cell(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune("\\`*_[]<>|#", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
