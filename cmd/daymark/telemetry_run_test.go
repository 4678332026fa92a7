package main_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"daymark/checker"
	"daymark/internal/telemetry"
	"daymark/internal/testkit"
)

// A run is a step of a trace, which the target is told and the result carries.
func TestARunTellsItsTargetWhoseTraceItIs(t *testing.T) {
	testkit.Beside(t)
	exporter := tracetest.NewInMemoryExporter()
	t.Cleanup(telemetry.Use(sdk.NewTracerProvider(sdk.WithSyncer(exporter)), nil))
	asked := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case asked <- r.Header.Get("Traceparent"):
		default:
		}
		w.WriteHeader(http.StatusInternalServerError)
	}))
	defer server.Close()
	runner := checker.NewHTTP(checker.HTTPOptions{})
	told := make(chan checker.Result, 1)
	agent, err := checker.NewAgent(checker.AgentParams{
		Region: "a",
		Run: func(ctx context.Context, check checker.Check) checker.Result {
			job, err := checker.Prepare(check)
			if err != nil {
				t.Error(err)
			}
			return checker.RunOnce(ctx, runner, job, time.Now)
		},
		Sink: sinkFunc(func(_ context.Context, results []checker.Result) error {
			select {
			case told <- results[0]:
			default:
			}
			return nil
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	check := checker.Check{ID: "traced", Schedule: "@every 1s", Attempts: 1, Regions: []string{"a"}, HTTP: &checker.HTTP{Request: checker.Request{URL: server.URL}}}
	agent.SetPlan([]checker.Check{check})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = agent.Run(ctx) }()
	parent, result := <-asked, <-told
	cancel()
	<-ended
	if len(parent) != 55 || result.Trace != parent {
		t.Errorf("the target was told %q, and the result carries %q", parent, result.Trace)
	}
	var span tracetest.SpanStub
	attributes := map[string]string{}
	for _, one := range exporter.GetSpans() { // other tests may run beside this one
		if one.SpanContext.SpanID().String() != parent[36:52] {
			continue
		}
		span = one
		for _, a := range span.Attributes {
			attributes[string(a.Key)] = a.Value.AsString()
		}
	}
	if span.Name != "check" || attributes["daymark.check"] != "traced" || attributes["daymark.region"] != "a" ||
		attributes["daymark.outcome"] != "failed" || span.Status.Description == "" {
		t.Errorf("the step is %s with %v, %+v", span.Name, attributes, span.Status)
	}
}

type sinkFunc func(ctx context.Context, results []checker.Result) error

func (f sinkFunc) Submit(ctx context.Context, results []checker.Result) error { return f(ctx, results) }
