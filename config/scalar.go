package config

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"daymark/checker"
	"daymark/internal/expression"
	"daymark/notify"
	"daymark/slo"
	"daymark/support"
)

// writtenAsText are the types that the file has as one text or number, with
// the functions that read it.
var writtenAsText = map[reflect.Type]func(string) (any, error){
	reflect.TypeFor[time.Duration](): func(s string) (any, error) { return expression.ParseDuration(s) },
	reflect.TypeFor[checker.Size]():  func(s string) (any, error) { return parseSize(s) },
	reflect.TypeFor[notify.Rate]():   func(s string) (any, error) { return parseRate(s) },
	reflect.TypeFor[slo.Window]():    func(s string) (any, error) { return parseWindow(s) },
	reflect.TypeFor[support.Span]():  func(s string) (any, error) { return support.ParseSpan(s) },
	reflect.TypeFor[support.Hours](): func(s string) (any, error) {
		if s != "always" {
			return nil, fmt.Errorf("%q is neither the word always nor a mapping {days: MON-FRI, from: \"08:00\", to: \"18:00\"}", s)
		}
		return support.Hours{Always: true}, nil
	},
}

// custom decodes a type of ours that is written as text.
func (d *decoder) custom(n *node, into reflect.Value, parse func(string) (any, error)) {
	if n.shape == sequence || n.shape == truth {
		d.fault(n.at, n.path, "%s stands here, and %s is wanted", describe(n), wanted(into.Type()))
		return
	}
	value, err := parse(n.value)
	switch {
	case err != nil && n.secret:
		d.fault(n.at, n.path, "what %s stands for is not %s", shown(n), wanted(into.Type()))
	case err != nil:
		d.fault(n.at, n.path, "%s", err)
	default:
		into.Set(reflect.ValueOf(value))
		d.format(n)
	}
}

func wanted(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[time.Duration](), reflect.TypeFor[support.Span]():
		return "a duration such as 30s, 5m, 4h or 28d"
	case reflect.TypeFor[checker.Size]():
		return "a size such as 512KB or 1GB"
	case reflect.TypeFor[notify.Rate]():
		return "a count within a time, such as 3/1h"
	case reflect.TypeFor[slo.Window]():
		return "a duration such as 28d, or the word month"
	}
	return "the word always or a mapping"
}

// scalar decodes texts, numbers and truths.
func (d *decoder) scalar(n *node, into reflect.Value, words []string) {
	if n.shape == mapping || n.shape == sequence {
		d.fault(n.at, n.path, "%s stands here, and %s is wanted", describe(n), kindOf(into))
		return
	}
	switch into.Kind() {
	case reflect.String:
		if n.shape == truth {
			d.fault(n.at, n.path, "%s is a truth value here, and a text is wanted: write it in quotes", n.written)
			return
		}
		if strings.Contains(n.value, agentEnv) && !strings.HasPrefix(n.pattern, "components[].checks[].") {
			d.fault(n.at, n.path, "${agent-env:NAME} is for checks alone, because only they run on an agent: write ${env:NAME}")
			return
		}
		into.SetString(n.value)
		if d.word(n, words) {
			d.format(n)
		}
	case reflect.Bool:
		if n.shape != truth && !n.secret || n.value != "true" && n.value != "false" {
			d.fault(n.at, n.path, "%s stands here, and true or false is wanted", describe(n))
			return
		}
		into.SetBool(n.value == "true")
	case reflect.Int:
		value, err := strconv.Atoi(n.value)
		switch {
		case err != nil || n.shape != whole && !n.secret:
			d.fault(n.at, n.path, "%s stands here, and a whole number is wanted, without quotes", describe(n))
		case value < 0:
			d.fault(n.at, n.path, "%s is below 0, which this cannot be", describe(n))
		default:
			into.SetInt(int64(value))
			d.format(n)
		}
	case reflect.Float64:
		value, err := strconv.ParseFloat(n.value, 64)
		if err != nil || math.IsNaN(value) || math.IsInf(value, 0) || n.shape == text && !n.secret {
			d.fault(n.at, n.path, "%s stands here, and a number is wanted, without quotes", describe(n))
			return
		}
		into.SetFloat(value)
		d.format(n)
	}
}

// word says whether a text is one of those allowed; an empty one is as if the
// key were absent.
func (d *decoder) word(n *node, words []string) bool {
	if len(words) == 0 || slices.Contains(words, n.value) || n.value == "" && !strings.HasSuffix(n.path, "]") {
		return true
	}
	hint := ""
	if meant := nearest(n.value, words); meant != "" && !n.secret {
		hint = fmt.Sprintf("%q is probably meant, of ", meant)
	}
	d.fault(n.at, n.path, "%s is not one of the words for this: %s%s", shown(n), hint, choices(words))
	return false
}

func kindOf(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	}
	return "a text"
}

// native gives a node as JSON would: numbers are float64.
func native(n *node) any {
	switch n.shape {
	case mapping:
		all := map[string]any{}
		for _, e := range n.entries {
			all[e.key] = native(e.value)
		}
		return all
	case sequence:
		all := []any{}
		for _, item := range n.items {
			all = append(all, native(item))
		}
		return all
	case whole, decimal:
		if number, err := strconv.ParseFloat(n.value, 64); err == nil {
			return number
		}
	case truth:
		return n.value == "true"
	case null:
		return nil
	}
	return n.value
}

// parseSize reads a number of bytes with a unit: B, KB, MB, GB or TB, each a
// thousand of the one before.
func parseSize(s string) (checker.Size, error) {
	bad := fmt.Errorf("%q is not a size: write a number and a unit, such as 512KB or 1GB", s)
	digits := strings.TrimRight(s, "KMGTB")
	number, err := strconv.ParseFloat(digits, 64)
	if err != nil || number < 0 || strings.ContainsAny(digits, "+-eExXpP_ni") {
		return 0, bad
	}
	units := map[string]float64{"B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}
	factor, ok := units[s[len(digits):]]
	if s == "0" {
		factor, ok = 1, true
	}
	if !ok || number*factor > 1e18 {
		return 0, bad
	}
	return checker.Size(number * factor), nil
}

func parseRate(s string) (notify.Rate, error) {
	count, within, ok := strings.Cut(s, "/")
	number, err := strconv.Atoi(count)
	length, err2 := expression.ParseDuration(within)
	if !ok || err != nil || err2 != nil || number < 1 || length <= 0 {
		return notify.Rate{}, fmt.Errorf("%q is not a count within a time: write it as 3/1h", s)
	}
	return notify.Rate{Count: number, Within: length}, nil
}

func parseWindow(s string) (slo.Window, error) {
	if s == "month" {
		return slo.Window{Month: true}, nil
	}
	length, err := expression.ParseDuration(s)
	if err != nil || length <= 0 {
		return slo.Window{}, errors.New(strconv.Quote(s) + " is not a window: write a duration such as 28d, or the word month")
	}
	return slo.Window{Rolling: length}, nil
}
