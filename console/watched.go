package console

import (
	"context"
	"strconv"
	"time"

	"daymark/checker"
	"daymark/incident"
)

// Watched is what was found out run by run, and said of it.
type Watched interface {
	// LatestRuns gives the newest run of a check in each region, by region.
	LatestRuns(ctx context.Context, check string) ([]checker.Result, error)
	// ListRuns gives runs of a check, newest first and then by region. Of one
	// that went well only when, outcome, latency, attempts and parts are known.
	ListRuns(ctx context.Context, q RunQuery) ([]checker.Result, error)
	// RunsBetween gives the runs of a check of a time, by region and then oldest
	// first, without what they said.
	RunsBetween(ctx context.Context, check string, from, until time.Time) ([]checker.Result, error)
	// VerdictChanges gives what was said of a check, newest first.
	VerdictChanges(ctx context.Context, check string, most int) ([]incident.Verdict, error)
}

// RunQuery says which runs of a check are asked for; what is empty asks for all.
type RunQuery struct {
	Check       string
	Region      string
	AfterAt     time.Time // with AfterRegion: where the list goes on; zero: its beginning
	AfterRegion string
	Most        int
}

// checkAt gives a check of the configuration with its component, or nil.
func (a *API) checkAt(id string) (*checker.Check, *incident.Component) {
	for i := range a.Components {
		for j := range a.Components[i].Checks {
			if c := &a.Components[i].Checks[j]; c.ID == id {
				return c, &a.Components[i]
			}
		}
	}
	return nil, nil
}

func (a *API) component(id string) *incident.Component {
	for i := range a.Components {
		if a.Components[i].ID == id {
			return &a.Components[i]
		}
	}
	return nil
}

// regionName gives the name of a region; its id once it has left the
// configuration.
func (a *API) regionName(id string) string {
	for _, region := range a.Regions {
		if region.ID == id && region.Name != "" {
			return region.Name
		}
	}
	return id
}

type runsAsked struct {
	ID     string `path:"id" doc:"The check's id."`
	Region string `query:"region" doc:"Only of this region, by its id."`
	paging
}

type runRow struct {
	resultRow
	Attempts     int              `json:"attempts,omitempty" doc:"Left out where that was not kept."`
	Late         float64          `json:"late_seconds,omitempty" doc:"By how much it began after its time, where that was a second or more."`
	Timings      []timingRow      `json:"timings" doc:"Its parts, in their order."`
	Expectations []expectationRow `json:"expectations" doc:"Of a run that is not ok, or warns."`
	Warnings     []string         `json:"warnings"`
}

type timingRow struct {
	Name string  `json:"name" doc:"dns, connect, tls, first_byte, transfer, or a step."`
	Took float64 `json:"took_ms" doc:"Milliseconds."`
}

// Title is its name as people call it.
func (t timingRow) Title() string { return partName(t.Name) }

type expectationRow struct {
	Expression string `json:"expression"`
	Effect     string `json:"effect" words:"expect,degraded,warn"`
	Met        bool   `json:"met" doc:"The target is as it should be."`
	Actual     string `json:"actual,omitempty" doc:"The expression with its values."`
}

func (a *API) listRuns(ctx context.Context, _ Call, asked runsAsked) (page[runRow], error) {
	place, err := asked.parts(2)
	if err != nil {
		return page[runRow]{}, err
	}
	query := RunQuery{Check: asked.ID, Region: asked.Region, Most: asked.Limit + 1}
	if place != nil {
		ms, err := strconv.ParseInt(place[0], 10, 64)
		if err != nil {
			return page[runRow]{}, badCursor()
		}
		query.AfterAt, query.AfterRegion = time.UnixMilli(ms), place[1]
	}
	runs, err := a.Watched.ListRuns(ctx, query)
	if err != nil {
		return page[runRow]{}, err
	}
	if len(runs) == 0 && !a.hasCheck(asked.ID) {
		return page[runRow]{}, ErrNotFound
	}
	return cut(runs, asked.Limit, runOf, func(r *checker.Result) []string {
		return []string{strconv.FormatInt(r.At.UnixMilli(), 10), r.Region}
	}), nil
}

func runOf(r *checker.Result) runRow {
	row := runRow{
		resultRow: resultRow{Region: r.Region, At: Time{r.At}, Outcome: string(r.Outcome), Latency: milliseconds(r.Latency), Reason: r.Reason},
		Attempts:  r.Attempts, Timings: []timingRow{}, Expectations: []expectationRow{}, Warnings: append([]string{}, r.Warnings...),
	}
	if r.Started.After(r.At) {
		row.Late = r.Started.Sub(r.At).Seconds()
	}
	for _, t := range r.Timings {
		row.Timings = append(row.Timings, timingRow{t.Name, milliseconds(t.Duration)})
	}
	for _, e := range r.Expectations {
		row.Expectations = append(row.Expectations, expectationRow(e))
	}
	return row
}

type verdictRow struct {
	Verdict string `json:"verdict" words:"up,degraded,down,unknown"`
	Since   Time   `json:"since"`
	Reason  string `json:"reason,omitempty"`
}

// mostVerdicts is how much of what was said of a check is listed.
const mostVerdicts = 200

func (a *API) listVerdicts(ctx context.Context, _ Call, asked idAsked) (page[verdictRow], error) {
	found, err := a.Watched.VerdictChanges(ctx, asked.ID, mostVerdicts)
	if err != nil {
		return page[verdictRow]{}, err
	}
	if len(found) == 0 && !a.hasCheck(asked.ID) {
		return page[verdictRow]{}, ErrNotFound
	}
	var rows []verdictRow
	for _, v := range found {
		rows = append(rows, verdictRow{string(v.Word), Time{v.Since}, v.Reason})
	}
	return whole(rows), nil
}
