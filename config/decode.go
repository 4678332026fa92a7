package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// decoder puts the nodes of a file into structs, by their yaml tags, and
// gathers what does not fit.
type decoder struct {
	file    string
	base    string // the folder that relative paths begin in
	options Options
	source  source
	nodes   map[string]*node // by path
	secrets []string
	faults  Faults
}

func (d *decoder) fault(at place, path, format string, args ...any) {
	d.faults = append(d.faults, Fault{d.file, at.line, at.column, path, fmt.Sprintf(format, args...)})
}

// document decodes the whole file.
func (d *decoder) document(root *node, document *Document) {
	d.put(root, "", reflect.ValueOf(document).Elem(), nil)
}

// put decodes a node into a value. words are those that its texts can be.
func (d *decoder) put(n *node, pattern string, into reflect.Value, words []string) {
	n.pattern = pattern
	d.nodes[n.path] = n
	if n.shape == null || n.broken {
		return // as if the key were absent
	}
	if into.Kind() == reflect.Pointer {
		fresh := reflect.New(into.Type().Elem())
		d.put(n, pattern, fresh.Elem(), words)
		into.Set(fresh)
		return
	}
	if parse, is := writtenAsText[into.Type()]; is && n.shape != mapping {
		d.custom(n, into, parse)
		return
	}
	switch into.Kind() {
	case reflect.Struct:
		d.structure(n, pattern, into)
	case reflect.Slice:
		d.list(n, pattern, into, words)
	case reflect.Map:
		d.table(n, pattern, into)
	case reflect.Interface:
		into.Set(reflect.ValueOf(native(n)))
	default:
		d.scalar(n, into, words)
	}
}

func (d *decoder) structure(n *node, pattern string, into reflect.Value) {
	if n.shape != mapping {
		d.fault(n.at, n.path, "%s stands here, and a mapping is wanted: keys are %s", describe(n), choices(keysOf(into.Type())))
		return
	}
	fields := fieldsOf(into)
	for _, e := range n.entries {
		field, known := fields[e.key]
		if !known {
			d.unknownKey(n, e, into.Type())
			continue
		}
		d.put(e.value, join(pattern, e.key), field.value, field.words)
	}
	for _, key := range required[pattern] {
		switch member := n.find(key); {
		case member != nil && member.broken:
		case member == nil || member.shape == null:
			d.fault(n.at, n.path, "the key %q is missing here", key)
		case member.empty() && !member.secret:
			d.fault(member.at, member.path, "this is empty, and a value is needed")
		case member.empty():
			d.fault(member.at, member.path, "what %s stands for is empty, and a value is needed", shown(member))
		}
	}
}

func (d *decoder) unknownKey(n *node, e entry, in reflect.Type) {
	known := keysOf(in)
	if meant := nearest(e.key, known); meant != "" {
		d.fault(e.at, join(n.path, e.key), "this key is not known: %q is probably meant", meant)
		return
	}
	d.fault(e.at, join(n.path, e.key), "this key is not known: keys here are %s", choices(known))
}

func (d *decoder) list(n *node, pattern string, into reflect.Value, words []string) {
	if n.shape != sequence {
		d.fault(n.at, n.path, "%s stands here, and a list is wanted: write [a, b] or one line each with a dash", describe(n))
		return
	}
	all := reflect.MakeSlice(into.Type(), len(n.items), len(n.items))
	for i, item := range n.items {
		if item.shape == null {
			d.fault(item.at, item.path, "an item of the list is empty: fill it in or leave it out")
		}
		d.put(item, pattern+"[]", all.Index(i), words)
	}
	into.Set(all)
}

func (d *decoder) table(n *node, pattern string, into reflect.Value) {
	if n.shape != mapping {
		d.fault(n.at, n.path, "%s stands here, and a mapping is wanted: {key: value}", describe(n))
		return
	}
	all := reflect.MakeMapWithSize(into.Type(), len(n.entries))
	for _, e := range n.entries {
		value := reflect.New(into.Type().Elem()).Elem()
		d.put(e.value, pattern+".*", value, nil)
		all.SetMapIndex(reflect.ValueOf(e.key), value)
	}
	into.Set(all)
}

type field struct {
	value reflect.Value
	words []string
}

// fieldsOf gives the fields of a struct by their keys, embedded ones
// included.
func fieldsOf(of reflect.Value) map[string]field {
	all := map[string]field{}
	for i := range of.NumField() {
		about := of.Type().Field(i)
		name, option, _ := strings.Cut(about.Tag.Get("yaml"), ",")
		switch {
		case option == "inline":
			maps.Copy(all, fieldsOf(of.Field(i)))
		case name != "" && name != "-":
			f := field{value: of.Field(i)}
			if words := about.Tag.Get("words"); words != "" {
				f.words = strings.Split(words, ",")
			}
			all[name] = f
		}
	}
	return all
}

// keysOf lists the keys of a struct in its order.
func keysOf(of reflect.Type) []string {
	var all []string
	for about := range of.Fields() {
		name, option, _ := strings.Cut(about.Tag.Get("yaml"), ",")
		switch {
		case option == "inline":
			all = append(all, keysOf(about.Type)...)
		case name != "" && name != "-":
			all = append(all, name)
		}
	}
	return all
}

// describe names what a node is, for a message.
func describe(n *node) string {
	switch n.shape {
	case mapping:
		return "a mapping"
	case sequence:
		return "a list"
	case text:
		return "the text " + shown(n)
	case whole, decimal:
		return "the number " + n.written
	case truth:
		return n.written
	}
	return "nothing"
}

// shown writes a scalar as it stands in the file, a text in quotes, a secret
// by its reference.
func shown(n *node) string {
	const most = 80
	written := []rune(n.written)
	if len(written) > most {
		written = append(slices.Clone(written[:most]), '…')
	}
	if n.shape != text {
		return string(written)
	}
	return fmt.Sprintf("%q", string(written))
}
