package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxRecorded bounds the steps of a recording; nobody clicks so often.
const maxRecorded = 1000

// recording is what the Recorder exports.
type recording struct {
	title   string
	timeout float64 // of each step, in milliseconds; 0: the Recorder's 5 s
	steps   []recordedStep
}

// recordedStep holds the keys of every type of step; each has its own few.
type recordedStep struct {
	number int // from 1

	Type       string          `json:"type"`
	Timeout    float64         `json:"timeout"` // milliseconds
	Target     string          `json:"target"`  // "main", or the address of a frame or tab beside it
	Frame      []int           `json:"frame"`   // the way to a frame
	Selectors  []recordedPath  `json:"selectors"`
	URL        string          `json:"url"`
	Value      string          `json:"value"`
	Key        string          `json:"key"`
	Button     string          `json:"button"`
	Name       string          `json:"name"`
	Expression string          `json:"expression"`
	Operator   string          `json:"operator"`
	Count      *float64        `json:"count"`
	Visible    *bool           `json:"visible"`
	Attributes json.RawMessage `json:"attributes"`
	Properties json.RawMessage `json:"properties"`
	Width      float64         `json:"width"`
	Height     float64         `json:"height"`
	Scale      float64         `json:"deviceScaleFactor"`
	Mobile     bool            `json:"isMobile"`
	Touch      bool            `json:"hasTouch"`
	Asserted   []assertedEvent `json:"assertedEvents"`

	unknown []string // keys that are none of the Recorder's
}

// unused are keys that the Recorder writes and a journey has no need of.
var unused = []string{"offsetX", "offsetY", "duration", "deviceType", "isLandscape", "x", "y", "parameters", "download", "upload", "latency"}

// assertedEvent is what the Recorder saw come of a step.
type assertedEvent struct {
	Type  string `json:"type"`
	URL   string `json:"url"`
	Title string `json:"title"`
}

// recordedPath is one way to an element: a selector, or several that lead
// through the hosts of shadow roots.
type recordedPath []string

// UnmarshalJSON also takes the one selector without its list.
func (p *recordedPath) UnmarshalJSON(source []byte) error {
	if len(source) > 0 && source[0] == '"' {
		*p = make(recordedPath, 1)
		return json.Unmarshal(source, &(*p)[0])
	}
	return json.Unmarshal(source, (*[]string)(p))
}

// readRecording reads the export, and gives the one thing that is wrong with
// it.
func readRecording(source []byte) (recording, *Fault) {
	at := func(offset int64, path, format string, args ...any) *Fault {
		before := source[:min(max(int(offset), 0), len(source))]
		line := bytes.Count(before, []byte("\n")) + 1
		column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
		return &Fault{Line: line, Column: column, Path: path, Message: fmt.Sprintf(format, args...)}
	}
	// value gives where the value begins that comes after a key.
	value := func(offset int64) int64 {
		rest := source[offset:]
		return offset + int64(len(rest)-len(bytes.TrimLeft(rest, ": \t\r\n")))
	}
	var read recording
	if len(source) > maxRecording {
		return read, &Fault{Message: "the recording is larger than 1 MB, which none is"}
	}
	if !utf8.Valid(source) {
		valid := strings.ToValidUTF8(string(source), "\x00")
		return read, at(int64(commonPrefix(source, valid)), "", "this is not text in UTF-8")
	}
	var whole json.RawMessage
	if err := json.Unmarshal(source, &whole); err != nil {
		offset := int64(len(source))
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			offset = syntax.Offset - 1
		}
		return read, at(offset, "", "this is not JSON (%v): export the recording from the Recorder as JSON", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(source))
	if first, _ := decoder.Token(); first != json.Delim('{') { // it is JSON, as was seen
		return read, at(0, "", "this is not a recording: one begins with { and has a title and steps")
	}
	var have []string
	for decoder.More() {
		token, _ := decoder.Token() // as above
		key, _ := token.(string)
		began := decoder.InputOffset()
		if slices.Contains(have, key) {
			return read, at(began-int64(len(key))-2, key, "this key stands twice")
		}
		have = append(have, key)
		var into any
		var wrong *json.UnmarshalTypeError
		switch key {
		case "title":
			into = &read.title
		case "timeout":
			into = &read.timeout
		case "steps":
			if fault := read.readSteps(decoder, value(began), at); fault != nil {
				return read, fault
			}
			continue
		default:
			into = new(json.RawMessage)
		}
		if err := decoder.Decode(into); errors.As(err, &wrong) {
			return read, at(value(began), key, "this is a %s, and the Recorder writes a %s here", wrong.Value, wrong.Type.Name())
		}
	}
	if !slices.Contains(have, "steps") {
		return read, at(0, "", "this is not a recording: it has no steps")
	}
	return read, nil
}

func (r *recording) readSteps(decoder *json.Decoder, began int64, at func(int64, string, string, ...any) *Fault) *Fault {
	if first, _ := decoder.Token(); first != json.Delim('[') { // it is JSON, as was seen
		return at(began, "steps", "this is not a list of steps")
	}
	for decoder.More() {
		if len(r.steps) == maxRecorded {
			return at(decoder.InputOffset(), "steps", "a recording has at most %d steps", maxRecorded)
		}
		var raw json.RawMessage
		_ = decoder.Decode(&raw) // as above
		start, path := decoder.InputOffset()-int64(len(raw)), index("steps", len(r.steps))
		step := recordedStep{number: len(r.steps) + 1}
		var wrong *json.UnmarshalTypeError
		switch err := json.Unmarshal(raw, &step); {
		case errors.As(err, &wrong) && wrong.Field != "":
			return at(start+wrong.Offset-1, path+"."+wrong.Field, "this is a %s, which the Recorder never writes here", wrong.Value)
		case err != nil || raw[0] != '{':
			return at(start, path, "this is not a step: one begins with { and has a type")
		case step.Type == "":
			return at(start, path, "this step has no type")
		}
		step.unknown = unknownKeys(raw)
		r.steps = append(r.steps, step)
	}
	_, _ = decoder.Token() // the end of the list
	return nil
}

// unknownKeys lists the keys of a step that are none of the Recorder's.
func unknownKeys(raw json.RawMessage) []string {
	known := slices.Clone(unused)
	for field := range reflect.TypeFor[recordedStep]().Fields() {
		known = append(known, field.Tag.Get("json"))
	}
	var all map[string]json.RawMessage
	_ = json.Unmarshal(raw, &all) // it was read before
	return slices.DeleteFunc(slices.Sorted(maps.Keys(all)), func(key string) bool { return slices.Contains(known, key) })
}

// commonPrefix counts the bytes that both begin with.
func commonPrefix(a []byte, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
