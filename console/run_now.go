package console

import (
	"context"
	"net/http"
	"slices"
	"time"

	"daymark/access"
)

// Runners begin runs that somebody asks for.
type Runners interface {
	// RunNow has a region of RunsNow run a check at once, and says for which
	// time where that is known, with its entry in the audit trail. Why it does
	// not run is a *Fault.
	RunNow(ctx context.Context, who access.Principal, check, region string) (RunBegun, error)
	// RunsNow lists the regions that can run a check at once.
	RunsNow(check string) []string
}

// RunBegun is a run that was begun.
type RunBegun struct {
	Region string
	At     time.Time // what its result is told by; zero: an agent elsewhere chooses it
}

type runAsked struct {
	ID     string `path:"id" json:"-" doc:"The check's id."`
	Region string `json:"region,omitempty" doc:"Where, by its id; left out: where it can be."`
}

type runBegunRow struct {
	Region string `json:"region"`
	At     Time   `json:"at,omitzero" doc:"The run's time: its result has it, once it is there. Left out where an agent elsewhere chooses it."`
}

func (a *API) runNow(ctx context.Context, call Call, asked runAsked) (runBegunRow, error) {
	if !a.hasCheck(asked.ID) {
		return runBegunRow{}, ErrNotFound
	}
	if asked.Region != "" && !a.hasRegion(asked.Region) {
		return runBegunRow{}, wrongly("body.region", "There is no such region.")
	}
	can := a.Runners.RunsNow(asked.ID)
	region := asked.Region
	if region == "" && len(can) > 0 {
		region = can[0]
	}
	if !slices.Contains(can, region) {
		return runBegunRow{}, &Fault{Status: http.StatusConflict, Detail: "No agent that is connected there can run this check at once."}
	}
	begun, err := a.Runners.RunNow(ctx, call.Who, asked.ID, region)
	return runBegunRow{begun.Region, Time{begun.At}}, err
}

func (a *API) hasRegion(id string) bool {
	for _, region := range a.Regions {
		if region.ID == id {
			return true
		}
	}
	return false
}
