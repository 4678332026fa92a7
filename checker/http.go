package checker

import (
	"context"
	"net"
	"net/http/cookiejar"
	"syscall"
	"time"
)

// HTTPOptions says how an HTTPRunner reaches the world. The zero value dials
// whatever a check names, with the system's resolver.
type HTTPOptions struct {
	// Control sees each address just before it is dialled, those of redirects,
	// proxies and the resolvers that checks name included; guard.Policy has
	// one. Nil allows all.
	Control func(network, address string, c syscall.RawConn) error
	// Resolver is the host:port of the DNS server for checks that name none;
	// empty means the system's.
	Resolver string
	// HTTP3 makes the transport of one request that asks for HTTP/3; package
	// checker/http3 has one. With nil such checks are `unknown`.
	HTTP3 func(HTTP3Way) HTTP3Transport
	// UserAgent is sent by checks that set none; "Daymark" when empty.
	UserAgent string
	// Now tells the time that certificates are measured against; time.Now
	// when nil. Timings are always real.
	Now func() time.Time
}

// HTTPRunner runs checks of kind http. Each request makes its own connection,
// so that a run sees what a newcomer would see, and none outlives the run.
//
// What the target did wrong is `failed`; what the agent could not do (no
// network, a resolver that is silent, an address that it may not dial) is
// `unknown`. A resolution that nobody answers is the resolver's silence and
// therefore unknown; SERVFAIL and NXDOMAIN are answers about the target's
// name and therefore failed.
type HTTPRunner struct {
	options HTTPOptions
}

// NewHTTP makes a runner.
func NewHTTP(options HTTPOptions) *HTTPRunner {
	if options.UserAgent == "" {
		options.UserAgent = "Daymark"
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	return &HTTPRunner{options}
}

// fault is why a run has no answer to judge.
type fault struct {
	outcome Outcome
	reason  string
}

func failed(reason string) *fault  { return &fault{Failed, reason} }
func unknown(reason string) *fault { return &fault{Unknown, reason} }

// answer is what one request, redirects included, brought. With a fault it is
// what had come until then.
type answer struct {
	facts    HTTPFacts
	timings  []Timing
	warnings []string
	sent     *sent                 // what was asked; nil where nothing was
	evidence func(most int) []byte // the answer as text, with so much of its body, without secrets; nil where none came
}

// Run makes the request, or the steps, and judges the answer.
func (r *HTTPRunner) Run(ctx context.Context, job *Job) Result {
	if job.HTTP == nil {
		return Result{Outcome: Unknown, Reason: "the check " + job.ID + " is not of kind http"}
	}
	deadline, bounded := ctx.Deadline()
	if !bounded {
		deadline = time.Now().Add(job.AttemptTimeout())
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline)
		defer cancel()
	}
	jar, err := cookiejar.New(nil) // so that a redirect or a step finds the cookies that an earlier answer set
	if err != nil {
		return Result{Outcome: Unknown, Reason: "no place for cookies: " + err.Error()}
	}
	exchanger := &exchanger{options: r.options, jar: jar, deadline: deadline, budget: job.Patience(ctx)}
	if len(job.HTTP.Steps) > 0 {
		return runSteps(ctx, job, exchanger)
	}
	got, problem := exchanger.do(ctx, &job.HTTP.Request)
	result := Result{Timings: got.timings, Latency: got.facts.Latency}
	conclude(&result, job, got, problem)
	return result
}

// conclude judges an answer, or tells the fault in its place, and keeps the
// evidence: of what was well too, to set a failure beside it.
func conclude(result *Result, job *Job, got *answer, problem *fault) {
	if problem != nil {
		result.Outcome, result.Reason = problem.outcome, clip(problem.reason, MaxReason)
	} else {
		job.Judge(got.facts, result)
	}
	result.Warnings = append(got.warnings, result.Warnings...)
	if got.evidence == nil || result.Outcome == Unknown {
		return
	}
	most := maxEvidenceOK
	if result.Outcome == Failed {
		most = maxEvidenceFailed
	}
	result.Evidence = append(result.Evidence, Evidence{Name: "answer.txt", MediaType: "text/plain", Data: got.evidence(most)})
}

// withPort adds a port to an address that has none.
func withPort(address, port string) string {
	if _, _, err := net.SplitHostPort(address); err == nil {
		return address
	}
	if ip := net.ParseIP(address); ip != nil {
		return net.JoinHostPort(address, port)
	}
	return address + ":" + port
}
