package incident

import "slices"

// Consent is one agreement that a proposed fix needs.
type Consent struct {
	Word   string // of incidents.fix_needs: lead or stakeholder
	Person string // who agrees; "": nobody can yet
	Given  bool
}

// Consents lists the agreements that a proposal of an incident needs, by the
// number of its entry; none where there is no such proposal.
func (p *Policy) Consents(inc *Incident, proposal int) []Consent {
	proposed := inc.Care.Proposals[proposal]
	if proposed == nil {
		return nil
	}
	var all []Consent
	for _, word := range p.fixNeeds(inc) {
		all = append(all, Consent{Word: word, Person: p.agreesAs(inc, word), Given: slices.Contains(proposed.Agreed, word)})
	}
	return all
}
