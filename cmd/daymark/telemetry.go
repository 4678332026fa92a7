package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"

	"daymark/internal/telemetry"
)

// traceGrace is how long the last spans may take to be sent when the process
// ends.
const traceGrace = 3 * time.Second

// startTracing sends traces where OpenTelemetry's standard environment variables
// say, and nowhere, at no cost, without them. stop sends what is left.
func startTracing(ctx context.Context, log *slog.Logger, hide func(string) string) (stop func(), err error) {
	wanted, err := tracesWanted(os.Getenv)
	if err != nil {
		return nil, usageError{err}
	}
	if !wanted {
		return func() {}, nil
	}
	protocol := cmp.Or(os.Getenv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"), os.Getenv("OTEL_EXPORTER_OTLP_PROTOCOL"), "http/protobuf")
	for _, variable := range []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"} {
		if err := collectorFault(protocol, os.Getenv(variable)); err != nil {
			return nil, usageError{fmt.Errorf("%s %w", variable, err)}
		}
	}
	exporter, err := newExporter(ctx, protocol)
	if err != nil {
		return nil, fmt.Errorf("trace: %w", err)
	}
	about, err := resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name", "daymark"), attribute.String("service.version", version)),
		resource.WithTelemetrySDK(), resource.WithHost(),
		resource.WithFromEnv(), // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES go before
	)
	if err != nil {
		return nil, usageError{fmt.Errorf("trace: read OTEL_RESOURCE_ATTRIBUTES: %w", err)}
	}
	otel.SetErrorHandler(&traceFaults{log: log})
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(about)) // the sampler is OTEL_TRACES_SAMPLER's
	end := telemetry.Use(provider, hide)
	log.Info("traces are sent", "to", cmp.Or(os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT"), "localhost"))
	return func() {
		end()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), traceGrace)
		defer cancel()
		if err := provider.Shutdown(ctx); err != nil {
			log.Warn("the last traces could not be sent", "error", err)
		}
	}, nil
}

// tracesWanted says whether the environment asks for traces.
func tracesWanted(env func(string) string) (bool, error) {
	if strings.EqualFold(env("OTEL_SDK_DISABLED"), "true") {
		return false, nil
	}
	switch exporter := env("OTEL_TRACES_EXPORTER"); exporter {
	case "none":
		return false, nil
	case "otlp":
		return true, nil
	case "":
		return env("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != "", nil
	default:
		return false, fmt.Errorf("OTEL_TRACES_EXPORTER is %q: it is otlp or none", exporter)
	}
}

// collectorFault says why nothing can be sent to an address. The library would
// leave one aside that it cannot read, and send to localhost. gRPC has names of
// its own for addresses, as unix:/run/otel.sock.
func collectorFault(protocol, address string) error {
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	web := err == nil && (strings.EqualFold(u.Scheme, "http") || strings.EqualFold(u.Scheme, "https"))
	named := err == nil && protocol == "grpc" && slices.Contains([]string{"unix", "unix-abstract", "dns", "passthrough"}, u.Scheme)
	if web && u.Host != "" || named {
		return nil
	}
	return fmt.Errorf("is %q: it begins with http:// or https://, and names a host", address)
}

func newExporter(ctx context.Context, protocol string) (sdk.SpanExporter, error) {
	switch protocol {
	case "http/protobuf":
		return otlptracehttp.New(ctx)
	case "grpc":
		return otlptracegrpc.New(ctx)
	}
	return nil, usageError{fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL is %q: it is http/protobuf or grpc", protocol)}
}

// traceFaults logs that traces cannot be sent, once a minute at most: nothing
// else waits for them.
type traceFaults struct {
	log  *slog.Logger
	mu   sync.Mutex
	said time.Time
}

// Handle implements otel.ErrorHandler.
func (f *traceFaults) Handle(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.said) < time.Minute {
		return
	}
	f.said = time.Now()
	f.log.Warn("traces cannot be sent; they are lost", "error", err)
}
