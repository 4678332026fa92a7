package incident

import (
	"context"

	"daymark/checker"
	"daymark/internal/telemetry"
)

// Listen has fn called after each commit that made an event, with the event's
// number. fn must not block. Call it before the engine is used.
func (e *Engine) Listen(fn func(seq int64)) {
	e.Follow(func(_ string, seq int64) { fn(seq) })
}

// Follow is Listen, with the traceparent of the event; "": nobody traces.
func (e *Engine) Follow(fn func(trace string, seq int64)) {
	e.listeners = append(e.listeners, fn)
}

// startBatch begins the step in which results are taken. It goes on with the
// trace of the first run that is not ok, which is the one that people look for,
// and points at those of the others.
func startBatch(ctx context.Context, region string, results []checker.Result) (context.Context, telemetry.Span) {
	if !telemetry.On() {
		return ctx, telemetry.Span{}
	}
	var parents []string
	for _, ok := range []bool{false, true} {
		for i := range results {
			if results[i].Trace != "" && (results[i].Outcome == checker.OK) == ok {
				parents = append(parents, results[i].Trace)
			}
		}
	}
	ctx, span := telemetry.StartFrom(ctx, "batch", parents...)
	span.Set("daymark.region", region)
	span.SetInt("daymark.results", int64(len(results)))
	return ctx, span
}

// startEvent begins the step in which a decision is saved.
func startEvent(ctx context.Context, d *Decision) (context.Context, telemetry.Span) {
	ctx, span := telemetry.Start(ctx, "event")
	for i := range d.Incidents {
		span.Set("daymark.incident", d.Incidents[i].ID)
	}
	span.SetInt("daymark.updates", int64(len(d.Updates)))
	return ctx, span
}
