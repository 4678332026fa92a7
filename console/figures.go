package console

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"daymark/access"
	"daymark/checker"
	"daymark/incident"
	"daymark/internal/civil"
	"daymark/internal/rank"
	"daymark/statuspage"
)

// Figures is what runs came to, for the dashboard of a component.
type Figures interface {
	// Figures gives it by hour, or by day in the page's zone, for some checks
	// together: by region, and then oldest first.
	Figures(ctx context.Context, checks []string, byDay bool, from, until time.Time) ([]Figure, error)
}

// Figure is what the runs in one region came to in a stretch of time.
type Figure struct {
	Region        string
	From          time.Time
	Good, Bad     int
	Unknown       int
	P50, P95, P99 time.Duration // within which so many of 100 answers came; 0: not known
}

// figureSpans are how many days back a dashboard goes; one of a day is by hour.
var figureSpans = []int{1, 7, 30, 90}

const noSuchSpan = "Figures are shown of 1, 7, 30 or 90 days."

// figureEvents is how many verdicts of a check, and how many changes, a
// dashboard lists at most; it says where there are more.
const figureEvents = 100

// partsOver is the time whose runs are read for the percentiles of parts.
const partsOver = 6 * time.Hour

// figuresPage is the dashboard of a component.
type figuresPage struct {
	frame
	ID, Component string
	Days          int
	Spans         []choiceLink
	CSV           string
	Top           string
	Plots         []plotView
	Label         string
	Marks         string // where something was deployed or changed, as a path
	Axis          []string
	Heads         []string // regions
	Totals        []figureTotal
	Rows          []figureRow // newest first
	Parts         []figurePart
	Verdicts      []figureVerdict
	Cut           []figureCut // checks that had more verdicts
	Changes       []changeView
	MoreChanges   bool
	Most          int       // of the verdicts of a check, and of the changes
	until         time.Time // where the chart ends
}

// MarksSaid says what the upright lines of the chart are; "": there are none.
func (p *figuresPage) MarksSaid() string {
	if p.Marks == "" {
		return ""
	}
	return marksSaid
}

// figureCut is a check of which not all verdicts are listed.
type figureCut struct{ ID, Check, Since string }

type figureTotal struct{ Region, Available, Runs, P50, P95, P99 string }

type figureRow struct {
	ISO, At string
	Cells   []figureCell
}

type figureCell struct {
	Available     string
	Failed        bool // nothing answered
	P50, P95, P99 timeCell
}

type figurePart struct{ Check, Region, Part, P50, P95, P99 string }

type figureVerdict struct {
	said
	ID, Check string
	at        time.Time
}

// figures reads what the dashboard of a component has.
func (s *Site) figures(r *http.Request, c *incident.Component) (days int, from time.Time, step time.Duration, all []Figure, err error) {
	days = figureSpans[1]
	if text := r.URL.Query().Get("days"); text != "" {
		if days, err = strconv.Atoi(text); err != nil || !slices.Contains(figureSpans, days) {
			return 0, from, 0, nil, wrongly("query.days", noSuchSpan)
		}
	}
	now := s.Now()
	from, step = now.Add(-23*time.Hour).Truncate(time.Hour), time.Hour
	if days > 1 {
		from, step = civil.Plus(now.In(s.Zone), 1-days), 24*time.Hour
	}
	var checks []string
	for i := range c.Checks {
		checks = append(checks, c.Checks[i].ID)
	}
	all, err = s.API.Figures.Figures(r.Context(), checks, days > 1, from, now)
	return days, from, step, all, err
}

func (s *Site) serveFigures(w http.ResponseWriter, r *http.Request, who access.Principal) {
	c := s.API.component(r.PathValue("id"))
	if c == nil {
		s.noSuch(w, r, "component")
		return
	}
	days, from, step, all, err := s.figures(r, c)
	if err != nil {
		s.unfound(w, r, err, noSuchSpan)
		return
	}
	page := &figuresPage{ID: c.ID, Component: cmp.Or(c.Name, c.ID), Days: days, CSV: "/console/components/" + url.PathEscape(c.ID) + "/figures/csv?days=" + strconv.Itoa(days)}
	for _, n := range figureSpans {
		page.Spans = append(page.Spans, choiceLink{"?days=" + strconv.Itoa(n), counted(n, "day", "days"), n == days})
	}
	s.drawFigures(page, all, from, step)
	if err := s.addParts(r.Context(), page, c); err != nil {
		s.fail(w, r, err)
		return
	}
	if err := s.addFigureEvents(r.Context(), page, c, from); err != nil {
		s.fail(w, r, err)
		return
	}
	page.frame = s.frame(r, "Figures of "+page.Component, "components", who)
	page.Charted = len(page.Plots) > 0
	s.show(w, r, http.StatusOK, "figures", page)
}

// drawFigures adds the chart of the times within which 95 of 100 answers came,
// and its numbers.
func (s *Site) drawFigures(page *figuresPage, all []Figure, from time.Time, step time.Duration) {
	now := s.Now()
	var starts []time.Time
	for at := from; !at.After(now); {
		starts = append(starts, at)
		if at = at.Add(step); step > time.Hour {
			at = civil.Plus(starts[len(starts)-1], 1) // a day may have 23 or 25 hours
		}
	}
	var regions []statuspage.RegionTimes
	byPlace := map[string]map[int64]*Figure{}
	for i := range all {
		f := &all[i]
		if byPlace[f.Region] == nil {
			byPlace[f.Region] = map[int64]*Figure{}
			regions = append(regions, statuspage.RegionTimes{Region: f.Region, Buckets: make([]statuspage.TimesBucket, len(starts))})
			page.Heads = append(page.Heads, s.API.regionName(f.Region))
		}
		byPlace[f.Region][f.From.Unix()] = f
	}
	for i := range regions {
		total := Figure{}
		for at, start := range starts {
			if f := byPlace[regions[i].Region][start.Unix()]; f != nil {
				if f.P95 > 0 { // what failed beside it is in the table
					regions[i].Buckets[at] = statuspage.TimesBucket{Answered: 1, Sum: f.P95}
				} else {
					regions[i].Buckets[at] = statuspage.TimesBucket{Failed: f.Bad}
				}
				total.Good, total.Bad, total.Unknown = total.Good+f.Good, total.Bad+f.Bad, total.Unknown+f.Unknown
				total.P50, total.P95, total.P99 = max(total.P50, f.P50), max(total.P95, f.P95), max(total.P99, f.P99)
			}
		}
		page.Totals = append(page.Totals, figureTotal{page.Heads[i], availableOf(&total), runsOf(&total), took(total.P50), took(total.P95), took(total.P99)})
	}
	if len(regions) == 0 {
		return
	}
	plots, top := statuspage.DrawPlots(regions, 0)
	page.until = starts[len(starts)-1].Add(step)
	page.Top, page.Label = took(top), "The time within which 95 of 100 answers came, by region."
	for i, plot := range plots {
		page.Plots = append(page.Plots, plotView{plot, page.Heads[i], page.Totals[i].P95 + " at most"})
	}
	for quarter := range 5 {
		page.Axis = append(page.Axis, s.clock(starts[min(quarter*len(starts)/4, len(starts)-1)], now))
	}
	for _, start := range slices.Backward(starts) {
		row := figureRow{ISO: start.UTC().Format(time.RFC3339), At: s.clock(start, now)}
		if step > time.Hour {
			row.At = s.day(start)
		}
		for i := range regions {
			none := timeCell{Text: "–"}
			cell := figureCell{"not measured", false, none, none, none}
			if f := byPlace[regions[i].Region][start.Unix()]; f != nil {
				cell = figureCell{availableOf(f), f.P95 == 0 && f.Bad > 0, percentile(f.P50), percentile(f.P95), percentile(f.P99)}
			}
			row.Cells = append(row.Cells, cell)
		}
		page.Rows = append(page.Rows, row)
	}
}

func percentile(d time.Duration) timeCell {
	cell := timeCell{Text: took(d)}
	if d > 0 {
		cell.MS = plainFloat(milliseconds(d))
	}
	return cell
}

func availableOf(f *Figure) string {
	if f.Good+f.Bad == 0 {
		return "–"
	}
	return perCent(floored(100*float64(f.Good)/float64(f.Good+f.Bad), 3))
}

func runsOf(f *Figure) string {
	text := decimal(int64(f.Good)) + " of " + decimal(int64(f.Good+f.Bad)) + " good"
	if f.Unknown > 0 {
		text += ", " + decimal(int64(f.Unknown)) + " could not tell"
	}
	return text
}

// addParts adds how long the parts of the latest runs took.
func (s *Site) addParts(ctx context.Context, page *figuresPage, c *incident.Component) error {
	now := s.Now()
	for i := range c.Checks {
		check := &c.Checks[i]
		runs, err := s.API.Watched.RunsBetween(ctx, check.ID, now.Add(-partsOver), now)
		if err != nil {
			return err
		}
		for _, region := range s.regionsOf(check) {
			for _, part := range partsOf(runs) {
				var times []time.Duration
				for k := range runs {
					if r := &runs[k]; r.Region == region && (r.Outcome == checker.OK || r.Outcome == checker.Degraded) {
						if d, has := partTook(r, part); has {
							times = append(times, d)
						}
					}
				}
				if len(times) > 0 {
					slices.Sort(times)
					of := func(share float64) string { return took(times[rank.Nearest(share, len(times))]) }
					page.Parts = append(page.Parts, figurePart{check.Title(), s.API.regionName(region), partName(part), of(0.5), of(0.95), of(0.99)})
				}
			}
		}
	}
	return nil
}

// addFigureEvents adds what was said of the checks, and what was changed, in
// that time.
func (s *Site) addFigureEvents(ctx context.Context, page *figuresPage, c *incident.Component, from time.Time) error {
	now := s.Now()
	page.Most = figureEvents
	for i := range c.Checks {
		changes, err := s.API.Watched.VerdictChanges(ctx, c.Checks[i].ID, figureEvents+1)
		if err != nil {
			return err
		}
		if len(changes) > figureEvents {
			if !changes[figureEvents].Since.Before(from) {
				page.Cut = append(page.Cut, figureCut{c.Checks[i].ID, c.Checks[i].Title(), s.moment(changes[figureEvents-1].Since)})
			}
			changes = changes[:figureEvents]
		}
		for _, v := range changes {
			if !v.Since.Before(from) {
				page.Verdicts = append(page.Verdicts, figureVerdict{s.verdictSaid(v, now), c.Checks[i].ID, c.Checks[i].Title(), v.Since})
			}
		}
	}
	slices.SortStableFunc(page.Verdicts, func(a, b figureVerdict) int { return b.at.Compare(a.at) })
	changes, err := s.API.Changes.ListChanges(ctx, ChangeQuery{Component: c.ID, Since: from, Most: figureEvents + 1})
	if err != nil {
		return err
	}
	if page.MoreChanges = len(changes) > figureEvents; page.MoreChanges {
		changes = changes[:figureEvents]
	}
	for i := range changes {
		page.Changes = append(page.Changes, s.changeView(&changes[i]))
	}
	page.Marks = marksOf(page.Changes, from, page.until)
	return nil
}

// serveFiguresCSV gives the same numbers for a spreadsheet.
func (s *Site) serveFiguresCSV(w http.ResponseWriter, r *http.Request, _ access.Principal) {
	c := s.API.component(r.PathValue("id"))
	if c == nil {
		s.noSuch(w, r, "component")
		return
	}
	days, _, _, all, err := s.figures(r, c)
	if err != nil {
		s.unfound(w, r, err, noSuchSpan)
		return
	}
	lines := [][]string{{"component", "region", "from", "good", "bad", "unknown", "available_percent", "p50_ms", "p95_ms", "p99_ms"}}
	for i := range all {
		f := &all[i]
		percent := ""
		if f.Good+f.Bad > 0 {
			percent = plainFloat(floored(100*float64(f.Good)/float64(f.Good+f.Bad), 4))
		}
		ms := func(d time.Duration) string {
			if d == 0 {
				return ""
			}
			return plainFloat(milliseconds(d))
		}
		lines = append(lines, []string{cell(c.ID), cell(f.Region), f.From.UTC().Format(time.RFC3339), decimal(int64(f.Good)), decimal(int64(f.Bad)), decimal(int64(f.Unknown)), percent, ms(f.P50), ms(f.P95), ms(f.P99)})
	}
	serveCSV(w, "figures-"+url.PathEscape(c.ID)+"-"+strconv.Itoa(days)+"d.csv", lines)
}
