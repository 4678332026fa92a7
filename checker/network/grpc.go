package network

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"daymark/checker"
)

const (
	// maxGRPC bounds all that a server may say over the connection.
	maxGRPC = 500_000
	// maxAnswer bounds the answer itself, which has a few bytes, and the
	// headers around it.
	maxAnswer = 64_000
)

func grpcAddress(job *checker.Job) (string, bool) {
	if job.GRPC == nil {
		return "", false
	}
	return hostPort(job.GRPC.Address)
}

// errAgain refuses the library a second connection: a run sees one.
var errAgain = errors.New("a run makes one connection")

// askGRPC asks the standard health service once.
func askGRPC(t *talk) (any, *fault) {
	security := &observed{TransportCredentials: insecure.NewCredentials(), talk: t, state: new(atomic.Pointer[tls.ConnectionState])}
	if t.job.GRPC.TLS {
		security.TransportCredentials = credentials.NewTLS(t.trust())
	}
	var dialled atomic.Bool
	client, err := grpc.NewClient(
		"passthrough:///"+t.address, // no name service of the library's own
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			if dialled.Swap(true) {
				return nil, errAgain
			}
			return t.Dial(ctx, t.address)
		}),
		grpc.WithTransportCredentials(security),
		grpc.WithNoProxy(), grpc.WithDisableServiceConfig(), grpc.WithDisableRetry(), grpc.WithDisableHealthCheck(),
		grpc.WithIdleTimeout(0), grpc.WithUserAgent(t.options.UserAgent), grpc.WithMaxHeaderListSize(maxAnswer),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswer)),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: backoff.DefaultConfig, MinConnectTimeout: t.job.AttemptTimeout()}), // the run's deadline ends it
	)
	if err != nil {
		return nil, &fault{checker.Unknown, "this agent cannot ask by gRPC: " + err.Error()}
	}
	defer client.Close() //nolint:errcheck // it tells only of a second Close
	since := time.Now()
	t.said.sent("grpc.health.v1.Health/Check " + t.job.GRPC.Service)
	answer, err := grpc_health_v1.NewHealthClient(client).Check(t.ctx, &grpc_health_v1.HealthCheckRequest{Service: t.job.GRPC.Service})
	told := status.Convert(err)
	facts := checker.GRPCFacts{Health: answer.GetStatus().String(), Code: codeName(told.Code())}
	t.said.note("address %s", t.Address())
	if err != nil {
		facts.Health = grpc_health_v1.HealthCheckResponse_UNKNOWN.String()
		t.said.got(facts.Code + " " + told.Message())
		if problem := t.notAnswered(told); problem != nil {
			return nil, problem
		}
	} else {
		t.said.got(facts.Code + " " + facts.Health)
	}
	if told.Code() == codes.NotFound {
		facts.Health = grpc_health_v1.HealthCheckResponse_SERVICE_UNKNOWN.String()
	}
	t.took("answer", since)
	facts.Latency = t.answered()
	facts.TLS = checker.TLSFactsOf(security.state.Load(), t.options.Now())
	if err != nil && len(t.job.Expect) == 0 { // who expects a code judges it
		return nil, failed(t.refused(told))
	}
	return facts, nil
}

// observed makes the library's handshakes known to the run.
type observed struct {
	credentials.TransportCredentials
	talk  *talk
	state *atomic.Pointer[tls.ConnectionState]
}

// ClientHandshake makes the handshake.
func (o *observed) ClientHandshake(ctx context.Context, authority string, raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	if o.Info().SecurityProtocol != "tls" {
		return o.TransportCredentials.ClientHandshake(ctx, authority, raw)
	}
	o.talk.Shaking()
	conn, info, err := o.TransportCredentials.ClientHandshake(ctx, authority, raw)
	o.talk.Shaken(err)
	if secured, ok := info.(credentials.TLSInfo); ok && err == nil {
		o.state.Store(&secured.State)
		o.talk.said.handshake(&secured.State)
	}
	return conn, info, err
}

// Clone copies it; the library wants each connection to have its own.
func (o *observed) Clone() credentials.TransportCredentials {
	return &observed{o.TransportCredentials.Clone(), o.talk, o.state}
}

// notAnswered explains a call that ended without the server's own word; nil
// where the server did answer.
func (t *talk) notAnswered(told *status.Status) *fault {
	stage := checker.Stage{Late: "no answer came", Where: "before an answer came"}
	text := told.Message()
	has := func(part string) bool { return strings.Contains(text, part) }
	switch first := t.Failure(); {
	case first != nil:
		if strings.Contains(first.Error(), "missing selected ALPN property") || strings.Contains(first.Error(), "no application protocol") {
			return failed("the server does not speak HTTP/2, which gRPC needs")
		}
		return t.fault(first, stage)
	case t.ctx.Err() != nil:
		return t.fault(t.ctx.Err(), stage)
	case has("i/o timeout"), told.Code() == codes.DeadlineExceeded && t.nearlyOver():
		return t.fault(context.DeadlineExceeded, stage)
	case has("HTTP/1.1 header"), has("http2: frame too large"):
		return failed("the server does not speak HTTP/2, which gRPC needs")
	case has("unexpected HTTP status code"), has("unexpected content-type"), has("malformed header"):
		return failed("the server speaks HTTP/2 but not gRPC: " + brief(text))
	case has(checker.ErrTooMuch.Error()):
		return t.fault(checker.ErrTooMuch, stage)
	case has("goaway"), has("GoAway"), has("GOAWAY"), has("draining"):
		return failed(endedPolitely)
	case has("terminated by RST_STREAM"):
		_, code, _ := strings.Cut(text, "error code: ")
		return failed("the server ended the answer (RST_STREAM " + brief(code) + ")")
	case has("larger than max"):
		return failed("the answer is larger than a health service's can be")
	case told.Code() == codes.Unavailable && t.Ended() != nil:
		return t.fault(t.Ended(), stage)
	case told.Code() == codes.Unavailable && (has("broken pipe") || has("reset by peer")):
		return t.fault(syscall.ECONNRESET, stage)
	case has(errAgain.Error()): // the library would have gone elsewhere
		return failed(endedPolitely)
	case has("connection error"), has("error reading server preface"):
		return failed("the server does not keep to HTTP/2: " + brief(text))
	}
	return nil
}

// endedPolitely tells a GOAWAY.
const endedPolitely = "the server ended the HTTP/2 connection before it answered (GOAWAY)"

// nearlyOver says whether the time of the run is up, or so nearly that a
// server that was told of it may have ended first.
func (t *talk) nearlyOver() bool {
	deadline, bounded := t.ctx.Deadline()
	return bounded && time.Until(deadline) < 50*time.Millisecond
}

// refused tells a code that is no answer about health.
func (t *talk) refused(told *status.Status) string {
	service := "the service " + t.job.GRPC.Service
	if t.job.GRPC.Service == "" {
		service = "the server as a whole"
	}
	switch told.Code() {
	case codes.NotFound:
		return "the health service does not know " + service + " (NOT_FOUND)"
	case codes.Unimplemented:
		return "the server has no health service (UNIMPLEMENTED)"
	}
	reason := "the health service answered " + codeName(told.Code())
	if text := brief(told.Message()); text != "" {
		reason += ": " + text
	}
	return reason
}

// codeName writes a code as the specification does: NOT_FOUND.
func codeName(code codes.Code) string {
	names := []string{
		"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
		"RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
	}
	if int(code) < len(names) {
		return names[code]
	}
	return fmt.Sprintf("CODE_%d", code)
}
