package incident

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Draft is what a review is written from: what is known of an incident.
type Draft struct {
	Incident Incident
	Entries  []Entry
	Promises []Promise // all, ended and running

	Severities []SeverityDecision  // oldest first
	Reports    []Report            // of users, oldest first
	Runs       []RunCount          // of the checks of what was affected, while it went on
	Region     func(string) string // names a region by its id; nil: its id
	Component  func(string) string // names a component by its id; nil: its id
	Word       func(Status) string // says a status; nil: as programs do

	Review Review
	Zone   *time.Location
	Now    time.Time
}

// Section is a part of a review as a document.
type Section struct {
	Title string
	Text  string // Markdown
}

// Markdown writes the review as a document: what people wrote, and the facts.
func (d *Draft) Markdown() string {
	inc, r := &d.Incident, &d.Review
	var b strings.Builder
	fmt.Fprintf(&b, "# Review: %s\n\n", markdown(cmp.Or(r.Name, inc.Name)))
	fmt.Fprintf(&b, "Incident %s, %s at its worst. Due by %s.\n", inc.ID, inc.Worst, d.clock(r.Due))
	if !r.Signed.IsZero() {
		fmt.Fprintf(&b, "Signed off by %s on %s.\n", markdown(r.SignedBy), d.clock(r.Signed))
	}
	before, after := d.Facts()
	sections := slices.Concat([]Section{byPeople("Summary", r.Summary, "")}, before, []Section{
		byPeople("Causes", r.Causes, ": what set it off, what lay under it, what let it through"),
		byPeople("What went well", r.Well, ""),
		byPeople("What went badly", r.Badly, ""),
		byPeople("Where we had luck", r.Luck, ""),
		{"Actions", d.actions()},
	}, after)
	for _, s := range sections {
		fmt.Fprintf(&b, "\n## %s\n\n%s", s.Title, s.Text)
	}
	return b.String()
}

// byPeople is a section that people write.
func byPeople(title, text, what string) Section {
	return Section{title, cmp.Or(markdown(text), "_To be written"+what+"._") + "\n"}
}

// Facts gives the sections that Daymark writes: those that stand before what
// people find out, and the timeline after it.
func (d *Draft) Facts() (before, after []Section) {
	section := func(title string, write func(line func(format string, args ...any))) Section {
		var b strings.Builder
		write(func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) })
		return Section{title, b.String()}
	}
	return []Section{
		section("Effect", d.effect), section("Severity", d.severities), section("Times", d.milestones), section("Promises", d.promises),
	}, []Section{section("Timeline", d.story)}
}

func (d *Draft) milestones(line func(format string, args ...any)) {
	for _, at := range d.times() {
		line("- %s: %s", at.what, d.clock(at.at))
	}
}

func (d *Draft) promises(line func(format string, args ...any)) {
	for _, p := range d.Promises {
		if text := d.promise(&p); text != "" {
			line("- %s", text)
		}
	}
}

func (d *Draft) story(line func(format string, args ...any)) {
	for _, e := range d.timeline() {
		line("- %s %s", d.clock(e.at), markdown(strings.Join(strings.Fields(e.what), " ")))
	}
}

func (d *Draft) actions() string {
	var b strings.Builder
	for _, a := range d.Review.Actions {
		box := " "
		if !a.Done.IsZero() {
			box = "x"
		}
		fmt.Fprintf(&b, "- [%s] %d. %s (%s; %s, by %s)\n", box, a.Number, markdown(a.Text), a.Kind, markdown(a.Owner), d.clock(a.Due))
	}
	return b.String()
}

// Issue writes an action of a review as an issue: a heading, and what it is.
func (r *Review) Issue(a *ReviewAction) string {
	return fmt.Sprintf("## %s\n\nAction %d (%s) of the review of incident %s, %s. Owner: %s. Due: %s.\n",
		markdown(a.Text), a.Number, a.Kind, r.Incident, markdown(r.Name), markdown(a.Owner), a.Due.UTC().Format(time.DateOnly))
}

// moment is something that happened, and when.
type moment struct {
	at   time.Time
	what string
}

// times lists the milestones that are known.
func (d *Draft) times() []moment {
	inc := &d.Incident
	all := []moment{{inc.Since, "began"}, {inc.Opened, "seen"}, {inc.Care.Acknowledged, "acknowledged"}}
	if len(inc.Updates) > 0 {
		all = append(all, moment{inc.Updates[0].At, "first told"})
	}
	all = append(all, moment{inc.Monitoring, "mitigated"}, moment{inc.Resolved, "over"})
	return slices.DeleteFunc(all, func(m moment) bool { return m.at.IsZero() })
}

// timeline joins what was told and what staff wrote, in order.
func (d *Draft) timeline() []moment {
	var all []moment
	for _, u := range d.Incident.Updates {
		all = append(all, moment{u.At, fmt.Sprintf("update %d: %s", u.Number, u.Text)})
	}
	for _, e := range d.Entries {
		who := e.By
		if who != "" {
			who += ", "
		}
		all = append(all, moment{e.At, fmt.Sprintf("%s%s: %s", who, e.Kind, e.Text)})
	}
	slices.SortStableFunc(all, func(a, b moment) int { return a.at.Compare(b.at) })
	return all
}

// promise says how a promise ended; "" for one that neither was kept nor broken.
func (d *Draft) promise(p *Promise) string {
	text := p.Kind.Title() + ", due by " + d.clock(p.Due) + ": "
	switch p.State(d.Now) {
	case PromiseBroken, PromiseLate:
		return text + "**broken**"
	case PromiseRuns, PromiseCalledOff:
		return ""
	case PromiseKept:
	}
	if p.How == ByPerson {
		return text + "kept by a person"
	}
	return text + "kept by the facts"
}

func (d *Draft) clock(at time.Time) string { return at.In(d.Zone).Format("2 January 2006 15:04") }

// markdown keeps text from being more than text.
func markdown(text string) string {
	return strings.NewReplacer("<", "&lt;", "\r", "", "\n#", "\n\\#", "[", "\\[", "`", "\\`").Replace(text)
}
