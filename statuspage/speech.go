package statuspage

import (
	"encoding/json"
	"fmt"
	"strings"

	"daymark/internal/lang"
)

// speech says what the page says, in one language: every sentence, whole. The
// sentences themselves are messages of package lang, under "page.".
type speech struct{ *lang.Language }

// say says a sentence that nothing is filled into.
func (s speech) sentence(id string) string { return s.Text("page."+id, nil) }

// with fills a sentence.
func (s speech) with(id string, values lang.Values) string { return s.Text("page."+id, values) }

// fixed gives words of the templates; a name that is none fails the rendering.
func (s speech) fixed(name string) (string, error) {
	id := "page." + name
	if words := s.Text(id, nil); words != id {
		return words, nil
	}
	return "", fmt.Errorf("no text is called %q", name)
}

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
func (s speech) place(id string, at Moment) Line { return placed(s.sentence(id), at) }

func placed(sentence string, at Moment) Line {
	before, after, found := strings.Cut(sentence, "{time}")
	if !found {
		return Line{Before: sentence}
	}
	if strings.HasSuffix(at.Text, ".") {
		after = strings.TrimPrefix(after, ".") // a shortened month has brought it
	}
	return Line{Before: before, At: &at, After: after}
}

// plain is a sentence without a moment.
func plain(sentence string) Line { return Line{Before: sentence} }

// browserWords is what scripts of the page say times with, as JSON, where the
// browser does not know the language; empty for one that all of them know.
func (s speech) browserWords() string {
	if !s.Rare {
		return ""
	}
	words := map[string]any{"ago": s.Text("page.time-ago", nil), "in": s.Text("page.time-in", nil)}
	for unit, id := range map[string]string{"second": "s", "minute": "min", "hour": "h", "day": "d"} {
		words[unit] = s.Text("time."+id, nil)
	}
	words["month-long"], words["month-short"] = s.Months()
	words["weekday-long"], words["weekday-short"] = s.Weekdays()
	text, err := json.Marshal(words)
	if err != nil {
		panic(err) // of strings alone
	}
	return string(text)
}
