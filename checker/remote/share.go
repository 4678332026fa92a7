package remote

import (
	"hash/fnv"
	"slices"
	"time"

	"daymark/checker"
)

// Share says who runs what of a region: each run belongs to one member, by its
// check and its time. All that have the same Share agree on it without asking,
// whatever their clocks say.
type Share struct {
	// Members share the runs from a time on, and those who had them Before
	// share the runs until then; where there was nobody, Members have all.
	Members []string `json:"members"`
	Before  []string `json:"before,omitempty"`
	From    int64    `json:"from"` // Unix milliseconds
}

// mostMembers bounds how many agents share a region.
const mostMembers = 1_000

// Owner gives the member whose run it is: of all the one with the highest
// number for the check, so that a member that comes or goes moves no runs but
// its own. Empty: there is no member.
func (s *Share) Owner(check string, at time.Time) string {
	members := s.Members
	if at.UnixMilli() < s.From && len(s.Before) > 0 {
		members = s.Before
	}
	owner, most := "", uint64(0)
	for _, member := range members {
		if weight := weigh(member, check); owner == "" || weight > most || weight == most && member < owner {
			owner, most = member, weight
		}
	}
	return owner
}

// weigh gives the number of a member for a check.
func weigh(member, check string) uint64 {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(member + "\x00" + check)) // a hash takes everything
	x := sum.Sum64()
	x = (x ^ x>>33) * 0xff51afd7ed558ccd // FNV alone leaves names that differ at their end close together
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// valid says whether a share that came from outside can be used.
func (s *Share) valid() bool {
	if len(s.Members) == 0 || len(s.Members) > mostMembers || len(s.Before) > mostMembers {
		return false
	}
	return !slices.ContainsFunc(slices.Concat(s.Members, s.Before), func(id string) bool { return id == "" || len(id) > 2*checker.MaxID })
}

// How a lease is spent: the server asks for a word so often that some may be
// lost, and gives a member up early enough that what was its own runs
// elsewhere before the lease is over.
const (
	wordsInLease = 5
	// handover is how long before its time a new share is told where nobody
	// is missing.
	handover = 2 * time.Second
	// partGrace is how long a member whose connection broke has to come back.
	partGrace = 2 * time.Second
)

// board is who shares each region. It is pure: it does nothing by itself, and
// its caller has the clock and the lock.
type board struct {
	lease   time.Duration
	regions map[string]*sharing
}

type sharing struct {
	share Share
	heard map[string]time.Time // each member's last word
	fixed string               // the member that is always there; empty: none
}

func newBoard(lease time.Duration) *board { return &board{lease, map[string]*sharing{}} }

// patience is how long a member may be silent.
func (b *board) patience() time.Duration { return b.lease * 8 / 10 }

// join takes a member in and says whether the share is another. held is what
// it shares by and has not lapsed; nil: nothing. A board that knows nothing
// yet, because the server has just begun, goes on by that: who is named in it
// has a lease's time to come.
func (b *board) join(region, id string, held *Share, now time.Time) bool {
	s := b.regions[region]
	if s == nil {
		s = &sharing{heard: map[string]time.Time{}}
		b.regions[region] = s
		if held != nil && held.valid() && slices.Contains(held.Members, id) {
			s.share = Share{slices.Clone(held.Members), slices.Clone(held.Before), held.From}
			for _, member := range held.Members {
				s.heard[member] = now
			}
			return true
		}
	}
	_, known := s.heard[id]
	if !known && len(s.heard) >= mostMembers {
		return false
	}
	s.heard[id] = now
	if known {
		return false
	}
	s.become(now, now.Add(handover))
	return true
}

// fix makes a member that is always there.
func (b *board) fix(region, id string, now time.Time) {
	b.join(region, id, nil, now)
	b.regions[region].fixed = id
}

// hear notes a member's word; it is false where it is none.
func (b *board) hear(region, id string, now time.Time) bool {
	s := b.regions[region]
	if s == nil {
		return false
	}
	last, known := s.heard[id]
	if known && now.After(last) {
		s.heard[id] = now
	}
	return known
}

// part notes that a member's connection broke: it may come back in a moment.
func (b *board) part(region, id string, now time.Time) {
	if s := b.regions[region]; s != nil {
		if last, known := s.heard[id]; known {
			if soon := now.Add(partGrace - b.patience()); soon.Before(last) {
				s.heard[id] = soon
			}
		}
	}
}

// leave lets a member go that said so.
func (b *board) leave(region, id string, now time.Time) bool {
	s := b.regions[region]
	if s == nil {
		return false
	}
	if _, known := s.heard[id]; !known {
		return false
	}
	delete(s.heard, id)
	s.become(now, now)
	return true
}

// lapse lets those go that were silent too long and gives the regions whose
// share is another.
func (b *board) lapse(now time.Time) (regions []string) {
	for region, s := range b.regions {
		gone := false
		for id, heard := range s.heard {
			if id != s.fixed && now.Sub(heard) > b.patience() {
				delete(s.heard, id)
				gone = true
			}
		}
		if gone {
			s.become(now, now)
			regions = append(regions, region)
		}
	}
	return regions
}

// become makes the share of those that are heard, from a time on.
func (s *sharing) become(now, from time.Time) {
	had := s.share.Members
	if now.UnixMilli() < s.share.From && len(s.share.Before) > 0 {
		had = s.share.Before
	}
	var next Share
	for id := range s.heard {
		next.Members = append(next.Members, id)
	}
	slices.Sort(next.Members)
	for _, id := range had {
		if _, here := s.heard[id]; here {
			next.Before = append(next.Before, id)
		}
	}
	if next.From = from.UnixMilli(); len(next.Before) == 0 {
		next.From = now.UnixMilli()
	}
	s.share = next
}

// of gives the share of a region; nil: nobody shares it.
func (b *board) of(region string) *Share {
	s := b.regions[region]
	if s == nil || len(s.heard) == 0 {
		return nil
	}
	return &Share{slices.Clone(s.share.Members), slices.Clone(s.share.Before), s.share.From}
}
