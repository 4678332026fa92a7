package console

import (
	"slices"
	"time"

	"daymark/incident"
	"daymark/internal/civil"
)

// monthView is the calendar of one month, in weeks from Monday.
type monthView struct {
	Name         string
	Before, Next string // the months beside it, such as 2026-11
	Weeks        [][]dayView
}

type dayView struct {
	ISO, Name string // "Mon 2"
	Number    int
	Other     bool // it is of another month
	Today     bool
	Items     []dayItem
}

type dayItem struct {
	ID    string // "": a time of a rule that is not planned yet
	Title string
	When  string
	Stage string
}

// monthLayout is how an address names a month.
const monthLayout = "2006-01"

// monthOf reads the month that an address names, in the page's zone; the present
// one where it names none.
func (s *Site) monthOf(text string, now time.Time) time.Time {
	month, err := time.ParseInLocation(monthLayout, text, s.Zone)
	if err != nil {
		local := now.In(s.Zone)
		return time.Date(local.Year(), local.Month(), 1, 0, 0, 0, 0, s.Zone)
	}
	return month
}

// month puts maintenance into the calendar of a month, with the times of rules
// that are not planned yet.
func (s *Site) month(month, now time.Time, planned []incident.PlannedMaintenance) monthView {
	view := monthView{Name: month.Format("January 2006"), Before: month.AddDate(0, -1, 0).Format(monthLayout), Next: month.AddDate(0, 1, 0).Format(monthLayout)}
	first := civil.Plus(month, -int(month.Weekday()+6)%7)
	end := month.AddDate(0, 1, 0)
	all := append(slices.Clone(planned), s.toCome(later(now, first), end, planned)...)
	for day := first; day.Before(end); {
		var week []dayView
		for range 7 {
			week = append(week, s.dayOf(day, month, now, all))
			day = civil.Plus(day, 1)
		}
		view.Weeks = append(view.Weeks, week)
	}
	return view
}

// toCome gives the times of rules, in a time, that are not planned yet.
func (s *Site) toCome(from, to time.Time, planned []incident.PlannedMaintenance) []incident.PlannedMaintenance {
	var all []incident.PlannedMaintenance
	for _, rule := range s.API.Recurring {
		starts, _ := rule.Next(from, incident.MostAhead)
		for _, at := range starts {
			known := slices.ContainsFunc(planned, func(m incident.PlannedMaintenance) bool { return m.Rule == rule.ID && m.Starts.Equal(at) })
			if at.Before(to) && !known {
				all = append(all, incident.PlannedMaintenance{Rule: rule.ID, Title: rule.Name, Stage: incident.Scheduled, Starts: at, Ends: at.Add(rule.Lasts)})
			}
		}
	}
	return all
}

func (s *Site) dayOf(day, month, now time.Time, all []incident.PlannedMaintenance) dayView {
	next := civil.Plus(day, 1)
	view := dayView{
		ISO: day.Format(time.DateOnly), Name: day.Format("Monday 2 January"), Number: day.Day(), Other: day.Month() != month.Month(),
		Today: day.Format(time.DateOnly) == now.In(s.Zone).Format(time.DateOnly),
	}
	for i := range all {
		m := &all[i]
		ends := m.Ends
		if !m.Over.IsZero() {
			ends = m.Over
		}
		if m.Stage == incident.Cancelled || !m.Starts.Before(next) || !ends.After(day) {
			continue
		}
		item := dayItem{ID: m.ID, Title: m.Title, Stage: stageWords[m.Stage], When: "all day"}
		begins, finishes := !m.Starts.Before(day), !ends.After(next)
		switch {
		case begins && finishes:
			item.When = m.Starts.In(s.Zone).Format("15:04") + " to " + ends.In(s.Zone).Format("15:04")
		case begins:
			item.When = "from " + m.Starts.In(s.Zone).Format("15:04")
		case finishes:
			item.When = "until " + ends.In(s.Zone).Format("15:04")
		}
		view.Items = append(view.Items, item)
	}
	return view
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
