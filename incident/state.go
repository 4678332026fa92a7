package incident

import (
	"slices"
	"time"

	"daymark/checker"
)

// State is what Decide knows: the latest runs of each check and region, the
// verdicts, the statuses, and incidents that are open or may still reopen.
// A Store keeps all of it; an Engine holds it in memory between transactions.
type State struct {
	Loaded     time.Time // regions cannot have gone silent before this
	Decided    time.Time // when Decide last ran
	Runs       map[Series]*Runs
	Verdicts   map[string]Verdict         // by check
	Components map[string]ComponentStatus // by component
	Incidents  map[string]*Incident       // by id
	Baselines  map[string]Baseline        // by check; of those that were asked for
	Overrides  map[string]*Override       // by component
	Reviews    map[string]*Review         // by incident: those that are not over
	Reports    map[string]*Report         // by id: those that wait, and those of late
	Swaps      map[string]*Swap           // by id: those to come, going on, and over since a day at most

	Maintenances map[string]*PlannedMaintenance // by id; those that are done stay a while
	Silences     map[string]*Silence            // by id: those that last

	swapped     *Policy // with the swaps; nil: to be worked out
	swappedFrom *Policy

	rules    map[string]coming // by id of a recurring maintenance
	recalled *Incident         // that the next command is about, though it is over for long; nil: none
}

// NewState gives an empty state.
func NewState(loaded time.Time) *State {
	return &State{
		Loaded:     loaded,
		Runs:       map[Series]*Runs{},
		Verdicts:   map[string]Verdict{},
		Components: map[string]ComponentStatus{},
		Incidents:  map[string]*Incident{},
		Baselines:  map[string]Baseline{},
		Overrides:  map[string]*Override{},
		Reports:    map[string]*Report{},
		Reviews:    map[string]*Review{},
		Swaps:      map[string]*Swap{},

		Maintenances: map[string]*PlannedMaintenance{},
		Silences:     map[string]*Silence{},
	}
}

// Series is one check in one region.
type Series struct{ Check, Region string }

// Run is what Decide needs of a result.
type Run struct {
	At      int64 // scheduled, Unix milliseconds
	Outcome checker.Outcome
	Latency time.Duration
	Warning *Warning // of the check's `warn` expressions; nil: none
	Late    bool     // it came when a newer one was due already: what it saw may be over
}

// Runs are the latest runs of a series, oldest first, each scheduled time once.
type Runs struct{ list []Run }

// Add puts a run in its place; it answers false where that run is there
// already. Runs older than keep before the newest are dropped, and so are
// those after latest, which a clock that ran ahead has left.
func (r *Runs) Add(run Run, keep time.Duration, latest time.Time) bool {
	ahead := len(r.list)
	for ahead > 0 && r.list[ahead-1].At > latest.UnixMilli() {
		ahead--
	}
	r.list = r.list[:ahead]
	if run.At > latest.UnixMilli() {
		return false
	}
	i, found := slices.BinarySearchFunc(r.list, run.At, func(have Run, at int64) int { return int(have.At - at) })
	if found {
		return false
	}
	r.list = slices.Insert(r.list, i, run)
	oldest := r.list[len(r.list)-1].At - keep.Milliseconds()
	drop := 0
	for drop < len(r.list) && r.list[drop].At < oldest {
		drop++
	}
	if drop > 0 {
		r.list = slices.Delete(r.list, 0, drop)
	}
	return true
}

// latest gives the newest run.
func (r *Runs) latest() (Run, bool) {
	if r == nil || len(r.list) == 0 {
		return Run{}, false
	}
	return r.list[len(r.list)-1], true
}

// streak counts, from the newest backwards, the runs for which holds is true;
// runs that could not tell neither count nor break it. It stops at most.
func (r *Runs) streak(most int, holds func(checker.Outcome) bool) int {
	if r == nil {
		return 0
	}
	n := 0
	for i := len(r.list) - 1; i >= 0 && n < most; i-- {
		switch {
		case r.list[i].Outcome == checker.Unknown:
		case holds(r.list[i].Outcome):
			n++
		default:
			return n
		}
	}
	return n
}

// VerdictWord is what the results of all regions say of one check.
type VerdictWord string

// The verdicts.
const (
	Up        VerdictWord = "up"
	Impaired  VerdictWord = "degraded"
	CheckDown VerdictWord = "down"
	CannotSay VerdictWord = "unknown"
)

// Verdict is what the results of all regions say of one check.
type Verdict struct {
	Check  string
	Word   VerdictWord
	Since  time.Time
	Reason string // for people: from where it fails, since when, and how
}

// ComponentStatus is a component's status and since when.
type ComponentStatus struct {
	Component string
	Status    Status
	Since     time.Time
	Reason    string
}
