package statuspage

import (
	"slices"

	"daymark/incident"
)

// foldFrom is from how many components on each group of the page can be folded,
// and is where all is well: on a long page nobody should have to pass what
// works to find what does not.
const foldFrom = 40

// Fold is the line of a group that can be folded: what it holds, in short.
type Fold struct {
	ID     string // of the fragment
	Status incident.Status
	Text   string
	Open   bool // as the page is loaded; then its reader decides
}

// fold gives the line of a group.
func (b *builder) fold(group string, of []incident.Component) *Fold {
	f := &Fold{ID: "in-" + group, Status: b.worst(of)}
	f.Open = f.Status.Badness() > 0
	f.Text = b.inShort(of)
	return f
}

// inShort says in a line how the components of a group are: what is not well by
// name, the worst first, and how many there are.
func (b *builder) inShort(of []incident.Component) string {
	first := b.status(of[0].ID)
	same := !slices.ContainsFunc(of, func(c incident.Component) bool { return b.status(c.ID) != first })
	all := b.Count("page.group-has", len(of), nil)
	switch {
	case same && first == incident.Operational:
		return b.Count("page.group-works", len(of), nil)
	case same:
		return all + " " + b.statusWord(first) + "."
	}
	var things []string
	for _, status := range []incident.Status{incident.Down, incident.PartlyDown, incident.Slow, incident.Unmeasured, incident.Maintenance} {
		for _, c := range of {
			if b.status(c.ID) == status {
				things = append(things, b.componentIs(b.name(c.ID), status))
			}
		}
	}
	return b.troubles(things) + " " + all
}

// worst is the worst status of components; not measured and maintenance come
// before working.
func (b *builder) worst(of []incident.Component) incident.Status {
	worst := incident.Operational
	order := func(s incident.Status) int {
		switch {
		case s.Badness() > 0:
			return 2 + s.Badness()
		case s == incident.Unmeasured:
			return 2
		case s == incident.Maintenance:
			return 1
		}
		return 0
	}
	for _, c := range of {
		if status := b.status(c.ID); order(status) > order(worst) {
			worst = status
		}
	}
	return worst
}
