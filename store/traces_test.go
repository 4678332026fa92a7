package store_test

import (
	"testing"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"daymark/checker"
	"daymark/incident"
	"daymark/internal/telemetry"
)

// From the run to the delivery it is one trace: what decides, the event and the
// outbox are in the batch's step, and the delivery that is claimed later knows
// where it goes on.
func TestADecisionIsOneTraceUpToItsDeliveries(t *testing.T) {
	f := newFixture(t)
	f.subscribe(sam())
	f.rounds(3, checker.OK)
	exporter := tracetest.NewInMemoryExporter()
	t.Cleanup(telemetry.Use(sdk.NewTracerProvider(sdk.WithSyncer(exporter)), nil))
	const run = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	for range 2 {
		f.pass(10 * time.Second)
		for _, region := range []string{"a", "b"} {
			ok, bad := f.result(region, checker.OK), f.result(region, checker.Failed)
			ok.At, ok.Trace, bad.Trace = ok.At.Add(-15*time.Second), // before both failures
				"00-11111111111111111111111111111111-1111111111111111-01", run
			if _, err := f.engine.Submit(t.Context(), region, []checker.Result{ok, bad}); err != nil {
				t.Fatal(err)
			}
		}
	}
	spans := map[string]tracetest.SpanStub{}
	for _, span := range exporter.GetSpans() {
		if span.SpanContext.TraceID().String() != run[3:35] {
			t.Errorf("%s is of the trace %s", span.Name, span.SpanContext.TraceID())
		}
		spans[span.Name] = span // the last, which opened the incident
	}
	for child, parent := range map[string]string{"decide": "batch", "event": "batch", "outbox": "event"} {
		if got := spans[child].Parent.SpanID(); got != spans[parent].SpanContext.SpanID() || !got.IsValid() {
			t.Errorf("%s is not in %s", child, parent)
		}
	}
	if links := spans["batch"].Links; len(links) != 1 || links[0].SpanContext.TraceID().String() != "11111111111111111111111111111111" {
		t.Errorf("the batch points at %v", links)
	}
	claimed := f.claim("email")
	if len(claimed) != 1 || claimed[0].Trace != "00-"+run[3:35]+"-"+spans["outbox"].SpanContext.SpanID().String()+"-01" {
		t.Errorf("claimed are %+v", claimed)
	}

	// What a person publishes is a trace of its own.
	exporter.Reset()
	id := f.snapshot().Open[0].ID
	if _, err := f.engine.Command(t.Context(), incident.By{Person: "ana"}, "", incident.Publish{Incident: id, What: "We look into it."}); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, span := range exporter.GetSpans() {
		names[span.Name] = true
	}
	if !names["command"] || !names["outbox"] {
		t.Errorf("the steps are %v", names)
	}
}
