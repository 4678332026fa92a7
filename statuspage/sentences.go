package statuspage

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"daymark/incident"
)

// This file, sentences_measured.go and words.go hold every English sentence of
// the page, whole: none is glued from parts elsewhere, so that catalogues can
// take their place.

// Line is a sentence with at most one moment in it.
type Line struct {
	Before string
	At     *Moment
	After  string
}

// String gives the sentence as plain text.
func (l Line) String() string {
	if l.At == nil {
		return l.Before
	}
	return l.Before + l.At.Text + l.After
}

// place puts a moment where a sentence says {time}.
func place(sentence string, at Moment) Line {
	before, after, found := strings.Cut(sentence, "{time}")
	if !found {
		return Line{Before: sentence}
	}
	return Line{Before: before, At: &at, After: after}
}

// plain is a sentence without a moment.
func plain(sentence string) Line { return Line{Before: sentence} }

const (
	everythingWorks  = "Everything works."
	putRight         = "The text was put right at %s."
	cannotTell       = "We cannot tell at the moment."
	nothingMeasured  = "We have not measured anything yet."
	nothingToShow    = "There is nothing to show yet."
	noCheckYet       = "No check has run yet."
	whatIsAffected   = "What is affected"
	whatWasAffected  = "What was affected"
	howBad           = "How bad it is"
	howBadWas        = "How bad it was"
	writtenByMeasure = "Written by Daymark from what it measured."
	hearByThen       = "You will hear by then even if there is no news."
	notKept          = "We have not kept this promise, and count it as broken."
	nextUpdate       = "Next update"
	noIncidents      = "No incidents in the last 30 days."
	nothingElse      = "Nothing else in the last 30 days."
	noIncidentsSoFar = "No incidents so far. When there is one, it stays here with all that was said."
	goodDays         = "Nothing happened in these 90 days."
	notMeasuredDay   = "Not measured."
	noUpdateYet      = "Our checks have seen it. Nothing more is known yet."
	otherServices    = "Other services"
	services         = "Services"
	noFigureYet      = "No figure yet"
	notMeasuredYet   = "Not measured yet"
	noSuchIncident   = "There is no such incident, or it is not public."
	noIncidentsAtAll = "No incidents so far."
	noEarlier        = "There is nothing earlier."
	historyTitle     = "Past incidents"
	historySentence  = "What went wrong, and what we said about it."
	lookingForCause  = "Since {time}. We are looking for the cause."
	seenByChecks     = "Since {time}. Our checks see it, and go on looking."
	causeKnown       = "Since {time}. We know why and are putting it right."
	watching         = "Since {time}. It looks better, and we are watching."
	sinceOnly        = "Since {time}."
	worksSince       = "Since {time}. We watch a little longer before we call it over."
	unmeasuredSince  = "Nothing has been measured since {time}. That says nothing about the services."
	lastChecked      = "Last checked at {time}."
	dueBy            = "by {time}"
	overSince        = "It is over: everything works again since {time}."
	updateNumber     = "Update %d, {time}."
	endedUnpromised  = "No update was promised."
	openUnpromised   = "No update is promised for this."
	nothingDue       = "No update is due at the moment."
	nextBy           = "Next update by %s."
	nextWasBy        = "The next update was promised by %s."
	goesOn           = "goes on, since %s"
	gradeNotPromised = "%s."
	gradeUpdates     = "%s. For this grade we promise an update every %s."
	gradeResolve     = "%s. For this grade we promise to be done within %s."
	countedInHours   = " This counts within our service hours."
	gradeBoth        = "%s. For this grade we promise an update every %s and to be done within %s."
	announceUpdate   = "New update: %s"
)

// statusWords says each status as a visitor reads it.
func statusWord(status incident.Status) string {
	switch status {
	case incident.Operational:
		return "Working"
	case incident.Slow:
		return "Slow"
	case incident.PartlyDown:
		return "Partly down"
	case incident.Down:
		return "Down"
	case incident.Maintenance:
		return "Maintenance"
	}
	return "Not measured"
}

// componentIs is the sentence of a component that is not well and has no
// incident that visitors see.
func componentIs(name string, status incident.Status) string {
	switch status {
	case incident.Slow:
		return name + " is slow"
	case incident.PartlyDown:
		return name + " is partly down"
	case incident.Down:
		return name + " is down"
	case incident.Maintenance:
		return name + " is being worked on"
	}
	return name + " is not measured at the moment"
}

// troubles joins what is wrong: two things at most, then how many more.
func troubles(things []string) string {
	for i, thing := range things {
		things[i] = strings.TrimRight(strings.TrimSpace(thing), ".")
	}
	switch len(things) {
	case 0:
		return everythingWorks
	case 1:
		return things[0] + "."
	case 2:
		return things[0] + ". " + things[1] + "."
	}
	return fmt.Sprintf("%s. %s. And %d more.", things[0], things[1], len(things)-2)
}

// worksAgain names what works again while an incident is still being watched.
func worksAgain(names []string) string {
	switch len(names) {
	case 0:
		return "It looks better."
	case 1:
		return names[0] + " works again."
	case 2:
		return fmt.Sprintf("%s and %s work again.", names[0], names[1])
	}
	return fmt.Sprintf("%s, %s and %d more work again.", names[0], names[1], len(names)-2)
}

// partlyMeasured is for a page that works as far as anybody can tell.
func partlyMeasured(unmeasured []string) string {
	switch len(unmeasured) {
	case 1:
		return fmt.Sprintf("What we measure works. %s is not measured at the moment.", unmeasured[0])
	case 2:
		return fmt.Sprintf("What we measure works. %s and %s are not measured at the moment.", unmeasured[0], unmeasured[1])
	}
	return fmt.Sprintf("What we measure works. %s, %s and %d more are not measured at the moment.", unmeasured[0], unmeasured[1], len(unmeasured)-2)
}

// maintained is for a page where nothing but maintenance goes on.
func maintained(names []string) string {
	switch len(names) {
	case 1:
		return names[0] + " is being worked on."
	case 2:
		return fmt.Sprintf("%s and %s are being worked on.", names[0], names[1])
	}
	return fmt.Sprintf("%s, %s and %d more are being worked on.", names[0], names[1], len(names)-2)
}

// since follows the sentence and says what is being done. Where no person has
// written yet, it claims no more than what the checks do.
func since(i *incident.Incident, at Moment) Line {
	switch i.Phase {
	case incident.Investigating:
		if !slices.ContainsFunc(i.Updates, func(u incident.Update) bool { return !u.Auto }) {
			return place(seenByChecks, at)
		}
		return place(lookingForCause, at)
	case incident.Identified:
		return place(causeKnown, at)
	case incident.Monitoring:
		return place(watching, at)
	}
	return place(sinceOnly, at)
}

// updateLine says which update a text was, and when it came.
func updateLine(number int, at Moment) Line {
	return place(fmt.Sprintf(updateNumber, number), at)
}

// promisedLate is the due line of a promise that was not kept.
func promisedLate(at Moment, late time.Duration) Line {
	return place("promised by {time}, "+lasting(late)+" late", at)
}

func newUpdate(text string) string { return fmt.Sprintf(announceUpdate, text) }

func promiseMoved(clock string) string { return fmt.Sprintf(nextBy, clock) }

func nextUpdateOn(name string) string { return "Next update: " + name }

func promisedEnd(clock string) string { return clock + ", promised" }

// promiseBegan says what the ruler's start is.
func promiseBegan(clock string, last *incident.Update) string {
	switch {
	case last == nil:
		return clock + ", the start"
	case last.Auto:
		return clock + ", by Daymark"
	}
	return clock + ", the last one"
}

// phaseWord heads an update.
func phaseWord(u incident.Update) string {
	if u.Kind == incident.Reopened {
		return "It is back"
	}
	if u.Auto && u.Kind == incident.Opened {
		return "Seen by our checks"
	}
	switch u.Phase {
	case incident.Investigating:
		return "Looking into it"
	case incident.Identified:
		return "Cause known"
	case incident.Monitoring:
		return "Watching"
	}
	return "Resolved"
}

// kept says whether an update came when it was promised.
func kept(promised string, early time.Duration) string {
	switch {
	case early >= time.Minute:
		return fmt.Sprintf("Promised by %s. Came %s early.", promised, lasting(early))
	case early >= 0:
		return fmt.Sprintf("Promised by %s. Came on time.", promised)
	}
	return fmt.Sprintf("Promised by %s. Came %s late.", promised, lasting(-early))
}

// keptInAll counts the promises of an incident that is over.
func keptInAll(promised, onTime int) string {
	if promised == 0 {
		return endedUnpromised
	}
	return promisesKept(promised, onTime)
}

// keptSoFar says what was promised for an incident that goes on: what came
// already, and the next update. An empty next means that none is promised.
func keptSoFar(promised, onTime int, next string) []string {
	var said []string
	if promised > 0 {
		said = append(said, promisesKept(promised, onTime))
	}
	switch {
	case next != "":
		said = append(said, next)
	case promised == 0:
		said = append(said, openUnpromised)
	}
	return said
}

// promisesKept counts promises; there is one at least.
func promisesKept(promised, onTime int) string {
	switch {
	case promised == 1 && onTime == 1:
		return "1 update promised, on time."
	case promised == 1:
		return "1 update promised, late."
	}
	return fmt.Sprintf("%d updates promised, %d on time.", promised, onTime)
}

// grade says a severity in plain words.
func grade(severity incident.Severity) string {
	switch severity {
	case incident.P1:
		return "Our most serious grade (P1)"
	case incident.P2:
		return "Our second grade (P2)"
	case incident.P3:
		return "Our third grade (P3)"
	}
	return "Our lowest grade (P4)"
}

func lasted(d time.Duration) string { return "It lasted " + lasting(d) + "." }

// doneIn compares how long it took with what was promised.
func doneIn(took, promised time.Duration) string {
	return fmt.Sprintf("Done in %s of %s.", lasting(took), lasting(promised))
}

// affectedSpan says how a component was affected, and from when until when.
func affectedSpan(worst incident.Status, from, until string, took time.Duration) string {
	if until == "" {
		return fmt.Sprintf("%s, since %s", statusWord(worst), from)
	}
	return fmt.Sprintf("%s, %s to %s (%s)", statusWord(worst), from, until, lasting(took))
}

// dayHad is what the list of days says of one kind of trouble.
func dayHad(status incident.Status, d time.Duration, soFar bool) string {
	if soFar {
		return fmt.Sprintf("%s for %s so far.", statusWord(status), lasting(d))
	}
	return fmt.Sprintf("%s for %s.", statusWord(status), lasting(d))
}

func measuredFrom(today bool) string {
	if today {
		return "Measured from today."
	}
	return "Measured from this day."
}

// firstCheck follows "No figure yet" where the schedule is known.
func firstCheck(within time.Duration) string {
	return fmt.Sprintf(": the first check runs within %s", lasting(within))
}

func firstChecks(within time.Duration) string {
	return fmt.Sprintf("The first check runs within %s.", lasting(within))
}

// timesAre says which zone the page's times are in.
func timesAre(zone *time.Location, now time.Time) string {
	name := zone.String()
	short := now.In(zone).Format("MST")
	if name == "UTC" || name == "Etc/UTC" || name == "Local" || name == "" {
		return "Times are UTC."
	}
	city := strings.ReplaceAll(name[strings.LastIndexByte(name, '/')+1:], "_", " ")
	if strings.ContainsAny(short, "+-0123456789") {
		return fmt.Sprintf("Times are %s time (UTC%s).", city, now.In(zone).Format("-07:00"))
	}
	return fmt.Sprintf("Times are %s time (%s).", city, short)
}

// gradeSays says how bad an incident is, and what that obliges us to.
func gradeSays(severity incident.Severity, o *owed) string {
	text := fmt.Sprintf(gradeNotPromised, grade(severity))
	switch {
	case o.update > 0 && o.resolve > 0:
		text = fmt.Sprintf(gradeBoth, grade(severity), every(o.update), within(o.resolve))
	case o.update > 0:
		text = fmt.Sprintf(gradeUpdates, grade(severity), every(o.update))
	case o.resolve > 0:
		text = fmt.Sprintf(gradeResolve, grade(severity), within(o.resolve))
	}
	if o.inHours {
		text += countedInHours
	}
	return text
}

// city is how a time in the page's zone is labelled.
func city(zone *time.Location) string {
	name := zone.String()
	if name == "UTC" || name == "Etc/UTC" || name == "Local" {
		return "UTC"
	}
	return strings.ReplaceAll(name[strings.LastIndexByte(name, '/')+1:], "_", " ")
}

// titleOf is the title of the window.
func titleOf(says, name string) string { return says + " · " + name + " status" }
