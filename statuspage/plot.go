package statuspage

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// A plot is plotWidth units wide and plotHeight high; the limit lies at
// limitShare of the height.
const (
	plotWidth  = 960
	plotHeight = 80
	limitShare = 0.8
)

// Plot is one region's response times as paths.
type Plot struct {
	Line, Area string // of the times; empty: nothing answered
	Fail       string // where it failed
	None       string // where it was not measured
	Limit      string // empty: there is none
}

// DrawPlots draws the plots of regions under one scale, of which it gives the
// top. A limit of 0 is none.
func DrawPlots(all []RegionTimes, limit time.Duration) ([]Plot, time.Duration) {
	top := plotTop(all, limit)
	plots := make([]Plot, len(all))
	for i, r := range all {
		plots[i] = drawPlot(r.Buckets, top, limit)
	}
	return plots, top
}

// plotTop is the top of the scale that all regions share: the limit lies at
// 80 % of the height, unless values pass that; then the greatest is the top.
func plotTop(all []RegionTimes, limit time.Duration) time.Duration {
	top := time.Duration(float64(limit) / limitShare)
	for _, r := range all {
		for _, b := range r.Buckets {
			if b.state() == bucketAnswered {
				top = max(top, b.mean())
			}
		}
	}
	if top == 0 {
		top = time.Second // nothing answered: any scale does
	}
	return top
}

// measured says whether any run of the window could tell.
func (r RegionTimes) measured() bool {
	return slices.ContainsFunc(r.Buckets, func(b TimesBucket) bool { return b.state() != bucketNone })
}

// bucketState is what a stretch of runs comes to.
type bucketState int

const (
	bucketNone     bucketState = iota // nothing could tell
	bucketAnswered                    // more answered than failed
	bucketFailed
)

func (b TimesBucket) state() bucketState {
	switch {
	case b.Answered+b.Failed == 0:
		return bucketNone
	case b.Failed >= b.Answered:
		return bucketFailed
	}
	return bucketAnswered
}

// mean is the mean latency of the runs that answered; there is one at least.
func (b TimesBucket) mean() time.Duration { return b.Sum / time.Duration(b.Answered) }

// drawPlot draws a region's buckets under a top of the scale, which is more
// than nothing.
func drawPlot(buckets []TimesBucket, top, limit time.Duration) Plot {
	var p Plot
	x := func(i int) int { return plotWidth * i / len(buckets) }
	y := func(d time.Duration) int {
		return plotHeight - int(math.Round(float64(plotHeight)*float64(d)/float64(top)))
	}
	if limit > 0 {
		p.Limit = fmt.Sprintf("M0 %dH%d", y(limit), plotWidth)
	}
	var line, area, fail, none strings.Builder
	for from := 0; from < len(buckets); {
		state, to := buckets[from].state(), from
		for to < len(buckets) && buckets[to].state() == state {
			to++
		}
		switch state {
		case bucketAnswered:
			var run strings.Builder
			fmt.Fprintf(&run, "M%d %d", x(from), y(buckets[from].mean()))
			for i := from + 1; i < to; i++ {
				fmt.Fprintf(&run, "L%d %d", x(i), y(buckets[i].mean()))
			}
			fmt.Fprintf(&run, "H%d", x(to)) // the last one holds until its bucket ends
			line.WriteString(run.String())
			fmt.Fprintf(&area, "%sV%dH%dZ", run.String(), plotHeight, x(from))
		case bucketFailed:
			fmt.Fprintf(&fail, "M%d 0H%dV%dH%dZ", x(from), x(to), plotHeight, x(from))
		case bucketNone:
			fmt.Fprintf(&none, "M%d 1H%dV%dH%dZ", x(from), x(to)-1, plotHeight-1, x(from))
		}
		from = to
	}
	p.Line, p.Area, p.Fail, p.None = line.String(), area.String(), fail.String(), none.String()
	return p
}
