package slo

import (
	"math"
	"time"

	"daymark/internal/civil"
)

// Point is a stretch of time, and what was left of an error budget when it
// ended.
type Point struct {
	From, Until time.Time
	Counts
	// Told says that something could tell in it, or that what a run before it
	// told still stood when it began.
	Told bool
	Left float64 // the share: 1 is all of it, below 0 it is overspent
}

// byHour is the longest time that a course has by the hour.
const byHour = 3 * 24 * time.Hour

// Course says when the error budget was spent, from the first run in the window
// until now, oldest first: by the hour where that is three days at most,
// otherwise by the day in the zone. An hour belongs to the day that it begins
// in. All of it is told of the budget of the whole window as it is now, so it
// never rises, and ends with what is left by Evaluate, which takes the same. It
// is nil where there is nothing to judge by.
func (o *Objective) Course(buckets []Bucket, stands time.Duration, now time.Time, zone *time.Location) []Point {
	s := o.Evaluate(buckets, stands, now, zone)
	if !s.Known() {
		return nil
	}
	var course []Point
	bad, next := 0, 0
	var standing time.Time // until when what was told stands
	for at := s.Since; at.Before(now); {
		p := Point{From: at, Until: at.Truncate(time.Hour).Add(time.Hour)}
		if now.Sub(s.Since) > byHour {
			p.Until = civil.Plus(at.In(zone), 1)
		}
		p.Until = earlier(p.Until, now)
		p.Told = standing.After(p.From)
		for ; next < len(buckets) && buckets[next].From.Before(p.Until); next++ {
			b := buckets[next]
			if b.From.Before(p.From) { // before the window, or without a run
				continue
			}
			p.Counts = p.Plus(b.Counts)
			switch {
			case b.Events() > 0 || b.Unknown == 0 && b.Excused > 0:
				p.Told, standing = true, b.Until.Add(stands)
			case b.Unknown > 0:
				standing = b.From
			}
		}
		bad += p.Bad
		p.Left = left(bad, s.Allowed)
		course = append(course, p)
		at = p.Until
	}
	return course
}

// left gives the share of a budget of so many bad events that is left.
func left(bad int, allowed float64) float64 {
	share := 1 - float64(bad)/allowed
	if math.Abs(share) < smallest {
		return 0 // just spent, but for the rounding of numbers
	}
	return share
}
