package statuspage

import (
	"context"
	"time"

	"daymark/incident"
	"daymark/internal/lang"
)

// Strip draws the last 90 days of a component in English, for pages of the
// staff; nil where there is no such component. It is as old as the page.
func (s *Site) Strip(ctx context.Context, component string) (*Strip, error) {
	page := s.first()
	c, found := page.layout.component(component)
	if !found {
		return nil, nil
	}
	current, err := page.latest(ctx)
	if err != nil {
		return nil, err
	}
	english := *page.layout
	english.speech = speech{lang.English()}
	b := &builder{Layout: &english, snapshot: current.snapshot, now: current.at}
	return b.strip(c, current.snapshot.Components[c.ID]), nil
}

// Failing says whether most of the runs of a stretch failed.
func (b TimesBucket) Failing() bool { return b.state() == bucketFailed }

// Mean is the mean latency of the runs that answered; 0: none did.
func (b TimesBucket) Mean() time.Duration {
	if b.Answered == 0 {
		return 0
	}
	return b.mean()
}

// OutcomeStatus gives the status whose shape and colour an outcome has.
func OutcomeStatus(outcome string) incident.Status { return outcomeStatus(outcome) }
