package statuspage

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"daymark/incident"
	"daymark/internal/lang"
)

// wordOf is a status in the ids of messages.
func wordOf(status incident.Status) string {
	switch status {
	case incident.Operational:
		return "operational"
	case incident.Slow:
		return "slow"
	case incident.PartlyDown:
		return "partly"
	case incident.Down:
		return "down"
	case incident.Maintenance:
		return "maintenance"
	}
	return "unmeasured"
}

// statusWord says a status as a visitor reads it.
func (s speech) statusWord(status incident.Status) string { return StatusWord(s.Language, status) }

// StatusWord says a status in a word or two.
func StatusWord(l *lang.Language, status incident.Status) string {
	return l.Text("status."+wordOf(status), nil)
}

// componentIs is the sentence of a component that is not well and has no
// incident that visitors see.
func (s speech) componentIs(name string, status incident.Status) string {
	return s.with("is-"+wordOf(status), lang.Values{"name": name})
}

// troubles joins what is wrong: two things at most, then how many more.
func (s speech) troubles(things []string) string {
	for i, thing := range things {
		things[i] = strings.TrimRight(strings.TrimSpace(thing), ".")
	}
	switch len(things) {
	case 0:
		return s.sentence("everything-works")
	case 1:
		return things[0] + "."
	case 2:
		return s.with("troubles-two", lang.Values{"a": things[0], "b": things[1]})
	}
	return s.Count("page.troubles-more", len(things)-2, lang.Values{"a": things[0], "b": things[1]})
}

// few says a sentence of names, of which two at most are said.
func (s speech) few(id string, names []string) string {
	return s.Count("page."+id, len(names), lang.Values{"names": s.Few(names, 2)})
}

// worksAgain names what works again while an incident is still being watched.
func (s speech) worksAgain(names []string) string {
	if len(names) == 0 {
		return s.sentence("looks-better")
	}
	return s.few("works-again", names)
}

// since follows the sentence and says what is being done. Where no person has
// written yet, it claims no more than what the checks do.
func (s speech) since(i *incident.Incident, at Moment) Line {
	switch i.Phase {
	case incident.Investigating:
		if !slices.ContainsFunc(i.Updates, func(u incident.Update) bool { return !u.Auto }) {
			return s.place("seen-by-checks", at)
		}
		return s.place("looking-for-cause", at)
	case incident.Identified:
		return s.place("cause-known", at)
	case incident.Monitoring:
		return s.place("watching", at)
	}
	return s.place("since-only", at)
}

// updateLine says which update a text was, and when it came.
func (s speech) updateLine(number int, at Moment) Line {
	return placed(s.with("update-number", lang.Values{"number": strconv.Itoa(number)}), at)
}

// promisedLate is the due line of a promise that was not kept.
func (s speech) promisedLate(at Moment, late time.Duration) Line {
	return placed(s.with("promised-late", lang.Values{"late": s.Lasting(late)}), at)
}

// at fills a sentence with one time of day.
func (s speech) at(id, clock string) string { return s.with(id, lang.Values{"time": clock}) }

// promiseBegan says what the ruler's start is.
func (s speech) promiseBegan(clock string, last *incident.Update) string {
	switch {
	case last == nil:
		return s.at("began-start", clock)
	case last.Auto:
		return s.at("began-auto", clock)
	}
	return s.at("began-last", clock)
}

// phaseWord heads an update.
func (s speech) phaseWord(u *incident.Update) string {
	id := "resolved"
	switch {
	case u.Kind == incident.Reopened:
		id = "back"
	case u.Auto && u.Kind == incident.Opened:
		id = "seen"
	case u.Phase == incident.Investigating, u.Phase == incident.Identified, u.Phase == incident.Monitoring:
		id = string(u.Phase)
	}
	return s.Text("phase."+id, nil)
}

// kept says whether an update came when it was promised.
func (s speech) kept(promised string, early time.Duration) string {
	values := lang.Values{"time": promised, "early": s.Lasting(early), "late": s.Lasting(-early)}
	switch {
	case early >= time.Minute:
		return s.with("kept-early", values)
	case early >= 0:
		return s.with("kept-on-time", values)
	}
	return s.with("kept-late", values)
}

// keptInAll counts the promises of an incident that is over.
func (s speech) keptInAll(promised, onTime int) string {
	if promised == 0 {
		return s.sentence("ended-unpromised")
	}
	return s.promisesKept(promised, onTime)
}

// keptSoFar says what was promised for an incident that goes on: what came
// already, and the next update. An empty next means that none is promised.
func (s speech) keptSoFar(promised, onTime int, next string) []string {
	var said []string
	if promised > 0 {
		said = append(said, s.promisesKept(promised, onTime))
	}
	switch {
	case next != "":
		said = append(said, next)
	case promised == 0:
		said = append(said, s.sentence("open-unpromised"))
	}
	return said
}

// promisesKept counts promises; there is one at least.
func (s speech) promisesKept(promised, onTime int) string {
	switch {
	case promised == 1 && onTime == 1:
		return s.sentence("kept-one")
	case promised == 1:
		return s.sentence("kept-one-late")
	}
	return s.Count("page.kept-many", promised, lang.Values{"kept": s.Number(onTime)})
}

// grade says a severity in plain words.
func (s speech) grade(severity incident.Severity) string {
	if severity < incident.P1 || severity > incident.P3 {
		severity = incident.P4
	}
	return s.sentence("grade-" + strconv.Itoa(int(severity)))
}

func (s speech) lasted(d time.Duration) string {
	return s.with("lasted", lang.Values{"duration": s.Lasting(d)})
}

// doneIn compares how long it took with what was promised.
func (s speech) doneIn(took, promised time.Duration) string {
	return s.with("done-in", lang.Values{"took": s.Lasting(took), "promised": s.Lasting(promised)})
}

// affectedSpan says how a component was affected, and from when until when.
// It is mixed where it was not as bad as that all the time.
func (s speech) affectedSpan(status incident.Status, mixed bool, from, until string, took time.Duration) string {
	id := "span"
	switch {
	case until == "" && mixed:
		id = "span-now"
	case until == "":
		id = "span-since"
	case mixed:
		id = "span-worst"
	}
	return s.with(id, lang.Values{"status": s.statusWord(status), "from": from, "until": until, "took": s.Lasting(took)})
}

// dayHad is what the list of days says of one kind of trouble.
func (s speech) dayHad(status incident.Status, d time.Duration, soFar bool) string {
	values := lang.Values{"status": s.statusWord(status), "duration": s.Lasting(d)}
	if soFar {
		return s.with("day-had-so-far", values)
	}
	return s.with("day-had", values)
}

func (s speech) measuredFrom(today bool) string {
	if today {
		return s.sentence("measured-from-today")
	}
	return s.sentence("measured-from-day")
}

// firstCheck says when a first check runs.
func (s speech) firstCheck(id string, within time.Duration) string {
	return s.with(id, lang.Values{"duration": s.Lasting(within)})
}

// timesAre says which zone the page's times are in.
func (s speech) timesAre(zone *time.Location, now time.Time) string {
	city := lang.City(zone)
	if city == "" {
		return s.sentence("times-utc")
	}
	short := now.In(zone).Format("MST")
	if strings.ContainsAny(short, "+-0123456789") {
		short = "UTC" + now.In(zone).Format("-07:00")
	}
	return s.with("times-zone", lang.Values{"city": city, "zone": short})
}

// gradeSays says how bad an incident is, and what that obliges us to.
func (s speech) gradeSays(severity incident.Severity, o *owed) string {
	id := "grade-only"
	switch {
	case o.update > 0 && o.resolve > 0:
		id = "grade-both"
	case o.update > 0:
		id = "grade-updates"
	case o.resolve > 0:
		id = "grade-resolve"
	}
	text := s.with(id, lang.Values{"grade": s.grade(severity), "every": s.Every(o.update), "within": s.Within(o.resolve)})
	if o.inHours {
		text += " " + s.sentence("counted-in-hours")
	}
	return text
}

// city is how a time in the page's zone is labelled.
func city(zone *time.Location) string {
	if city := lang.City(zone); city != "" {
		return city
	}
	return "UTC"
}

// titleOf is the title of the window.
func (s speech) titleOf(says, name string) string {
	return s.with("title", lang.Values{"says": says, "name": name})
}
