package slo

import (
	"bytes"
	"strings"
	"time"
)

// Outage is a time in which an incident affected what an objective is of.
type Outage struct {
	Incident    string
	From, Until time.Time // Until zero: it still does

	// Opened and Closed are when its incident was open, which affected it for
	// all of that time or a part; Closed zero: it still is.
	Opened, Closed time.Time
}

// Spending is how many bad events an incident had.
type Spending struct {
	Incident string    // "": none was open
	Since    time.Time // when it began to affect what the objective is of; zero: none was open
	Bad      int
}

// When has the times of the bad events of buckets, by when a bucket begins in
// Unix seconds.
type When map[int64][]time.Time

// Uneven gives the buckets with bad events of which it matters when they were:
// an outage took a part of the bucket.
func Uneven(buckets []Bucket, outages []Outage, now time.Time) []Bucket {
	var all []Bucket
	for _, b := range buckets {
		for i := range outages {
			if share := outages[i].within(b, now); b.Bad > 0 && share > 0 && share < earlier(b.Until, now).Sub(b.From) {
				all = append(all, b)
				break
			}
		}
	}
	return all
}

// Spent says which incidents the bad events belong to, in the order of the
// outages, and at last those of none. Where it is known when all of a bucket's
// were, each belongs to the incident that affected then, or else was open, of
// those with an outage in the bucket; several at once divide them evenly. Where
// it is not known, it goes by the bucket: those that several incidents share
// are divided by how long each took in it. The sum is the number of all bad
// events.
func Spent(buckets []Bucket, when When, outages []Outage, now time.Time) []Spending {
	spent := make([]Spending, len(outages), len(outages)+1)
	for i, o := range outages {
		spent[i].Incident, spent[i].Since = o.Incident, o.From
	}
	none := 0
	for _, b := range buckets {
		shares, all := make([]time.Duration, len(outages)), time.Duration(0)
		for i := range outages {
			shares[i] = outages[i].within(b, now)
			all += shares[i]
		}
		times := when[b.From.Unix()]
		switch {
		case all == 0:
			none += b.Bad
		case len(times) == b.Bad:
			none += byTime(spent, times, shares, outages)
		default:
			divide(spent, b.Bad, shares, all)
		}
	}
	var all []Spending
	for _, s := range append(spent, Spending{Bad: none}) {
		if s.Bad > 0 {
			all = append(all, s)
		}
	}
	return all
}

// divide gives each outage its share of bad events, of which all are given: each
// gets what brings the sum so far to its share, so that nothing is lost by
// rounding.
func divide(spent []Spending, bad int, shares []time.Duration, all time.Duration) {
	var sofar time.Duration
	given := 0
	for i := range spent {
		sofar += shares[i]
		upto := int(float64(bad)*(float64(sofar)/float64(all)) + 0.5)
		spent[i].Bad += upto - given
		given = upto
	}
}

// byTime gives each bad event of a bucket to the outages with a share in it that
// it belongs to, and says how many belong to none.
func byTime(spent []Spending, times []time.Time, shares []time.Duration, outages []Outage) (none int) {
	alike := map[owners]int{}
	var order []owners
	for _, at := range times {
		of := belongs(at, shares, outages)
		if alike[of]++; alike[of] == 1 {
			order = append(order, of)
		}
	}
	for _, of := range order {
		if n := strings.Count(string(of), "x"); n > 0 {
			divide(spent, alike[of], of.evenly(), time.Duration(n))
		} else {
			none += alike[of]
		}
	}
	return none
}

// owners has a byte for each outage: x where an event belongs to it.
type owners string

// evenly gives each owner the same share.
func (o owners) evenly() []time.Duration {
	shares := make([]time.Duration, len(o))
	for i := range shares {
		if o[i] == 'x' {
			shares[i] = 1
		}
	}
	return shares
}

// belongs says which outages with a share an event belongs to.
func belongs(at time.Time, shares []time.Duration, outages []Outage) owners {
	during := func(from, until time.Time) bool { return !at.Before(from) && (until.IsZero() || at.Before(until)) }
	affected, open := bytes.Repeat([]byte("."), len(outages)), bytes.Repeat([]byte("."), len(outages))
	for i := range outages {
		o := &outages[i]
		if shares[i] > 0 && during(o.From, o.Until) {
			affected[i] = 'x'
		}
		if shares[i] > 0 && during(o.Opened, o.Closed) {
			open[i] = 'x'
		}
	}
	if bytes.Contains(affected, []byte("x")) {
		return owners(affected)
	}
	return owners(open)
}

// within gives how long an outage took in a bucket; one that began and ended
// at once took a moment.
func (o *Outage) within(b Bucket, now time.Time) time.Duration {
	from, until := o.From, o.Until
	if until.IsZero() {
		until = now
	}
	if !from.Before(b.Until) || until.Before(b.From) || until.Equal(b.From) && from.Before(until) {
		return 0
	}
	if from.Before(b.From) {
		from = b.From
	}
	until = earlier(until, b.Until)
	return max(until.Sub(from), time.Millisecond)
}
