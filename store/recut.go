package store

import (
	"time"

	"daymark/internal/civil"
	"daymark/slo"
)

// rollup is what the runs of a series came to in an hour or a day.
type rollup struct {
	start     int64    // seconds
	counts    [4]int64 // by outcome
	latency   int64    // sum over those that answered, microseconds
	latencies []byte
	hours     toldHours // of a day
}

func (r *rollup) plus(other *rollup, sign int64) {
	for i := range r.counts {
		r.counts[i] += sign * other.counts[i]
	}
	r.latency += sign * other.latency
}

// within says whether a rollup has at least what this one has, which has not
// less than nothing.
func (r *rollup) within(other *rollup) bool {
	for i, n := range r.counts {
		if n < 0 || n > other.counts[i] {
			return false
		}
	}
	return r.latency >= 0 && r.latency <= other.latency
}

// recutFrom finds the first of a series' days from which on all hours are kept:
// those come to what the days do. Where a day begins within an hour, as in zones
// that are half an hour apart, before is what the hour has of the day before.
// Both are in order; without such a day first is their number.
func recutFrom(days, hours []rollup) (first int, before rollup) {
	first = len(days)
	var rest rollup // what the hours have more than the days
	next := len(hours)
	for i := len(days) - 1; i >= 0; i-- {
		for next > 0 && hours[next-1].start >= wholeHour(days[i].start) {
			next--
			rest.plus(&hours[next], 1)
		}
		rest.plus(&days[i], -1)
		most := rollup{}
		if next < len(hours) && hours[next].start < days[i].start {
			most = hours[next]
		}
		if rest.within(&most) {
			first, before = i, rest
		}
	}
	return first, before
}

func wholeHour(at int64) int64 { return at / hourGrain * hourGrain }

// partOf gives what a series came to in a part of an hour, as far as its
// results are kept, and how long each took that answered.
type partOf func(from, until int64) (part rollup, took []time.Duration, err error)

// recut makes days of hours, which are in order, in a zone. before is what the
// first hour has that is of no day of these. Of an hour in which a day begins
// that day has what part tells, and the day before the rest.
func recut(hours []rollup, before *rollup, zone *time.Location, part partOf) ([]rollup, error) {
	var days []rollup
	var latencies []*slo.Latencies                    // of the days
	add := func(start, hour int64, r *rollup) error { // in order
		n := len(days)
		if n == 0 || days[n-1].start < start {
			days, latencies = append(days, rollup{start: start}), append(latencies, slo.NewLatencies())
			n++
		}
		days[n-1].plus(r, 1)
		days[n-1].hours |= 1 << ((hour - start) / hourGrain)
		return latencies[n-1].MergeEncoded(r.latencies)
	}
	var day, end time.Time
	for i := range hours {
		hour := hours[i]
		if i == 0 {
			hour.plus(before, -1)
		}
		if hour.counts == [4]int64{} {
			continue
		}
		if from := time.Unix(hour.start, 0); end.IsZero() || !from.Before(end) {
			day = dayStart(from, zone)
			end = civil.Plus(day, 1)
		}
		until := hour.start + hourGrain
		if until <= end.Unix() {
			if err := add(day.Unix(), hour.start, &hour); err != nil {
				return nil, err
			}
			continue
		}
		later, took, err := part(end.Unix(), until)
		if err != nil {
			return nil, err
		}
		if !later.within(&hour) { // they are not of one moment
			later, took = rollup{}, nil
		}
		hour.plus(&later, -1)
		if len(took) > 0 {
			if hour.latencies, later.latencies, err = slo.SplitLatencies(hour.latencies, took); err != nil {
				return nil, err
			}
		}
		if hour.counts != [4]int64{} {
			if err := add(day.Unix(), hour.start, &hour); err != nil {
				return nil, err
			}
		}
		if later.counts != [4]int64{} {
			if err := add(end.Unix(), end.Unix(), &later); err != nil {
				return nil, err
			}
		}
	}
	for i := range days {
		if latencies[i].Count() > 0 {
			days[i].latencies = latencies[i].Encode()
		}
	}
	return days, nil
}
