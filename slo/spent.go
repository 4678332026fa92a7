package slo

import "time"

// Outage is a time in which an incident affected what an objective is of.
type Outage struct {
	Incident    string
	From, Until time.Time // Until zero: it still does
}

// Spending is how many bad events an incident had.
type Spending struct {
	Incident string    // "": none was open
	Since    time.Time // when it began to affect what the objective is of; zero: none was open
	Bad      int
}

// Spent says which incidents the bad events belong to, in the order of the
// outages, and at last those of none. It goes by the bucket: those of an hour
// that several incidents share are divided by how long each took in it. The
// sum is the number of all bad events.
func Spent(buckets []Bucket, outages []Outage, now time.Time) []Spending {
	spent := make([]Spending, len(outages), len(outages)+1)
	for i, o := range outages {
		spent[i].Incident, spent[i].Since = o.Incident, o.From
	}
	none := 0
	for _, b := range buckets {
		shares, all := make([]time.Duration, len(outages)), time.Duration(0)
		for i, o := range outages {
			shares[i] = o.within(b, now)
			all += shares[i]
		}
		if all == 0 {
			none += b.Bad
			continue
		}
		// Each gets what brings the sum so far to its share: nothing is lost
		// by rounding.
		var sofar time.Duration
		given := 0
		for i := range outages {
			sofar += shares[i]
			upto := int(float64(b.Bad)*(float64(sofar)/float64(all)) + 0.5)
			spent[i].Bad += upto - given
			given = upto
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

// within gives how long an outage took in a bucket; one that began and ended
// at once took a moment.
func (o Outage) within(b Bucket, now time.Time) time.Duration {
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
