package checker

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// agentEnv is ${agent-env:NAME}; a name that is none is caught when it is
// looked up.
var agentEnv = regexp.MustCompile(`\$\{agent-env:([^{}]*)\}`)

// MissingError is the error for environment variables that a check needs and
// the agent does not have.
type MissingError struct {
	Check string
	Names []string
}

// Error names the check and the variables.
func (m *MissingError) Error() string {
	if len(m.Names) == 1 {
		return fmt.Sprintf("check %s needs the environment variable %s, which is not set on this agent", m.Check, m.Names[0])
	}
	return fmt.Sprintf("check %s needs the environment variables %s, which are not set on this agent", m.Check, strings.Join(m.Names, ", "))
}

// Expand replaces ${agent-env:NAME} in every string of the check by what
// lookup, such as os.LookupEnv, gives for NAME. The result shares nothing with
// the check given. With it come the values used, for redaction.
//
// A variable that is missing is a *MissingError; the check then comes with
// what could be replaced, and RunOnce answers `unknown` for it.
func Expand(check Check, lookup func(string) (string, bool)) (Check, []string, error) {
	e := expander{lookup: lookup}
	expanded := e.copy(reflect.ValueOf(check)).Interface().(Check)
	slices.Sort(e.used)
	slices.Sort(e.missing)
	used := slices.Compact(e.used)
	if len(e.missing) > 0 {
		return expanded, used, &MissingError{check.ID, slices.Compact(e.missing)}
	}
	return expanded, used, nil
}

type expander struct {
	lookup        func(string) (string, bool)
	used, missing []string
}

func (e *expander) text(text string) string {
	if !strings.Contains(text, "${agent-env:") {
		return text
	}
	return agentEnv.ReplaceAllStringFunc(text, func(found string) string {
		name := agentEnv.FindStringSubmatch(found)[1]
		value, ok := e.lookup(name)
		if !ok {
			e.missing = append(e.missing, name)
			return found
		}
		if value != "" {
			e.used = append(e.used, value)
		}
		return value
	})
}

// copy gives a deep copy with strings replaced. Names of headers and of saved
// values (the keys of maps) stay as they are.
func (e *expander) copy(value reflect.Value) reflect.Value {
	switch value.Kind() {
	case reflect.String:
		return reflect.ValueOf(e.text(value.String())).Convert(value.Type())
	case reflect.Struct:
		copied := reflect.New(value.Type()).Elem()
		copied.Set(value)
		for i := range value.NumField() {
			if copied.Field(i).CanSet() {
				copied.Field(i).Set(e.copy(value.Field(i)))
			}
		}
		return copied
	case reflect.Pointer, reflect.Interface:
		if value.IsNil() {
			return value
		}
		if value.Kind() == reflect.Interface {
			return e.copy(value.Elem())
		}
		copied := reflect.New(value.Type().Elem())
		copied.Elem().Set(e.copy(value.Elem()))
		return copied
	case reflect.Slice:
		if value.IsNil() {
			return value
		}
		copied := reflect.MakeSlice(value.Type(), value.Len(), value.Len())
		for i := range value.Len() {
			copied.Index(i).Set(e.copy(value.Index(i)))
		}
		return copied
	case reflect.Map:
		if value.IsNil() {
			return value
		}
		copied := reflect.MakeMapWithSize(value.Type(), value.Len())
		for each := value.MapRange(); each.Next(); {
			copied.SetMapIndex(each.Key(), e.copy(each.Value()))
		}
		return copied
	}
	return value
}
