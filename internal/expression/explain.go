package expression

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/expr-lang/expr"
)

// maxShown bounds one value in an explanation, in characters.
const maxShown = 120

// Explain tells a condition with the values of the facts in it:
// `json.database == "up"`: it was `"starting"`; with several facts each is
// named: `status == 200 and latency < …`: latency was `2.1 s`, status was `200`.
func (p *Program) Explain(facts any) string {
	var parts []string
	for _, fact := range p.facts {
		value, err := expr.Run(fact.code, facts)
		shown := "`" + Show(value) + "`"
		if err != nil {
			shown = "not there"
		}
		name := fact.path
		if len(p.facts) == 1 {
			name = "it"
		}
		parts = append(parts, name+" was "+shown)
	}
	if len(parts) == 0 {
		return "`" + p.source + "` did not hold"
	}
	return "`" + p.source + "`: " + strings.Join(parts, ", ")
}

// Show writes a value as an expression would: strings quoted, durations as
// people say them, anything long cut.
func Show(value any) string {
	var text string
	switch v := value.(type) {
	case time.Duration:
		text = FormatDuration(v)
	case fmt.Stringer:
		text = v.String()
	default:
		encoded, err := json.Marshal(value)
		if err != nil {
			encoded = fmt.Append(nil, value)
		}
		text = string(encoded)
	}
	if runes := []rune(text); len(runes) > maxShown {
		return string(runes[:maxShown]) + "…"
	}
	return text
}

func quoteAll(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = strconv.Quote(word)
	}
	return strings.Join(quoted, ", ")
}

func isName(text string) bool {
	for i, r := range text {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			return false
		}
	}
	return text != ""
}
