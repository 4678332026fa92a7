package config

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"daymark/checker"
)

// written is a text of the YAML. It stands plain where nobody can misread it,
// otherwise in double quotes with all on one line.
type written string

// plainText is what any reader of YAML takes for a text.
var plainText = regexp.MustCompile(`^(https?://[A-Za-z0-9_./%-]+(:[0-9]+)?)?[A-Za-z/][A-Za-z0-9_./@'()£€%+-]*( [A-Za-z0-9_./@'()£€%+-]+)*$`)

// MarshalYAML writes the text.
func (w written) MarshalYAML() ([]byte, error) {
	text := string(w)
	var back any
	if plainText.MatchString(text) && yaml.Unmarshal([]byte(text), &back) == nil && back == text && !strings.Contains("true false yes no on off null y n", strings.ToLower(text)) {
		return []byte(text), nil
	}
	return []byte(strconv.Quote(text)), nil
}

// writtenFill is a field and what goes into it.
type writtenFill struct {
	Field written `yaml:"field"`
	With  written `yaml:"with"`
}

type writtenExpect struct {
	Script written `yaml:"script"`
	Is     any     `yaml:"is"`
}

// writtenStep is a step in the order and style of docs/checks.md.
type writtenStep struct {
	Open   written        `yaml:"open,omitempty"`
	Fill   *writtenFill   `yaml:"fill,omitempty,flow"`
	Select *writtenFill   `yaml:"select,omitempty,flow"`
	Upload *writtenFill   `yaml:"upload,omitempty,flow"`
	Click  written        `yaml:"click,omitempty"`
	Hover  written        `yaml:"hover,omitempty"`
	Press  written        `yaml:"press,omitempty"`
	See    written        `yaml:"see,omitempty"`
	NotSee written        `yaml:"not_see,omitempty"`
	Expect *writtenExpect `yaml:"expect,omitempty,flow"`
}

func writeFill(fill *checker.Fill) *writtenFill {
	if fill == nil {
		return nil
	}
	return &writtenFill{written(fill.Field), written(fill.With)}
}

func writeStep(step *checker.BrowserStep) writtenStep {
	made := writtenStep{
		Open: written(step.Open), Fill: writeFill(step.Fill), Select: writeFill(step.Select), Upload: writeFill(step.Upload),
		Click: written(step.Click), Hover: written(step.Hover), Press: written(step.Press),
		See: written(step.See), NotSee: written(step.NotSee),
	}
	if step.Expect != nil {
		is := step.Expect.Is
		if text, ok := is.(string); ok {
			is = written(text)
		}
		made.Expect = &writtenExpect{written(step.Expect.Script), is}
	}
	return made
}

// yaml writes the check, in the order of docs/checks.md.
func (t *translation) yaml(options RecordingOptions, stepTimeout float64) ([]byte, error) {
	var out bytes.Buffer
	put := func(spaces int, value any) error {
		text, err := yaml.Marshal(value)
		if err == nil {
			out.WriteString(indent(string(text), spaces))
		}
		return err
	}
	err := put(0, []struct {
		ID       written `yaml:"id"`
		Name     written `yaml:"name,omitempty"`
		Schedule written `yaml:"schedule"`
		Timeout  string  `yaml:"timeout"`
	}{{written(options.ID), written(options.Name), written(options.Schedule), t.timeout(stepTimeout)}})
	if err != nil {
		return nil, err
	}
	out.WriteString("  browser:\n")
	if t.viewport != "" {
		fmt.Fprintf(&out, "    viewport: %s\n", t.viewport)
	}
	if allowed := t.allowed(); len(allowed) > 0 {
		var origins []written
		for _, origin := range allowed {
			origins = append(origins, written(origin))
		}
		err := put(4, struct {
			Origins []written `yaml:"allow_origins,flow"`
		}{origins})
		if err != nil {
			return nil, err
		}
	}
	out.WriteString("    steps:\n")
	for _, line := range t.lines {
		for _, comment := range line.comments {
			fmt.Fprintf(&out, "      # %s\n", comment)
		}
		if line.step == nil {
			continue
		}
		if err := put(6, []writtenStep{writeStep(line.step)}); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

// timeout is that of all steps: enough for the slowest that was allowed for,
// and below the usual five minutes between two runs.
func (t *translation) timeout(stepTimeout float64) string {
	longest := stepTimeout
	for i := range t.steps {
		longest = max(longest, t.steps[i].Timeout)
	}
	seconds := max(30, 3*float64(t.done), 20+longest/1000)
	return strconv.Itoa(int(min(10*math.Ceil(seconds/10), 240))) + "s"
}
