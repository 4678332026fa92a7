package incident

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"daymark/support"
)

// onCall gives the shop's components a team whose rota has ana as Lead and
// ben as Engineer.
func onCall(o *PolicyOptions) {
	for i := range o.Components {
		o.Components[i].Owner = "shop"
	}
	o.Teams = []Team{{ID: "shop", Name: "Shop", Rota: "main"}}
	o.Support = support.Options{
		People: []support.Person{{ID: "ana", Name: "Ana Reyes"}, {ID: "ben", Name: "Ben Okafor"}},
		Rotas:  []support.Rota{{ID: "main", Timezone: "UTC", Handover: "MON 09:00", Starting: "2026-01-12", Lead: []string{"ana"}, Engineer: []string{"ben"}}},
	}
}

// reviewed puts a review into a world that is due in four days.
func (w *world) reviewed(change func(*Review)) {
	r := &Review{Incident: "x", Name: "Sign in was not available", Severity: P1, Component: "sign-in", Asked: start, Due: start.AddDate(0, 0, 4)}
	if change != nil {
		change(r)
	}
	w.state.Reviews["x"] = r
	w.state.Incidents["x"] = &Incident{ID: "x", Phase: Resolved, Resolved: start, Worst: P1}
	w.state.Decided = start
}

func TestWhoIsRemindedOfAReview(t *testing.T) {
	reminded := start.AddDate(0, 0, 3)
	// People who are in the configuration, with the rota and without.
	known := func(o *PolicyOptions) {
		for _, id := range []string{"ben", "chi", "dee", "eve"} {
			o.Support.People = append(o.Support.People, support.Person{ID: id})
		}
	}
	both := func(o *PolicyOptions) { onCall(o); known(o) }
	for name, test := range map[string]struct {
		shop   func(*PolicyOptions)
		review func(*Review)
		person string    // "": nobody
		due    time.Time // of NextDue
	}{
		"nobody is on call":    {nil, nil, "", time.Time{}},
		"who is on call":       {onCall, nil, "ana", reminded},
		"the last Lead":        {both, func(r *Review) { r.Leads = []string{"ben", "dee"} }, "dee", reminded},
		"a Lead, without rota": {known, func(r *Review) { r.Leads = []string{"eve"} }, "eve", reminded},
		"it is signed":         {onCall, func(r *Review) { r.Signed = start }, "", time.Time{}},
		"that was":             {onCall, func(r *Review) { r.Nudged = start }, "", time.Time{}},
		"who owns an action": {known, func(r *Review) {
			r.Actions = []ReviewAction{{Number: 1, Owner: "ben", Due: start.AddDate(0, 0, 9)}, {Number: 2, Owner: "chi", Due: reminded}}
		}, "chi", reminded},
		"an action that is done": {nil, func(r *Review) { r.Actions = []ReviewAction{{Number: 1, Owner: "ben", Due: reminded, Done: start}} }, "", time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, test.shop)
			w.reviewed(test.review)
			if got := w.policy.reviewDue(w.state); !got.Equal(test.due) {
				t.Errorf("it is due at %s; want %s", got, test.due)
			}
			for _, at := range []time.Time{reminded.Add(-time.Millisecond), reminded, reminded} {
				d := newDecider(w.state, w.policy, at)
				d.reviews()
				var told []string
				for _, a := range d.Alerts {
					told = append(told, a.Person)
				}
				var want []string
				if at.Equal(reminded) && test.person != "" {
					want, test.person = []string{test.person}, "" // once
				}
				if !slices.Equal(told, want) {
					t.Errorf("at %s %v are told; want %v", at, told, want)
				}
			}
		})
	}
}

// TestNobodyOverwritesAReviewUnread: two who begin from the same state do not
// take one another's text away.
func TestNobodyOverwritesAReviewUnread(t *testing.T) {
	w := newWorld(t, onCall)
	w.reviewed(nil)
	w.apply(WriteReview{Incident: "x", Summary: new("A key expired."), Users: 3}, "")
	seen := w.state.Reviews["x"].State()
	w.apply(WriteReview{Incident: "x", Summary: new("A key expired."), Causes: new("Nobody watched it."), After: seen}, "")
	w.apply(WriteReview{Incident: "x", Summary: new("The key."), Causes: new(""), After: seen}, Conflict)
	w.apply(WriteReview{Incident: "x", Luck: new("It was night."), After: seen}, Conflict)
	w.apply(WriteReview{Incident: "x", NoUsers: true, After: seen}, Conflict)
	w.apply(WriteReview{Incident: "x", Causes: new(" Nobody watched it.\n"), Users: 3, After: seen}, "") // it is so
	r := w.state.Reviews["x"]
	if r.Summary != "A key expired." || r.Causes != "Nobody watched it." || r.Luck != "" || r.Users != 3 {
		t.Errorf("it has %+v", r)
	}
	if !WasSo(seen, "causes", "") || WasSo(seen, "causes", r.Causes) || !WasSo(seen, "summary", r.Summary) || WasSo(seen, "x", "") || WasSo("", "luck", "x") {
		t.Error("a state does not know what it was")
	}
	w.apply(WriteReview{Incident: "x", Summary: new("The key."), After: r.State()}, "")
	w.apply(WriteReview{Incident: "x", Summary: new(""), After: w.state.Reviews["x"].State()}, "")
}

func TestWhatIsWrittenIntoAReview(t *testing.T) {
	w := newWorld(t, onCall)
	w.reviewed(nil)
	w.apply(WriteReview{Incident: "x"}, Invalid)
	w.apply(WriteReview{Incident: "x", Users: -1}, Invalid)
	w.apply(WriteReview{Incident: "x", Users: 1}, "")
	w.apply(WriteReview{Incident: "x", Luck: new("It was night."), Causes: new("A key.")}, "")
	w.apply(WriteReview{Incident: "x", Causes: new(" \n")}, "")
	if r := w.state.Reviews["x"]; r.Users != 1 || r.Luck != "It was night." || r.Causes != "" {
		t.Errorf("it has %+v", r)
	}

	action := AddAction{Incident: "x", Kind: Prevent, Text: "renew keys", Owner: "ben", Due: start.AddDate(0, 1, 0)}
	for n := 1; n <= maxActions; n++ {
		if got := w.apply(action, ""); got != strconv.Itoa(n) {
			t.Fatalf("action %d is %s", n, got)
		}
	}
	w.apply(action, Conflict)
	w.apply(FinishAction{Incident: "x", Number: 0}, NotFound)
	w.apply(FinishAction{Incident: "x", Number: 1}, "")
	w.apply(FinishAction{Incident: "x", Number: maxActions}, "")
	w.apply(FinishAction{Incident: "x", Number: maxActions + 1}, NotFound)
	if r := w.state.Reviews["x"]; r.Actions[0].Done.IsZero() || !r.Actions[1].Done.IsZero() || r.Actions[maxActions-1].Done.IsZero() {
		t.Error("other actions are done than were finished")
	}
}

// Whose review it is follows from what was affected, where anything was.
func TestAReviewThatIsAskedFor(t *testing.T) {
	for name, test := range map[string]struct {
		affected  []Affected
		component string
	}{
		"of nothing":    {nil, ""},
		"of components": {[]Affected{{Component: "api"}, {Component: "sign-in"}}, "api"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.state.Incidents["x"] = &Incident{ID: "x", Phase: Resolved, Resolved: start, Affected: test.affected}
			w.apply(AskReview{Incident: "x", Due: start}, Invalid)
			w.apply(AskReview{Incident: "x", Due: start.Add(time.Hour)}, "")
			if r := w.state.Reviews["x"]; r == nil || r.Component != test.component {
				t.Errorf("it is %+v", r)
			}
			w.apply(AskReview{Incident: "x", Due: start.Add(time.Hour)}, Conflict)
			w.apply(AskReview{Incident: "y", Due: start.Add(time.Hour)}, NotFound)
		})
	}
}

// A decision holds a review once, as it ended up, and each of several.
func TestADecisionHoldsAReviewOnce(t *testing.T) {
	w := newWorld(t, nil)
	d := newDecider(w.state, w.policy, start)
	for _, r := range []Review{{Incident: "x"}, {Incident: "y"}, {Incident: "x", Summary: "A key expired."}} {
		d.keepReview(&r)
	}
	if len(d.Reviews) != 2 || d.Reviews[0].Incident != "y" || d.Reviews[1].Summary == "" {
		t.Errorf("it holds %+v", d.Reviews)
	}
}

// What was never told, and how many were affected where nobody said, are not
// in a draft.
func TestADraftOfWhatIsNotKnown(t *testing.T) {
	d := Draft{Incident: Incident{ID: "x", Name: "Odd", Since: start, Opened: start}, Zone: time.UTC, Now: start}
	if text := d.Markdown(); strings.Contains(text, "users were affected") {
		t.Errorf("it tells of users:\n%s", text)
	}
	if times := d.times(); len(times) != 2 {
		t.Errorf("times are %+v", times)
	}
	d.Incident.Updates = []Update{{At: start.Add(time.Minute)}, {At: start.Add(time.Hour)}}
	if times := d.times(); len(times) != 3 || times[2] != (moment{start.Add(time.Minute), "first told"}) {
		t.Errorf("times are %+v", times)
	}
}
