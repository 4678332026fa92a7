package checker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"syscall"

	"daymark/internal/expression"
)

// explain says what went wrong before an answer's headers were there, and
// whose fault it was.
func (x *exchange) explain(ctx context.Context, err error) *fault {
	m := x.notes.snapshot()
	if problem := x.ours(ctx, err, &m); problem != nil {
		return problem
	}
	if problem := x.quicFault(err, &m); problem != nil {
		return problem
	}
	if errors.Is(err, errRedirects) {
		return failed(x.tooOften())
	}
	if problem := x.proxyFault(err, &m); problem != nil {
		return problem
	}
	if problem := x.nameFault(err, &m); problem != nil {
		return problem
	}
	switch at := m.phase(); {
	case at == phaseConnect:
		return failed(x.connecting(err, &m))
	case timedOut(err):
		return failed(x.late(at) + x.behind())
	}
	if sentence, ok := certificateRefused(err, &m); ok {
		return failed(sentence)
	}
	if strings.Contains(err.Error(), "no application protocol") {
		return failed("the server does not speak HTTP/" + cmp.Or(x.request.Version, "1.1 or HTTP/2"))
	}
	if sentence, ok := ExplainTLS(err, x.visited[len(x.visited)-1].Hostname()); ok {
		return failed(sentence)
	}
	if m.end != nil && strings.Contains(err.Error(), "malformed MIME header") {
		err = m.end // it is half a line because the connection ended there
	}
	if sentence, ok := protocolFault(err); ok {
		return failed(sentence)
	}
	if strings.Contains(err.Error(), "client conn could not be established") {
		err = io.EOF // the library's own words for it
	}
	sentence := x.broken(err, m.phase())
	if m.firstByte.IsZero() {
		sentence = certificateAsked(sentence, err, &m)
	}
	return failed(sentence)
}

// explainBody says what went wrong while the body was read.
func (x *exchange) explainBody(ctx context.Context, response *http.Response, size int64, err error) *fault {
	m := x.notes.snapshot()
	if problem := x.ours(ctx, err, &m); problem != nil {
		return problem
	}
	if problem := x.quicFault(err, &m); problem != nil {
		problem.reason += "; " + expression.FormatSize(size) + " were read"
		return problem
	}
	switch {
	case timedOut(err):
		return failed(fmt.Sprintf("the answer did not end within %s; %s were read", expression.FormatDuration(x.budget), expression.FormatSize(size)))
	case errors.Is(err, syscall.ECONNRESET):
		return failed(fmt.Sprintf("the connection was reset in the middle of the answer; %s were read", expression.FormatSize(size)))
	case errors.Is(err, io.ErrUnexpectedEOF) && response.ContentLength >= 0 && size < response.ContentLength:
		return failed(fmt.Sprintf("the answer ended early: %s of %s were read", expression.FormatSize(size), expression.FormatSize(response.ContentLength)))
	case errors.Is(err, io.ErrUnexpectedEOF) && response.ContentLength < 0:
		return failed(fmt.Sprintf("the connection was closed before the answer's last part; %s were read", expression.FormatSize(size)))
	}
	if sentence, ok := protocolFault(err); ok {
		return failed(sentence)
	}
	return failed(fmt.Sprintf("the answer could not be read to its end: %s; %s were read", root(err), expression.FormatSize(size)))
}

// ours tells a fault of the agent itself: it counts against nobody.
func (x *exchange) ours(ctx context.Context, err error, m *moments) *fault {
	return agentFault(ctx, err, m)
}

// nameFault tells what the resolver did or did not say.
func (x *exchange) nameFault(err error, m *moments) *fault {
	last := x.visited[len(x.visited)-1]
	if address, ok := errors.AsType[*net.AddrError](err); ok && address.Err == "invalid port" {
		if len(x.visited) > 1 {
			return failed("it redirects to " + shown(last) + ", whose port cannot be")
		}
		return unknown("the check's url has a port that cannot be: " + last.Port())
	}
	return nameFault(err, m, last.Hostname(), x.request.IP)
}

// connecting tells why there is no connection.
func (x *exchange) connecting(err error, m *moments) string {
	return noConnection(err, m, x.budget)
}

// late tells what the time ran out over.
func (x *exchange) late(at phase) string {
	within := " within " + expression.FormatDuration(x.budget)
	switch at {
	case phaseHandshake:
		return "the TLS handshake did not end" + within
	case phaseSend:
		return "the request could not be sent" + within
	case phaseWait:
		return "no answer began" + within
	case phaseHeaders:
		return "the answer's headers did not end" + within
	}
	return "there was no answer" + within
}

// broken tells of a connection that ended where it should not.
func (x *exchange) broken(err error, at phase) string {
	where := map[phase]string{
		phaseHandshake: "during the TLS handshake",
		phaseSend:      "while the request was sent",
		phaseHeaders:   "in the middle of the answer's headers",
	}[at]
	if where == "" {
		where = "before an answer began"
	}
	return brokenOff(err, where)
}

// tooOften tells of redirects without end.
func (x *exchange) tooOften() string {
	last := len(x.visited) - 1
	// The nearest visit before tells the circle once; the first would tell it
	// as often as it was gone round.
	for i := last - 1; i >= 0; i-- {
		if x.visited[i].String() == x.visited[last].String() {
			var circle []string
			for _, stop := range x.visited[i:] {
				circle = append(circle, shown(stop))
			}
			return "it redirects in a circle: " + strings.Join(circle, " → ")
		}
	}
	return fmt.Sprintf("it redirects more than %d times, at last to %s", len(x.visited)-2, shown(x.visited[last]))
}

// sentences translate what net/http says of a broken protocol, which has no
// error types to ask.
var sentences = []struct{ part, sentence string }{
	{"gave HTTP response to HTTPS client", "the server speaks plain HTTP where https was asked for"},
	{"response headers exceeded", "the answer's headers are larger than " + expression.FormatSize(maxHeaderBytes)},
	{"response header list larger", "the answer's headers are larger than " + expression.FormatSize(maxHeaderBytes)},
	{errTooManyInterim.Error(), fmt.Sprintf("more than %d preliminary (1xx) answers came and no real one", maxInterim)},
	{"chunk", "the answer's chunked encoding is broken"},
	{`malformed HTTP response "\x00\x00`, "the server speaks HTTP/2 where HTTP/1.1 was asked for"},
	{"malformed", "the answer is not HTTP as it should be"},
	{"Content-Length", "the answer's length is not what it says"},
	{"unsupported protocol scheme", "it redirects to an address that is neither http nor https"},
	{"Location header", "it redirects to something that is no address"},
}

var h2Code = regexp.MustCompile(`(?:ErrCode=|; |connection error: )([A-Z][A-Z0-9_]+)`)

// protocolFault tells how an answer breaks the protocol.
func protocolFault(err error) (string, bool) {
	text := root(err)
	code := ""
	if found := h2Code.FindStringSubmatch(text); found != nil {
		code = " " + found[1]
	}
	switch {
	case strings.Contains(text, "GOAWAY"):
		return "the server ended the HTTP/2 connection (GOAWAY" + code + ")", true
	case strings.Contains(text, "stream error") && strings.Contains(text, "received from peer"):
		return "the server ended the answer (RST_STREAM" + code + ")", true
	case strings.Contains(text, "stream error"), strings.Contains(text, "connection error: "):
		for _, known := range sentences { // the cause stands behind the code
			if _, cause, ok := strings.Cut(text, "; "); ok && strings.Contains(cause, known.part) {
				return known.sentence, true
			}
		}
		return "the answer is not HTTP/2 as it should be (" + strings.TrimSpace(code) + ")", true
	}
	for _, known := range sentences {
		if strings.Contains(text, known.part) {
			return known.sentence, true
		}
	}
	return "", false
}

// shown writes an address without what may be secret.
func shown(address *url.URL) string {
	bare := url.URL{Scheme: address.Scheme, Host: address.Host, Path: address.Path}
	return bare.String()
}
