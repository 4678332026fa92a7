package checker

import (
	"crypto/tls"
	"errors"
	"net/http/httptrace"
	"net/textproto"
	"sync"
	"time"
)

// phase is how far a request came.
type phase int

const (
	phaseBegin phase = iota
	phaseResolve
	phaseConnect
	phaseProxy // connected to a proxy that has not opened the way yet
	phaseHandshake
	phaseSend
	phaseWait
	phaseHeaders
)

// maxInterim bounds the 1xx answers before the real one.
const maxInterim = 20

var errTooManyInterim = errors.New("too many 1xx answers")

// recorder notes what happens to one hop of a request: its moments, and the
// errors that net keeps to itself. Hooks may come from several goroutines,
// and late.
type recorder struct {
	quic bool // connecting is a part of the handshake
	mu   sync.Mutex
	last moments
}

type moments struct {
	begun, resolveStart, resolved, connectStart, connected time.Time
	handshakeStart, shaken, ready, sent, firstByte         time.Time

	address  string // the last that was dialled
	dialled  []error
	codes    map[int]bool // response codes of the DNS servers that answered
	interims int
	end      error // how the other side ended the connection
	asked    bool  // the server asked for a certificate that the check has not
	tunnel   bool  // a proxy has opened the way
	quic     bool  // as the recorder's
}

// trace gives the hooks. Each hop of a redirect begins anew.
func (r *recorder) trace() *httptrace.ClientTrace {
	now := func(set func(m *moments, at time.Time)) {
		at := time.Now()
		r.mu.Lock()
		defer r.mu.Unlock()
		set(&r.last, at)
	}
	return &httptrace.ClientTrace{
		GetConn: func(string) { now(func(m *moments, at time.Time) { *m = moments{begun: at} }) },
		DNSStart: func(httptrace.DNSStartInfo) {
			now(func(m *moments, at time.Time) { m.resolveStart = at })
		},
		DNSDone: func(httptrace.DNSDoneInfo) { now(func(m *moments, at time.Time) { m.resolved = at }) },
		ConnectStart: func(_, address string) {
			now(func(m *moments, at time.Time) {
				m.address = address
				if m.connectStart.IsZero() {
					m.connectStart = at
				}
			})
		},
		ConnectDone: func(_, address string, err error) {
			now(func(m *moments, at time.Time) {
				if err != nil {
					m.dialled = append(m.dialled, err)
				} else if m.connected.IsZero() {
					m.connected, m.address = at, address
				}
			})
		},
		TLSHandshakeStart: func() { now(func(m *moments, at time.Time) { m.handshakeStart = at }) },
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
			now(func(m *moments, at time.Time) {
				if err == nil {
					m.shaken = at
				}
			})
		},
		GotConn:              func(httptrace.GotConnInfo) { now(func(m *moments, at time.Time) { m.ready = at }) },
		WroteRequest:         func(httptrace.WroteRequestInfo) { now(func(m *moments, at time.Time) { m.sent = at }) },
		GotFirstResponseByte: func() { now(func(m *moments, at time.Time) { m.firstByte = at }) },
		Got1xxResponse: func(int, textproto.MIMEHeader) (err error) {
			now(func(m *moments, _ time.Time) {
				if m.interims++; m.interims > maxInterim {
					err = errTooManyInterim
				}
			})
			return err
		},
	}
}

// resolverSaid notes the response code of a DNS server's answer.
func (r *recorder) resolverSaid(code int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last.codes == nil {
		r.last.codes = map[int]bool{}
	}
	r.last.codes[code] = true
}

// ended notes how the other side ended the connection.
func (r *recorder) ended(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last.end = err
}

// askedForCertificate notes that the server did.
func (r *recorder) askedForCertificate() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last.asked = true
}

// tunnelled notes that a proxy has opened the way: a handshake with the proxy
// itself is past, and the next is the target's.
func (r *recorder) tunnelled() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last.tunnel, r.last.handshakeStart, r.last.shaken = true, time.Time{}, time.Time{}
}

// snapshot gives what was noted so far.
func (r *recorder) snapshot() moments {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.last
	m.dialled = append([]error(nil), m.dialled...)
	codes := make(map[int]bool, len(m.codes))
	for code := range m.codes {
		codes[code] = true
	}
	m.codes, m.quic = codes, r.quic
	return m
}

func (m *moments) phase() phase {
	switch {
	case !m.firstByte.IsZero():
		return phaseHeaders
	case !m.sent.IsZero():
		return phaseWait
	case !m.ready.IsZero() || !m.shaken.IsZero():
		return phaseSend
	case !m.handshakeStart.IsZero():
		return phaseHandshake
	case !m.connected.IsZero():
		return phaseProxy
	case !m.connectStart.IsZero():
		return phaseConnect
	case !m.resolveStart.IsZero(): // resolved in vain, or not at all
		return phaseResolve
	}
	return phaseBegin
}

// fill puts the parts of the last hop into the facts. The wait for the first
// byte begins when the connection is ready, so that the parts add up.
func (m *moments) fill(facts *HTTPFacts, end time.Time) {
	facts.DNS = between(m.resolveStart, m.resolved)
	if !m.quic { // there, opening a socket sends nothing
		facts.Connect = between(m.connectStart, m.connected)
	}
	facts.Handshake = between(m.handshakeStart, m.shaken)
	facts.FirstByte = between(m.ready, m.firstByte)
	facts.Transfer = between(m.firstByte, end)
}

// timings lists the parts in their order; those that did not happen are left
// out. What went before the last hop is one part, so that all add up.
func (m *moments) timings(facts *HTTPFacts, start time.Time) []Timing {
	var all []Timing
	if facts.Redirects > 0 {
		all = append(all, Timing{"redirects", between(start, m.begun)})
	}
	for _, part := range []struct {
		name  string
		begun time.Time
		took  time.Duration
	}{
		{"dns", m.resolveStart, facts.DNS},
		{"connect", m.connectStart, facts.Connect},
		{"tls", m.handshakeStart, facts.Handshake},
		{"first_byte", m.ready, facts.FirstByte},
		{"transfer", m.firstByte, facts.Transfer},
	} {
		if !part.begun.IsZero() && (part.name != "connect" || !m.quic) {
			all = append(all, Timing{part.name, part.took})
		}
	}
	return all
}

func between(from, to time.Time) time.Duration {
	if from.IsZero() || to.IsZero() {
		return 0
	}
	return max(to.Sub(from), 0)
}
