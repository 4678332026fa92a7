package notify

import (
	"context"
	"time"

	"daymark/internal/telemetry"
)

// carry takes one claimed delivery to the remote, or asks about it. It runs in
// a goroutine of its own and touches nothing of the lane that changes.
func (l *lane) carry(ctx context.Context, d *Delivery, doubt time.Time) (r result) {
	ctx, span := telemetry.StartFrom(ctx, "delivery", d.Trace)
	span.Set("daymark.delivery", d.ID)
	span.Set("daymark.incident", d.Incident.ID)
	span.Set("daymark.channel", d.Channel)
	defer func() {
		span.Set("daymark.state", string(r.outcome.To))
		if r.remote || r.outcome.To == Dead {
			span.Fail(r.outcome.Reason)
		}
		l.log.DebugContext(ctx, "a delivery ended", "delivery", d.ID, "incident", d.Incident.ID, "state", r.outcome.To, "reason", r.outcome.Reason)
		if r.outcome.To == Dead {
			l.log.WarnContext(ctx, "a delivery was refused for good", "delivery", d.ID, "incident", d.Incident.ID, "reason", r.outcome.Reason)
		}
		span.End()
	}()
	m, err := l.opts.Render(*d)
	if err != nil {
		return result{outcome: Outcome{ID: d.ID, To: Dead, Reason: "the message could not be written: " + err.Error()}}
	}
	if asker, ok := l.channel.(Asker); ok && d.State == Unknown {
		return l.asked(d, doubt, func() Asked { return asker.Ask(ctx, m) })
	}
	if d.Ended { // it may have been taken before; a second one is not sent
		return result{outcome: Outcome{ID: d.ID, To: Suppressed, Reason: ReasonEnded}}
	}
	return l.sent(d, l.channel.Send(ctx, m))
}

// sent turns what the channel is certain of into what is recorded.
func (l *lane) sent(d *Delivery, s Sent) result {
	out := Outcome{ID: d.ID, Provider: s.Provider, Reason: s.Reason, Called: true, OptedOut: s.OptedOut}
	switch s.Class {
	case Uncalled:
		out.To, out.Called, out.Due = Retry, false, l.opts.Now().Add(s.RetryAfter)
		return result{outcome: out, apart: true}
	case Taken:
		out.To, out.Reason = Accepted, ""
	case Refused:
		out.To = Dead
	case NotNow:
		out.To, out.Due = Retry, l.due(d, s.RetryAfter)
	default:
		out.To, out.Due = Unknown, l.due(d, s.RetryAfter)
		if _, asks := l.channel.(Asker); asks {
			out.Due = l.opts.Now().Add(l.opts.AskEvery)
		}
	}
	return result{outcome: out, remote: s.Remote, retryAfter: s.RetryAfter}
}

// asked turns what the provider knows into what is recorded. That it knows
// nothing counts once the question was put AskFor after the doubt began: until
// then the message may only not be listed yet.
func (l *lane) asked(d *Delivery, doubt time.Time, ask func() Asked) result {
	began := l.opts.Now()
	a := ask()
	now := l.opts.Now()
	out := Outcome{ID: d.ID, To: a.State, Provider: a.Provider, Reason: a.Reason}
	switch {
	case a.State == Accepted || a.State == Delivered || a.State == Undelivered:
	case a.State == Retry && began.Sub(doubt) >= l.opts.AskFor:
		out.Due, out.Reason, out.Absent = now, "the provider does not have it", true
	default:
		out.To, out.Due = Unknown, now.Add(max(l.opts.AskEvery, min(a.RetryAfter, l.opts.RetryMost)))
	}
	return result{outcome: out, remote: a.Remote, retryAfter: a.RetryAfter}
}

// due is when to try again: after a wait that doubles at each attempt, with
// jitter so that those who failed together do not come back together, and not
// before the remote wants to hear of us. It is never past the end of the
// message's useful life, where the outbox expires it.
func (l *lane) due(d *Delivery, retryAfter time.Duration) time.Time {
	most := l.opts.RetryFirst << min(d.Attempts, 30)
	if most <= 0 || most > l.opts.RetryMost {
		most = l.opts.RetryMost
	}
	wait := most/2 + time.Duration(l.opts.Random()*float64(most/2))
	due := l.opts.Now().Add(max(wait, retryAfter))
	if !d.Expires.IsZero() && due.After(d.Expires) {
		return d.Expires
	}
	return due
}
