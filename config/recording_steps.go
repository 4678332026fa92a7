package config

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"daymark/checker"
)

// recordedLine is a step of the journey with the comments before it, or
// comments alone where a step is missing.
type recordedLine struct {
	comments []string
	step     *checker.BrowserStep
}

// translation is one recording on its way to a journey.
type translation struct {
	id       string
	steps    []recordedStep
	elements []element // of each step

	lines    []recordedLine
	comments []string // for the next line
	done     int      // steps that came of it
	viewport string
	opened   []string // origins that steps open
	reached  []string // origins that were reached otherwise
	held     held

	notes     []string
	unneeded  map[string]int    // what a journey does without: how often
	typed     map[string]bool   // what was typed into fields that look secret
	names     map[string]string // variables by the value they stand for
	variables []string
}

func newTranslation(id string, steps []recordedStep) *translation {
	t := &translation{id: id, steps: steps, unneeded: map[string]int{}, typed: map[string]bool{}, names: map[string]string{}}
	for i := range steps {
		t.elements = append(t.elements, elementOf(steps[i].Selectors))
	}
	t.gather()
	return t
}

func (t *translation) all() {
	for i := range t.steps {
		step := &t.steps[i]
		t.one(i, step, &t.elements[i])
		t.after(step)
	}
	if len(t.comments) > 0 {
		t.lines = append(t.lines, recordedLine{comments: t.comments})
	}
	if t.done > 0 && len(t.opened) == 0 {
		t.notes = append(t.notes, "the recording opens no page: begin the steps with one that does")
	}
}

// one translates one step.
func (t *translation) one(i int, step *recordedStep, e *element) {
	switch step.Type {
	case "setViewport":
		t.setViewport(step)
	case "navigate":
		t.navigate(step)
	case "click":
		t.click(i, step, e)
	case "doubleClick":
		if t.focuses(i) {
			t.unneeded["clicks into fields"]++
			return
		}
		t.leave(step, "a journey has no double click")
	case "hover":
		if name := t.named(step, e, thingWays); name != "" {
			t.add(step, checker.BrowserStep{Hover: name})
		}
	case "change":
		t.change(i, step, e)
	case "keyDown":
		t.keyDown(step)
	case "keyUp":
		t.held.up(modifierOf(step.Key))
		t.unneeded["releases of keys"]++
	case "scroll":
		t.unneeded["scrolling"]++
	case "close":
		t.unneeded["closing"]++
	case "waitForElement":
		t.waitForElement(step, e)
	case "waitForExpression":
		t.waitForExpression(step)
	case "customStep":
		t.leave(step, "a step of another program's (%s) is not known", quoteShort(step.Name))
	case "emulateNetworkConditions":
		t.leave(step, "a journey has the network that its agent has")
	default:
		t.leave(step, "this type of step is not known")
	}
}

// add puts a step into the journey.
func (t *translation) add(step *recordedStep, made checker.BrowserStep) {
	if step.Target != "" && step.Target != "main" {
		t.tell(step, "it is in %s: a frame is searched, but a journey opens no other tab", quoteShort(step.Target))
	}
	if len(step.unknown) > 0 {
		t.tell(step, "not known and left out: %s", strings.Join(quoteAll(step.unknown), ", "))
	}
	t.lines = append(t.lines, recordedLine{comments: t.comments, step: &made})
	t.comments = nil
	t.done++
}

// tell notes what is not as it was recorded, here and in the YAML.
func (t *translation) tell(step *recordedStep, format string, args ...any) {
	words := fmt.Sprintf("step %d (%s): %s", step.number, typeOf(step), fmt.Sprintf(format, args...))
	t.notes = append(t.notes, words)
	t.comments = append(t.comments, words)
}

// leave tells of a step that is left out, and why.
func (t *translation) leave(step *recordedStep, format string, args ...any) {
	about := ""
	if name := t.elements[step.number-1].choose(thingWays); name != "" {
		about = " " + quoteShort(name)
	}
	t.tell(step, "left out%s: %s", about, fmt.Sprintf(format, args...))
}

func typeOf(step *recordedStep) string {
	known := []string{
		"setViewport", "navigate", "click", "doubleClick", "change", "keyDown", "keyUp", "hover", "scroll",
		"waitForElement", "waitForExpression", "customStep", "close", "emulateNetworkConditions",
	}
	if slices.Contains(known, step.Type) {
		return step.Type
	}
	return quoteShort(step.Type)
}

// allNotes gives the notes, with what was left out because it is of no use.
func (t *translation) allNotes() []string {
	var parts []string
	for _, what := range []string{"clicks into fields", "clicks told twice", "releases of keys", "modifier keys", "scrolling", "closing"} {
		if n := t.unneeded[what]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s (%d)", what, n))
		}
	}
	if len(parts) == 0 {
		return t.notes
	}
	return append(t.notes, "left out, because a journey does without: "+strings.Join(parts, ", "))
}

// named gives what the step's element is looked for by, or tells why nothing
// can be.
func (t *translation) named(step *recordedStep, e *element, ways []way) string {
	name := e.choose(ways)
	switch {
	case name != "" && e.deep[name]:
		t.tell(step, "%s leaves out what it is inside of: if there are others like it, the first is taken", quoteShort(name))
	case name == "" && len(e.paths) == 0:
		t.leave(step, "it has no selector")
	case name == "":
		t.leave(step, "none of its selectors can be looked for: name what it is about, or write css=…")
	}
	return name
}

func (t *translation) setViewport(step *recordedStep) {
	size := fmt.Sprintf("%.0fx%.0f", step.Width, step.Height)
	switch {
	case step.Width < 100 || step.Height < 100 || step.Width > 8000 || step.Height > 8000:
		t.leave(step, "a viewport is from 100 to 8000 wide and high")
	case t.viewport == "":
		t.viewport = size
	case t.viewport != size:
		t.leave(step, "a journey keeps the viewport that it begins with")
	}
	if step.Mobile || step.Touch || step.Scale != 0 && step.Scale != 1 {
		t.tell(step, "only its size is kept, not that it is a mobile, a touch screen or a scaled one")
	}
}

func (t *translation) navigate(step *recordedStep) {
	address, err := url.Parse(step.URL)
	switch {
	case err != nil || webAddress("http", "https")(step.URL) != "":
		t.leave(step, "%s is no http or https address, and nothing else is opened", quoteShort(step.URL))
		return
	case address.User != nil:
		t.leave(step, "its address holds a user or password, which a journey does not open")
		return
	}
	t.opened = append(t.opened, originOf(address))
	t.add(step, checker.BrowserStep{Open: t.address(step)})
}

// after keeps what the Recorder saw come of a step: another origin, which has
// to be allowed, and the title of the page that was reached.
func (t *translation) after(step *recordedStep) {
	title := ""
	for _, event := range step.Asserted {
		address, err := url.Parse(event.URL)
		if err != nil || webAddress("http", "https")(event.URL) != "" {
			continue
		}
		t.reached = append(t.reached, originOf(address))
		title = cmp.Or(event.Title, title)
		// Without a title of its own, a page is titled by its address.
		if strings.Contains(event.URL, strings.TrimSuffix(title, "/")) {
			title = ""
		}
	}
	if title != "" && tellsPage(title) && t.done > 0 {
		t.add(&recordedStep{}, checker.BrowserStep{Expect: &checker.ScriptExpect{Script: "document.title", Is: title}})
	}
}

// tellsPage tells whether a title is likely the same tomorrow: one with
// numbers, such as "Inbox (3)", is not.
func tellsPage(title string) bool {
	return !strings.ContainsAny(title, "0123456789") && !strings.Contains(title, "${") && oneLine(title) == title && len(title) <= maxFound
}

func originOf(address *url.URL) string {
	return strings.ToLower(address.Scheme) + "://" + strings.ToLower(address.Host)
}

// allowed are the origins that the journey reaches and no step opens.
func (t *translation) allowed() []string {
	var all []string
	for _, origin := range t.reached {
		if !slices.Contains(t.opened, origin) && !slices.Contains(all, origin) {
			all = append(all, origin)
		}
	}
	return all
}

func quoteShort(text string) string { return quoteAll([]string{text})[0] }

// quoteAll quotes words for notes and comments, shortened and on one line.
func quoteAll(words []string) []string {
	var all []string
	for _, word := range words {
		if runes := []rune(oneLine(word)); len(runes) > 80 {
			word = string(runes[:80]) + "…"
		}
		all = append(all, `"`+oneLine(word)+`"`)
	}
	return all
}
