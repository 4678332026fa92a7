package incident

import (
	"slices"
	"strings"
	"time"

	"daymark/internal/lang"
)

// Wording puts what is measured into the words that users read, in one
// language.
type Wording struct {
	Language  *lang.Language
	Zone      *time.Location             // times of day are in it
	Component func(id string) string     // its name
	Region    func(id string) string     // its name
	Place     func(component string) int // on the page
	Kept      bool                       // what is kept of incidents is in this language
}

// Sentence says what users notice: "Sign in is not available", "Sign in and
// Shop API are slow"; once it is over, what they noticed. A name that a person
// gave stays.
func (w *Wording) Sentence(inc *Incident) string {
	if w.Kept || inc.ByHand() || inc.Warns() || len(inc.thisTime()) == 0 {
		return inc.Name
	}
	return w.tell(inc, !inc.Open())
}

// tell speaks of what fails now, or, when nothing does any more, of all that
// failed at its worst.
func (w *Wording) tell(inc *Incident, past bool) string {
	all, status := inc.thisTime(), func(a Affected) Status { return a.Worst }
	if failing := slices.DeleteFunc(slices.Clone(all), func(a Affected) bool { return a.Status.Badness() == 0 }); len(failing) > 0 && inc.Open() {
		all, status = failing, func(a Affected) Status { return a.Status }
	}
	worst := Operational
	for _, a := range all {
		if status(a).Badness() > worst.Badness() {
			worst = status(a)
		}
	}
	var names []string
	for _, a := range w.ordered(all) {
		if status(a) == worst {
			names = append(names, w.Component(a.Component))
		}
	}
	id := "incident." + sayingOf(worst)
	if past {
		id = "incident.was-" + sayingOf(worst)
	}
	return w.Language.Count(id, len(names), lang.Values{"names": w.Language.Few(names, mostNames)})
}

// mostNames is how many components a sentence names.
const mostNames = 2

// sayingOf is a status in the ids of messages.
func sayingOf(status Status) string {
	switch status {
	case Down:
		return "down"
	case PartlyDown:
		return "partly"
	}
	return "slow"
}

// ordered puts components in the page's order.
func (w *Wording) ordered(affected []Affected) []Affected {
	all := slices.Clone(affected)
	slices.SortStableFunc(all, func(a, b Affected) int { return w.Place(a.Component) - w.Place(b.Component) })
	return all
}

// Measured says whether an update's words are Daymark's own, of what it
// measured. What a person wrote is Markdown.
func (u *Update) Measured() bool { return len(u.Findings) > 0 && u.Edited.IsZero() }

// Text says an update: what a person wrote, or what Daymark found.
func (w *Wording) Text(u *Update) string {
	if w.Kept || !u.Measured() {
		return u.Text
	}
	return w.say(u.Findings, u.At)
}

// say puts findings into words; now is when they were so.
func (w *Wording) say(findings []Finding, now time.Time) string {
	var all []string
	for i := range findings {
		all = append(all, w.finding(&findings[i], now)...)
	}
	return strings.Join(all, " ")
}

func (w *Wording) finding(f *Finding, now time.Time) []string {
	l := w.Language
	values := lang.Values{"name": w.Component(f.Component), "time": l.Clock(f.Since, now, w.Zone)}
	switch {
	case f.Worst != "":
		values["time"] = l.Clock(f.Since, f.Since, w.Zone)
		said := []string{l.Text("fact.over", values)}
		if f.Status == Unmeasured {
			said[0] = l.Text("fact.unknown", values)
		}
		lasted := func(how string, d time.Duration) {
			if d >= time.Second {
				said = append(said, l.Text("fact.lasted-"+how, lang.Values{"duration": l.Duration(d.Round(time.Second))}))
			}
		}
		lasted(sayingOf(f.Worst), f.Lasted-f.Eased)
		if f.Eased >= time.Second {
			lasted("mixed", f.Lasted)
		}
		return said
	case f.Status == Unmeasured:
		return []string{l.Text("fact.unknown", values)}
	case f.Status.Badness() == 0:
		return []string{l.Text("fact.works", values)}
	}
	id := "fact." + sayingOf(f.Status)
	switch {
	case f.Everywhere:
		id += "-everywhere"
	case len(f.Regions) > 0:
		id += "-from"
		values["regions"] = l.List(named(f.Regions, w.Region))
	}
	said := []string{l.Text(id, values)}
	if !f.Maintained.IsZero() {
		said = append(said, l.Text("fact.maintained", lang.Values{"time": l.Clock(f.Maintained, now, w.Zone)}))
	}
	if len(f.Needs) > 0 {
		said = append(said, l.Count("fact.needs", len(f.Needs), lang.Values{"names": l.List(named(f.Needs, w.Component))}))
	}
	return said
}

func named(ids []string, name func(string) string) []string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = name(id)
	}
	return names
}
