package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strconv"
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
	if err := tracingFault(protocol, os.Getenv); err != nil {
		return nil, usageError{err}
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

// tracingFault says which variable of the environment cannot be used. The
// libraries would go on without it, and say so in words of their own.
func tracingFault(protocol string, env func(string) string) error {
	for _, prefix := range []string{"OTEL_EXPORTER_OTLP_", "OTEL_EXPORTER_OTLP_TRACES_"} {
		if err := collectorFault(protocol, env(prefix+"ENDPOINT")); err != nil {
			return fmt.Errorf("%sENDPOINT %w", prefix, err)
		}
		if text := env(prefix + "TIMEOUT"); text != "" {
			if n, err := strconv.Atoi(text); err != nil || n < 0 {
				return fmt.Errorf("%sTIMEOUT is %q: it is a number of milliseconds, such as 10000", prefix, text)
			}
		}
		for _, file := range []string{"CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY"} {
			if path := env(prefix + file); path != "" {
				if _, err := os.ReadFile(path); err != nil {
					return fmt.Errorf("%s%s names a file that cannot be read: %w", prefix, file, err)
				}
			}
		}
	}
	switch sampler, share := env("OTEL_TRACES_SAMPLER"), env("OTEL_TRACES_SAMPLER_ARG"); sampler {
	case "", "always_on", "always_off", "parentbased_always_on", "parentbased_always_off":
		return nil
	case "traceidratio", "parentbased_traceidratio":
		if n, err := strconv.ParseFloat(cmp.Or(share, "1"), 64); err != nil || n < 0 || n > 1 {
			return fmt.Errorf("OTEL_TRACES_SAMPLER_ARG is %q: it is the share of traces that are sent, 0 to 1", share)
		}
		return nil
	default:
		return fmt.Errorf("OTEL_TRACES_SAMPLER is %q: it is always_on, always_off or traceidratio, or one of these after parentbased_", sampler)
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
