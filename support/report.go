package support

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"
)

// CallOut is one time at which a person on call was called.
type CallOut struct {
	Rota   string
	Person string
	At     time.Time
}

// MonthReport is who was on call in one month, to be written for those who
// pay for it.
type MonthReport struct {
	Month    time.Time // any moment in it, as UTC has the year and the month
	Rotas    []*Roster
	Service  map[string]*Calendar // by rota: what counts as within the hours
	Names    map[string]string    // of people, by id
	CallOuts []CallOut            // nil: they are not known, and have no column
}

// WriteCSV writes a row for each rota and person: hours on call, those of them
// outside the service hours, and call-outs where they are known. The month is
// that of each rota's zone, and hours are real ones over a clock change.
func (m *MonthReport) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	header := []string{"month", "rota", "person", "name", "hours_on_call", "hours_out_of_service"}
	if m.CallOuts != nil {
		header = append(header, "call_outs")
	}
	rows := [][]string{header}
	for _, r := range m.Rotas {
		from := date{m.Month.UTC().Year(), m.Month.UTC().Month(), 1}.moment(0, r.zone, firstOf)
		to := date{m.Month.UTC().Year(), m.Month.UTC().Month() + 1, 1}.moment(0, r.zone, firstOf)
		for _, duty := range m.withCalled(r, r.Duties(from, to, m.Service[r.rota.ID]), from, to) {
			row := []string{
				from.Format("2006-01"), r.rota.ID, duty.Person, m.Names[duty.Person], hours(duty.OnCall), hours(duty.OutHours),
			}
			if m.CallOuts != nil {
				row = append(row, strconv.Itoa(m.called(r, duty.Person, from, to)))
			}
			rows = append(rows, row)
		}
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// withCalled adds those who were called and were not on call.
func (m *MonthReport) withCalled(r *Roster, duties []Duty, from, to time.Time) []Duty {
	for _, call := range m.CallOuts {
		known := slices.ContainsFunc(duties, func(d Duty) bool { return d.Person == call.Person })
		if !known && m.called(r, call.Person, from, to) > 0 {
			duties = append(duties, Duty{Person: call.Person, Month: from})
		}
	}
	slices.SortFunc(duties, func(a, b Duty) int { return cmp.Compare(a.Person, b.Person) })
	return duties
}

func (m *MonthReport) called(r *Roster, person string, from, to time.Time) int {
	n := 0
	for _, call := range m.CallOuts {
		if call.Rota == r.rota.ID && call.Person == person && !call.At.Before(from) && call.At.Before(to) {
			n++
		}
	}
	return n
}

// hours writes a time in hours, with two decimals.
func hours(d time.Duration) string { return strconv.FormatFloat(d.Hours(), 'f', 2, 64) }
