// Package telemetry follows one matter through Daymark as an OpenTelemetry
// trace: a run, the batch it comes in, what is decided of it, the event, the
// page and the messages.
//
// Use it by Start, which gives a context to hand on, and a Span to say
// something of and to end. Where a matter waits in a spool or in the outbox,
// its place in the trace is kept as a W3C traceparent (Of), and StartFrom goes
// on from there.
//
// It promises to cost nothing where nobody looks: until Use was called, Start
// gives back the context it got and a Span that does nothing, without memory.
// It knows OpenTelemetry's interface alone; what collects and sends spans is
// joined in cmd/daymark.
package telemetry

import (
	"context"
	"net/http"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// scope names Daymark as what made the spans.
const scope = "daymark"

// mostLinks bounds the traces that one span points at.
const mostLinks = 128

// tracing holds the tracer of the process; nil: nobody looks. OpenTelemetry's
// own global would cost memory for each span that nobody wants.
var tracing atomic.Pointer[tracer]

type tracer struct {
	trace.Tracer
	hide func(string) string
}

// Use has spans made by a provider from now on, and gives what ends that. hide
// takes secrets out of what is said in them; nil: there are none. It is called
// once, when the process begins.
func Use(provider trace.TracerProvider, hide func(string) string) (end func()) {
	if hide == nil {
		hide = func(text string) string { return text }
	}
	t := &tracer{provider.Tracer(scope), hide}
	tracing.Store(t)
	return func() { tracing.CompareAndSwap(t, nil) }
}

// On says whether anybody looks.
func On() bool { return tracing.Load() != nil }

// Span is one step of a trace. The zero Span does nothing.
type Span struct {
	span trace.Span
	hide func(string) string
}

// Start begins a step inside that of the context.
func Start(ctx context.Context, name string) (context.Context, Span) {
	tracer := tracing.Load()
	if tracer == nil {
		return ctx, Span{}
	}
	ctx, span := tracer.Start(ctx, name)
	return ctx, Span{span, tracer.hide}
}

// StartFrom begins a step that follows from others, by their traceparents: it
// is part of the first one's trace and points at the rest. Empty ones, and those
// that are none, are passed over; without any it is Start.
func StartFrom(ctx context.Context, name string, parents ...string) (context.Context, Span) {
	tracer := tracing.Load()
	if tracer == nil {
		return ctx, Span{}
	}
	var links []trace.Link
	first := true
	for _, parent := range parents {
		if len(links) == mostLinks {
			break
		}
		from, ok := read(parent)
		switch {
		case !ok:
		case first:
			ctx, first = trace.ContextWithRemoteSpanContext(ctx, from), false
		default:
			links = append(links, trace.Link{SpanContext: from})
		}
	}
	ctx, span := tracer.Start(ctx, name, trace.WithLinks(links...))
	return ctx, Span{span, tracer.hide}
}

// Set says something of the step.
func (s Span) Set(key, value string) {
	if s.span != nil {
		s.span.SetAttributes(attribute.String(key, s.hide(value)))
	}
}

// SetInt is Set for a number.
func (s Span) SetInt(key string, value int64) {
	if s.span != nil {
		s.span.SetAttributes(attribute.Int64(key, value))
	}
}

// Fail says that the step did not go well, and why, as the log would.
func (s Span) Fail(reason string) {
	if s.span != nil {
		s.span.SetStatus(codes.Error, s.hide(reason))
	}
}

// End ends the step.
func (s Span) End() {
	if s.span != nil {
		s.span.End()
	}
}

// Carry gives a context the step of another, where the one does not come from
// the other, as in a transaction.
func Carry(to, from context.Context) context.Context {
	if !On() {
		return to
	}
	return trace.ContextWithSpan(to, trace.SpanFromContext(from))
}

// Of gives the place of a context in its trace, as a traceparent; "" where it
// has none.
func Of(ctx context.Context) string {
	if !On() || !trace.SpanContextFromContext(ctx).IsValid() {
		return ""
	}
	header := http.Header{}
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(header))
	return header.Get("Traceparent")
}

// Inject writes traceparent to the header of a request, unless it has one.
func Inject(ctx context.Context, header http.Header) {
	if !On() || header.Get("Traceparent") != "" {
		return
	}
	if parent := Of(ctx); parent != "" {
		header.Set("Traceparent", parent)
	}
}

// read reads a traceparent.
func read(parent string) (trace.SpanContext, bool) {
	if parent == "" {
		return trace.SpanContext{}, false
	}
	ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{"traceparent": parent})
	from := trace.SpanContextFromContext(ctx)
	return from, from.IsValid()
}
