package lang

import (
	"slices"
	"time"

	"github.com/go-playground/locales"
	"github.com/go-playground/locales/ar"
	"github.com/go-playground/locales/cy"
	"github.com/go-playground/locales/de"
	"github.com/go-playground/locales/en_GB"
	"github.com/go-playground/locales/es"
	"github.com/go-playground/locales/fr"
)

// Language is one that Daymark speaks. It may be used from several goroutines.
type Language struct {
	Tag      string // BCP 47: en
	Name     string // in itself: Cymraeg
	RTL      bool   // it is written from right to left
	Rare     bool   // there are browsers that do not know it
	locale   locales.Translator
	messages func() catalogue
}

// Dir is the language's direction, as HTML's dir says it.
func (l *Language) Dir() string {
	if l.RTL {
		return "rtl"
	}
	return "ltr"
}

// british cuts September as it is cut in Britain.
type british struct{ locales.Translator }

func (b british) MonthAbbreviated(month time.Month) string {
	if month == time.September {
		return "Sept"
	}
	return b.Translator.MonthAbbreviated(month)
}

// known are the languages, without their messages.
func known() []Language {
	return []Language{
		{Tag: "en", Name: "English", locale: british{en_GB.New()}},
		{Tag: "cy", Name: "Cymraeg", Rare: true, locale: cy.New()},
		{Tag: "fr", Name: "Français", locale: fr.New()},
		{Tag: "de", Name: "Deutsch", locale: de.New()},
		{Tag: "es", Name: "Español", locale: es.New()},
		{Tag: "ar", Name: "العربية", RTL: true, locale: ar.New()},
	}
}

// Tags lists the languages that there are, English first.
func Tags() []string {
	var tags []string
	for _, l := range known() {
		tags = append(tags, l.Tag)
	}
	return tags
}

// Find gives a language by its tag, or nil.
func Find(tag string) *Language {
	all := languages()
	if i := slices.IndexFunc(all, func(l *Language) bool { return l.Tag == tag }); i >= 0 {
		return all[i]
	}
	return nil
}

// Or gives a language by its tag, or else English.
func Or(tag string) *Language {
	if l := Find(tag); l != nil {
		return l
	}
	return English()
}

// English gives English.
func English() *Language { return languages()[0] }
