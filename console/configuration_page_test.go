package console_test

import (
	"net/http"
	"testing"

	"daymark/incident"
)

const configurationPage = "/console/configuration"

// TestATextKeepsTheVersionThatItWasMadeFrom: whatever is asked of it meanwhile,
// until its writer was told that another one runs.
func TestATextKeepsTheVersionThatItWasMadeFrom(t *testing.T) {
	p := newPages(t)
	p.reads(configurationPage, `name="base" value="2"`, `data-base="2" data-running="2">`)
	p.reads(configurationPage+"?from=1", `data-part="?from=1">`, "This is the text of version 1.")
	form := []string{"form", "document", "from", configurationPage, "text", "! x", "base", "1", "why", "so", "beside", "check region base file why"}
	p.has(p.ask(configurationPage+"/validate", form...), http.StatusOK, "1 fault.", `name="base" value="1"`, `data-base="1" data-running="2"`, "made from version 1, and version 2 runs by now")
	p.has(p.ask(configurationPage, form...), http.StatusUnprocessableEntity, `name="base" value="1"`)
	p.configurations.refuses = &incident.Refusal{Kind: incident.Conflict, Text: "version 2 runs meanwhile"}
	form[5] = "version: 1"
	text := p.ask(configurationPage, form...)
	p.has(text, http.StatusConflict, "Version 2 runs meanwhile.", `name="base" value="2"`, `data-base="2" data-running="2"`)
	p.lacks(text.Body.String(), "runs by now")
}

func TestWhoWentBackSeesThatItRuns(t *testing.T) {
	p := newPages(t)
	page := configurationPage + "/versions/1"
	p.reads(page, `name="then" value="/console/configuration#document"`)
	answer := p.ask(page+"/back", "form", "back", "from", page, "then", "/console/configuration#document", "why", "it was better", "base", "2")
	p.has(answer, http.StatusSeeOther)
	to := answer.Header().Get("Location")
	if to != configurationPage+"?done=back#document" {
		t.Error(to)
	}
	p.reads(configurationPage+"?done=back", "It runs, as version 2.")
}
