package main

import (
	"strings"
	"testing"
)

// What cannot be used of OpenTelemetry's variables is told at the start, in a
// sentence that names it.
func TestVariablesOfTracesThatCannotBeUsed(t *testing.T) {
	for _, test := range []struct{ variable, value, want string }{
		{"OTEL_EXPORTER_OTLP_TIMEOUT", "abc", `OTEL_EXPORTER_OTLP_TIMEOUT is "abc": it is a number of milliseconds`},
		{"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "-1", `OTEL_EXPORTER_OTLP_TRACES_TIMEOUT is "-1"`},
		{"OTEL_EXPORTER_OTLP_CERTIFICATE", "/nix", "OTEL_EXPORTER_OTLP_CERTIFICATE names a file that cannot be read: open /nix"},
		{"OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "/nix", "OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY names a file"},
		{"OTEL_TRACES_SAMPLER", "sometimes", `OTEL_TRACES_SAMPLER is "sometimes": it is always_on`},
		{"OTEL_TRACES_SAMPLER", "traceidratio 7", `OTEL_TRACES_SAMPLER_ARG is "7": it is the share`},
		{"OTEL_TRACES_SAMPLER", "parentbased_traceidratio x", `OTEL_TRACES_SAMPLER_ARG is "x"`},
		{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "collector:4318", `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is "collector:4318"`},
		{"OTEL_EXPORTER_OTLP_TIMEOUT", "10000", ""},
		{"OTEL_TRACES_SAMPLER", "parentbased_traceidratio 0.01", ""},
		{"OTEL_TRACES_SAMPLER", "always_off", ""},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector:4318", ""},
	} {
		value, share, _ := strings.Cut(test.value, " ")
		env := map[string]string{test.variable: value, "OTEL_TRACES_SAMPLER_ARG": share}
		err := tracingFault("http/protobuf", func(name string) string { return env[name] })
		if (err == nil) != (test.want == "") || err != nil && !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s=%s: %v; want %q", test.variable, test.value, err, test.want)
		}
	}
}
