package checker

import (
	"hash/fnv"
	"time"

	"github.com/robfig/cron/v3"
)

// timetable gives the times of a schedule. It follows from the check, the
// region and the calendar alone, never from when an agent began: so all agents
// of a region mean the same run by the same time.
type timetable interface {
	// Next gives the first time after t; zero: there is none.
	Next(t time.Time) time.Time
}

// timetableOf reads a schedule. zone is that of lines that name none.
func timetableOf(line string, spread time.Duration, zone *time.Location) (timetable, error) {
	schedule, err := ParseSchedule(line)
	if err != nil {
		return nil, err
	}
	switch s := schedule.(type) {
	case cron.ConstantDelaySchedule:
		return every{s.Delay.Milliseconds(), spread.Milliseconds() % s.Delay.Milliseconds()}, nil
	case *cron.SpecSchedule:
		return byClock{s, zone}, nil
	}
	return schedule, nil
}

// spreadOf is by how much a check's `@every` runs later than those of others,
// so that neither checks nor regions fire together. It stays the same.
func spreadOf(check, region string) time.Duration {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(check + "\x00" + region)) // a hash takes everything
	return time.Duration(mix(sum.Sum64())%(24*3600*1000)) * time.Millisecond
}

// mix lets each bit of a number depend on all: FNV alone leaves names that
// differ in their last letter close together.
func mix(x uint64) uint64 {
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// every is `@every`: all multiples of so many milliseconds since 1970, and an
// offset.
type every struct{ every, offset int64 }

// Next implements timetable.
func (e every) Next(t time.Time) time.Time {
	since := t.UnixMilli() - e.offset
	n := since / e.every
	if since < 0 && since%e.every != 0 {
		n--
	}
	return time.UnixMilli((n+1)*e.every + e.offset).In(t.Location())
}

// byClock is a line of five fields. Where clocks are changed, a time of day
// that is skipped runs at the change, and one that comes twice runs the first
// time; what runs in every hour follows the real time.
type byClock struct {
	*cron.SpecSchedule
	zone *time.Location
}

// allHours are the bits of a field that names each hour.
const allHours = 1<<24 - 1

// Next implements timetable.
func (b byClock) Next(t time.Time) time.Time {
	t = t.In(b.in())
	next := b.SpecSchedule.Next(t)
	if b.Hour&allHours == allHours {
		return next
	}
	if skipped := b.skipped(t, next); !skipped.IsZero() {
		return skipped
	}
	for !next.IsZero() && repeated(next) {
		next = b.SpecSchedule.Next(next)
	}
	return next
}

func (b byClock) in() *time.Location {
	if b.Location != time.Local { //nolint:gosmopolitan // that is how the library says that the line names no zone
		return b.Location
	}
	return b.zone
}

// skipped gives the change of clocks after t and before next in which a time
// of the schedule was passed over; zero: there is none.
func (b byClock) skipped(t, next time.Time) time.Time {
	for at := t; ; {
		_, change := at.ZoneBounds()
		if change.IsZero() || !next.IsZero() && !change.Before(next) || change.Sub(t) > 5*366*24*time.Hour {
			return time.Time{}
		}
		_, before := change.Add(-time.Second).Zone()
		_, after := change.Zone()
		if gap := time.Duration(after-before) * time.Second; gap > 0 {
			// The clock that was not changed passes through the gap.
			fixed := *b.SpecSchedule
			fixed.Location = time.FixedZone("", before)
			if due := fixed.Next(change.Add(-time.Second)); !due.IsZero() && due.Before(change.Add(gap)) {
				return change
			}
		}
		at = change
	}
}

// repeated says whether clocks have shown this time of day already, before
// they were put back.
func repeated(t time.Time) bool {
	change, _ := t.ZoneBounds()
	if change.IsZero() {
		return false
	}
	_, before := change.Add(-time.Second).Zone()
	_, after := t.Zone()
	return before > after && t.Sub(change) < time.Duration(before-after)*time.Second
}
