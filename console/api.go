package console

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"daymark/incident"
	"daymark/support"
)

// Options is what the API needs.
type Options struct {
	Incidents  Incidents
	Measured   Measured
	Evidence   Evidence
	Audit      Audit
	Tokens     Tokens
	Staff      Staff
	Agents     Agents
	Elevations Elevations
	Commands   Commands
	Work       Work
	Deliveries Deliveries
	Storms     Storms
	Reports    Reports
	Promises   Promises
	Rotas      Rotas
	Agreements Agreements
	Rules      Rules
	Standings  Standings
	Previews   Previews

	Subscribers    Subscribers
	Configurations Configurations

	Watched Watched
	ByHand  ByHand
	Strikes Strikes
	Changes Changes
	Runners Runners

	Objectives Objectives
	Backups    Backups
	Storage    StorageSource
	Figures    Figures

	URL        string // of the page: where the API is
	Version    string // of Daymark
	Groups     []incident.Group
	Components []incident.Component
	SLAs       []incident.SLA
	Regions    []incident.Region
	People     []support.Person
	Teams      []incident.Team
	Templates  []incident.Template    // to begin an update from
	Recurring  []*incident.Recurrence // maintenance that comes again

	Zone   *time.Location   // of the page: where its months begin; UTC when nil
	Now    func() time.Time // time.Now when nil
	Logger *slog.Logger     // slog.Default() when nil
}

// API is /api/v1. It is safe for concurrent use.
type API struct {
	Options
	operations []Operation
	document   json.RawMessage
}

// New makes the API.
func New(options Options) (*API, error) {
	if options.Incidents == nil || options.Measured == nil || options.Evidence == nil || options.Audit == nil || options.Tokens == nil || options.Staff == nil || options.Agents == nil || options.Elevations == nil || options.Commands == nil || options.Work == nil || options.Deliveries == nil || options.Storms == nil || options.Reports == nil || options.Promises == nil || options.Rotas == nil || options.Rules == nil || options.Standings == nil || options.Previews == nil || options.Subscribers == nil || options.Configurations == nil {
		return nil, errors.New("the API needs all its sources")
	}
	if options.Agreements == nil {
		return nil, errors.New("the API needs the links of agreements")
	}
	if options.Watched == nil || options.ByHand == nil || options.Strikes == nil || options.Changes == nil || options.Runners == nil {
		return nil, errors.New("the API needs to know how checks were watched")
	}
	if options.Objectives == nil || options.Backups == nil || options.Storage == nil || options.Figures == nil {
		return nil, errors.New("the API needs to know how objectives stand, and what came of backups")
	}
	if options.Zone == nil {
		options.Zone = time.UTC
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Logger == nil {
		options.Logger = slog.Default()
	}
	a := &API{Options: options}
	a.operations = a.rows()
	for i := range a.operations {
		a.operations[i].log = options.Logger
	}
	var err error
	a.document, err = document(a.operations, options.URL, options.Version)
	return a, err
}

// Operations is the one table of what the API does.
func (a *API) Operations() []Operation { return a.operations }

// Document is the OpenAPI 3.1 document.
func (a *API) Document() []byte { return a.document }

// nothing is what an operation without input asks.
type nothing struct{}

func (a *API) readDocument(context.Context, Call, nothing) (json.RawMessage, error) {
	return a.document, nil
}
