package console

import (
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"daymark/internal/web"
)

// ofEveryForm are the fields that every form of ours may send beside its own.
// beside names those that are for another button of the same form.
var ofEveryForm = []string{"csrf", "form", "from", "key", "then", "beside"}

// localTime is how a browser sends a time that was chosen, in the page's zone.
const localTime = "2006-01-02T15:04"

// decodeForm fills a struct from a form as strictly as decode does from JSON.
// An empty text stands for one that was left out, except where it can be told
// from one that is not there (*string); part of a list is named
// name.0.part; a list of words is sent as one field for each.
func decodeForm(r *http.Request, into reflect.Value, zone *time.Location) ([]web.Wrong, error) {
	fields := fieldsOf(into.Type())
	var wrong []web.Wrong
	for _, f := range in(fields, "path") {
		wrong = append(wrong, f.set(into, r.PathValue(f.name))...)
	}
	form := &formReader{values: r.PostForm, zone: zone, known: slices.Clone(ofEveryForm)}
	body := in(fields, "body")
	object := form.object("", body)
	beside := strings.Fields(r.PostForm.Get("beside"))
	for name := range r.PostForm {
		if !slices.Contains(form.known, name) && !slices.Contains(beside, name) {
			wrong = append(wrong, web.Wrong{Where: "body." + clip(name), Detail: "There is no such field."})
		}
	}
	if wrong = append(wrong, checkObject("body", object, body)...); len(wrong) > 0 {
		return wrong, nil
	}
	text, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	return nil, json.Unmarshal(text, into.Addr().Interface())
}

// formReader makes of a form what its JSON would be.
type formReader struct {
	values url.Values
	zone   *time.Location
	known  []string // the names that were looked for
}

func (f *formReader) object(prefix string, fields []field) map[string]any {
	object := map[string]any{}
	for i := range fields {
		if value := f.value(prefix+fields[i].name, fields[i].typ); value != nil {
			object[fields[i].name] = value
		}
	}
	return object
}

// value gives what a field has; nil: it was left out.
func (f *formReader) value(name string, t reflect.Type) any {
	f.known = append(f.known, name)
	text := strings.TrimSpace(strings.ReplaceAll(f.values.Get(name), "\r\n", "\n"))
	switch {
	case t == reflect.TypeFor[*string]() && f.values.Has(name):
		return text
	case t.Kind() == reflect.Pointer:
		return f.value(name, t.Elem())
	case t.Kind() == reflect.Bool:
		return text == "true" || text == "on"
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		return f.list(name, in(fieldsOf(t.Elem()), "body"))
	case t.Kind() == reflect.Slice:
		return f.words(name)
	case t.Kind() == reflect.Struct && t != reflect.TypeFor[Time]():
		return f.object(name+".", in(fieldsOf(t), "body"))
	case text == "":
		return nil
	case t.Kind() == reflect.Int:
		if n, err := strconv.Atoi(text); err == nil {
			return float64(n) // as JSON has numbers
		}
	case t == reflect.TypeFor[Time]():
		if at, err := time.ParseInLocation(localTime, text, f.zone); err == nil {
			return at.Format(time.RFC3339)
		}
	}
	return text
}

// words reads a list of words.
func (f *formReader) words(name string) any {
	var all []any
	for _, word := range f.values[name] {
		if word != "" {
			all = append(all, word)
		}
	}
	if all == nil {
		return nil
	}
	return all
}

// listed is the longest list of a form.
const listed = 500

// list reads a list of structs. One that lacks what it cannot be without is
// left out: its box was not ticked.
func (f *formReader) list(name string, fields []field) any {
	var all []any
	for i := range listed {
		object := f.object(name+"."+strconv.Itoa(i)+".", fields)
		if !slices.ContainsFunc(fields, func(one field) bool { return !one.optional && object[one.name] == nil }) {
			all = append(all, object)
		}
	}
	if all == nil {
		return nil
	}
	return all
}
