package incident

import (
	"maps"
	"slices"
	"strings"
	"time"

	"daymark/checker"
)

// Warning is what the `warn` expressions of a check said in one run.
type Warning struct {
	Clause string `json:"clause"` // the expressions that held
	Text   string `json:"text"`   // the same with their values
}

// WarningOf gives the warning that a result carries, or nil. What a runner
// itself has to say beside its result is none: nobody asked for it.
func WarningOf(r *checker.Result) *Warning {
	var clauses, texts []string
	for i := range r.Expectations {
		if e := &r.Expectations[i]; e.Warns() {
			clauses, texts = append(clauses, e.Expression), append(texts, e.Actual)
		}
	}
	if len(clauses) == 0 {
		return nil
	}
	return &Warning{Clause: short(strings.Join(clauses, "; ")), Text: short(strings.Join(texts, "; "))}
}

func short(text string) string {
	if runes := []rune(text); len(runes) > checker.MaxReason {
		return string(runes[:checker.MaxReason-1]) + "…"
	}
	return text
}

// warns says whether a run carried a warning. told is false for one that
// cannot say: the agent could not tell, or nothing was there to look at.
func (r Run) warns() (warned, told bool) {
	warned = r.Warning != nil
	return warned, r.Outcome != checker.Unknown && (warned || r.Outcome != checker.Failed)
}

// warnings counts, from the newest backwards, the runs in a row that carried a
// warning, or that carried none; those that cannot say neither count nor break
// it. first is the oldest of them and newest the newest. It stops at most, and
// at what a restart would not read back.
func (r *Runs) warnings(oldest int64, most int, warned bool) (n int, first, newest Run) {
	if r == nil {
		return 0, first, newest
	}
	for _, run := range slices.Backward(r.list) {
		is, told := run.warns()
		switch {
		case n == most || run.At < oldest || told && is != warned:
			return n, first, newest
		case !told:
			continue
		case n == 0:
			newest = run
		}
		n, first = n+1, run
	}
	return n, first, newest
}

// warnedSince says whether any run that is not older carried a warning.
func (r *Runs) warnedSince(oldest int64) bool {
	return r != nil && slices.ContainsFunc(r.list, func(run Run) bool { return run.At >= oldest && run.Warning != nil })
}

// warned is how the regions of a check stand with its warning.
type warned struct {
	begins, ends bool
	since        time.Time
	Warning      // of the newest run that carried one
}

// warned works out a check's warning. It begins as a failure does, in as many
// regions and runs, and ends when the last runs of all regions carry none.
func (p *Policy) warned(c *checkPolicy, state *State, now time.Time) warned {
	n := p.count(c, state, state.Verdicts[c.ID], now)
	need, alone, quorum := c.downRuns, int64(0), c.quorum
	if len(n.telling) < c.quorum {
		need++
		alone = c.lastToldByOthers(state, n.telling)
		quorum = len(n.telling)
	}
	var w warned
	warning := 0
	oldest := now.Add(-c.horizon).UnixMilli()
	w.ends = len(n.telling) > 0
	for _, region := range c.regions {
		runs := state.Runs[Series{c.ID, region}]
		telling := slices.Contains(n.telling, region)
		streak, first, newest := runs.warnings(oldest, need, true)
		if telling && streak >= need && first.At > alone {
			warning++
			if at := time.UnixMilli(first.At).UTC(); w.since.IsZero() || at.Before(w.since) {
				w.since = at
			}
		}
		if streak > 0 && w.Clause == "" { // of the first region that has one, so that no other changes the word
			w.Warning = *newest.Warning
		}
		// A region that warned and fell silent has not said that it is over.
		if clean, _, _ := runs.warnings(oldest, c.upRuns, false); clean < c.upRuns && (telling || runs.warnedSince(oldest)) {
			w.ends = false
		}
	}
	w.begins = warning > 0 && warning >= quorum && (!n.awaited || len(n.telling) >= c.quorum)
	return w
}

// warn begins and ends the warnings of these checks. A warning is an incident
// of its own, P4 and for staff alone, whatever else its component suffers.
func (d *decider) warn(checks []string) {
	for _, id := range slices.Sorted(maps.Keys(d.state.Incidents)) {
		if inc := d.state.Incidents[id]; inc.Warns() && inc.Open() && !d.policy.mayWarn(inc) {
			d.endWarning(inc)
		}
	}
	for _, id := range checks {
		c := d.policy.checks[id]
		if len(c.Warn) == 0 {
			continue
		}
		w := d.policy.warned(c, d.state, d.now)
		inc := d.warning(id)
		switch {
		case inc != nil && inc.Open() && w.ends:
			d.endWarning(inc)
		case inc != nil && inc.Open():
			if w.begins && w.Clause != d.clauseOf(inc) {
				d.gradeWarning(inc, w)
			}
		case w.begins && !d.state.quiet(c) && d.policy.maintenanceOf(c.component, d.state, d.now) == nil:
			d.beginWarning(c, inc, w)
		}
	}
}

// mayWarn says whether the configuration still has what an incident warns of.
func (p *Policy) mayWarn(inc *Incident) bool {
	c := p.checks[inc.Check]
	return c != nil && len(c.Warn) > 0 && inc.Affects(c.component)
}

// warning gives the newest warning of a check that is open or ended a moment
// ago, or nil.
func (d *decider) warning(check string) (found *Incident) {
	for _, inc := range d.state.Incidents {
		if inc.Check == check && (found == nil || found.ID < inc.ID) && d.policy.mayWarn(inc) {
			found = inc
		}
	}
	return found
}

// beginWarning opens an incident, or again the one that ended a moment ago.
func (d *decider) beginWarning(c *checkPolicy, inc *Incident, w warned) {
	if inc != nil && inc.to(Investigating) {
		inc.Resolved = time.Time{}
	} else {
		inc = &Incident{ID: newID(d.now, "warning/"+c.ID), Check: c.ID, Phase: Investigating, Opened: d.now, Severity: P4, Worst: P4}
		d.state.Incidents[inc.ID] = inc
	}
	inc.Since = w.since
	status := d.state.Components[c.component].Status
	if status == "" {
		status = Unmeasured
	}
	inc.Affected = []Affected{{Component: c.component, Status: status, Worst: status, From: w.since}}
	d.gradeWarning(inc, w)
}

// gradeWarning words an incident by what is warned of now.
func (d *decider) gradeWarning(inc *Incident, w warned) {
	name := d.policy.name(inc.Affected[0].Component)
	facts, _ := d.policy.facts(inc, d.state, d.now)
	inc.Name = name + ": " + w.Clause
	inc.Reason = P4.String() + ": " + name + ": " + w.Text
	d.Severities = append(d.Severities, SeverityDecision{
		Incident: inc.ID, At: d.now, Severity: P4, Reason: inc.Reason, Clause: w.Clause, Facts: facts,
	})
}

// clauseOf gives what an incident warns of.
func (d *decider) clauseOf(inc *Incident) string {
	return strings.TrimPrefix(inc.Name, d.policy.name(inc.Affected[0].Component)+": ")
}

func (d *decider) endWarning(inc *Incident) {
	if !inc.to(Resolved) {
		return
	}
	inc.Resolved = d.now
	for i := range inc.Affected {
		inc.Affected[i].Until = d.now
	}
}
