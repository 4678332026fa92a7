package console

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"daymark/checker"
	"daymark/statuspage"
)

// timesView is how long a check took lately: a chart of one part, what all
// parts took on average, and the chart as a table.
type timesView struct {
	Label, Top string
	Limit      string // the dashed line, in milliseconds; "": there is none
	Note       string // what it is
	Windows    []choiceLink
	Parts      []choiceLink
	Plots      []plotView
	Axis       []string

	Heads  []string // of the averages: the parts
	Means  []meanRow
	Stamps []stampRow // the chart as a table, newest first
	Empty  string     // instead of all that: why there is no chart
}

type choiceLink struct {
	To, Name string
	Here     bool
}

type plotView struct {
	statuspage.Plot
	Region, Now string
}

type meanRow struct {
	Region string
	Cells  []string
	Runs   string
}

type stampRow struct {
	ISO, At string
	Cells   []timeCell
}

// timeCell is a stretch of time in words, and as the chart beside it draws it.
type timeCell struct {
	Text   string
	MS     string // how long it took; "": nothing is drawn
	Failed bool
}

// timesBuckets is how many stretches a chart has at most.
const timesBuckets = 48

// windows are how far back a chart can go, in hours; the second one is first
// shown.
var windows = []int{1, 6, 24}

// whole stands for all parts together.
const wholeRun = "whole"

// times draws what the query of an address asks for.
func (s *Site) times(ctx context.Context, check *checker.Check, query url.Values, now time.Time) (*timesView, error) {
	hours, err := strconv.Atoi(query.Get("hours"))
	if err != nil || !slices.Contains(windows, hours) {
		hours = windows[1]
	}
	step := time.Duration(hours) * time.Hour / timesBuckets
	if gap, err := checker.LongestGap(check.Schedule); err == nil && gap > step {
		step = gap
	}
	window := time.Duration(hours) * time.Hour
	view := &timesView{}
	for _, h := range windows {
		view.Windows = append(view.Windows, choiceLink{"?hours=" + strconv.Itoa(h) + "#times", counted(h, "hour", "hours"), h == hours})
	}
	if check.Heartbeat != nil {
		return &timesView{Empty: "Nobody runs a heartbeat: there is nothing to time."}, nil
	}
	if step > window/4 {
		view.Empty = "It runs too seldom for a chart of " + counted(hours, "hour", "hours") + "."
		return view, nil
	}
	from := now.Add(-window)
	runs, err := s.API.Watched.RunsBetween(ctx, check.ID, from, now)
	if err != nil {
		return nil, err
	}
	if len(runs) == 0 {
		view.Empty = "No run in the last " + counted(hours, "hour", "hours") + "."
		return view, nil
	}
	parts := partsOf(runs)
	part := query.Get("part")
	if !slices.Contains(parts, part) {
		part = wholeRun
	}
	for _, name := range append([]string{wholeRun}, parts...) {
		link := choiceLink{"?hours=" + strconv.Itoa(hours) + "&part=" + name + "#times", "Whole", name == part}
		if name != wholeRun {
			link.Name = partName(name)
		}
		view.Parts = append(view.Parts, link)
	}
	all := bucketsOf(runs, s.regionsOf(check), part, from, step, int(window/step))
	s.plot(view, check, all, part)
	s.stamps(view, all, from, step, now)
	view.means(s, runs, s.regionsOf(check), parts)
	return view, nil
}

// partsOf lists the parts that some run has, in their order.
func partsOf(runs []checker.Result) []string {
	var all []string
	for i := range runs {
		for _, t := range runs[i].Timings {
			if partNames[t.Name] != "" && !slices.Contains(all, t.Name) {
				all = append(all, t.Name)
			}
		}
	}
	order := []string{"redirects", "dns", "connect", "tls", "banner", "handshake", "first_byte", "transfer", "answer", "signatures"}
	slices.SortFunc(all, func(a, b string) int { return slices.Index(order, a) - slices.Index(order, b) })
	return all
}

// partTook gives how long a part of a run took; false: it has none.
func partTook(r *checker.Result, part string) (time.Duration, bool) {
	if part == wholeRun {
		return r.Latency, true
	}
	for _, t := range r.Timings {
		if t.Name == part {
			return t.Duration, true
		}
	}
	return 0, false
}

// bucketsOf lays runs on stretches of time, by region.
func bucketsOf(runs []checker.Result, regions []string, part string, from time.Time, step time.Duration, n int) []statuspage.RegionTimes {
	all := make([]statuspage.RegionTimes, len(regions))
	for i, region := range regions {
		all[i] = statuspage.RegionTimes{Region: region, Buckets: make([]statuspage.TimesBucket, n)}
	}
	for i := range runs {
		r := &runs[i]
		at, bucket := slices.Index(regions, r.Region), int(r.At.Sub(from)/step)
		if at < 0 || r.At.Before(from) || bucket >= n {
			continue
		}
		b := &all[at].Buckets[bucket]
		switch r.Outcome {
		case checker.Failed:
			b.Failed++
		case checker.OK, checker.Degraded:
			if d, has := partTook(r, part); has {
				b.Answered++
				b.Sum += d
			}
		}
	}
	return all
}

func (s *Site) plot(view *timesView, check *checker.Check, all []statuspage.RegionTimes, part string) {
	limit := time.Duration(0)
	if part == wholeRun {
		limit = statuspage.SlowFrom(check)
	}
	plots, top := statuspage.DrawPlots(all, limit)
	view.Top = took(top)
	if limit > 0 {
		view.Limit = plainFloat(milliseconds(limit))
		view.Note = "The dashed line is " + took(limit) + ", from which it is slow."
	}
	says := []string{"How long it took, by region."}
	for i, plot := range plots {
		last := all[i].Buckets[len(all[i].Buckets)-1]
		now := "nothing answered lately"
		if last.Answered > 0 {
			now = took(last.Mean()) + " lately"
		} else if last.Failed > 0 {
			now = "failing"
		}
		view.Plots = append(view.Plots, plotView{plot, s.API.regionName(all[i].Region), now})
		says = append(says, s.API.regionName(all[i].Region)+": "+now+".")
	}
	view.Label = strings.Join(says, " ")
}

func (s *Site) stamps(view *timesView, all []statuspage.RegionTimes, from time.Time, step time.Duration, now time.Time) {
	n := len(all[0].Buckets)
	for quarter := range 5 {
		view.Axis = append(view.Axis, s.clock(from.Add(time.Duration(quarter*n)*step/4), now))
	}
	view.Stamps = s.stampRows(all, from, step, now)
}

// stampRows lists stretches of time, newest first.
func (s *Site) stampRows(all []statuspage.RegionTimes, from time.Time, step time.Duration, now time.Time) []stampRow {
	var rows []stampRow
	for i := range slices.Backward(all[0].Buckets) {
		at := from.Add(time.Duration(i) * step)
		row := stampRow{ISO: at.UTC().Format(time.RFC3339), At: s.clock(at, now)}
		for _, r := range all {
			row.Cells = append(row.Cells, cellOf(r.Buckets[i]))
		}
		rows = append(rows, row)
	}
	return rows
}

func cellOf(b statuspage.TimesBucket) timeCell {
	cell := timeCell{Failed: b.Failing()}
	switch {
	case b.Answered == 0 && b.Failed == 0:
		cell.Text = "not measured"
		return cell
	case b.Answered == 0:
		cell.Text = decimal(int64(b.Failed)) + " failed"
		return cell
	case b.Failed > 0:
		cell.Text = took(b.Mean()) + ", " + decimal(int64(b.Failed)) + " failed"
	default:
		cell.Text = took(b.Mean())
	}
	if !cell.Failed {
		cell.MS = plainFloat(milliseconds(b.Mean()))
	}
	return cell
}

// means adds what each part took on average, by region.
func (v *timesView) means(s *Site, runs []checker.Result, regions, parts []string) {
	for _, part := range parts {
		v.Heads = append(v.Heads, partName(part))
	}
	v.Heads = append(v.Heads, "Whole")
	for _, region := range regions {
		row := meanRow{Region: s.API.regionName(region)}
		answered, failed := 0, 0
		for _, part := range append(slices.Clone(parts), wholeRun) {
			var sum time.Duration
			n := 0
			for i := range runs {
				if r := &runs[i]; r.Region == region && (r.Outcome == checker.OK || r.Outcome == checker.Degraded) {
					if d, has := partTook(r, part); has {
						sum += d
						n++
					}
				}
			}
			cell := "–"
			if n > 0 {
				cell = took(sum / time.Duration(n))
			}
			row.Cells, answered = append(row.Cells, cell), n
		}
		for i := range runs {
			if runs[i].Region == region && runs[i].Outcome == checker.Failed {
				failed++
			}
		}
		row.Runs = decimal(int64(answered))
		if failed > 0 {
			row.Runs += ", and " + decimal(int64(failed)) + " failed"
		}
		v.Means = append(v.Means, row)
	}
}
