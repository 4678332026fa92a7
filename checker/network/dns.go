package network

import (
	"context"
	"fmt"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/miekg/dns"

	"daymark/checker"
)

// DNSOptions says how DNS checks reach the world. The zero value asks
// whatever a check names, and else the system's name servers.
type DNSOptions struct {
	// Control sees the address of a server that a check names just before it
	// is dialled; guard.Policy has one. Nil allows all. The system's own
	// servers are the agent's choice and not asked about.
	Control func(network, address string, c syscall.RawConn) error
	// Resolver is the host:port of the server for checks that name none, and
	// for the names of servers; empty means the system's.
	Resolver string
	// System is the file that lists the system's servers; /etc/resolv.conf
	// when empty.
	System string
	// Now tells the time that signatures are measured against; time.Now when
	// nil. Timings are always real.
	Now func() time.Time
}

// DNSRunner runs checks of kind dns. A server that the check names is the
// target: its silence is `failed`. The system's servers are the agent's own:
// their silence, and their refusal to serve it, are `unknown`.
type DNSRunner struct{ options DNSOptions }

// NewDNS makes a runner, which is safe for concurrent use.
func NewDNS(options DNSOptions) *DNSRunner {
	if options.System == "" {
		options.System = "/etc/resolv.conf"
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	return &DNSRunner{options}
}

// dnsProblem is why a run has no answer to judge.
type dnsProblem struct {
	outcome checker.Outcome
	reason  string
}

// dnsRun is one run on its way.
type dnsRun struct {
	options DNSOptions
	check   *checker.DNS
	name    string // fully qualified, lower case
	kind    uint16
	servers []string
	named   bool // the check names the server
	budget  time.Duration
	server  string // which answered
}

// Run asks for the records and judges the answer.
func (r *DNSRunner) Run(ctx context.Context, job *checker.Job) checker.Result {
	if job.DNS == nil {
		return checker.Result{Outcome: checker.Unknown, Reason: "the check " + job.ID + " is not of kind dns"}
	}
	deadline, bounded := ctx.Deadline()
	if !bounded {
		deadline = time.Now().Add(job.AttemptTimeout())
	}
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	run := &dnsRun{options: r.options, check: job.DNS, named: job.DNS.Server != "", budget: job.Patience(ctx)}
	began := time.Now()
	facts, problem := run.ask(ctx)
	took := time.Since(began)
	if problem != nil {
		return checker.Result{Outcome: problem.outcome, Reason: problem.reason}
	}
	result := checker.Result{Latency: facts.Latency, Timings: []checker.Timing{{Name: "answer", Duration: facts.Latency}}}
	if rest := took - facts.Latency; job.DNS.DNSSEC && rest > 0 {
		result.Timings = append(result.Timings, checker.Timing{Name: "signatures", Duration: rest})
	}
	job.Judge(facts.DNSFacts, &result)
	switch {
	case facts.empty != "" && (result.Outcome == checker.Failed || !job.Expects("code") && !job.Expects("answers")):
		// Without records there is nothing else to judge.
		result.Outcome, result.Reason = checker.Failed, facts.empty
		if more := told(result.Expectations); len(job.Expect) > 0 && more != "" {
			result.Reason = facts.empty + "; " + more
		}
	case result.Outcome != checker.Failed && facts.unproven != "":
		result.Outcome, result.Reason = checker.Failed, facts.unproven
	}
	return result
}

// told gives what expectations that failed found.
func told(expectations []checker.Expectation) string {
	var found []string
	for _, one := range expectations {
		if one.Effect == "expect" && !one.Met {
			found = append(found, one.Actual)
		}
	}
	return strings.Join(found, "; ")
}

// dnsFacts are the facts and what stands beside them.
type dnsFacts struct {
	checker.DNSFacts
	empty    string // why there are no records; empty when there are
	unproven string // why the answer is not authenticated where it has to be
}

// ask finds the servers, asks one after the other until one answers, and
// reads the answer.
func (r *dnsRun) ask(ctx context.Context) (dnsFacts, *dnsProblem) {
	if problem := r.prepare(); problem != nil {
		return dnsFacts{}, problem
	}
	var answer *dns.Msg
	var latency time.Duration
	var problem *dnsProblem
	for i, server := range r.servers {
		within, cancel := share(ctx, len(r.servers)-i)
		r.server = server
		begun := time.Now()
		answer, problem = r.query(within, server, r.name, r.kind)
		latency = time.Since(begun)
		cancel()
		if problem == nil || ctx.Err() != nil {
			break
		}
	}
	if problem != nil {
		return dnsFacts{}, problem
	}
	code := rcode(answer)
	if !r.named && code != "NOERROR" && code != "NXDOMAIN" && code != "SERVFAIL" {
		return dnsFacts{}, &dnsProblem{checker.Unknown, fmt.Sprintf("the resolver %s refuses to answer this agent (%s)", r.server, code)}
	}
	chain, problem := follow(answer, r.name, r.kind)
	if problem != nil {
		return dnsFacts{}, problem
	}
	facts := dnsFacts{DNSFacts: checker.DNSFacts{
		Answers: chain.texts(), Code: code, Latency: latency, TTL: chain.ttl(), Server: r.server,
		Authenticated: answer.AuthenticatedData && r.trusted(),
	}}
	if len(chain.records) == 0 || code != "NOERROR" {
		facts.empty = r.nothing(answer, code, chain)
	}
	if r.check.DNSSEC && !facts.Authenticated {
		facts.unproven, problem = r.prove(ctx, answer, chain)
		if problem != nil {
			return dnsFacts{}, problem
		}
		facts.Authenticated = facts.unproven == ""
	}
	return facts, nil
}

// prepare works out the question and the servers.
func (r *dnsRun) prepare() *dnsProblem {
	wanted := r.check.Type
	if wanted == "" {
		wanted = "A"
	}
	kind, known := dns.StringToType[wanted]
	if _, ok := dns.IsDomainName(r.check.Name); !ok || !known || r.check.Name == "" {
		return &dnsProblem{checker.Unknown, fmt.Sprintf("%s %s cannot be asked for", r.check.Name, wanted)}
	}
	r.name, r.kind = dns.CanonicalName(r.check.Name), kind
	switch {
	case r.named:
		r.servers = []string{dnsPort(r.check.Server, "53")}
	case r.options.Resolver != "":
		r.servers = []string{dnsPort(r.options.Resolver, "53")}
	default:
		system, err := dns.ClientConfigFromFile(r.options.System)
		if err != nil || len(system.Servers) == 0 {
			return &dnsProblem{checker.Unknown, "this agent knows no name server: " + r.options.System + " lists none; give the check a server"}
		}
		for _, server := range system.Servers[:min(len(system.Servers), 3)] {
			r.servers = append(r.servers, net.JoinHostPort(server, system.Port))
		}
	}
	return nil
}

// trusted says whether the word of the server, that it has verified the
// answer, can be relied on: nobody stands between it and the agent, or the
// machine of the agent relies on it already.
func (r *dnsRun) trusted() bool {
	host, _, err := net.SplitHostPort(r.server)
	return err == nil && (!r.named || net.ParseIP(host).IsLoopback())
}

// share gives a server its part of the time that is left.
func share(ctx context.Context, parts int) (context.Context, context.CancelFunc) {
	deadline, _ := ctx.Deadline() // Run sets one
	return context.WithTimeout(ctx, time.Until(deadline)/time.Duration(parts))
}

// dnsPort adds a port to a host that has none.
func dnsPort(address, port string) string {
	if _, _, err := net.SplitHostPort(address); err == nil {
		return address
	}
	return net.JoinHostPort(strings.Trim(address, "[]"), port)
}
