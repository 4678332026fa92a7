// Package lang holds every sentence that visitors and subscribers read, in
// each language, and writes dates, numbers, durations and lists as each
// language does.
//
// A message is called by its id and filled with named values. A catalogue is
// a YAML file a language, under catalogue/: one line a message, or one a plural
// form of it. English is the reference: a test holds the others to its ids,
// values and plural forms. Names of months and days, plural rules and the
// grouping of digits come from CLDR, by go-playground/locales.
package lang
