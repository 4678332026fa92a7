package incident

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// PromiseRecord is a promise with what is known of its incident.
type PromiseRecord struct {
	Promise
	Name       string   // of the incident
	Severity   Severity // that it had when the promise was made
	Components []string // that it is or was about
}

// PromiseCount is how many promises of one kind ended in which way.
type PromiseCount struct {
	SLA       string // of the components; of several, joined by "+", since the strictest of them counts; "": none
	Severity  Severity
	Kind      PromiseKind
	ByPerson  int // kept by a person
	ByFacts   int // kept by facts
	Broken    int
	Late      int // due, and nobody has kept it yet: it will be broken
	Running   int
	CalledOff int // before its due time: neither kept nor broken
}

// PromiseException is a promise that was not kept.
type PromiseException struct {
	PromiseRecord
	SLA   string
	State PromiseState // broken or late
}

// PromiseTally adds up the promises that were due in a time.
type PromiseTally struct {
	From, To   time.Time
	Counts     []PromiseCount     // by SLA, severity and kind
	Exceptions []PromiseException // by due time
}

// kindsInOrder is how an incident meets them.
var kindsInOrder = []PromiseKind{Acknowledged, FirstWord, NextUpdate, Restored}

// Tally adds up promises, as they stand now.
func (p *Policy) Tally(records []PromiseRecord, from, to, now time.Time) PromiseTally {
	type key struct {
		sla      string
		severity Severity
		kind     PromiseKind
	}
	counts := map[key]*PromiseCount{}
	tally := PromiseTally{From: from, To: to}
	for i := range records {
		r := &records[i]
		k := key{p.slasOf(r.Components), r.Severity, r.Kind}
		if counts[k] == nil {
			counts[k] = &PromiseCount{SLA: k.sla, Severity: k.severity, Kind: k.kind}
		}
		c, state := counts[k], r.State(now)
		switch {
		case state == PromiseRuns:
			c.Running++
		case state == PromiseCalledOff:
			c.CalledOff++
		case state == PromiseBroken:
			c.Broken++
		case state == PromiseLate:
			c.Late++
		case r.How == ByPerson:
			c.ByPerson++
		default:
			c.ByFacts++
		}
		if state == PromiseBroken || state == PromiseLate {
			tally.Exceptions = append(tally.Exceptions, PromiseException{*r, k.sla, state})
		}
	}
	for _, c := range counts {
		tally.Counts = append(tally.Counts, *c)
	}
	slices.SortFunc(tally.Counts, func(a, b PromiseCount) int {
		return cmp.Or(cmp.Compare(a.SLA, b.SLA), cmp.Compare(a.Severity, b.Severity), cmp.Compare(slices.Index(kindsInOrder, a.Kind), slices.Index(kindsInOrder, b.Kind)))
	})
	slices.SortStableFunc(tally.Exceptions, func(a, b PromiseException) int { return a.Due.Compare(b.Due) })
	return tally
}

// slasOf names the SLAs of components, as the configuration has them now.
func (p *Policy) slasOf(components []string) string {
	var all []string
	for _, id := range components {
		if c := p.components[id]; c != nil && c.SLA != "" {
			all = append(all, c.SLA)
		}
	}
	return strings.Join(distinct(all), "+")
}
