package incident

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"daymark/support"
)

// maxSwapNote bounds, in characters, what is said with a swap.
const maxSwapNote = 1_000

// OfferSwap gives a place of a rota, for a time, to somebody else, who accepts
// it. Arranged: it counts at once, because both have agreed.
type OfferSwap struct {
	Rota     string       `json:"rota"`
	Role     support.Role `json:"role"`
	Giver    string       `json:"giver"` // "": who gives the command
	Taker    string       `json:"taker"`
	From     time.Time    `json:"from"`
	To       time.Time    `json:"to"`
	Note     string       `json:"note"`
	Arranged bool         `json:"arranged"`
	Others   bool         `json:"others"` // who gives the command may swap for others
}

func (c OfferSwap) act() (action, object string) {
	action = "swap offered"
	if c.Arranged {
		action = "swap arranged"
	}
	return action, fmt.Sprintf("%s of rota %s to %s from %s to %s", c.Role, c.Rota, c.Taker, c.From.UTC().Format(time.RFC3339), c.To.UTC().Format(time.RFC3339))
}

func (c OfferSwap) apply(d *decider, by By) (string, error) {
	s := &Swap{
		Rota: c.Rota, Role: c.Role, Giver: c.Giver, Taker: c.Taker, From: c.From.UTC().Truncate(time.Millisecond), To: c.To.UTC().Truncate(time.Millisecond),
		Note: strings.TrimSpace(c.Note), By: by.String(), Made: d.now,
	}
	if s.Giver == "" {
		s.Giver = by.Person
	}
	if s.From.Before(d.now) && s.From.After(d.now.Add(-time.Hour)) {
		s.From = d.now // some time passes while somebody writes
	}
	if err := d.swappable(s, by, c); err != nil {
		return "", err
	}
	s.ID = newID(d.now, fmt.Sprint("swap ", len(d.state.Swaps), c))
	if d.state.Swaps[s.ID] != nil {
		return "", refuse(Conflict, "it was offered a moment ago")
	}
	if c.Arranged {
		s.Accepted = d.acceptedAt()
	}
	d.keepSwap(s)
	return s.ID, nil
}

// swappable refuses a swap that cannot be.
func (d *decider) swappable(s *Swap, by By, c OfferSwap) error {
	roster, known := d.policy.rosters[s.Rota]
	taker, there := d.policy.people[s.Taker]
	switch {
	case !known:
		return refuse(NotFound, "there is no rota %q in the configuration", s.Rota)
	case !slices.Contains(support.Roles(), s.Role):
		return refuse(Invalid, "there is no role %q: it is lead or engineer", s.Role)
	case s.Giver == "":
		return refuse(Invalid, "it is not said whose turn it is: name a person")
	case !c.Others && (c.Arranged || s.Giver != by.Person):
		return refuse(Forbidden, "one gives away one's own turns alone, and the other accepts: an editor arranges a swap for both")
	case !there:
		return refuse(NotFound, "there is no person %q in the configuration", s.Taker)
	case s.Giver == s.Taker:
		return refuse(Invalid, "%s has the turn already", d.policy.person(s.Taker))
	case !slices.Contains(taker.May, string(s.Role)):
		return refuse(Forbidden, "%s may not be %s: the configuration does not say so in `may`", d.policy.person(s.Taker), s.Role.Title())
	case !s.To.After(s.From):
		return refuse(Invalid, "a swap ends after it begins")
	case s.From.Before(d.now):
		return refuse(Invalid, "a swap cannot begin at %s, which is over", d.policy.clock(s.From, d.now))
	case s.To.Sub(d.now) > support.Ahead:
		return refuse(Invalid, "a swap ends within 400 days")
	case utf8.RuneCountInString(s.Note) > maxSwapNote:
		return refuse(Invalid, "the note has more than %d characters", maxSwapNote)
	}
	if why := roster.Holds(s.Role, s.Giver, s.From, s.To); why != "" {
		return refuse(Conflict, "this cannot be given away: %s", why)
	}
	return fits(roster, s)
}

// fits refuses a swap that would put one person in both places.
func fits(roster *support.Roster, s *Swap) error {
	if conflict := roster.Fits(support.Cover{Role: s.Role, Person: s.Taker, From: s.From, To: s.To}); conflict != nil {
		return refuse(Conflict, "this swap cannot be: %s", conflict)
	}
	return nil
}

// AcceptSwap takes a turn that was offered.
type AcceptSwap struct {
	ID     string `json:"id"`
	Others bool   `json:"others"` // who gives the command may accept for others
}

func (c AcceptSwap) act() (action, object string) { return "swap accepted", c.ID }

func (c AcceptSwap) apply(d *decider, by By) (string, error) {
	s, err := d.swap(c.ID)
	if err != nil {
		return "", err
	}
	switch state := s.State(d.now); {
	case !c.Others && by.Person != s.Taker:
		return "", refuse(Forbidden, "%s accepts it, to whom it was offered", d.policy.person(s.Taker))
	case state == SwapAccepted:
		return s.ID, nil // said twice
	case state != SwapOffered:
		return "", refuse(Conflict, "the swap %s is %s", s.ID, state)
	}
	s.From = later(s.From, d.now)
	roster, known := d.policy.rosters[s.Rota]
	if !known {
		return "", refuse(Conflict, "the rota %s is not in the configuration any more", s.Rota)
	}
	if why := roster.Holds(s.Role, s.Giver, s.From, s.To); why != "" {
		return "", refuse(Conflict, "it has changed since: %s", why)
	}
	if err := fits(roster, s); err != nil {
		return "", err
	}
	s.Accepted = d.acceptedAt()
	d.keepSwap(s)
	return s.ID, nil
}

// WithdrawSwap takes a swap back: an offer, or what is left of one that was
// accepted.
type WithdrawSwap struct {
	ID     string `json:"id"`
	Others bool   `json:"others"` // who gives the command may withdraw those of others
}

func (c WithdrawSwap) act() (action, object string) { return "swap withdrawn", c.ID }

func (c WithdrawSwap) apply(d *decider, by By) (string, error) {
	s, err := d.swap(c.ID)
	if err != nil {
		return "", err
	}
	state := s.State(d.now)
	switch {
	case !c.Others && by.Person != s.Giver && by.Person != s.Taker:
		return "", refuse(Forbidden, "%s or %s withdraws it", d.policy.person(s.Giver), d.policy.person(s.Taker))
	case state == SwapWithdrawn:
		return s.ID, nil // said twice
	case state == SwapLapsed, !d.now.Before(s.To):
		return "", refuse(Conflict, "the swap %s is over", s.ID)
	}
	if state == SwapAccepted {
		s.To = later(s.From, d.now)
		if conflict := d.needed(s); conflict != nil {
			return "", refuse(Conflict, "another swap needs this one: without it, %s", conflict)
		}
	}
	s.Ended = d.now
	d.keepSwap(s)
	return s.ID, nil
}

// needed says why another swap cannot be once one is as it is given now; nil: all
// can be, or could not before either.
func (d *decider) needed(s *Swap) *support.Conflict {
	roster := d.configured.rosters[s.Rota]
	if roster == nil || roster.Unfit(CoversOf(d.state.swapsOf(""), s.Rota)) != nil {
		return nil
	}
	return roster.Unfit(CoversOf(append(d.state.swapsOf(s.ID), *s), s.Rota))
}

// acceptedAt is the moment, after that of each other swap, for their order.
func (d *decider) acceptedAt() time.Time {
	at := d.now
	for _, s := range d.state.Swaps {
		if !at.After(s.Accepted) {
			at = s.Accepted.Add(time.Millisecond)
		}
	}
	return at
}

// swap gives a copy of a swap.
func (d *decider) swap(id string) (*Swap, error) {
	s := d.state.Swaps[id]
	if s == nil {
		return nil, refuse(NotFound, "there is no swap %q, or it is over for long", id)
	}
	kept := *s
	return &kept, nil
}
