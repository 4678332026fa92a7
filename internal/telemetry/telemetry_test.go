package telemetry_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"testing"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"daymark/internal/telemetry"
)

// The tests of this package share the process's tracer, so none is parallel.
func recorded(t *testing.T) *tracetest.InMemoryExporter {
	t.Helper()
	exporter := tracetest.NewInMemoryExporter()
	end := telemetry.Use(sdk.NewTracerProvider(sdk.WithSyncer(exporter)), func(text string) string { return strings.ReplaceAll(text, "hunter2", "***") })
	t.Cleanup(end)
	return exporter
}

func TestWithoutATracerNothingCostsAnything(t *testing.T) {
	ctx, header := context.Background(), http.Header{}
	var log bytes.Buffer
	logger := slog.New(telemetry.Handler(slog.NewTextHandler(&log, nil)))
	allocated := testing.AllocsPerRun(100, func() {
		inner, span := telemetry.Start(ctx, "check")
		span.Set("check", "api")
		span.SetInt("runs", 1)
		span.Fail("no")
		telemetry.Inject(inner, header)
		if telemetry.Of(inner) != "" || telemetry.Carry(ctx, inner) != ctx || inner != ctx {
			t.Error("there is a trace")
		}
		_, other := telemetry.StartFrom(inner, "batch", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
		other.End()
		span.End()
	})
	logger.InfoContext(ctx, "hello")
	if allocated > 0 || len(header) > 0 || telemetry.On() || strings.Contains(log.String(), "trace_id") {
		t.Errorf("%v allocations, header %v, log %s", allocated, header, log.String())
	}
}

func TestAMatterGoesOnWhereItWasKept(t *testing.T) {
	exporter := recorded(t)
	ctx, run := telemetry.Start(context.Background(), "run")
	run.Set("daymark.check", "api")
	kept := telemetry.Of(ctx)
	if !regexp.MustCompile(`^00-[0-9a-f]{32}-[0-9a-f]{16}-01$`).MatchString(kept) {
		t.Fatalf("it is kept as %q", kept)
	}
	header := http.Header{}
	telemetry.Inject(ctx, header)
	if header.Get("traceparent") != kept {
		t.Errorf("the header is %v", header)
	}
	header.Set("Traceparent", "own")
	if telemetry.Inject(ctx, header); header.Get("traceparent") != "own" {
		t.Error("a header of the check's own was replaced")
	}
	run.Fail("it answered 500 to hunter2")
	run.End()

	other, second := telemetry.Start(context.Background(), "run")
	second.End()
	inner, batch := telemetry.StartFrom(context.Background(), "batch", "", "nonsense", kept, telemetry.Of(other))
	_, event := telemetry.Start(telemetry.Carry(context.Background(), inner), "event")
	var log bytes.Buffer
	slog.New(telemetry.Handler(slog.NewTextHandler(&log, nil))).With("check", "api").WithGroup("g").InfoContext(inner, "hello")
	event.End()
	batch.End()

	spans := exporter.GetSpans()
	if len(spans) != 4 {
		t.Fatalf("%d spans", len(spans))
	}
	first, last, outer := spans[0], spans[2], spans[3]
	if outer.Parent.SpanID() != first.SpanContext.SpanID() || last.SpanContext.TraceID() != first.SpanContext.TraceID() || last.Parent.SpanID() != outer.SpanContext.SpanID() {
		t.Error("it is not one trace")
	}
	if len(outer.Links) != 1 || outer.Links[0].SpanContext.TraceID() != spans[1].SpanContext.TraceID() {
		t.Errorf("it points at %v", outer.Links)
	}
	if first.Status.Description != "it answered 500 to ***" || len(first.Attributes) != 1 {
		t.Errorf("%+v", first)
	}
	if !strings.Contains(log.String(), "trace_id="+first.SpanContext.TraceID().String()) || !strings.Contains(log.String(), "check=api") {
		t.Errorf("the log says %s", log.String())
	}
}
