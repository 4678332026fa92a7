package checker

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"daymark/internal/expression"
)

// proxyAnswer is a proxy's word that it will not open the way.
type proxyAnswer struct{ status int }

func (p *proxyAnswer) Error() string { return "it answered " + statusText(p.status) }

func statusText(status int) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status)))
}

// proxyFault tells what went wrong before a proxy had opened the way, or where
// it alone can have been at fault; nil where the target was. A proxy is the
// agent's way: what it does wrong counts against nobody. Only its own word
// that it cannot reach the target is believed.
func (x *exchange) proxyFault(err error, m *moments) *fault {
	if x.request.Proxy == "" {
		return nil
	}
	proxy := x.proxy()
	who := "the proxy " + proxy.Host
	if answer, ok := errors.AsType[*proxyAnswer](err); ok {
		if slices.Contains([]int{http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout}, answer.status) {
			return failed(who + " says that it cannot reach " + x.goal() + ": " + answer.Error())
		}
		return unknown(who + " does not let the check through: " + answer.Error())
	}
	if overSOCKS(proxy) {
		if problem := x.socksFault(err, who); problem != nil {
			return problem
		}
	}
	within := " within " + expression.FormatDuration(x.budget)
	switch at := m.phase(); {
	case x.past(proxy, m) && x.plainly(x.visited[len(x.visited)-1]) && !timedOut(err):
		// It speaks for the target here, and a target that breaks off has a
		// proxy answer 502: this end is the proxy's own.
		return unknown(who + " gave no answer: " + x.unclear(err, m, "before an answer began"))
	case x.past(proxy, m):
		return nil
	case m.connected.IsZero():
		reason := noConnection(err, m, x.budget)
		if problem := nameFault(err, m, proxy.Hostname(), x.request.IP); problem != nil {
			reason = problem.reason
		}
		return unknown(who + " could not be reached: " + reason)
	case at == phaseHandshake && timedOut(err):
		return unknown("the TLS handshake with " + who + " did not end" + within)
	case at == phaseHandshake:
		return unknown(who + " could not be reached: " + x.unclear(err, m, "during the TLS handshake"))
	case timedOut(err):
		return unknown(who + " did not open the way to " + x.goal() + within)
	}
	return unknown(who + " did not open the way to " + x.goal() + ": " + x.unclear(err, m, ""))
}

// socksAnswers are those of SOCKS, in net/http's words, which has no error
// types to ask: whether they tell of the target or of the proxy.
var socksAnswers = []struct {
	text   string
	target bool
}{
	{"unknown error host unreachable", true},
	{"unknown error connection refused", true},
	{"unknown error TTL expired", true},
	{"unknown error network unreachable", false},
	{"unknown error connection not allowed by ruleset", false},
	{"unknown error general SOCKS server failure", false},
	{"no acceptable authentication methods", false},
	{"username/password authentication failed", false},
}

// socksFault tells of a SOCKS proxy's own answer; nil for all else.
func (x *exchange) socksFault(err error, who string) *fault {
	for _, answer := range socksAnswers {
		if !strings.HasSuffix(root(err), answer.text) {
			continue
		}
		text := strings.TrimPrefix(answer.text, "unknown error ")
		if answer.target {
			return failed(who + " says that it cannot reach " + x.goal() + ": " + text)
		}
		return unknown(who + " does not let the check through: " + text)
	}
	return nil
}

// proxyRefusal tells of a proxy's refusal in an answer; nil where the answer
// is the target's.
func (x *exchange) proxyRefusal(response *http.Response) *fault {
	if x.request.Proxy == "" || response.StatusCode != http.StatusProxyAuthRequired || !x.plainly(response.Request.URL) {
		return nil
	}
	return unknown("the proxy " + x.proxy().Host + " does not let the check through: " + (&proxyAnswer{response.StatusCode}).Error())
}

// behind tells of the proxy that stood between, in a sentence about what may
// have been either's.
func (x *exchange) behind() string {
	if x.request.Proxy == "" {
		return ""
	}
	return " (through the proxy " + x.proxy().Host + ")"
}

// past tells whether the way through the proxy was open.
func (x *exchange) past(proxy *url.URL, m *moments) bool {
	switch {
	case !m.ready.IsZero():
		return true
	case x.visited[len(x.visited)-1].Scheme == "http":
		return false
	case overSOCKS(proxy):
		return !m.handshakeStart.IsZero()
	}
	return m.tunnel
}

// plainly tells whether the proxy itself answers for an address, because no
// way is opened to it.
func (x *exchange) plainly(address *url.URL) bool {
	return address.Scheme == "http" && !overSOCKS(x.proxy())
}

func overSOCKS(proxy *url.URL) bool { return strings.HasPrefix(proxy.Scheme, "socks5") }

// proxy gives the proxy's address, which the transport has parsed before.
func (x *exchange) proxy() *url.URL {
	proxy, err := url.Parse(x.request.Proxy)
	if err != nil {
		return &url.URL{}
	}
	return proxy
}

// goal is where the proxy is to go: host:port.
func (x *exchange) goal() string {
	last := x.visited[len(x.visited)-1]
	return withPort(last.Host, map[string]string{"http": "80", "https": "443"}[last.Scheme])
}

// unclear tells what came in place of what was due.
func (x *exchange) unclear(err error, m *moments, where string) string {
	if sentence, ok := ExplainTLS(err, x.proxy().Hostname()); ok {
		return sentence
	}
	if m.end != nil && strings.Contains(err.Error(), "malformed MIME header") {
		err = m.end
	}
	if sentence, ok := protocolFault(err); ok {
		return sentence
	}
	return strings.TrimSpace(brokenOff(err, where))
}
