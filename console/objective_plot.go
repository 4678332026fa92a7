package console

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"daymark/slo"
)

// budgetHigh is how high the drawing of a budget is, and budgetMargin what
// share of its scale lies above all of the budget and below the least of it.
const (
	budgetHigh   = 160
	budgetMargin = 0.04
)

// budgetView is the chart of what was left of an error budget, and its numbers.
type budgetView struct {
	Label, Now string
	Most       string // when it fell most; "": it did not
	Step       string // of the chart
	Low, High  string // of the scale, in per cent
	Until      string // where the last stretch ends
	Line, Area string // of what is left, as paths
	Over       string // what is overspent
	None       string // where it was not measured
	Marks      string // where incidents began
	Zero       int    // how far down the budget is spent
	Ticks      []budgetTick
	Axis       []string
	Rows       []budgetRow // newest first
}

type budgetTick struct{ Y, Says string }

type budgetRow struct {
	ISO, At           string
	Left, Bad, Events string
	Value             string // what is drawn; "": nothing is
}

// budget draws the course of an objective; nil where it has none.
func (s *Site) budget(o *ObjectiveStanding, now time.Time) *budgetView {
	if len(o.Course) == 0 {
		return nil
	}
	from, until := o.Course[0].From, o.Course[len(o.Course)-1].Until
	byDay := slices.ContainsFunc(o.Course, func(p slo.Point) bool { return p.Until.Sub(p.From) > time.Hour })
	name := func(at time.Time) string { return s.clock(at, now) }
	view := &budgetView{Step: "hour", Now: perCent(floored(100*o.Left, 1)), Until: iso(until)}
	if byDay {
		name, view.Step = s.day, "day"
	}
	d := newBudgetDrawing(from, until, o.Left)
	view.Low, view.High, view.Zero = plainFloat(d.low), plainFloat(d.high), d.y(0)
	d.draw(view, o.Course)
	view.Ticks = d.ticks()
	for _, spent := range o.Spent {
		if !spent.Since.Before(from) && spent.Since.Before(until) {
			view.Marks += fmt.Sprintf("M%d 0V%d", d.x(spent.Since), budgetHigh)
		}
	}
	most := &o.Course[0]
	for i := range slices.Backward(o.Course) {
		p := &o.Course[i]
		if p.Bad >= most.Bad {
			most = p
		}
		row := budgetRow{ISO: iso(p.From), At: name(p.From), Left: "not measured", Bad: "–", Events: "–"}
		if p.Told {
			row.Left, row.Value = perCent(floored(100*p.Left, 1)), plainFloat(rounded(100*p.Left, 3))
			row.Bad, row.Events = decimal(int64(p.Bad)), decimal(int64(p.Events()))
		}
		view.Rows = append(view.Rows, row)
	}
	view.Label = fmt.Sprintf("What was left of the error budget after each %s since %s. Now it is %s.", view.Step, s.moment(from), view.Now)
	if most.Bad > 0 {
		when := "on " + s.day(most.From)
		if !byDay {
			when = "in the hour from " + s.clock(most.From, now)
		}
		view.Most = fmt.Sprintf("It fell most %s: by %s of the budget, for %s.", when, perCent(rounded(100*float64(most.Bad)/o.Allowed, 1)), counted(most.Bad, "bad event", "bad events"))
		view.Label += " " + view.Most
	}
	view.Axis = s.budgetAxis(from, until, byDay)
	return view
}

// budgetAxis names the moments at the quarters of a time, in few words: five of
// them have to stand beside one another on a phone.
func (s *Site) budgetAxis(from, until time.Time, byDay bool) (axis []string) {
	layout := "15:04"
	switch long := until.Sub(from); {
	case byDay:
		layout = "2 Jan"
	case long > 24*time.Hour:
		layout = "Mon 15:04"
	}
	for quarter := range 5 {
		axis = append(axis, from.Add(time.Duration(quarter)*until.Sub(from)/4).In(s.Zone).Format(layout))
	}
	return axis
}

// budgetDrawing has the scales of a drawing: of time, and of per cent.
type budgetDrawing struct {
	from, until time.Time
	low, high   float64
}

// newBudgetDrawing has all of a budget on its scale, and what is left at last.
func newBudgetDrawing(from, until time.Time, left float64) *budgetDrawing {
	least := floored(min(100*left, 0), 0)
	margin := math.Ceil(budgetMargin * (100 - least))
	return &budgetDrawing{from, until, least - margin, 100 + margin}
}

func (d *budgetDrawing) x(at time.Time) int {
	return int(math.Round(plotWide * float64(at.Sub(d.from)) / float64(d.until.Sub(d.from))))
}

func (d *budgetDrawing) y(percent float64) int {
	return int(math.Round(budgetHigh * (d.high - percent) / (d.high - d.low)))
}

// draw adds the paths. A line goes from what was left when its first stretch
// began to what was left when each ended.
func (d *budgetDrawing) draw(view *budgetView, course []slo.Point) {
	var line, area, over, none strings.Builder
	before := 1.0
	for i := 0; i < len(course); {
		first := i
		for i < len(course) && course[i].Told == course[first].Told {
			i++
		}
		from, to := d.x(course[first].From), d.x(course[i-1].Until)
		if !course[first].Told {
			fmt.Fprintf(&none, "M%d 1H%dV%dH%dZ", from, to-1, budgetHigh-1, from)
			continue
		}
		var run strings.Builder
		fmt.Fprintf(&run, "M%d %d", from, d.y(100*before))
		below := ""
		if before < 0 {
			below = fmt.Sprintf("M%d %dV%d", from, d.y(0), d.y(100*before))
		}
		for _, p := range course[first:i] {
			x, y := d.x(p.Until), d.y(100*p.Left)
			fmt.Fprintf(&run, "L%d %d", x, y)
			if before >= 0 && p.Left < 0 { // where the budget was spent
				share := before / (before - p.Left)
				below = fmt.Sprintf("M%d %d", d.x(p.From.Add(time.Duration(share*float64(p.Until.Sub(p.From))))), d.y(0))
			}
			if below != "" {
				below += fmt.Sprintf("L%d %d", x, y)
			}
			before = p.Left
		}
		line.WriteString(run.String())
		fmt.Fprintf(&area, "%sV%dH%dZ", run.String(), d.y(0), from)
		if below != "" {
			fmt.Fprintf(&over, "%sV%dZ", below, d.y(0))
		}
	}
	view.Line, view.Area, view.Over, view.None = line.String(), area.String(), over.String(), none.String()
}

// ticks names all of the budget, none of it and, where it is overspent, the
// least that was left: those that do not stand on one another.
func (d *budgetDrawing) ticks() []budgetTick {
	const apart = 16
	least := d.low + (d.high - 100)
	zero := d.y(0)
	at := func(percent float64) budgetTick {
		return budgetTick{plainFloat(rounded(100*float64(d.y(percent))/budgetHigh, 1)) + "%", perCent(percent)}
	}
	ticks := []budgetTick{at(0)}
	if zero-d.y(100) >= apart {
		ticks = append(ticks, at(100))
	}
	if least < 0 && d.y(least)-zero >= apart {
		ticks = append(ticks, at(least))
	}
	return ticks
}
