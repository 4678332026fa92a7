package config

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"

	"daymark/checker"
)

// maxRecording bounds the file of a recording.
const maxRecording = 1_000_000

// RecordingOptions says of the check what its recording does not.
type RecordingOptions struct {
	ID       string // made of the recording's title when empty
	Name     string // the recording's title when empty
	Schedule string // a cron line; "@every 5m" when empty
}

// Recorded is the browser check that came of a recording.
type Recorded struct {
	// YAML is one item of components[].checks. Comments stand where a step
	// of the recording is missing, or where a secret was.
	YAML []byte
	// Check is what a configuration with that item holds.
	Check checker.Check
	// Notes tell in a sentence each what of the recording is not, or not
	// wholly, in the check, and which variables agents have to have.
	Notes []string
	// Variables are the names that stand as ${agent-env:NAME} in the check.
	Variables []string
}

// LoadRecording is ParseRecording for the file at path.
func LoadRecording(path string, options RecordingOptions) (*Recorded, error) {
	source, err := readFile(path, maxRecording)
	if err != nil {
		return nil, Faults{{File: path, Message: "the recording cannot be read: " + reason(err)}}
	}
	return ParseRecording(path, source, options)
}

// ParseRecording turns a recording that the Recorder of Chrome's DevTools has
// exported as JSON into a browser check; path places faults. What cannot be
// read is Faults, with one fault, and nothing is made of it. What can be read
// and has no counterpart in a journey is told in Notes and in the YAML.
//
// The YAML always passes as part of a configuration, and holds nothing that
// was typed into a field that looks secret.
func ParseRecording(path string, source []byte, options RecordingOptions) (*Recorded, error) {
	read, fault := readRecording(source)
	if fault != nil {
		fault.File = path
		return nil, Faults{*fault}
	}
	options.Schedule = cmp.Or(options.Schedule, "@every 5m")
	// A configuration would read ${ as a variable.
	options.Name = strings.ReplaceAll(oneLine(cmp.Or(options.Name, read.title)), "${", "$ {")
	options.ID = cmp.Or(options.ID, idOf(read.title))
	for _, part := range []struct{ what, key, value string }{
		{"the id", "id", options.ID}, {"the schedule", "schedule", options.Schedule},
	} {
		f := formats["components[].checks[]."+part.key]
		if why := f.why(part.value); why != "" {
			return nil, Faults{{File: path, Message: strings.TrimRight(fmt.Sprintf("%s %q is not %s: %s", part.what, part.value, f.want, why), ": ")}}
		}
	}
	t := newTranslation(options.ID, read.steps)
	t.all()
	if t.done == 0 {
		return nil, Faults{{File: path, Message: strings.Join(append([]string{"no step of this recording can be tried again"}, t.notes...), "; ")}}
	}
	return t.recorded(path, options, read.timeout)
}

// recorded writes the check and reads it again as a configuration would.
func (t *translation) recorded(path string, options RecordingOptions, stepTimeout float64) (*Recorded, error) {
	text, err := t.yaml(options, stepTimeout)
	if err != nil {
		return nil, fmt.Errorf("write the check as YAML: %w", err)
	}
	document, err := Parse(path, []byte(aroundCheck+indent(string(text), 6)), Options{})
	if err != nil {
		return nil, fmt.Errorf("the check that came of %s would be refused: %w", path, err)
	}
	check := document.Components[0].Checks[0]
	check.Component, check.Regions = "", nil // those of the lines around it
	return &Recorded{YAML: text, Check: check, Notes: t.allNotes(), Variables: t.variables}, nil
}

// aroundCheck makes a configuration of a list of checks.
const aroundCheck = `version: 1
page: {name: Recording, url: "https://status.example.org"}
components:
  - id: recorded
    name: Recorded
    checks:
`

// indent puts spaces before each line that is not empty.
func indent(text string, spaces int) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) != "" {
			out.WriteString(strings.Repeat(" ", spaces))
		}
		out.WriteString(line)
	}
	return out.String()
}

// idOf makes an id of a title: "Sign in, then buy" is sign-in-then-buy.
func idOf(title string) string {
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	id := strings.Join(words, "-")
	if len(id) > 40 {
		id = strings.TrimRight(id[:40], "-")
	}
	if id == "" || id[0] < 'a' {
		id = strings.TrimRight("recording-"+id, "-")
	}
	return id
}

// oneLine makes any run of white space, line ends too, one space, and drops
// what cannot be shown.
func oneLine(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return -1
		}
		return r
	}, text)
}
