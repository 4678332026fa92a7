package network

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"time"

	"golang.org/x/crypto/ocsp"

	"daymark/checker"
)

// maxTLS bounds what a handshake may say; long chains have some 10 kB.
const maxTLS = 500_000

func tlsAddress(job *checker.Job) (string, bool) {
	if job.TLS == nil {
		return "", false
	}
	return hostPort(job.TLS.Address)
}

// askTLS makes a handshake and looks at what the server showed.
func askTLS(t *talk) (any, *fault) {
	conn, problem := t.connect()
	if problem != nil {
		return nil, problem
	}
	defer conn.Close()
	secured, problem := t.secure(conn)
	if problem != nil {
		return nil, problem
	}
	latency := t.answered()
	state := secured.ConnectionState()
	facts := checker.TLSCheckFacts{
		Latency: latency, Address: t.Address(), TLS: checker.TLSFactsOf(&state, t.options.Now()),
	}
	for _, certificate := range state.PeerCertificates {
		facts.Chain = append(facts.Chain, certificate.Subject.String())
	}
	var revoked time.Time
	facts.Staple, revoked = stapled(&state, t.options.Now())
	t.said.note("stapled OCSP response: %s", facts.Staple)
	switch facts.Staple {
	case stapleRevoked:
		return nil, failed("the certificate of " + t.Host() + " was revoked on " + revoked.UTC().Format("2 January 2006 15:04 UTC") + ", by its stapled OCSP response")
	case stapleStale:
		t.warnings = append(t.warnings, "the stapled OCSP response is out of date")
	case stapleInvalid:
		t.warnings = append(t.warnings, "the stapled OCSP response is not valid for the certificate")
	}
	return facts, nil
}

// What a stapled OCSP response can say. The first is that there is none.
const (
	stapleNone    = "none"
	stapleGood    = "good"
	stapleUnknown = "unknown"
	stapleStale   = "stale"
	stapleInvalid = "invalid"
	stapleRevoked = "revoked"
)

// stapled reads the OCSP response of a verified handshake, and when the
// certificate was revoked where it was.
func stapled(state *tls.ConnectionState, now time.Time) (string, time.Time) {
	if len(state.OCSPResponse) == 0 {
		return stapleNone, time.Time{}
	}
	response, err := ocspOf(state)
	switch {
	case err != nil:
		return stapleInvalid, time.Time{}
	case response.Status == ocsp.Revoked:
		return stapleRevoked, response.RevokedAt
	case response.ThisUpdate.After(now), !response.NextUpdate.IsZero() && response.NextUpdate.Before(now):
		return stapleStale, time.Time{}
	case response.Status == ocsp.Good:
		return stapleGood, time.Time{}
	}
	return stapleUnknown, time.Time{}
}

// ocspOf reads the response and verifies it against the authority that signed
// the certificate.
func ocspOf(state *tls.ConnectionState) (*ocsp.Response, error) {
	err := errors.New("no authority is known to verify it by")
	for _, chain := range state.VerifiedChains {
		var issuer *x509.Certificate
		if len(chain) > 1 {
			issuer = chain[1]
		} else {
			issuer = chain[0] // its own authority
		}
		var response *ocsp.Response
		if response, err = ocsp.ParseResponseForCert(state.OCSPResponse, chain[0], issuer); err == nil {
			return response, nil
		}
	}
	return nil, err
}
