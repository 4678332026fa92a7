package incident

import (
	"slices"
	"time"

	"daymark/internal/rank"
)

// Times is how long some steps of an incident took; zero where it has not come
// to that.
type Times struct {
	See         time.Duration // from the first failure until it was opened
	Acknowledge time.Duration // from then until somebody took a role
	Tell        time.Duration // from then until the first update was published
	Restore     time.Duration // from the first failure until it was over
}

// Times gives how long the steps of an incident took.
func (i *Incident) Times() Times {
	since := func(from, at time.Time) time.Duration {
		if at.IsZero() || from.IsZero() {
			return 0
		}
		return max(at.Sub(from), time.Millisecond) // it came to that
	}
	t := Times{See: since(i.Since, i.Opened), Acknowledge: since(i.Opened, i.Care.Acknowledged), Restore: since(i.Since, i.Resolved)}
	if len(i.Updates) > 0 {
		t.Tell = since(i.Opened, i.Updates[0].At)
	}
	return t
}

// TimesTally is how many incidents of one severity there were, and how long
// their steps took.
type TimesTally struct {
	Severity       Severity // the worst that they reached
	Incidents      int
	Open           int
	Median, Latest Times // of those that came to a step: half took at most Median, nine of ten at most Latest
}

// TallyTimes adds up incidents by the worst severity that they reached; what
// was merged into another counts there, and warnings are no incidents.
func TallyTimes(incidents []Incident) []TimesTally {
	var all []TimesTally
	for severity := P1; severity <= P4; severity++ {
		tally := TimesTally{Severity: severity}
		var see, acknowledge, tell, restore []time.Duration
		for i := range incidents {
			inc := &incidents[i]
			if inc.Worst != severity || inc.Check != "" || inc.Care.MergedInto != "" {
				continue
			}
			tally.Incidents++
			if inc.Open() {
				tally.Open++
			}
			t := inc.Times()
			for list, took := range map[*[]time.Duration]time.Duration{&see: t.See, &acknowledge: t.Acknowledge, &tell: t.Tell, &restore: t.Restore} {
				if took > 0 {
					*list = append(*list, took)
				}
			}
		}
		tally.Median = Times{share(see, 0.5), share(acknowledge, 0.5), share(tell, 0.5), share(restore, 0.5)}
		tally.Latest = Times{share(see, 0.9), share(acknowledge, 0.9), share(tell, 0.9), share(restore, 0.9)}
		all = append(all, tally)
	}
	return all
}

// share gives the time within which a share of some times lies, as one of
// them; 0 of none.
func share(times []time.Duration, of float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return times[rank.Nearest(of, len(times))]
}
