package checker

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// Limits of a file that an upload step gives.
const (
	maxFileName = 100     // bytes
	maxFile     = 100_000 // bytes
)

// UploadSamples lists the extensions, in lower case and with their dot, that an
// upload step can give a file of without a text.
func UploadSamples() []string {
	return []string{".txt", ".md", ".csv", ".json", ".xml", ".html", ".htm", ".svg", ".png", ".jpg", ".jpeg", ".gif", ".pdf", ".zip"}
}

// UploadFile reads the file that an upload step gives: "NAME" is a small file
// of that name whose content fits its extension, "NAME: TEXT" one with that
// text. sample tells the former. The error says what would be right.
func UploadFile(with string) (name, text string, sample bool, err error) {
	name, text, written := strings.Cut(with, ": ")
	name = strings.TrimSpace(name)
	switch {
	case name == "" || name == "." || name == ".." || len(name) > maxFileName || strings.ContainsAny(name, `/\:`) || strings.ContainsFunc(name, unicode.IsControl):
		return "", "", false, fmt.Errorf("%q is no name of a file: one such as notes.txt, at most %d characters, without a path", clip(name, 120), maxFileName)
	case len(text) > maxFile:
		return "", "", false, fmt.Errorf("the text of %s has more than %d bytes", name, maxFile)
	case !written && !slices.Contains(UploadSamples(), strings.ToLower(filepath.Ext(name))):
		return "", "", false, fmt.Errorf("there is no sample of %q: txt, md, csv, json, xml, html, svg, png, jpg, gif, pdf and zip are known; write \"%s: text\" for a file with that text", name, name)
	}
	return name, text, !written, nil
}
