package main_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"daymark/internal/testkit"
	"daymark/notify/notifytest"
)

// otlpReceiver stands in for a collector that takes OTLP over HTTP.
type otlpReceiver struct {
	url      string
	mu       sync.Mutex
	spans    map[string]*traces.Span // by id
	services map[string]bool
	faults   []string
}

func newOTLP(t *testing.T) *otlpReceiver {
	t.Helper()
	r := &otlpReceiver{spans: map[string]*traces.Span{}, services: map[string]bool{}}
	server := httptest.NewServer(http.HandlerFunc(r.take))
	t.Cleanup(server.Close)
	r.url = server.URL
	return r
}

func (r *otlpReceiver) take(w http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var body io.Reader = request.Body
	if request.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(body)
		if err != nil {
			r.faults = append(r.faults, err.Error())
			return
		}
		body = unpacked
	}
	data, err := io.ReadAll(body)
	var message collector.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(data, &message)
	}
	if err != nil || request.Method != http.MethodPost || request.URL.Path != "/v1/traces" || request.Header.Get("Content-Type") != "application/x-protobuf" {
		r.faults = append(r.faults, fmt.Sprint(request.Method, request.URL, request.Header, err))
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.keep(&message)
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// keep keeps what a message says; r.mu is held.
func (r *otlpReceiver) keep(message *collector.ExportTraceServiceRequest) {
	for _, resource := range message.GetResourceSpans() {
		for _, a := range resource.GetResource().GetAttributes() {
			if a.GetKey() == "service.name" {
				r.services[a.GetValue().GetStringValue()] = true
			}
		}
		for _, scope := range resource.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				r.spans[fmt.Sprintf("%x", span.GetSpanId())] = span
			}
		}
	}
}

// path gives the steps from a span up to the first of its trace.
func (r *otlpReceiver) path(span *traces.Span) string {
	names := []string{span.GetName()}
	for parent := r.spans[fmt.Sprintf("%x", span.GetParentSpanId())]; parent != nil; parent = r.spans[fmt.Sprintf("%x", parent.GetParentSpanId())] {
		names = append(names, parent.GetName())
	}
	return strings.Join(names, " < ")
}

// paths gives all of them, each with the ids of its traces.
func (r *otlpReceiver) paths() map[string]map[string]bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := map[string]map[string]bool{}
	for _, span := range r.spans {
		path := r.path(span)
		if all[path] == nil {
			all[path] = map[string]bool{}
		}
		all[path][fmt.Sprintf("%x", span.GetTraceId())] = true
	}
	return all
}

const tracedConfig = `version: 1
page: {name: Traced, url: "%[1]s", contact: help@shop.example}
server: {listen: "127.0.0.1:%[2]d", data: data}
regions: [{id: local, name: Here}]
agents: {private: {deny: true, allow: [127.0.0.0/8]}}
components:
  - id: api
    name: API
    criticality: critical
    sla: gold
    checks: [{id: health, schedule: "@every 1s", timeout: 2s, attempts: 1, http: {url: "%[3]s"}}]
severities: {P1: "true"}
slas: [{id: gold, P1: {first: 0s, update: 30m, channels: [page, email]}}]
notify: {email: {smtp: {host: 127.0.0.1, port: %[4]s, tls: none}, from: status@shop.example}}
`

// A failure is one trace, from the run to the page and to the mail, which a
// collector gets as the standard variables say; the target is told of it, and so
// is the log.
func TestAFailureIsOneTrace(t *testing.T) {
	testkit.Beside(t)
	receiver := newOTLP(t)
	var mu sync.Mutex
	told := map[string]bool{}
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		told[r.Header.Get("Traceparent")] = true
		if len(told) > 2 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	t.Cleanup(target.Close)
	box, err := notifytest.NewMailbox(notifytest.MailboxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := box.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	dir, port := t.TempDir(), freePorts(t)
	_, smtp, _ := strings.Cut(box.Addr(), ":")
	config := writeFile(t, dir, "daymark.yaml", fmt.Sprintf(tracedConfig, fmt.Sprintf("http://127.0.0.1:%d", port), port, target.URL, smtp))
	const subscribers = "channel,address,name,confirmed,components,severity\nemail,sam@mail.example,Sam,yes,,\n"
	if out, code := run(t, "subscriber", "import", "--config", config, writeFile(t, dir, "subscribers.csv", subscribers)); code != 0 {
		t.Fatal(out)
	}
	cmd := exec.Command(binary(), "serve", "--config", config, "--log-level", "debug", "--log-format", "json")
	cmd.Env = append(os.Environ(), "OTEL_EXPORTER_OTLP_ENDPOINT="+receiver.url, "OTEL_SERVICE_NAME=status", "OTEL_BSP_SCHEDULE_DELAY=200")
	server := beginCommand(t, "serve", cmd)
	const mail, page = "delivery < outbox < event < batch < check", "push < event < batch < check"
	joined := ""
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the steps are %v", receiver.paths())
		}
	})
	eventually(t, "the failure to be one trace", func() bool {
		paths := receiver.paths()
		for id := range paths[mail] {
			if paths[page][id] && paths["decide < batch < check"][id] {
				joined = id
			}
		}
		return joined != ""
	})
	server.interrupt()
	receiver.mu.Lock()
	defer receiver.mu.Unlock()
	if len(receiver.faults) > 0 || len(receiver.services) != 1 || !receiver.services["status"] {
		t.Errorf("faults %v, services %v", receiver.faults, receiver.services)
	}
	mu.Lock()
	defer mu.Unlock()
	seen := false
	for parent := range told {
		seen = seen || strings.Contains(parent, "-"+joined+"-")
	}
	if !seen {
		t.Errorf("the target was told %v, and not of %s", told, joined)
	}
	for _, wanted := range [][]string{{`"msg":"a delivery ended"`, `"delivery":"`, `"incident":"`}, {`"msg":"an incident is saved"`, `"incident":"`}, {`"msg":"a run is stored"`, `"check":"health"`}} {
		found := false
		for line := range strings.Lines(server.out.String()) {
			all := strings.Contains(line, `"trace_id":"`+joined+`"`) && strings.Contains(line, `"span_id":"`)
			for _, part := range wanted {
				all = all && strings.Contains(line, part)
			}
			found = found || all
		}
		if !found {
			t.Errorf("no line of the log has %v with the trace", wanted)
		}
	}
	db := openData(t, filepath.Join(dir, "data", "daymark.db"))
	if db.number("SELECT count(*) FROM updates WHERE trace LIKE '00-"+joined+"-%'") == 0 {
		t.Error("no update says of which trace it is")
	}
	server.noPanic()
}

// Without the variables nothing is traced, and what they cannot be is told.
func TestTracesAreOffUnlessTheyAreAskedFor(t *testing.T) {
	testkit.Beside(t)
	receiver := newOTLP(t)
	asked := make(chan string, 100)
	target := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r.Header.Get("Traceparent") }))
	t.Cleanup(target.Close)
	for name, env := range map[string][]string{
		"nothing is said": nil,
		"none":            {"OTEL_EXPORTER_OTLP_ENDPOINT=" + receiver.url, "OTEL_TRACES_EXPORTER=none"},
		"disabled":        {"OTEL_EXPORTER_OTLP_ENDPOINT=" + receiver.url, "OTEL_SDK_DISABLED=true"},
	} {
		s := newSite(t, fmt.Sprintf(`{id: api, schedule: "@every 1s", timeout: 1s, attempts: 1, regions: [local], http: {url: %q}}`, target.URL))
		server := s.serve(t, func(cmd *exec.Cmd) { cmd.Env = append(os.Environ(), env...) })
		if parent := <-asked; parent != "" {
			t.Errorf("%s: the target was told %q", name, parent)
		}
		server.interrupt()
		if strings.Contains(server.out.String(), "traces are sent") || strings.Contains(server.out.String(), "trace_id") {
			t.Errorf("%s: the log says %s", name, server.out)
		}
	}
	if len(receiver.spans) > 0 || len(receiver.faults) > 0 {
		t.Errorf("the collector got %v, %v", receiver.spans, receiver.faults)
	}
	for variable, want := range map[string]string{
		"OTEL_TRACES_EXPORTER=zipkin":                                                 `OTEL_TRACES_EXPORTER is "zipkin": it is otlp or none`,
		"OTEL_EXPORTER_OTLP_PROTOCOL=smoke":                                           `OTEL_EXPORTER_OTLP_PROTOCOL is "smoke": it is http/protobuf or grpc`,
		"OTEL_EXPORTER_OTLP_ENDPOINT=127.0.0.1:4317":                                  `OTEL_EXPORTER_OTLP_ENDPOINT is "127.0.0.1:4317": it begins with http:// or https://`,
		"OTEL_EXPORTER_OTLP_PROTOCOL=grpc OTEL_EXPORTER_OTLP_ENDPOINT=localhost:4317": `OTEL_EXPORTER_OTLP_ENDPOINT is "localhost:4317": it begins with http:// or https://`,
	} {
		s := newSite(t, nightly)
		cmd := exec.Command(binary(), "serve", "--config", s.config)
		cmd.Env = append(append(os.Environ(), "OTEL_EXPORTER_OTLP_ENDPOINT="+receiver.url), strings.Fields(variable)...)
		if out, code := runCommand(t, cmd); code != 2 || !strings.Contains(out, want) {
			t.Errorf("%s: status %d, %s", variable, code, out)
		}
	}
}
