package console

import (
	"encoding/csv"
	"net/http"
	"strings"
)

const csvType = "text/csv; charset=utf-8"

// serveCSV answers a table as a file for a spreadsheet.
func serveCSV(w http.ResponseWriter, name string, lines [][]string) {
	attach(w, name, csvType)
	_ = csv.NewWriter(w).WriteAll(lines) // who has hung up needs no answer
}

// attach has the answer kept as a file.
func attach(w http.ResponseWriter, name, mediaType string) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}

// cell writes a text that somebody else typed so that no spreadsheet takes it
// for a formula.
func cell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
