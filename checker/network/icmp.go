package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	probing "github.com/prometheus-community/pro-bing"

	"daymark/checker"
)

const (
	// echoCount is how many requests are sent when the check does not say.
	echoCount = 3
	// echoInterval is the time between them, where the timeout leaves it.
	echoInterval = 200 * time.Millisecond
)

// ICMPOptions says how ICMP checks reach the world. The zero value reaches
// whatever a check names.
type ICMPOptions struct {
	// Control sees the address that the host resolved to before anything is
	// sent to it; guard.Policy has one. Nil allows all.
	Control func(network, address string, c syscall.RawConn) error
	// Resolver is the host:port of the DNS server; empty means the system's.
	Resolver string
}

// ICMPRunner runs checks of kind icmp: raw where the process may, which on
// Linux is root or CAP_NET_RAW, and else by the unprivileged sockets that
// net.ipv4.ping_group_range allows. Where it has neither, nothing can be told.
type ICMPRunner struct{ options ICMPOptions }

// NewICMP makes a runner, which is safe for concurrent use.
func NewICMP(options ICMPOptions) *ICMPRunner { return &ICMPRunner{options} }

// Run sends the requests and judges what came back.
func (r *ICMPRunner) Run(ctx context.Context, job *checker.Job) checker.Result {
	if job.ICMP == nil {
		return checker.Result{Outcome: checker.Unknown, Reason: "the check " + job.ID + " is not of kind icmp"}
	}
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, job.AttemptTimeout())
		defer cancel()
	}
	unknown := func(reason string) checker.Result {
		return checker.Result{Outcome: checker.Unknown, Reason: reason}
	}
	address, err := r.find(ctx, job.ICMP.Host)
	if err != nil {
		return unsent(ctx, job.ICMP.Host, err)
	}
	count := job.ICMP.Count
	if count <= 0 {
		count = echoCount
	}
	seen, err := ping(ctx, address, count, true)
	if notAllowed(err) {
		if seen, err = ping(ctx, address, count, false); notAllowed(err) {
			return unknown("this agent may not send echo requests: run it as root, give it CAP_NET_RAW, or have net.ipv4.ping_group_range include its group")
		}
	}
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return unknown("the run was stopped before it ended")
	case err != nil:
		return unsent(ctx, address.String(), err)
	case seen.sent == 0:
		return unknown("no echo request could be sent to " + address.String() + " in time")
	}
	facts := seen.facts()
	result := checker.Result{Latency: facts.Latency}
	job.Judge(facts, &result)
	// Without an answer there is no latency to judge: silence is a failure
	// unless somebody expects it.
	if facts.Received == 0 && (result.Outcome == checker.Failed || !job.Expects("loss") && !job.Expects("received")) {
		result.Outcome = checker.Failed
		result.Reason = fmt.Sprintf("%s answered none of %d echo requests", address, seen.sent)
		if more := told(result.Expectations); len(job.Expect) > 0 && more != "" {
			result.Reason += "; " + more
		}
	}
	return result
}

// find resolves the host and asks the guard and the kernel's routes about the
// address, by a UDP socket over which nothing is sent.
func (r *ICMPRunner) find(ctx context.Context, host string) (*net.IPAddr, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	dialer := net.Dialer{Control: r.options.Control, Resolver: lookups(ctx, r.options.Resolver)}
	conn, err := dialer.DialContext(ctx, "udp", net.JoinHostPort(strings.Trim(host, "[]"), "9"))
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	remote := conn.RemoteAddr().(*net.UDPAddr)
	return &net.IPAddr{IP: remote.IP, Zone: remote.Zone}, nil
}

// echoes is what one round of requests showed.
type echoes struct {
	sent int
	took []time.Duration
}

// ping sends requests and waits for their answers until the context's
// deadline. A context that ends is no error.
func ping(ctx context.Context, address *net.IPAddr, count int, raw bool) (echoes, error) {
	deadline, _ := ctx.Deadline() // Run sets one
	left := time.Until(deadline)
	if left <= 0 {
		return echoes{}, nil
	}
	pinger := probing.New(address.String())
	pinger.SetIPAddr(address)
	pinger.SetPrivileged(raw)
	pinger.SetLogger(probing.NoopLogger{})
	pinger.Count, pinger.Timeout = count, left
	pinger.Interval = max(min(echoInterval, left/time.Duration(2*count)), time.Millisecond)
	pinger.RecordRtts = true
	var lock sync.Mutex
	var sending error
	pinger.OnSendError = func(_ *probing.Packet, err error) {
		lock.Lock()
		defer lock.Unlock()
		sending = err
	}
	err := pinger.RunWithContext(ctx)
	lock.Lock()
	defer lock.Unlock()
	statistics := pinger.Statistics()
	if sending != nil && len(statistics.Rtts) == 0 { // what came in counts for more than what could not be sent
		err = sending
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		err = nil
	}
	return echoes{statistics.PacketsSent, slices.Clone(statistics.Rtts)}, err
}

func (e echoes) facts() checker.ICMPFacts {
	facts := checker.ICMPFacts{Received: len(e.took), Loss: 1 - float64(min(len(e.took), e.sent))/float64(e.sent)}
	if len(e.took) == 0 {
		return facts
	}
	of := time.Duration(len(e.took))
	for _, took := range e.took {
		facts.Latency += took / of
	}
	for _, took := range e.took {
		facts.Jitter += (took - facts.Latency).Abs() / of
	}
	return facts
}

func notAllowed(err error) bool {
	return errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES)
}

// unsent says why nothing could be sent, and whose fault that was.
func unsent(ctx context.Context, host string, err error) checker.Result {
	if errors.Is(ctx.Err(), context.Canceled) {
		return checker.Result{Outcome: checker.Unknown, Reason: "the run was stopped before it ended"}
	}
	if outcome, reason, ok := checker.ExplainDial(err, host); ok {
		return checker.Result{Outcome: outcome, Reason: reason}
	}
	reason := fmt.Sprintf("this agent could not send echo requests to %s: %s", host, err)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		reason = "the resolver did not answer when asked for " + host
	}
	return checker.Result{Outcome: checker.Unknown, Reason: reason}
}
