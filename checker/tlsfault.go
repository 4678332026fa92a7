package checker

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"time"
)

// dateText is how sentences write a moment.
const dateText = "2 January 2006 15:04 UTC"

// ExplainTLS says in a sentence what a handshake failed over, when it was
// TLS; host is the name that was asked for.
func ExplainTLS(err error, host string) (string, bool) {
	var (
		verification *tls.CertificateVerificationError
		invalid      x509.CertificateInvalidError
		name         x509.HostnameError
		authority    x509.UnknownAuthorityError
		record       tls.RecordHeaderError
		alert        tls.AlertError
	)
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return validity(invalid.Cert, host, errors.As(err, &verification) && verification.UnverifiedCertificates[0] == invalid.Cert, invalid.Detail), true
	case errors.As(err, &invalid):
		return "the certificate of " + host + " is not valid: " + strings.TrimPrefix(invalid.Error(), "x509: "), true
	case errors.As(err, &name):
		return "the certificate is for " + namesOf(name.Certificate) + ", not for " + host, true
	case errors.As(err, &authority):
		return "the certificate of " + host + " is signed by an authority that is not trusted" + issuerOf(authority.Cert), true
	case errors.As(err, &verification):
		return "the certificate of " + host + " could not be verified: " + strings.TrimPrefix(verification.Err.Error(), "x509: "), true
	case errors.As(err, &record):
		return "the server does not speak TLS on this port", true
	}
	text := err.Error()
	switch {
	case strings.Contains(text, "unsupported protocol version"), strings.Contains(text, "protocol version not supported"):
		return "the server speaks only versions of TLS older than 1.2", true
	case errors.As(err, &alert), strings.Contains(text, "remote error: tls: "):
		_, reason, _ := strings.Cut(text, "tls: ")
		return "the server refused the TLS connection: " + reason, true
	case strings.Contains(text, "tls: "):
		_, reason, _ := strings.Cut(text, "tls: ")
		return "the TLS connection failed: " + reason, true
	}
	return "", false
}

// certificateRefused tells of a server whose alert says that it does not go on
// without the client certificate that it asked for.
func certificateRefused(err error, m *moments) (string, bool) {
	_, alert, told := strings.Cut(err.Error(), "remote error: tls: ")
	if !m.asked || !told || !slices.ContainsFunc([]string{"certificate", "handshake failure", "access denied"}, func(part string) bool { return strings.Contains(alert, part) }) {
		return "", false
	}
	return "the server asked for a client certificate, which the check does not have, and refused to go on (" + alert + ")", true
}

// certificateAsked adds to a sentence about a connection that ended before
// anything was said over it what may have been why: many servers hang up
// without an alert, or it is lost in the end of the connection.
func certificateAsked(sentence string, err error, m *moments) string {
	if !m.asked || !endedBy(err) {
		return sentence
	}
	return sentence + "; the server had asked for a client certificate, which the check does not have"
}

// validity tells which certificate is out of its time, and when that began.
func validity(certificate *x509.Certificate, host string, leaf bool, detail string) string {
	which := "the certificate of " + host
	if !leaf {
		which = "the certificate of " + host + " rests on one (" + certificate.Subject.String() + ") that"
	}
	if strings.Contains(detail, " is before ") {
		return which + " is not valid before " + stamp(certificate.NotBefore)
	}
	return which + " expired on " + stamp(certificate.NotAfter)
}

func stamp(at time.Time) string { return at.UTC().Format(dateText) }

func namesOf(certificate *x509.Certificate) string {
	names := certificate.DNSNames
	for _, ip := range certificate.IPAddresses {
		names = append(slices.Clip(names), ip.String())
	}
	switch {
	case len(names) == 0:
		return "no name at all"
	case len(names) > 3:
		return strings.Join(names[:3], ", ") + " and others"
	}
	return strings.Join(names, ", ")
}

func issuerOf(certificate *x509.Certificate) string {
	if certificate == nil || certificate.Issuer.String() == "" {
		return ""
	}
	return ": " + certificate.Issuer.String()
}
