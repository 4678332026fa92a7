package console

import (
	"fmt"
	"reflect"
	"slices"
	"time"

	"daymark/internal/web"
)

// checkObject compares what was parsed with the fields that are meant, by
// their exact names, and tells each difference with its place. encoding/json
// would take Role for role and ignore what it does not know.
func checkObject(at string, value any, fields []field) []web.Wrong {
	object, ok := value.(map[string]any)
	if !ok {
		return []web.Wrong{{Where: at, Detail: "It is to be an object, not " + kindOf(value) + "."}}
	}
	var wrong []web.Wrong
	for _, f := range fields {
		inner, given := object[f.name]
		switch {
		case (!given || inner == nil) && !f.optional:
			wrong = append(wrong, web.Wrong{Where: at + "." + f.name, Detail: "It is missing."})
		case given && inner != nil:
			wrong = append(wrong, checkValue(at+"."+f.name, inner, f.typ, &f)...)
		}
	}
	unknown := []string{}
	for name := range object {
		if !slices.ContainsFunc(fields, func(f field) bool { return f.name == name }) {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	for _, name := range unknown {
		wrong = append(wrong, web.Wrong{Where: at + "." + clip(name), Detail: "There is no such field; there are " + names(fields) + "."})
	}
	return wrong
}

func checkValue(at string, value any, t reflect.Type, f *field) []web.Wrong {
	refuse := func(want string) []web.Wrong {
		return []web.Wrong{{Where: at, Detail: "It is to be " + want + ", not " + kindOf(value) + "."}}
	}
	switch {
	case t.Kind() == reflect.Pointer:
		return checkValue(at, value, t.Elem(), f)
	case t == reflect.TypeFor[Time]():
		text, ok := value.(string)
		if !ok {
			return refuse("a time")
		}
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			return []web.Wrong{{Where: at, Detail: "It is to be a time such as 2026-12-01T13:00:00Z."}}
		}
	case t.Kind() == reflect.Struct:
		return checkObject(at, value, in(fieldsOf(t), "body"))
	case t.Kind() == reflect.Slice:
		list, ok := value.([]any)
		if !ok {
			return refuse("a list")
		}
		var wrong []web.Wrong
		for i, item := range list {
			wrong = append(wrong, checkValue(fmt.Sprintf("%s[%d]", at, i), item, t.Elem(), f)...)
		}
		return wrong
	case t.Kind() == reflect.String:
		text, ok := value.(string)
		if !ok {
			return refuse("text")
		}
		if detail := f.text(text); detail != "" {
			return []web.Wrong{{Where: at, Detail: detail}}
		}
	case t.Kind() == reflect.Bool:
		if _, ok := value.(bool); !ok {
			return refuse("true or false")
		}
	case t.Kind() == reflect.Int:
		number, ok := value.(float64)
		if !ok {
			return refuse("a number")
		}
		if number != float64(int(number)) || int(number) < f.least || f.most > 0 && int(number) > f.most {
			return []web.Wrong{{Where: at, Detail: fmt.Sprintf("It is to be a whole number from %d to %d.", f.least, f.most)}}
		}
	}
	return nil
}

// kindOf names what was parsed.
func kindOf(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case string:
		return "text"
	case bool:
		return "true or false"
	case float64:
		return "a number"
	case []any:
		return "a list"
	}
	return "an object"
}
