package incident

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/support"
)

// swapping is a page whose rota has ana as Lead and ben as Engineer, always;
// chi and dan may be either, and eve neither.
func swapping(o *PolicyOptions) {
	onCall(o)
	either := []string{"lead", "engineer"}
	o.Support.People = []support.Person{{ID: "ana", Name: "Ana Reyes", May: either}, {ID: "ben", Name: "Ben Okafor", May: either}, {ID: "chi", May: either}, {ID: "dan", May: either}, {ID: "eve"}}
}

// by gives a command as somebody, and what it made.
func (w *world) by(person string, command Command, refused RefusalKind) string {
	w.t.Helper()
	made, _, err := Apply(w.state, command, By{Person: person}, w.policy, w.now)
	refusal, is := errors.AsType[*Refusal](err)
	if is && refusal.Kind != refused || !is && (err != nil || refused != "") {
		w.t.Errorf("%+v by %s: %v; want %q", command, person, err, refused)
	}
	return made
}

func (w *world) lead() string { return w.state.covered(w.policy).rosters["main"].OnCall(w.now).Lead }

func (w *world) engineer() string {
	return w.state.covered(w.policy).rosters["main"].OnCall(w.now).Engineer
}

func TestASwapCountsOnceItIsAccepted(t *testing.T) {
	w := newWorld(t, swapping)
	offer := OfferSwap{Rota: "main", Role: support.Lead, Taker: "chi", From: w.now.Add(time.Hour), To: w.now.Add(9 * time.Hour)}
	id := w.by("ana", offer, "")
	w.now = w.now.Add(2 * time.Hour)
	if w.lead() != "ana" {
		t.Errorf("%s is Lead by an offer", w.lead())
	}
	w.by("ben", AcceptSwap{ID: id}, Forbidden)
	w.by("ana", AcceptSwap{ID: id}, Forbidden)
	w.by("chi", AcceptSwap{ID: id}, "")
	w.by("chi", AcceptSwap{ID: id}, "") // twice is once
	if w.lead() != "chi" || !w.state.Swaps[id].From.Equal(w.now) {
		t.Errorf("accepted late: %s, %+v", w.lead(), w.state.Swaps[id])
	}
	w.by("dan", WithdrawSwap{ID: id}, Forbidden)
	w.now = w.now.Add(time.Hour)
	w.by("chi", WithdrawSwap{ID: id}, "")
	w.by("ana", WithdrawSwap{ID: id}, "")
	if s := w.state.Swaps[id]; w.lead() != "ana" || !s.To.Equal(w.now) || s.State(w.now) != SwapWithdrawn {
		t.Errorf("withdrawn: %s, %+v", w.lead(), s)
	}
	// The hour that was covered stays chi's in the month's hours.
	if covers := CoversOf(w.state.swapsOf(""), "main"); len(covers) != 1 || covers[0].To.Sub(covers[0].From) != time.Hour {
		t.Errorf("covered was %+v", covers)
	}
	w.by("chi", AcceptSwap{ID: id}, Conflict)
	w.by("chi", AcceptSwap{ID: "none"}, NotFound)
	w.by("chi", WithdrawSwap{ID: "none"}, NotFound)
}

func TestWhatCannotBeSwapped(t *testing.T) {
	good := OfferSwap{Rota: "main", Role: support.Lead, Taker: "chi", From: start.Add(time.Hour), To: start.Add(9 * time.Hour)}
	for name, test := range map[string]struct {
		by     string
		change func(*OfferSwap)
		want   RefusalKind
	}{
		"good":                {"ana", func(*OfferSwap) {}, ""},
		"begun a moment ago":  {"ana", func(o *OfferSwap) { o.From = start.Add(-time.Minute) }, ""},
		"no rota":             {"ana", func(o *OfferSwap) { o.Rota = "other" }, NotFound},
		"no role":             {"ana", func(o *OfferSwap) { o.Role = "boss" }, Invalid},
		"nobody's":            {"", func(*OfferSwap) {}, Invalid},
		"another's":           {"chi", func(o *OfferSwap) { o.Giver = "ana" }, Forbidden},
		"another's, by right": {"dan", func(o *OfferSwap) { o.Giver, o.Others = "ana", true }, ""},
		"arranged":            {"ana", func(o *OfferSwap) { o.Arranged = true }, Forbidden},
		"not theirs":          {"ben", func(*OfferSwap) {}, Conflict},
		"to nobody":           {"ana", func(o *OfferSwap) { o.Taker = "zoe" }, NotFound},
		"to oneself":          {"ana", func(o *OfferSwap) { o.Taker = "ana" }, Invalid},
		"who may not":         {"ana", func(o *OfferSwap) { o.Taker = "eve" }, Forbidden},
		"who would be both":   {"ana", func(o *OfferSwap) { o.Taker = "ben" }, Conflict},
		"of no time":          {"ana", func(o *OfferSwap) { o.To = o.From }, Invalid},
		"over":                {"ana", func(o *OfferSwap) { o.From = start.Add(-2 * time.Hour) }, Invalid},
		"far away":            {"ana", func(o *OfferSwap) { o.To = start.Add(401 * 24 * time.Hour) }, Invalid},
		"a long note":         {"ana", func(o *OfferSwap) { o.Note = strings.Repeat("a", 1001) }, Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, swapping)
			offer := good
			test.change(&offer)
			w.by(test.by, offer, test.want)
			if want := test.want == ""; (len(w.state.Swaps) == 1) != want {
				t.Errorf("there are %d swaps", len(w.state.Swaps))
			}
		})
	}
}

// What one withdraws may have let another be: then that one goes first.
func TestASwapThatAnotherNeedsStays(t *testing.T) {
	w := newWorld(t, swapping)
	from, to := w.now.Add(time.Hour), w.now.Add(9*time.Hour)
	first := w.by("dan", OfferSwap{Rota: "main", Role: support.Lead, Giver: "ana", Taker: "chi", From: from, To: to, Arranged: true, Others: true}, "")
	second := w.by("dan", OfferSwap{Rota: "main", Role: support.Engineer, Giver: "ben", Taker: "ana", From: from, To: to, Arranged: true, Others: true}, "")
	w.by("ana", WithdrawSwap{ID: first}, Conflict)
	w.now = w.now.Add(2 * time.Hour)
	if w.lead() != "chi" || w.engineer() != "ana" {
		t.Errorf("%s and %s", w.lead(), w.engineer())
	}
	w.by("ana", WithdrawSwap{ID: second}, "")
	w.by("ana", WithdrawSwap{ID: first}, "")
	if w.lead() != "ana" || w.engineer() != "ben" {
		t.Errorf("%s and %s", w.lead(), w.engineer())
	}
}

// Who took a turn is who is called.
func TestWhoTookATurnIsReminded(t *testing.T) {
	w := newWorld(t, swapping)
	w.by("dan", OfferSwap{Rota: "main", Role: support.Lead, Giver: "ana", Taker: "chi", From: w.now, To: w.now.Add(9 * time.Hour), Arranged: true, Others: true}, "")
	if got := w.state.covered(w.policy).leadFor("api", w.now.Add(time.Hour)); got != "chi" {
		t.Errorf("%s is Lead for the component", got)
	}
	if got := w.policy.leadFor("api", w.now.Add(time.Hour)); got != "ana" {
		t.Errorf("the policy itself has %s", got)
	}
}

// However people offer, accept and withdraw, nobody is in both places, and each
// accepted swap counts.
func TestSwapsNeverJoinThePlaces(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, swapping)
		people := []string{"ana", "ben", "chi", "dan"}
		var ids []string
		for range rapid.IntRange(1, 12).Draw(rt, "acts") {
			w.now = w.now.Add(time.Duration(rapid.IntRange(1, 300).Draw(rt, "minutes")) * time.Minute)
			var command Command
			switch act := rapid.IntRange(0, 3).Draw(rt, "act"); {
			case act < 2 || len(ids) == 0:
				from := w.now.Add(time.Duration(rapid.IntRange(0, 40).Draw(rt, "from")) * time.Hour)
				command = OfferSwap{
					Rota: "main", Role: rapid.SampledFrom(support.Roles()).Draw(rt, "role"), Giver: rapid.SampledFrom(people).Draw(rt, "giver"), Taker: rapid.SampledFrom(people).Draw(rt, "taker"),
					From: from, To: from.Add(time.Duration(rapid.IntRange(1, 40).Draw(rt, "hours")) * time.Hour), Arranged: rapid.Bool().Draw(rt, "arranged"), Others: true,
				}
			case act == 2:
				command = AcceptSwap{ID: rapid.SampledFrom(ids).Draw(rt, "accepted"), Others: true}
			default:
				command = WithdrawSwap{ID: rapid.SampledFrom(ids).Draw(rt, "withdrawn"), Others: true}
			}
			made, _, err := Apply(w.state, command, By{Person: "eve"}, w.policy, w.now)
			if _, offered := command.(OfferSwap); offered && err == nil {
				ids = append(ids, made)
			}
			with := w.state.covered(w.policy).rosters["main"]
			for _, shift := range with.Shifts(w.now, w.now.Add(100*time.Hour)) {
				if shift.Lead == shift.Engineer || shift.Lead == "" || shift.Engineer == "" {
					rt.Fatalf("%+v after %+v", shift, command)
				}
			}
		}
	})
}
