package checker_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"daymark/checker"
)

const hour = time.Hour

// secureFaults are those of TLS and of the versions agreed in it.
var secureFaults = []faultRow{
	// TLS.
	{
		name: "certificate expired", target: secured(-hour, nil, nil),
		outcome: checker.Failed, reason: `the certificate of 127\.0\.0\.1 expired on \d+ \w+ \d{4} \d\d:\d\d UTC`,
	},
	{
		name: "certificate not yet valid", target: secured(hour, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(hour / 2) }, nil),
		outcome: checker.Failed, reason: `the certificate of 127\.0\.0\.1 is not valid before \d+ \w+ \d{4} \d\d:\d\d UTC`,
	},
	{
		name: "wrong host", target: secured(hour, func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"other.example"} }, nil),
		outcome: checker.Failed, reason: `the certificate is for other\.example, not for 127\.0\.0\.1`,
	},
	{name: "unknown authority", target: func(t *testing.T) checker.HTTP {
		check := secured(hour, nil, nil)(t)
		check.CA = newAuthority(t).pem
		return check
	}, outcome: checker.Failed, reason: `the certificate of 127\.0\.0\.1 is signed by an authority that is not trusted.*`},
	{
		name: "old protocol", target: secured(hour, nil, func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }),
		outcome: checker.Failed, reason: `the server speaks only versions of TLS older than 1\.2`,
	},
	{
		name: "client certificate missing", target: secured(hour, nil, func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert }),
		outcome: checker.Failed, reason: `the server asked for a client certificate, which the check does not have, and ended the connection`,
	},
	{name: "https asked of plain HTTP", target: func(t *testing.T) checker.HTTP {
		check := handled(func(http.ResponseWriter, *http.Request) {})(t)
		check.URL = strings.Replace(check.URL, "http:", "https:", 1)
		return check
	}, outcome: checker.Failed, reason: `the server speaks plain HTTP where https was asked for`},
	{name: "https asked of something else", target: func(t *testing.T) checker.HTTP {
		return checker.HTTP{Request: checker.Request{URL: "https://" + rawServer(t, false, sayAndHold("220 mail.example ESMTP\r\n"))}}
	}, outcome: checker.Failed, reason: `the server does not speak TLS on this port`},
	{name: "closed during the handshake", target: func(t *testing.T) checker.HTTP {
		return checker.HTTP{Request: checker.Request{URL: "https://" + rawServer(t, false, func(conn net.Conn) { _, _ = conn.Read(make([]byte, 4096)) })}}
	}, outcome: checker.Failed, reason: `the connection was closed during the TLS handshake`},

	// HTTP/2.
	{name: "HTTP/2 not spoken", target: func(t *testing.T) checker.HTTP {
		check := secured(hour, nil, func(c *tls.Config) { c.NextProtos = []string{"http/1.1"} })(t)
		check.Version = "2"
		return check
	}, outcome: checker.Failed, reason: `the server does not speak HTTP/2`},
	{name: "HTTP/2 unheard of", target: func(t *testing.T) checker.HTTP {
		issuer := newAuthority(t)
		listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{issuer.issue(t, hour, nil)}})
		if err != nil {
			t.Fatal(err)
		}
		acceptAll(t, listener, func(conn net.Conn) {
			_, _ = conn.Read(make([]byte, 4096))
			_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
		})
		return checker.HTTP{Request: checker.Request{URL: "https://" + listener.Addr().String(), CA: issuer.pem, Version: "2"}}
	}, outcome: checker.Failed, reason: `the answer came by HTTP/1\.1, not HTTP/2`},
	{name: "HTTP/3 where it is not built in", target: func(t *testing.T) checker.HTTP {
		check := secured(hour, nil, nil)(t)
		check.Version = "3"
		return check
	}, outcome: checker.Unknown, reason: `this agent does not speak HTTP/3`},
}
