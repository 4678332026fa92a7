package http3_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	quichttp "github.com/quic-go/quic-go/http3"

	"daymark/checker"
	"daymark/internal/targets"
)

func newAuthority(t testing.TB) *targets.Authority {
	t.Helper()
	authority, err := targets.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	return authority
}

// issue gives a certificate for 127.0.0.1 and shop.example, of a server or a
// client, that ends in thirty days and a little, changed by change.
func issue(t testing.TB, by *targets.Authority, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	certificate, err := by.Issue(func(c *x509.Certificate) {
		c.NotAfter, c.DNSNames = time.Now().Add(30*24*time.Hour+time.Hour), []string{"shop.example"}
		c.ExtKeyUsage = append(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
		if change != nil {
			change(c)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

// udp opens a socket of this machine; it closes at the test's end.
func udp(t testing.TB) net.PacketConn {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// serve is a target that speaks HTTP/3; set may change its TLS.
func serve(handler http.HandlerFunc, change func(*x509.Certificate), set func(*tls.Config)) func(t *testing.T) checker.HTTP {
	return func(t *testing.T) checker.HTTP {
		issuer := newAuthority(t)
		config := &tls.Config{Certificates: []tls.Certificate{issue(t, issuer, change)}}
		if set != nil {
			set(config)
		}
		socket := udp(t)
		server := &quichttp.Server{Handler: handler, TLSConfig: quichttp.ConfigureTLSConfig(config)}
		var served sync.WaitGroup
		served.Go(func() { _ = server.Serve(socket) })
		t.Cleanup(func() { server.Close(); socket.Close(); served.Wait() })
		return target(socket.LocalAddr().String(), issuer)
	}
}

func target(address string, issuer *targets.Authority) checker.HTTP {
	return checker.HTTP{Request: checker.Request{URL: "https://" + address + "/health", CA: issuer.PEM(), Version: "3"}}
}

// spoken is a target that speaks QUIC and does as handle says with the first
// stream, after the request came.
func spoken(protocol string, handle func(socket net.PacketConn, conn *quic.Conn, stream *quic.Stream)) func(t *testing.T) checker.HTTP {
	return func(t *testing.T) checker.HTTP {
		issuer := newAuthority(t)
		socket := udp(t)
		over := &quic.Transport{Conn: socket}
		listener, err := over.Listen(&tls.Config{Certificates: []tls.Certificate{issue(t, issuer, nil)}, NextProtos: []string{protocol}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		var all sync.WaitGroup
		all.Go(func() {
			for {
				conn, err := listener.Accept(ctx)
				if err != nil {
					return
				}
				all.Go(func() {
					stream, err := conn.AcceptStream(ctx)
					if err != nil {
						return
					}
					_, _ = stream.Read(make([]byte, 4096))
					handle(socket, conn, stream)
					<-conn.Context().Done()
				})
			}
		})
		t.Cleanup(func() { cancel(); listener.Close(); over.Close(); all.Wait() })
		return target(socket.LocalAddr().String(), issuer)
	}
}

// answered answers each packet as reply says; a nil reply is silence.
func answered(reply func(packet []byte) []byte) func(t *testing.T) checker.HTTP {
	return func(t *testing.T) checker.HTTP {
		return target(packets(t, reply), newAuthority(t))
	}
}

func packets(t *testing.T, reply func(packet []byte) []byte) string {
	socket := udp(t)
	var done sync.WaitGroup
	done.Go(func() {
		buffer := make([]byte, 2048)
		for {
			n, from, err := socket.ReadFrom(buffer)
			if err != nil {
				return
			}
			if answer := reply(buffer[:n]); answer != nil {
				_, _ = socket.WriteTo(answer, from)
			}
		}
	})
	t.Cleanup(func() { socket.Close(); done.Wait() })
	return socket.LocalAddr().String()
}

// otherVersions answers a QUIC packet with versions that nobody speaks.
func otherVersions(packet []byte) []byte {
	if len(packet) < 1200 || packet[0]&0x80 == 0 {
		return nil
	}
	to := packet[6 : 6+packet[5]]
	rest := packet[6+len(to):]
	from := rest[1 : 1+rest[0]]
	answer := append([]byte{0xc0, 0, 0, 0, 0, byte(len(from))}, from...)
	answer = append(append(answer, byte(len(to))), to...)
	return append(answer, 0xbe, 0xef, 0, 1)
}

// resolving answers questions for IPv4 addresses with 127.0.0.1, and says of
// others that there is none.
func resolving(question []byte) []byte {
	end := 12
	for question[end] != 0 {
		end += int(question[end]) + 1
	}
	end += 5
	count := byte(0)
	var record []byte
	if question[end-3] == 1 {
		count, record = 1, []byte{0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1}
	}
	answer := append([]byte{question[0], question[1], 0x81, 0x80, 0, 1, 0, count, 0, 0, 0, 0}, question[12:end]...)
	return append(answer, record...)
}
