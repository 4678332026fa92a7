package incident

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"daymark/checker"
	"daymark/internal/lang"
)

// count is how the regions of a check stand.
type count struct {
	telling, failing, partlyFailing, standing, slow, clean []string // regions
	firstFailure                                           time.Time
	awaited                                                bool // some region is about to speak: all was just loaded, or its newest run came late
	failed                                                 bool // some region among those that are slow failed last
}

// verdict works out one check. before is the verdict so far; its zero value
// means that the check was never measured.
func (p *Policy) verdict(c *checkPolicy, state *State, now time.Time) Verdict {
	before := state.Verdicts[c.ID]
	n := p.count(c, state, before, now)
	if n.awaited && len(n.telling) < c.quorum {
		return before // those who have not spoken yet may be about to
	}
	word, reason := p.word(c, n, before)
	if word == before.Word {
		before.Reason = reason // of what is so now, so that it is the same after a restart
		return before
	}
	since := now
	if word == CheckDown && !n.firstFailure.IsZero() {
		since = n.firstFailure
	}
	return Verdict{Check: c.ID, Word: word, Since: since, Reason: reason}
}

func (p *Policy) word(c *checkPolicy, n count, before Verdict) (VerdictWord, string) {
	telling, failing := len(n.telling), len(n.failing)
	where := fmt.Sprintf("%d of %d regions failing (%s)", failing, telling, p.regionNames(n.failing))
	if c.Heartbeat != nil {
		where = "a call is missing or told of a failure"
	}
	switch {
	case telling == 0 && before.Word == "":
		return "", "" // never measured
	case telling == 0:
		return CannotSay, "no region can tell"
	case telling >= c.quorum && failing >= c.quorum:
		return CheckDown, where
	case telling < c.quorum && failing == telling:
		return CheckDown, where + fmt.Sprintf("; only %d of %d regions can tell, so all of them had to fail once more", telling, len(c.regions))
	case len(n.clean) == telling:
		return Up, ""
	case before.Word == CheckDown && telling-len(n.standing) >= min(c.quorum, telling):
		if failing == 0 {
			where = "failed, and does not answer cleanly yet"
		}
		return CheckDown, where
	case len(n.partlyFailing) > 0:
		return Impaired, "failing from some regions: " + p.regionNames(n.partlyFailing)
	case len(n.slow) >= min(c.quorum, telling):
		if n.failed {
			return Impaired, "slow or failing from " + p.regionNames(n.slow)
		}
		return Impaired, "slow from " + p.regionNames(n.slow)
	case (before.Word == "" || before.Word == CannotSay) && len(n.clean) >= min(c.quorum, telling):
		return Up, "" // one region that comes and goes does not hide the others
	case before.Word == CheckDown:
		return Impaired, "answers again, but not cleanly from all regions"
	}
	if before.Word == Impaired {
		return Impaired, "does not answer cleanly from all regions"
	}
	return before.Word, ""
}

func (p *Policy) count(c *checkPolicy, state *State, before Verdict, now time.Time) count {
	var n count
	for _, region := range c.regions {
		runs := state.Runs[Series{c.ID, region}]
		latest, ok := runs.latest()
		if !ok || now.Sub(time.UnixMilli(latest.At)) > c.stale {
			n.awaited = n.awaited || now.Sub(state.Loaded) <= c.stale
			continue
		}
		if latest.Outcome == checker.Unknown {
			continue
		}
		if latest.Late { // a newer run is on its way
			n.awaited = true
			continue
		}
		n.telling = append(n.telling, region)
	}
	// Where fewer than the quorum can tell, one run more is asked for, and only
	// runs since the others last told count: that they fell silent is no failure.
	need, alone := c.downRuns, int64(0)
	if len(n.telling) < c.quorum {
		need++
		alone = c.lastToldByOthers(state, n.telling)
	}
	for _, region := range n.telling {
		runs := state.Runs[Series{c.ID, region}]
		failed := runs.streak(3*c.downRuns, func(o checker.Outcome) bool { return o == checker.Failed })
		if failed >= need && runs.since(need).UnixMilli() > alone {
			n.failing = append(n.failing, region)
			first := runs.since(failed)
			if n.firstFailure.IsZero() || first.Before(n.firstFailure) {
				n.firstFailure = first
			}
		}
		if failed >= 3*c.downRuns {
			n.partlyFailing = append(n.partlyFailing, region)
		}
		if runs.streak(need, func(o checker.Outcome) bool { return o != checker.OK }) >= need {
			n.slow = append(n.slow, region)
			n.failed = n.failed || failed > 0
		}
		if runs.streak(c.upRuns, func(o checker.Outcome) bool { return o != checker.Failed }) >= c.upRuns {
			n.standing = append(n.standing, region)
		}
		if runs.clean(c.upRuns, before) {
			n.clean = append(n.clean, region)
		}
	}
	return n
}

// lastToldByOthers gives the time of the newest run that could tell among the
// regions that cannot tell now; 0: there is none.
func (c *checkPolicy) lastToldByOthers(state *State, telling []string) int64 {
	var last int64
	for _, region := range c.regions {
		runs := state.Runs[Series{c.ID, region}]
		if slices.Contains(telling, region) || runs == nil {
			continue
		}
		for _, run := range slices.Backward(runs.list) {
			if run.Outcome != checker.Unknown {
				last = max(last, run.At)
				break
			}
		}
	}
	return last
}

// clean says whether a region's latest runs let a check be up: as many in a
// row as asked for, or one of a check that was up or never measured.
func (r *Runs) clean(need int, before Verdict) bool {
	well := func(o checker.Outcome) bool { return o == checker.OK }
	if before.Word == "" || before.Word == Up {
		need = 1
	}
	return r.streak(need, well) >= need
}

// since gives the time of the run that began a streak of n.
func (r *Runs) since(n int) time.Time {
	for _, v := range slices.Backward(r.list) {
		if v.Outcome == checker.Unknown {
			continue
		}
		if n--; n == 0 {
			return time.UnixMilli(v.At).UTC()
		}
	}
	return time.Time{}
}

// silentAt gives when the check's next region goes silent, if none reports;
// zero: none is heard now.
func (c *checkPolicy) silentAt(state *State, now time.Time) time.Time {
	var next time.Time
	for _, region := range c.regions {
		latest, ok := state.Runs[Series{c.ID, region}].latest()
		if !ok || latest.Outcome == checker.Unknown {
			continue
		}
		at := later(time.UnixMilli(latest.At), state.Loaded).Add(c.stale + time.Millisecond)
		if at.After(now) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}

// silent says whether no region of the check is heard.
func (c *checkPolicy) silent(state *State, now time.Time) bool {
	for _, region := range c.regions {
		if latest, ok := state.Runs[Series{c.ID, region}].latest(); ok && !c.overdue(latest, state, now) {
			return false
		}
	}
	return true
}

// overdue says whether a region's latest run is so old that it cannot tell.
func (c *checkPolicy) overdue(latest Run, state *State, now time.Time) bool {
	return now.Sub(later(time.UnixMilli(latest.At), state.Loaded)) > c.stale
}

func (p *Policy) regionNames(ids []string) string {
	return list(named(ids, p.regionName))
}

func (p *Policy) regionName(id string) string {
	return cmp.Or(p.regions[id], id)
}

// list joins names for staff, who read English: "a", "a and b", "a, b and c".
func list(names []string) string { return lang.English().List(names) }

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
