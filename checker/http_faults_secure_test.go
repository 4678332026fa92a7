package checker_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"io"
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
		outcome: checker.Failed, // its refusal is lost where the machine resets the connection for what was sent meanwhile
		reason:  `the server asked for a client certificate, which the check does not have, and refused to go on( \(.+\))?|the connection was (closed|reset) (before an answer began|while the request was sent); the server had asked for a client certificate, which the check does not have`,
	},
	{
		name: "client certificate missing, TLS 1.2", target: secured(hour, nil, func(c *tls.Config) { c.ClientAuth, c.MaxVersion = tls.RequireAnyClientCert, tls.VersionTLS12 }),
		outcome: checker.Failed, reason: `the server asked for a client certificate, which the check does not have, and refused to go on \(.+\)`,
	},
	{
		name: "closed in the handshake after asking for a client certificate", target: asking(tls.VersionTLS12, func(conn net.Conn) { _ = conn.(*net.TCPConn).CloseWrite() }, nil),
		outcome: checker.Failed, reason: `the connection was closed during the TLS handshake; the server had asked for a client certificate, which the check does not have`,
	},
	{
		name: "closed in the answer after asking for a client certificate", target: asking(0, nil, func(conn *tls.Conn) { say("HTTP/1.1 200 OK\r\nX-A: b\r\n")(conn) }),
		outcome: checker.Failed, reason: `the connection was closed in the middle of the answer's headers`,
	},
	{
		name: "silent after asking for a client certificate", target: asking(0, nil, func(conn *tls.Conn) { sayAndHoldForever(conn) }), timeout: time.Second,
		outcome: checker.Failed, reason: `no answer began within 1 s`,
	},
	{
		name: "nonsense after asking for a client certificate", target: asking(0, nil, func(conn *tls.Conn) { say("220 mail.example ESMTP\r\n")(conn) }),
		outcome: checker.Failed, reason: `the answer is not HTTP as it should be`,
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

// asking is a server that asks for a client certificate and goes on without
// one: broken ends the handshake after it has asked, answer follows it.
func asking(most uint16, broken func(net.Conn), answer func(*tls.Conn)) func(*testing.T) checker.HTTP {
	return func(t *testing.T) checker.HTTP {
		issuer := newAuthority(t)
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		config := &tls.Config{Certificates: []tls.Certificate{issuer.issue(t, hour, nil)}, ClientAuth: tls.RequestClientCert, MaxVersion: most}
		acceptAll(t, listener, func(conn net.Conn) {
			if broken != nil {
				conn = &breaking{Conn: conn, broken: broken}
			}
			secured := tls.Server(conn, config)
			if secured.Handshake() != nil || answer == nil {
				return
			}
			request, err := http.ReadRequest(bufio.NewReader(secured))
			if err != nil {
				return
			}
			request.Body.Close()
			answer(secured)
			_ = secured.Close()
		})
		return checker.HTTP{Request: checker.Request{URL: "https://" + listener.Addr().String(), CA: issuer.pem, Version: "1.1"}}
	}
}

// breaking ends when the other side answers the server's first flight.
type breaking struct {
	net.Conn
	broken func(net.Conn)
	wrote  bool
}

// Write writes the flight in which a certificate is asked for.
func (b *breaking) Write(data []byte) (int, error) {
	b.wrote = true
	return b.Conn.Write(data)
}

// Read reads, and breaks off behind that flight.
func (b *breaking) Read(buffer []byte) (int, error) {
	n, err := b.Conn.Read(buffer)
	if b.wrote {
		b.broken(b.Conn)
		_, _ = io.Copy(io.Discard, b.Conn) // what waits unread would make a reset of the end
		return 0, io.EOF
	}
	return n, err
}
