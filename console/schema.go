package console

import (
	"encoding/json"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"
)

// object is a JSON object of the document.
type object map[string]any

// schemas makes JSON Schemas (draft 2020-12, as OpenAPI 3.1 has it) of Go
// types. Structs become components with a name.
type schemas struct{ components object }

// of gives the schema of a type, or a reference to it.
func (s *schemas) of(t reflect.Type) object {
	switch {
	case t == reflect.TypeFor[Time]():
		return object{"type": "string", "format": "date-time", "examples": []string{"2026-12-01T13:42:07.000Z"}}
	case t == reflect.TypeFor[json.RawMessage]():
		return object{"type": "object"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem())
	case reflect.Struct:
		return s.component(t)
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return object{"type": "string", "contentEncoding": "base64"}
		}
		return object{"type": "array", "items": s.of(t.Elem())}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.Int, reflect.Int64:
		return object{"type": "integer"}
	}
	panic("the API has no schema for " + t.String()) // a test makes the whole document
}

// component gives a reference to a struct's schema, which it makes once.
func (s *schemas) component(t reflect.Type) object {
	name := schemaName(t.Name())
	if _, made := s.components[name]; !made {
		s.components[name] = object{} // a struct may hold itself
		s.components[name] = s.structure(in(fieldsOf(t), "body"))
	}
	return object{"$ref": "#/components/schemas/" + name}
}

func (s *schemas) structure(fields []field) object {
	properties, required := object{}, []string{}
	for i := range fields {
		properties[fields[i].name] = s.field(&fields[i])
		if !fields[i].optional {
			required = append(required, fields[i].name)
		}
	}
	schema := object{"type": "object", "properties": properties}
	if len(required) > 0 {
		schema["required"] = required
	}
	return schema
}

// field gives the schema of a field with what its tags say. What a list's
// tags say is of its items.
func (s *schemas) field(f *field) object {
	schema := s.of(f.typ)
	inner := schema
	if items, ok := schema["items"].(object); ok {
		inner = items
	}
	if len(f.words) > 0 {
		inner["enum"] = f.words
	}
	if inner["type"] == "integer" && f.most > 0 {
		inner["minimum"], inner["maximum"] = f.least, f.most
	}
	if f.standard != "" {
		schema["default"] = f.standard
		if n := numberOr(f.standard, -1); schema["type"] == "integer" {
			schema["default"] = n
		}
	}
	if f.doc != "" {
		schema["description"] = f.doc
	}
	return schema
}

// asked is the schema of what a body may hold, and nothing else.
func (s *schemas) asked(fields []field) object {
	schema := s.structure(fields)
	schema["additionalProperties"] = false
	for i := range fields {
		if property, ok := schema["properties"].(object)[fields[i].name].(object); ok && property["type"] == "string" && len(fields[i].words) == 0 {
			property["maxLength"] = fields[i].longest
		}
	}
	return schema
}

// schemaName makes Incident of incidentRow, and IncidentPage of
// page[daymark/console.incidentRow].
func schemaName(name string) string {
	base, argument, generic := strings.Cut(name, "[")
	if generic {
		argument = strings.TrimSuffix(argument, "]")
		argument = argument[strings.LastIndexByte(argument, '.')+1:]
		return schemaName(argument) + schemaName(base)
	}
	base = strings.TrimSuffix(base, "Row")
	first, size := utf8.DecodeRuneInString(base)
	return string(unicode.ToUpper(first)) + base[size:]
}
