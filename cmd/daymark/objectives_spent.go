package main

import (
	"context"
	"time"

	"daymark/slo"
	"daymark/store"
)

// badHourFor is how long what was read of an hour serves while its counts stay:
// what is struck out and undone in it can leave them as they were.
const badHourFor = time.Hour

// badHour is when the bad runs of an hour were, as it was read.
type badHour struct {
	counts slo.Counts
	at     time.Time // when it was read
	times  []time.Time
}

// spent says which incidents the bad runs of hours belong to. When they were is
// read of those hours alone that an incident took a part of, and only once
// while nothing changes in them.
func (o *objectives) spent(ctx context.Context, objective *slo.Objective, q store.ObjectiveQuery, hours []slo.Bucket, from, now time.Time) ([]slo.Spending, error) {
	outages, err := o.core.store.Outages(ctx, objective.Component, from)
	if err != nil {
		return nil, err
	}
	known, read, when := o.read[objective.ID], map[int64]badHour{}, slo.When{}
	for _, hour := range slo.Uneven(hours, outages, now) {
		begins := hour.From.Unix()
		bad, found := known[begins]
		if !found || bad.counts != hour.Counts || now.Sub(bad.at) >= badHourFor {
			bad = badHour{counts: hour.Counts, at: now}
			if bad.times, err = o.core.store.BadRuns(ctx, q, hour.From, hour.Until); err != nil {
				return nil, err
			}
		}
		read[begins], when[begins] = bad, bad.times
	}
	o.read[objective.ID] = read
	return slo.Spent(hours, when, outages, now), nil
}
