package config

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"daymark/checker"
)

func (t *translation) click(i int, step *recordedStep, e *element) {
	switch {
	case t.focuses(i):
		t.unneeded["clicks into fields"]++
		return
	case step.Button != "" && step.Button != "primary":
		t.leave(step, "a journey clicks with the first button, not the %s one", quoteShort(step.Button))
		return
	}
	if name := t.named(step, e, thingWays); name != "" {
		t.add(step, checker.BrowserStep{Click: name})
	}
}

// focuses tells whether a click does no more than go into the field that is
// changed next, which filling does by itself. A box is ticked by its click.
func (t *translation) focuses(i int) bool {
	if len(t.steps[i].Asserted) > 0 {
		return false
	}
	for j := i + 1; j < len(t.steps); j++ {
		switch next := &t.steps[j]; next.Type {
		case "change":
			return t.elements[i].same(&t.elements[j]) && !t.ticks(j)
		case "click", "doubleClick":
			if !t.elements[i].same(&t.elements[j]) {
				return false
			}
		case "keyUp", "scroll":
		case "keyDown":
			if modifierOf(next.Key) == "" {
				return false
			}
		default:
			return false
		}
	}
	return false
}

// ticks tells of a change that is a box ticked: its click stands for it.
func (t *translation) ticks(j int) bool {
	return t.elements[j].toggles() || t.steps[j].Value == "on" && !t.elements[j].list()
}

// clicked tells whether the step before clicked on the same element.
func (t *translation) clicked(j int) bool {
	return j > 0 && t.steps[j-1].Type == "click" && t.elements[j-1].same(&t.elements[j])
}

// fakePath is what pages are told instead of the folder of a file.
const fakePath = `C:\fakepath\`

func (t *translation) change(i int, step *recordedStep, e *element) {
	if t.ticks(i) && t.clicked(i) {
		t.unneeded["clicks told twice"]++
		return
	}
	t.held = nil // what Shift typed is in the value
	ways := fieldWays
	if e.toggles() {
		ways = thingWays
	}
	name := t.named(step, e, ways)
	if name == "" {
		return
	}
	file := e.kind == "file" || strings.HasPrefix(step.Value, fakePath)
	switch {
	case e.toggles():
		t.add(step, checker.BrowserStep{Click: name})
	case file:
		t.upload(step, name)
	case step.Value == "":
		t.leave(step, "a step fills in a text, and here the field was emptied")
	case slices.ContainsFunc(e.hints, looksSecret) && !e.list(), t.typed[step.Value]:
		stands := t.variable(step.Value, e.called(name))
		t.tell(step, "what was typed into %s is not kept: set %s where the agents run", quoteShort(name), strings.Trim(stands[len(agentEnv):], "}"))
		t.add(step, checker.BrowserStep{Fill: &checker.Fill{Field: name, With: stands}})
	default:
		with := step.Value
		if strings.Contains(with, "${") {
			with = t.variable(with, e.called(name))
			t.tell(step, "what goes into %s holds ${, which a configuration reads as a variable: set %s where the agents run", quoteShort(name), strings.Trim(with[len(agentEnv):], "}"))
		}
		made := checker.BrowserStep{Fill: &checker.Fill{Field: name, With: with}}
		if e.list() {
			made = checker.BrowserStep{Select: made.Fill}
		}
		t.add(step, made)
	}
}

// upload gives a file of the same name: the file itself is not recorded.
func (t *translation) upload(step *recordedStep, field string) {
	file := path.Base(strings.ReplaceAll(step.Value, `\`, "/"))
	if !slices.Contains(checker.UploadSamples(), strings.ToLower(path.Ext(file))) {
		file += ": made for a check"
	}
	if _, _, _, err := checker.UploadFile(file); err != nil || file != oneLine(file) || strings.Contains(file, "${") {
		t.leave(step, "it names no file that could be made")
		return
	}
	t.tell(step, "a small file of that name is given; the one that was chosen is not in the recording")
	t.add(step, checker.BrowserStep{Upload: &checker.Fill{Field: field, With: file}})
}

func (t *translation) keyDown(step *recordedStep) {
	if modifier := modifierOf(step.Key); modifier != "" {
		t.held.down(modifier)
		t.unneeded["modifier keys"]++
		return
	}
	key := keyName(step.Key)
	if key == "" {
		t.leave(step, "the key %s cannot be pressed", quoteShort(step.Key))
		return
	}
	t.add(step, checker.BrowserStep{Press: t.held.with(key)})
}

func (t *translation) waitForElement(step *recordedStep, e *element) {
	if len(step.Attributes) > 0 || len(step.Properties) > 0 {
		t.tell(step, "its attributes and properties are not looked at")
	}
	ways := seenWays
	if e.drawn() {
		ways = drawnWays
	}
	count, operator := 1.0, step.Operator
	if step.Count != nil {
		count = *step.Count
	}
	if operator == "" {
		operator = "=="
	}
	if !slices.Contains([]string{"==", ">=", "<="}, operator) || count < 0 || count != float64(int(count)) {
		t.leave(step, "its count cannot be read")
		return
	}
	gone := step.Visible != nil && !*step.Visible || count == 0 && operator != ">="
	switch {
	case count == 0 && operator == ">=":
		t.leave(step, "it holds on every page")
	case gone:
		if name := t.named(step, e, ways); name != "" {
			t.add(step, checker.BrowserStep{NotSee: name})
		}
	case count == 1 && operator != "<=":
		if name := t.named(step, e, ways); name != "" {
			t.add(step, checker.BrowserStep{See: name})
		}
	default:
		t.counted(step, e, operator, int(count))
	}
}

// counted asks the page for a number of elements, which only a css selector
// of the page itself can.
func (t *translation) counted(step *recordedStep, e *element, operator string, count int) {
	name := e.choose([]way{byCSS})
	if name == "" || e.deep[name] || len(step.Frame) > 0 || step.Target != "" && step.Target != "main" {
		t.leave(step, "only what a css selector finds outside frames and shadow roots can be counted")
		return
	}
	script := "document.querySelectorAll(" + strconv.Quote(strings.TrimPrefix(name, "css=")) + ").length"
	expect := checker.ScriptExpect{Script: script, Is: count}
	if operator != "==" {
		expect = checker.ScriptExpect{Script: script + " " + operator + " " + strconv.Itoa(count), Is: true}
	}
	t.add(step, checker.BrowserStep{Expect: &expect})
}

// comparison is an expression that can only be true or false.
var comparison = regexp.MustCompile(`^[^&|?;,/'"\x60]*\s(===|!==|==|!=|>=|<=|>|<)\s[^&|?;,=/\x60]*$`)

func (t *translation) waitForExpression(step *recordedStep) {
	script := strings.TrimRight(step.Expression, "; \t\r\n")
	switch {
	case strings.TrimSpace(script) == "":
		t.leave(step, "it has no expression")
		return
	case strings.Contains(script, "${"):
		t.leave(step, "its expression holds ${, which a configuration reads as a variable")
		return
	case len(step.Frame) > 0 || step.Target != "" && step.Target != "main":
		t.leave(step, "a script runs in the page, not in its frames")
		return
	case !comparison.MatchString(script):
		// The Recorder takes any value that counts as true, or a promise of one.
		if strings.Contains(script, "//") {
			script += "\n" // a comment must not take the bracket with it
		}
		script = "Promise.resolve(" + script + ").then(Boolean)"
	}
	t.add(step, checker.BrowserStep{Expect: &checker.ScriptExpect{Script: script, Is: true}})
}
