package incident

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// WriteActionsCSV writes a row for each action of the reviews that is not done.
func WriteActionsCSV(w io.Writer, reviews []Review) error {
	rows := [][]string{{"incident", "number", "kind", "owner", "due", "text"}}
	for i := range reviews {
		for _, a := range reviews[i].Actions {
			if a.Done.IsZero() {
				rows = append(rows, []string{reviews[i].Incident, strconv.Itoa(a.Number), string(a.Kind), a.Owner, a.Due.UTC().Format(time.RFC3339), noFormula(a.Text)})
			}
		}
	}
	if err := csv.NewWriter(w).WriteAll(rows); err != nil {
		return fmt.Errorf("write the actions: %w", err)
	}
	return nil
}

// noFormula keeps a spreadsheet from taking a text for a formula.
func noFormula(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
