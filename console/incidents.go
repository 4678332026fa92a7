package console

import (
	"context"
	"time"

	"daymark/incident"
)

// Incidents is where incidents come from.
type Incidents interface {
	// ListIncidents gives incidents, newest first.
	ListIncidents(ctx context.Context, q IncidentQuery) ([]incident.Incident, error)
	// Incident gives one; ErrNotFound where there is none.
	Incident(ctx context.Context, id string) (*IncidentStory, error)
}

// IncidentQuery says which incidents are asked for; what is empty asks for all.
type IncidentQuery struct {
	Open      bool // only those that are not over
	Over      bool // only those that are
	Severity  incident.Severity
	Component string
	Before    string    // an id: only older ones
	From      time.Time // opened then or later; zero: at any time
	Until     time.Time // opened before
	Lasted    time.Time // not over before; zero: whenever
	Most      int
}

// IncidentStory is all that is known of an incident.
type IncidentStory struct {
	incident.Incident
	Severities []incident.SeverityDecision // oldest first
	Promises   []incident.Promise          // oldest first
	Entries    []incident.Entry            // of the timeline that staff keep, oldest first
	Edits      []incident.Edit             // of its updates, oldest first
}

type incidentsAsked struct {
	Status    string `query:"status" words:"open,over,all" default:"all" doc:"open: those that are not over."`
	Severity  string `query:"severity" words:"P1,P2,P3,P4" doc:"Of that severity now, or at their end."`
	Component string `query:"component" doc:"That affect this component, by its id."`
	paging
}

type incidentRow struct {
	ID         string        `json:"id"`
	Name       string        `json:"name" doc:"What users notice."`
	Phase      string        `json:"phase" words:"investigating,identified,monitoring,resolved"`
	Severity   string        `json:"severity" words:"P1,P2,P3,P4"`
	Worst      string        `json:"worst" words:"P1,P2,P3,P4" doc:"The worst severity that it reached."`
	Reason     string        `json:"reason" doc:"Why it has this severity."`
	Public     bool          `json:"public" doc:"Visitors see it."`
	Check      string        `json:"check,omitempty" doc:"The check whose warning it is; then nothing fails."`
	Since      Time          `json:"since" doc:"The first failure."`
	Opened     Time          `json:"opened"`
	Updated    Time          `json:"updated" doc:"The last change of any kind."`
	Monitoring Time          `json:"monitoring,omitzero" doc:"When it last went to monitoring."`
	Resolved   Time          `json:"resolved,omitzero"`
	Lead       string        `json:"lead" doc:"Who is Support Lead; empty: nobody yet."`
	Engineer   string        `json:"engineer" doc:"Who is Support Engineer; empty: nobody yet."`
	OpenedBy   string        `json:"opened_by,omitempty" doc:"Who opened it by hand."`
	MergedInto string        `json:"merged_into,omitempty" doc:"The incident that it is part of now."`
	Locked     bool          `json:"locked" doc:"Daymark does not resolve it."`
	EndAsked   Time          `json:"end_asked,omitzero" doc:"Since when its Lead is asked whether it is over."`
	Affected   []affectedRow `json:"affected"`
	Promise    *promiseRow   `json:"promise,omitempty" doc:"The promise of a word that runs."`
}

type affectedRow struct {
	Component string `json:"component" doc:"Its id."`
	Name      string `json:"name"`
	Status    string `json:"status" words:"operational,degraded_performance,partial_outage,major_outage,under_maintenance,unknown" doc:"Now, or at the end of the incident."`
	Worst     string `json:"worst" words:"operational,degraded_performance,partial_outage,major_outage,under_maintenance,unknown"`
	From      Time   `json:"from"`
	Until     Time   `json:"until,omitzero"`
}

func (a *API) listIncidents(ctx context.Context, _ Call, asked incidentsAsked) (page[incidentRow], error) {
	place, err := asked.parts(1)
	if err != nil {
		return page[incidentRow]{}, err
	}
	query := IncidentQuery{Open: asked.Status == "open", Over: asked.Status == "over", Severity: severityOf(asked.Severity), Component: asked.Component, Most: asked.Limit + 1}
	if place != nil {
		query.Before = place[0]
	}
	found, err := a.Incidents.ListIncidents(ctx, query)
	if err != nil {
		return page[incidentRow]{}, err
	}
	return cut(found, asked.Limit, a.incident, func(inc *incident.Incident) []string { return []string{inc.ID} }), nil
}

func severityOf(word string) incident.Severity {
	for severity := incident.P1; severity <= incident.P4; severity++ {
		if severity.String() == word {
			return severity
		}
	}
	return 0
}

func (a *API) incident(inc *incident.Incident) incidentRow {
	row := incidentRow{
		ID: inc.ID, Name: inc.Name, Phase: string(inc.Phase), Severity: inc.Severity.String(), Worst: inc.Worst.String(), Reason: inc.Reason,
		Public: inc.Public(), Check: inc.Check, Since: Time{inc.Since}, Opened: Time{inc.Opened}, Updated: Time{inc.Updated},
		Lead: inc.Care.Holders.Lead, Engineer: inc.Care.Holders.Engineer, OpenedBy: inc.Care.OpenedBy, MergedInto: inc.Care.MergedInto,
		Locked: inc.Care.Locked, EndAsked: Time{inc.Care.Proposed},
		Monitoring: Time{inc.Monitoring}, Resolved: Time{inc.Resolved}, Affected: []affectedRow{},
	}
	for _, f := range inc.Affected {
		row.Affected = append(row.Affected, affectedRow{
			Component: f.Component, Name: a.componentName(f.Component), Status: string(f.Status), Worst: string(f.Worst), From: Time{f.From}, Until: Time{f.Until},
		})
	}
	if inc.Promise != nil {
		promise := a.promise(inc.Promise)
		row.Promise = &promise
	}
	return row
}

// componentName gives the name of a component; its id once it has left the
// configuration.
func (a *API) componentName(id string) string {
	if c := a.component(id); c != nil {
		return c.Name
	}
	return id
}
