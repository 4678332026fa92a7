package console

import (
	"maps"
	"slices"

	"daymark/incident"
)

// Rules are what the console asks of the rules for incidents.
type Rules interface {
	// Consents lists the agreements that a proposal needs, by the number of its
	// entry; none where there is no such proposal.
	Consents(inc *incident.Incident, proposal int) []incident.Consent
}

type proposalRow struct {
	Number int          `json:"number" doc:"Of its entry."`
	By     string       `json:"by" doc:"Who proposed it."`
	Done   bool         `json:"done" doc:"The fix is done."`
	Needs  []consentRow `json:"needs" doc:"Each agreement that it needs."`
}

type consentRow struct {
	As     string `json:"as" words:"lead,stakeholder"`
	Person string `json:"person" doc:"Who agrees; empty: nobody can yet."`
	Given  bool   `json:"given"`
}

func (a *API) proposals(inc *incident.Incident) []proposalRow {
	rows := []proposalRow{}
	for _, number := range slices.Sorted(maps.Keys(inc.Care.Proposals)) {
		p := inc.Care.Proposals[number]
		row := proposalRow{Number: number, By: p.By, Done: p.Done, Needs: []consentRow{}}
		for _, c := range a.Rules.Consents(inc, number) {
			row.Needs = append(row.Needs, consentRow{As: c.Word, Person: c.Person, Given: c.Given})
		}
		rows = append(rows, row)
	}
	return rows
}

// waitsFor lists the agreements of a proposal that are missing.
func (p *proposalRow) waitsFor() []consentRow {
	return slices.DeleteFunc(slices.Clone(p.Needs), func(c consentRow) bool { return c.Given })
}
