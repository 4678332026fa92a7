package lang

import (
	"embed"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"

	"github.com/go-playground/locales"
	"github.com/goccy/go-yaml"
)

//go:embed catalogue/*.yaml
var files embed.FS

// Values fill a message: each stands where its name does, as {name}.
type Values map[string]string

// catalogue has the plural forms of each message by its id; a message that has
// no plural has the form "other" alone.
type catalogue map[string]map[string]string

// read reads the catalogue of a language, in which each id has a text, or one
// text a plural form.
func read(tag string) (catalogue, error) {
	text, err := files.ReadFile("catalogue/" + tag + ".yaml")
	if err != nil {
		return nil, err
	}
	var raw map[string]any
	if err := yaml.Unmarshal(text, &raw); err != nil {
		return nil, err
	}
	c := catalogue{}
	for id, value := range raw {
		forms := map[string]string{}
		switch value := value.(type) {
		case string:
			forms["other"] = value
		case map[string]any:
			for form, text := range value {
				said, ok := text.(string)
				if !ok {
					return nil, fmt.Errorf("%s.%s is no text", id, form)
				}
				forms[form] = said
			}
		default:
			return nil, fmt.Errorf("%s is no text", id)
		}
		c[id] = forms
	}
	return c, nil
}

// languages are all of them. Each catalogue is read once, when something is
// said in it. They are part of the program, so that one which cannot be read is
// a mistake of ours.
var languages = sync.OnceValue(func() []*Language {
	var all []*Language
	for _, l := range known() {
		l.messages = sync.OnceValue(func() catalogue {
			c, err := read(l.Tag)
			if err != nil {
				panic("lang: the catalogue of " + l.Tag + ": " + err.Error())
			}
			return c
		})
		all = append(all, &l)
	}
	return all
})

// Text says a message. One that the language lacks is said in English, and one
// that is nowhere by its id; the tests let neither happen.
func (l *Language) Text(id string, values Values) string {
	return fill(l.form(id, "other"), values)
}

// Count says a message of n things, in the plural form of the language. {n}
// stands for the number.
func (l *Language) Count(id string, n int, values Values) string {
	all := maps.Clone(values)
	if all == nil {
		all = Values{}
	}
	all["n"] = l.Number(n)
	return fill(l.form(id, pluralForm(l.locale, n)), all)
}

func (l *Language) form(id, form string) string {
	for _, said := range []*Language{l, English()} {
		forms := said.messages()[id]
		if text, ok := forms[form]; ok {
			return text
		}
		if text, ok := forms["other"]; ok {
			return text
		}
	}
	return id
}

func pluralForm(locale locales.Translator, n int) string {
	return strings.ToLower(locale.CardinalPluralRule(float64(n), 0).String())
}

// fill puts values where their names stand. What a value holds is not looked
// at again. One that ends in a full stop, as a shortened word does, takes the
// place of the sentence's own.
func fill(text string, values Values) string {
	if len(values) == 0 || !strings.Contains(text, "{") {
		return text
	}
	pairs := make([]string, 0, 2*len(values))
	for name, value := range values {
		if strings.HasSuffix(value, ".") {
			pairs = append(pairs, "{"+name+"}.", value)
		}
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// Number writes a whole number with its digits grouped.
func (l *Language) Number(n int) string {
	if n < 0 {
		return "-" + l.Number(-n)
	}
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return l.locale.FmtNumber(float64(n), 0)
}

// Percent writes hundredths of a per cent, with as few digits as say it and at
// most two: 9995 as "99.95 %", 10000 as "100 %", 9990 as "99.90 %".
func (l *Language) Percent(hundredths int64) string {
	digits := uint64(2)
	if hundredths%100 == 0 {
		digits = 0
	}
	return l.percent(float64(hundredths)/100, digits)
}

// PercentTenths writes tenths of a per cent: 5 as "0.5 %".
func (l *Language) PercentTenths(tenths int64) string {
	digits := uint64(1)
	if tenths%10 == 0 {
		digits = 0
	}
	return l.percent(float64(tenths)/10, digits)
}

// PercentFine writes thousandths of a per cent with as few digits as say it:
// 99950 as "99.95 %", 99999 as "99.999 %".
func (l *Language) PercentFine(thousandths int64) string {
	digits := uint64(3)
	for n := thousandths; digits > 0 && n%10 == 0; n /= 10 {
		digits--
	}
	return l.percent(float64(thousandths)/1000, digits)
}

func (l *Language) percent(value float64, digits uint64) string {
	return l.locale.FmtNumber(value, digits) + "\u00a0%"
}
