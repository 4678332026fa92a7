package main_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	_ "google.golang.org/grpc/encoding/gzip" // so that it takes what is compressed
	"google.golang.org/grpc/metadata"

	"daymark/internal/testkit"
)

// grpcReceiver stands in for a collector that takes OTLP over gRPC.
type grpcReceiver struct {
	collector.UnimplementedTraceServiceServer
	*otlpReceiver
}

// Export takes spans from who has the token.
func (r grpcReceiver) Export(ctx context.Context, message *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known, _ := metadata.FromIncomingContext(ctx); strings.Join(known.Get("x-token"), " ") != "harbour" {
		r.faults = append(r.faults, fmt.Sprint(known))
	}
	r.keep(message)
	return &collector.ExportTraceServiceResponse{}, nil
}

func newGRPCReceiver(t *testing.T) grpcReceiver {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := grpcReceiver{otlpReceiver: &otlpReceiver{url: "http://" + listener.Addr().String(), spans: map[string]*traces.Span{}, services: map[string]bool{}}}
	server := grpc.NewServer()
	collector.RegisterTraceServiceServer(server, r)
	ended := make(chan struct{})
	go func() { defer close(ended); _ = server.Serve(listener) }() // it ends by Stop
	t.Cleanup(func() {
		server.Stop()
		<-ended
	})
	return r
}

// Over gRPC a collector gets the same as over HTTP, with the headers that are
// asked for, the last spans at the end included; one that speaks no gRPC is
// told of, and holds nothing up.
func TestTracesGoOverGRPC(t *testing.T) {
	testkit.Beside(t)
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(target.Close)
	begin := func(env ...string) *process {
		s := newSite(t, fmt.Sprintf(`{id: api, schedule: "@every 1s", timeout: 1s, attempts: 1, regions: [local], http: {url: %q}}`, target.URL))
		return s.serve(t, func(cmd *exec.Cmd) {
			cmd.Env = append(append(os.Environ(), "OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "OTEL_BSP_SCHEDULE_DELAY=200", "OTEL_EXPORTER_OTLP_TIMEOUT=2000"), env...)
		})
	}
	const last = "decide < batch < check"
	for name, env := range map[string][]string{
		"as it comes": nil,
		"compressed":  {"OTEL_EXPORTER_OTLP_COMPRESSION=gzip"},
	} {
		receiver := newGRPCReceiver(t)
		server := begin(append(env, "OTEL_EXPORTER_OTLP_ENDPOINT="+receiver.url, "OTEL_EXPORTER_OTLP_HEADERS=x-token=harbour", "OTEL_SERVICE_NAME=status")...)
		eventually(t, "a run to be a trace", func() bool { return len(receiver.paths()[last]) > 0 })
		server.interrupt()
		receiver.mu.Lock()
		if len(receiver.faults) > 0 || len(receiver.services) != 1 || !receiver.services["status"] {
			t.Errorf("%s: faults %v, services %v", name, receiver.faults, receiver.services)
		}
		receiver.mu.Unlock()
		if log := server.out.String(); !strings.Contains(log, "traces are sent") || strings.Contains(log, "cannot be sent") || strings.Contains(log, "could not be sent") {
			t.Errorf("%s: the log says %s", name, log)
		}
		server.noPanic()
	}
	other := newOTLP(t)
	server := begin("OTEL_EXPORTER_OTLP_ENDPOINT="+other.url, "OTEL_EXPORTER_OTLP_TIMEOUT=300")
	eventually(t, "the log to tell", func() bool { return strings.Contains(server.out.String(), "traces cannot be sent; they are lost") })
	server.interrupt()
	server.noPanic()
}
