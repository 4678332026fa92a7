package console

import (
	"slices"
	"time"

	"daymark/incident"
)

// promiseView is the promise that is due next.
type promiseView struct {
	Title string // whose it is, and what
	Short string // for the foot of a phone
	Due   instant
	In    string // "in 12 min", "4 min late"
	State string // running, soon or late
	Gone  int    // of the ruler
	From  string
	Else  string // what Daymark does if nobody does anything

	Resolve instant // by when it is to be over; zero: that is not promised, or is what Title says
}

// clockView is one promise with what became of it.
type clockView struct {
	What, How, State string
	Due              instant
}

// promise gives the panel of the word that is owed next; else of the first
// other clock that runs; nil: none does.
func (v *roomView) promise() *promiseView {
	i := &v.story.Incident
	p := i.Promise
	for k := range i.Clocks {
		if c := &i.Clocks[k]; c.Ended.IsZero() && (p == nil || !p.Kind.Words() && c.Due.Before(p.Due)) {
			p = c
		}
	}
	if p == nil || !i.Open() {
		return nil
	}
	view := &promiseView{Title: p.Kind.Title(), Short: clockWords[p.Kind], Due: v.at(p.Due), From: v.site.clock(p.Made, v.now), State: "running"}
	if lead := v.site.somebody(i.Care.Holders.Lead); lead != "" && p.Kind != incident.Acknowledged {
		view.Title += ", owed by " + lead
	}
	view.In, view.Gone = until(p.Due, v.now), goneOf(p, v.now)
	switch left := p.Due.Sub(v.now); {
	case left < 0:
		view.State = "late"
	case left*4 < p.Due.Sub(p.Made):
		view.State = "soon"
	}
	switch {
	case p.Kind.Words() && i.Public():
		view.Else = "If nobody writes, Daymark publishes the facts by then."
	case p.Kind == incident.Acknowledged && !i.Taken():
		view.Else = "Until somebody takes a role, Daymark calls on as the rota says."
	}
	for _, c := range i.Clocks {
		if c.Kind == incident.Restored && c.Ended.IsZero() && p.Kind != incident.Restored {
			view.Resolve = v.at(c.Due)
		}
	}
	return view
}

// clockWords name what is promised, in short.
var clockWords = map[incident.PromiseKind]string{
	incident.FirstWord: "First word", incident.NextUpdate: "Update", incident.Acknowledged: "Acknowledgement", incident.Restored: "Resolution",
}

// clocks lists each promise, those that run first, and else the newest first.
func (v *roomView) clocks() []clockView {
	all := slices.Clone(v.story.Promises)
	slices.SortStableFunc(all, func(a, b incident.Promise) int {
		switch {
		case a.Ended.IsZero() != b.Ended.IsZero():
			if a.Ended.IsZero() {
				return -1
			}
			return 1
		case a.Ended.IsZero():
			return a.Due.Compare(b.Due)
		}
		return b.Due.Compare(a.Due)
	})
	var views []clockView
	for k := range all {
		p := &all[k]
		state := p.State(v.now)
		views = append(views, clockView{What: clockWords[p.Kind], Due: v.at(p.Due), State: string(state), How: v.became(p, state)})
	}
	return views
}

// became says what became of a promise.
func (v *roomView) became(p *incident.Promise, state incident.PromiseState) string {
	switch state {
	case incident.PromiseLate:
		return lasted(v.now.Sub(p.Due)) + " late, and open"
	case incident.PromiseKept:
		text := "Kept " + v.site.clock(p.Ended, v.now)
		if p.How == incident.ByFacts && p.Kind.Words() {
			text += ", by Daymark with the facts"
		}
		return text
	case incident.PromiseBroken:
		return "Broken: " + lasted(p.Ended.Sub(p.Due).Round(time.Second)) + " late"
	case incident.PromiseCalledOff:
		return "Called off"
	}
	return "Runs, " + lasted(p.Due.Sub(v.now)) + " left"
}
