package network

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"strconv"
	"syscall"
	"time"

	"daymark/checker"
)

// Options says how the runners reach the world. The zero value dials whatever
// a check names, with the system's resolver and authorities.
type Options struct {
	// Control sees each address just before it is dialled; guard.Policy has
	// one. Nil allows all.
	Control func(network, address string, c syscall.RawConn) error
	// Resolver is the host:port of the DNS server for names in addresses;
	// empty means the system's.
	Resolver string
	// Roots are the authorities that certificates may rest on; the system's
	// when nil.
	Roots *x509.CertPool
	// UserAgent is how WebSocket and gRPC checks present themselves;
	// "Daymark" when empty.
	UserAgent string
	// Now tells the time that certificates are measured against; time.Now
	// when nil. Timings are always real.
	Now func() time.Time
}

// Set has a runner for each kind of this package.
type Set struct {
	options  Options
	implicit string // the port of SMTP where TLS begins with the connection
}

// New makes the set.
func New(options Options) *Set {
	if options.UserAgent == "" {
		options.UserAgent = "Daymark"
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	return &Set{options, implicitTLS}
}

// Runners gives the runner of each kind, safe for concurrent use.
func (s *Set) Runners() checker.Runners {
	return checker.Runners{
		checker.KindTCP:       s.conversation(tcpAddress, askTCP, 0),
		checker.KindTLS:       s.conversation(tlsAddress, askTLS, maxTLS),
		checker.KindSMTP:      s.conversation(smtpAddress, askSMTP, maxSMTP),
		checker.KindWebSocket: s.conversation(webSocketAddress, askWebSocket, maxWebSocket),
		checker.KindGRPC:      s.conversation(grpcAddress, askGRPC, maxGRPC),
	}
}

// fault is why a run has no answer to judge.
type fault struct {
	outcome checker.Outcome
	reason  string
}

func failed(reason string) *fault { return &fault{checker.Failed, reason} }

// talk is one run of one check on its way.
type talk struct {
	*checker.Dialling
	options  Options
	implicit string
	ctx      context.Context
	job      *checker.Job
	address  string // host:port
	begun    time.Time
	latency  time.Duration // set by answered
	timings  []checker.Timing
	warnings []string
	said     transcript
}

// asker speaks one protocol. It gives the facts, or the fault that stands in
// their place.
type asker func(t *talk) (facts any, problem *fault)

// conversation makes a runner out of what differs between kinds: where to go,
// what to say, and how many bytes to read at most.
func (s *Set) conversation(address func(*checker.Job) (string, bool), ask asker, most int64) checker.Runner {
	return runner(func(ctx context.Context, job *checker.Job) checker.Result {
		target, ok := address(job)
		if !ok {
			return checker.Result{Outcome: checker.Unknown, Reason: "the check " + job.ID + " does not say where to go: host:port is needed"}
		}
		if _, bounded := ctx.Deadline(); !bounded {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, job.AttemptTimeout())
			defer cancel()
		}
		t := &talk{
			Dialling: checker.NewDialling(ctx, target, checker.DialOptions{Control: s.options.Control, Resolver: s.options.Resolver, MaxRead: most, Patience: job.Patience(ctx)}),
			options:  s.options, implicit: s.implicit, ctx: ctx, job: job, address: target, begun: time.Now(),
		}
		defer t.Close()
		facts, problem := ask(t)
		return t.result(facts, problem)
	})
}

// runner is a function that is a checker.Runner.
type runner func(ctx context.Context, job *checker.Job) checker.Result

// Run runs the job once.
func (r runner) Run(ctx context.Context, job *checker.Job) checker.Result { return r(ctx, job) }

// result judges the facts, or tells the fault in their place.
func (t *talk) result(facts any, problem *fault) checker.Result {
	result := checker.Result{Latency: t.latency, Timings: append(t.Timings(), t.timings...)}
	if problem != nil {
		result.Outcome, result.Reason = problem.outcome, cut(problem.reason, checker.MaxReason)
	} else {
		t.job.Judge(facts, &result)
	}
	result.Warnings = append(t.warnings, result.Warnings...)
	if data := t.said.bytes(); len(data) > 0 && result.Outcome != checker.Unknown {
		result.Evidence = append(result.Evidence, checker.Evidence{Name: "conversation.txt", MediaType: "text/plain", Data: data})
	}
	return result
}

// connect dials the address of the check.
func (t *talk) connect() (net.Conn, *fault) {
	conn, err := t.Dial(t.ctx, t.address)
	if err != nil {
		return nil, t.fault(err, checker.Stage{Late: "there was no connection", Where: "before it stood"})
	}
	t.said.note("connected to %s", t.Address())
	return conn, nil
}

// secure makes the handshake over a connection.
func (t *talk) secure(conn net.Conn) (*tls.Conn, *fault) {
	secured, err := t.Secure(conn, t.trust())
	if err != nil {
		t.said.note("the TLS handshake failed")
		return nil, t.fault(err, checker.Stage{Late: "the TLS handshake did not end", Where: "during the TLS handshake"})
	}
	state := secured.ConnectionState()
	t.said.handshake(&state)
	return secured, nil
}

// trust is how certificates are verified.
func (t *talk) trust() *tls.Config {
	return &tls.Config{RootCAs: t.options.Roots, Time: t.options.Now, MinVersion: tls.VersionTLS12}
}

// fault explains an error at a stage.
func (t *talk) fault(err error, stage checker.Stage) *fault {
	outcome, reason := t.Explain(err, stage)
	return &fault{outcome, reason}
}

// answered notes that the answer is here: the latency of the run ends.
func (t *talk) answered() time.Duration {
	t.latency = time.Since(t.begun)
	return t.latency
}

// took adds a part to the timings.
func (t *talk) took(name string, since time.Time) {
	t.timings = append(t.timings, checker.Timing{Name: name, Duration: time.Since(since)})
}

// hostPort says whether an address is one that can be dialled.
func hostPort(address string) (string, bool) {
	host, port, err := net.SplitHostPort(address)
	if err != nil || host == "" {
		return "", false
	}
	number, err := strconv.Atoi(port)
	return address, err == nil && number >= 1 && number <= 65535
}
