package console

import (
	"cmp"
	"context"

	"daymark/checker"
	"daymark/incident"
)

// Measured is what was found out lately.
type Measured interface {
	// Statuses gives the status of each component that was measured, by
	// component.
	Statuses(ctx context.Context) (map[string]incident.ComponentStatus, error)
	// Verdicts gives the verdict on each check that was measured, by check.
	Verdicts(ctx context.Context) (map[string]incident.Verdict, error)
	// LatestResults gives the newest run of each check in each region, in
	// order of check and region.
	LatestResults(ctx context.Context) ([]checker.Result, error)
}

type componentRow struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Group       string   `json:"group,omitempty" doc:"The id of its group."`
	Owner       string   `json:"owner,omitempty" doc:"The id of the team that owns it."`
	Criticality string   `json:"criticality" words:"critical,major,minor"`
	DependsOn   []string `json:"depends_on" doc:"Ids of components."`
	Checks      []string `json:"checks" doc:"Ids."`
	Status      string   `json:"status" words:"operational,degraded_performance,partial_outage,major_outage,under_maintenance,unknown" doc:"unknown: not measured."`
	Since       Time     `json:"since,omitzero"`
	Reason      string   `json:"reason,omitempty" doc:"For people."`

	ByHand *overrideRow `json:"by_hand,omitempty" doc:"The status was set by hand."`
}

func (a *API) listComponents(ctx context.Context, _ Call, _ nothing) (page[componentRow], error) {
	statuses, err := a.Measured.Statuses(ctx)
	if err != nil {
		return page[componentRow]{}, err
	}
	set, err := a.ByHand.Overrides(ctx)
	if err != nil {
		return page[componentRow]{}, err
	}
	var rows []componentRow
	for i := range a.Components {
		c := &a.Components[i]
		status := statuses[c.ID]
		row := componentRow{
			ID: c.ID, Name: c.Name, Group: c.Group, Owner: c.Owner, Criticality: cmp.Or(c.Criticality, "minor"), DependsOn: append([]string{}, c.DependsOn...),
			Checks: []string{}, Status: string(cmp.Or(status.Status, incident.Unmeasured)), Since: Time{status.Since}, Reason: status.Reason,
			ByHand: overrideOf(set, c.ID),
		}
		for j := range c.Checks {
			row.Checks = append(row.Checks, c.Checks[j].ID)
		}
		rows = append(rows, row)
	}
	return whole(rows), nil
}

type checksAsked struct {
	Component string `query:"component" doc:"Only those of this component, by its id."`
}

type checkRow struct {
	ID        string      `json:"id"`
	Name      string      `json:"name"`
	Component string      `json:"component" doc:"Its id."`
	Kind      string      `json:"kind" doc:"http, browser, tcp, …"`
	Schedule  string      `json:"schedule,omitempty"`
	Verdict   string      `json:"verdict" words:"up,degraded,down,unknown" doc:"What all regions together say; unknown: none can tell."`
	Since     Time        `json:"since,omitzero"`
	Reason    string      `json:"reason,omitempty" doc:"For people."`
	Latest    []resultRow `json:"latest" doc:"The newest run that is kept, by region in the order of the configuration; a region that has none is left out."`
}

type resultRow struct {
	Region  string  `json:"region"`
	At      Time    `json:"at" doc:"When it was scheduled."`
	Outcome string  `json:"outcome" words:"ok,degraded,failed,unknown"`
	Latency float64 `json:"latency_ms" doc:"Milliseconds; 0 where nothing answered."`
	Reason  string  `json:"reason,omitempty" doc:"Why it is not ok."`
}

func (a *API) listChecks(ctx context.Context, _ Call, asked checksAsked) (page[checkRow], error) {
	verdicts, err := a.Measured.Verdicts(ctx)
	if err != nil {
		return page[checkRow]{}, err
	}
	results, err := a.Measured.LatestResults(ctx)
	if err != nil {
		return page[checkRow]{}, err
	}
	latest := map[incident.Series]*checker.Result{}
	for i := range results {
		latest[incident.Series{Check: results[i].Check, Region: results[i].Region}] = &results[i]
	}
	var rows []checkRow
	for i := range a.Components {
		for j := range a.Components[i].Checks {
			if check := &a.Components[i].Checks[j]; asked.Component == "" || asked.Component == a.Components[i].ID {
				rows = append(rows, a.check(a.Components[i].ID, check, verdicts[check.ID], latest))
			}
		}
	}
	return whole(rows), nil
}

func (a *API) check(component string, c *checker.Check, verdict incident.Verdict, latest map[incident.Series]*checker.Result) checkRow {
	kind, err := c.Kind()
	if err != nil {
		kind = "" // a check of the configuration has exactly one
	}
	row := checkRow{
		ID: c.ID, Name: c.Title(), Component: component, Kind: string(kind), Schedule: c.Schedule,
		Verdict: string(cmp.Or(verdict.Word, incident.CannotSay)), Since: Time{verdict.Since}, Reason: verdict.Reason, Latest: []resultRow{},
	}
	for _, region := range a.Regions {
		if r := latest[incident.Series{Check: c.ID, Region: region.ID}]; r != nil {
			row.Latest = append(row.Latest, resultRow{Region: r.Region, At: Time{r.At}, Outcome: string(r.Outcome), Latency: milliseconds(r.Latency), Reason: r.Reason})
		}
	}
	return row
}
