package console

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// stamp is how the API writes a time: RFC 3339 in UTC, to the millisecond.
const stamp = "2006-01-02T15:04:05.000Z"

// Time is a time of the API. The zero time is left out where it can be.
type Time struct{ time.Time }

// MarshalJSON writes it.
func (t Time) MarshalJSON() ([]byte, error) { return []byte(`"` + t.UTC().Format(stamp) + `"`), nil }

// standardLongest is how many characters a text has at most where nothing else
// is said.
const standardLongest = 200

// field is a field of a struct that is asked or answered.
type field struct {
	index    []int
	typ      reflect.Type
	in       string // path, query or body
	name     string
	optional bool
	doc      string
	words    []string
	standard string // stands for what was left out
	longest  int    // characters of a text
	least    int
	most     int // 0: no bound
}

// fieldsOf lists the fields of a struct, those of embedded ones among them.
func fieldsOf(t reflect.Type) []field {
	var all []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct {
			for _, inner := range fieldsOf(f.Type) {
				inner.index = append([]int{i}, inner.index...)
				all = append(all, inner)
			}
			continue
		}
		one := field{
			index: []int{i}, typ: f.Type, in: "body", name: name, doc: f.Tag.Get("doc"), standard: f.Tag.Get("default"),
			optional: slices.ContainsFunc(strings.Split(options, ","), func(o string) bool { return o == "omitempty" || o == "omitzero" }),
			longest:  numberOr(f.Tag.Get("longest"), standardLongest), least: numberOr(f.Tag.Get("least"), 0), most: numberOr(f.Tag.Get("most"), 0),
		}
		if words := f.Tag.Get("words"); words != "" {
			one.words = strings.Split(words, ",")
		}
		if from := f.Tag.Get("path"); from != "" {
			one.in, one.name = "path", from
		}
		if from := f.Tag.Get("query"); from != "" {
			one.in, one.name, one.optional = "query", from, true
		}
		all = append(all, one)
	}
	return all
}

func numberOr(text string, standard int) int {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return standard
}

// in gives the fields that come from one place.
func in(fields []field, place string) []field {
	return slices.DeleteFunc(slices.Clone(fields), func(f field) bool { return f.in != place })
}

func names(fields []field) string {
	all := make([]string, len(fields))
	for i := range fields {
		all[i] = fields[i].name
	}
	return strings.Join(all, ", ")
}
