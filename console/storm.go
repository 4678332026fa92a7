package console

import (
	"context"
	"errors"
	"net/http"
	"time"

	"daymark/access"
)

// Storms is what the storm guard holds back.
type Storms interface {
	// Storm gives what is held now; ErrNotFound where nothing is.
	Storm(ctx context.Context) (*Storm, error)
	// EndStorm lets what is held go, or drops it, with its entry in the audit
	// trail, and says how many messages there were; ErrNotFound where nothing
	// is held.
	EndStorm(ctx context.Context, who access.Principal, release bool) (messages int, err error)
}

// Storm is a time in which machines began more messages than allowed.
type Storm struct {
	Began, Until time.Time // then what is held goes out by itself
	Held         int       // messages
}

type stormRow struct {
	Holds bool `json:"holds" doc:"The storm guard holds messages back."`
	Held  int  `json:"held" doc:"How many messages wait."`
	Began Time `json:"began,omitzero"`
	Until Time `json:"until,omitzero" doc:"Then they go out by themselves."`
}

func (a *API) readStorm(ctx context.Context, _ Call, _ nothing) (stormRow, error) {
	s, err := a.Storms.Storm(ctx)
	if errors.Is(err, ErrNotFound) {
		return stormRow{}, nil
	}
	if err != nil {
		return stormRow{}, err
	}
	return stormRow{Holds: true, Held: s.Held, Began: Time{s.Began}, Until: Time{s.Until}}, nil
}

type stormAsked struct {
	Do string `json:"do" words:"release,drop" doc:"release: they go out now; drop: they never do."`
}

type stormEnded struct {
	Messages int `json:"messages" doc:"How many were released or dropped."`
}

func (a *API) endStorm(ctx context.Context, call Call, asked stormAsked) (stormEnded, error) {
	n, err := a.Storms.EndStorm(ctx, call.Who, asked.Do == "release")
	if errors.Is(err, ErrNotFound) {
		return stormEnded{}, &Fault{Status: http.StatusConflict, Detail: "The storm guard holds nothing back."}
	}
	return stormEnded{n}, err
}
