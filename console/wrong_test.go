package console_test

import (
	"net/http"
	"testing"

	"daymark/incident"
)

// TestWhatIsNotThereIsSaidInTheConsole: to staff, in their own words.
func TestWhatIsNotThereIsSaidInTheConsole(t *testing.T) {
	p := newPages(t)
	for path, says := range map[string]string{
		"/console/components/none": "There is no such component in the configuration.", "/console/checks/none": "There is no such check in the configuration.",
		"/console/maintenance/none": "There is no maintenance with this id.", "/console/reports/none": "There is no report with this id.",
		"/console/configuration?from=99999": "There is no such version of the configuration", "/console/configuration/versions/7": "There is no such version of the configuration",
		"/console/deliveries/nope":          "There is no message of this number",
		"/console/configuration/versions/x": "Perhaps the address was cut off", "/console/checks/none/evidence/west/1/x": "",
	} {
		answer := p.ask(path)
		p.has(answer, http.StatusNotFound, says, `<body class="staff"`, ">This page is not here.</h1>", "<title>This page is not here. · Harbour Bank console</title>", `<a href="/console">Now</a>`, `<a href="/console/more">More</a>`)
		p.lacks(answer.Body.String(), "went wrong with us", "not signed in", "Sign in")
	}
	p.configurations.versions[0].Kept = false
	p.has(p.ask("/console/configuration?from=1"), http.StatusNotFound, "its text is not kept any more")
	for _, path := range []string{"/console/audit?cursor=zz", "/console/reports?cursor=zz"} {
		answer := p.ask(path)
		p.has(answer, http.StatusBadRequest, "This could not be read.", "“cursor”: It is not what next of the part before said: begin without it.")
		p.lacks(answer.Body.String(), "see errors")
	}
	p.has(p.ask("/console/audit?since=soon"), http.StatusBadRequest, "This could not be read.")
	p.command = func(incident.By, string, incident.Command) (string, error) {
		return "", &incident.Refusal{Kind: incident.Conflict, Text: "it is over"}
	}
	// A form of a page that is gone: what was typed is there all the same.
	p.has(p.ask("/console/incidents/i/entries", "form", "entry", "from", "/console/reports/none", "kind", "note", "text", "It is the key."), http.StatusNotFound, "<pre>It is the key.</pre>")
	p.has(p.ask("/console/incidents/i/entries", "form", "entry", "from", "/elsewhere", "kind", "no such kind", "text", "It is the key."), http.StatusUnprocessableEntity)
}
