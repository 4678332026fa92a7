package incident

import "time"

// maxTurns bounds how many turns an incident remembers.
const maxTurns = 64

// turn notes that an incident's components went from working to failing, or
// back. Turns that no rule looks at any more are forgotten.
func (d *decider) turn(inc *Incident) {
	within := d.policy.rules.Flapping.Within
	if within == 0 {
		return
	}
	kept := []time.Time{}
	for _, at := range inc.Turns {
		if d.now.Sub(at) <= within {
			kept = append(kept, at)
		}
	}
	kept = append(kept, d.now)
	inc.Turns = kept[max(0, len(kept)-maxTurns):]
}

// calm is how long the components of an incident have to work before it is
// over: longer while they come and go, so that one cause stays one incident.
func (p *Policy) calm(inc *Incident) time.Duration {
	rule := p.rules.Flapping
	if rule.Changes > 0 && len(inc.Turns) >= rule.Changes {
		return max(p.rules.ResolveAfter, rule.Within)
	}
	return p.rules.ResolveAfter
}
