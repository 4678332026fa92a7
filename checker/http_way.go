package checker

import (
	"context"
	"net/http"
	"strings"
)

// way makes the transport for one request, and what closes it. Its errors are
// faults of the check's settings.
func (e *exchanger) way(life context.Context, request *Request, notes *recorder) (http.RoundTripper, func(), error) {
	if request.Version == "3" {
		return e.overQUIC(life, request, notes)
	}
	if request.Version == "" && strings.HasPrefix(request.URL, "http://") {
		plain := *request
		plain.Version = "1.1"
		transport, err := e.transport(life, &plain, notes)
		if err != nil {
			return nil, nil, err
		}
		both := &plainFirst{plain: transport, make: func() (*http.Transport, error) { return e.transport(life, request, notes) }}
		return both, both.close, nil
	}
	transport, err := e.transport(life, request, notes)
	if err != nil {
		return nil, nil, err
	}
	return transport, transport.CloseIdleConnections, nil
}

// plainFirst makes ready for HTTP/2 only once a redirect leads to https: it
// costs a noticeable part of a check, and without TLS nobody agrees on it.
type plainFirst struct {
	plain, secure *http.Transport
	make          func() (*http.Transport, error)
}

// RoundTrip makes one request. A client makes one after the other.
func (p *plainFirst) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.URL.Scheme != "https" {
		return p.plain.RoundTrip(request)
	}
	if p.secure == nil {
		var err error
		if p.secure, err = p.make(); err != nil {
			return nil, err
		}
	}
	return p.secure.RoundTrip(request)
}

func (p *plainFirst) close() {
	p.plain.CloseIdleConnections()
	if p.secure != nil {
		p.secure.CloseIdleConnections()
	}
}
