package expression

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// The library tells a fault in the words of its parser and of Go's types.
// These are its forms; what fits none of them stays as it is.
var (
	unexpectedForm = regexp.MustCompile(`^unexpected token (\w+)(?:\("(.*)"\))?$`)
	mismatchForm   = regexp.MustCompile(`^invalid operation: (.+) \(mismatched types (\S+) and (\S+)\)$`)
	unknownForm    = regexp.MustCompile(`^unknown name (\w+)$`)
	resultForm     = regexp.MustCompile(`^expected bool, but got (\S+)$`)
	fieldForm      = regexp.MustCompile(`^type (.+) has no field (\w+)$`)
)

// inWords says a fault of the library to the person who wrote the expression:
// what is wrong, and what would be right.
func inWords(text string, facts any) string {
	if m := unexpectedForm.FindStringSubmatch(text); m != nil {
		switch {
		case m[1] == "EOF":
			return "it ends too early: something is missing at its end"
		case m[2] == "=":
			return "= compares nothing: write =="
		case m[2] != "":
			return fmt.Sprintf("%q does not belong here", m[2])
		}
	}
	if m := mismatchForm.FindStringSubmatch(text); m != nil {
		hint := ""
		if strings.Contains(m[2]+m[3], "time.Duration") {
			hint = `; a duration is written as duration("800ms")`
		}
		return fmt.Sprintf("%s does not go between %s and %s%s", m[1], typeWord(m[2]), typeWord(m[3]), hint)
	}
	if m := unknownForm.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("unknown name %s: there are %s; a text stands in quotes", m[1], strings.Join(factNames(reflect.TypeOf(facts)), ", "))
	}
	if m := resultForm.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("it gives %s, not true or false: compare it with something", typeWord(m[1]))
	}
	if m := fieldForm.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("there is no %s: there are %s", m[2], strings.Join(factNames(partOf(reflect.TypeOf(facts), m[1])), ", "))
	}
	return text
}

// typeWord names a type of Go for people.
func typeWord(name string) string {
	switch name {
	case "int", "int64", "float64":
		return "a number"
	case "string":
		return "a text"
	case "bool":
		return "a yes or no"
	case "time.Duration":
		return "a duration"
	}
	if strings.HasPrefix(name, "[]") {
		return "a list"
	}
	return name
}

// factNames lists what an expression may read of a struct, in order of the
// alphabet.
func factNames(facts reflect.Type) []string {
	if facts == nil || facts.Kind() != reflect.Struct {
		return []string{"none"}
	}
	var names []string
	for _, field := range reflect.VisibleFields(facts) {
		if name := field.Tag.Get("expr"); name != "" && name != "-" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// partOf finds the struct of that name among the fields of the facts.
func partOf(facts reflect.Type, name string) reflect.Type {
	if facts == nil || facts.Kind() != reflect.Struct {
		return nil
	}
	for _, field := range reflect.VisibleFields(facts) {
		if field.Type.String() == name {
			return field.Type
		}
	}
	return nil
}
