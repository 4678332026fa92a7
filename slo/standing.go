package slo

import (
	"math"
	"time"
)

// smallest is what numbers may be off by rounding.
const smallest = 1e-9

// Floor rounds a number down to so many decimals, so that it never says more
// than is so: 99.996 is not 100. What is whole but for the rounding of numbers
// stays.
func Floor(value float64, places int) float64 {
	scale := math.Pow10(places)
	return math.Floor(value*scale+1e-6) / scale
}

// Standing is how an objective stands at a moment.
type Standing struct {
	From, Until time.Time // the window
	Since       time.Time // when the first of its runs was, to the bucket; zero: there is none
	Counts
	// Coverage is the share of the time since then that was measured, 0 to 1.
	Coverage float64
	// Allowed is how many bad events the window may have. In a calendar month
	// it follows from all events that it will have from Since on, at the rate so
	// far.
	Allowed float64
	// Left is the share of the error budget that is left: 1 is all of it, below
	// 0 it is overspent. LeftTime is the same as a time of complete failure, of
	// the time from Since until the window ends: what was before is not known.
	Left     float64
	LeftTime time.Duration
}

// Known says whether there is anything to judge by.
func (s *Standing) Known() bool { return s.Events() > 0 }

// Kept says whether the objective is kept so far: no more is bad than may be.
// Without events nothing says that it is not.
func (s *Standing) Kept() bool { return s.Left >= 0 }

// Ratio gives the share of good events, 0 to 1; 0 without events.
func (s *Standing) Ratio() float64 {
	if s.Events() == 0 {
		return 0
	}
	return float64(s.Good) / float64(s.Events())
}

// allowance is the share of events that may be bad.
func (o *Objective) allowance() float64 { return (100 - o.Objective) / 100 }

// Evaluate says how an objective stands. The buckets are in order; those that
// do not begin within the window are left out. What a run told stands for so
// long, since the next one was not due.
func (o *Objective) Evaluate(buckets []Bucket, stands time.Duration, now time.Time, zone *time.Location) Standing {
	from, until := o.Window.Span(now, zone)
	return o.evaluate(buckets, buckets, stands, from, until, now)
}

// Between says what was so from one moment to another, which is over: what is
// counted by some buckets, and what was measured by others, which may be finer.
func (o *Objective) Between(counted, measured []Bucket, stands time.Duration, from, until time.Time) Standing {
	return o.evaluate(counted, measured, stands, from, until, until)
}

func (o *Objective) evaluate(counted, measured []Bucket, stands time.Duration, from, until, now time.Time) Standing {
	s := Standing{From: from, Until: until}
	for _, b := range counted {
		if !b.From.Before(from) && b.From.Before(now) {
			s.Counts = s.Plus(b.Counts)
		}
	}
	var within []Bucket
	for _, b := range measured {
		if !b.Until.After(from) || !b.From.Before(now) {
			continue
		}
		if b.From.Before(from) { // where an hour and a day do not begin together
			b.From = from
		}
		within = append(within, b)
		if s.Since.IsZero() && b.Events()+b.Unknown > 0 {
			s.Since = b.From
		}
	}
	if s.Coverage = cover(within, s.Since, stands, now); !s.Known() {
		return s
	}
	expected := float64(s.Events())
	if until.After(now) {
		expected *= float64(until.Sub(s.Since)) / float64(max(now.Sub(s.Since), time.Minute))
	}
	s.Allowed = expected * o.allowance()
	s.Left = left(s.Bad, s.Allowed)
	s.LeftTime = time.Duration(s.Left * o.allowance() * float64(until.Sub(s.Since)))
	return s
}

// cover gives the share of the time from since until now in which something
// could tell: all of a bucket in the proportion of its runs, and of one
// without runs what the last run before it said and still stands.
func cover(buckets []Bucket, since time.Time, stands time.Duration, now time.Time) float64 {
	if since.IsZero() || !now.After(since) {
		return 0
	}
	var c Covered
	c.Begin(since, since)
	for _, b := range buckets {
		if b.From.Before(since) {
			continue
		}
		c.Idle(b.From)
		until := earlier(b.Until, now)
		switch {
		case b.Events() > 0:
			c.Ran(until, float64(b.Events())/float64(b.Events()+b.Unknown), b.Until.Add(stands))
		case b.Unknown > 0:
			c.Ran(until, 0, b.From)
		case b.Excused > 0: // work went on, and was looked at
			c.Ran(until, 1, b.Until.Add(stands))
		default:
			c.Idle(until)
		}
	}
	c.Idle(now)
	return float64(c.Total) / float64(now.Sub(since))
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
