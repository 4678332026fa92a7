package http3_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	quichttp "github.com/quic-go/quic-go/http3"

	"daymark/checker"
)

// authority issues certificates for tests.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pem         string
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(1000 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	key, der := sign(t, template, nil)
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{certificate, key, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))}
}

// issue gives a certificate for 127.0.0.1 and shop.example, changed by change.
func (a *authority) issue(t testing.TB, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Test server"},
		NotBefore: time.Now().Add(-1000 * time.Hour), NotAfter: time.Now().Add(30*24*time.Hour + time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"shop.example"}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if change != nil {
		change(template)
	}
	key, der := sign(t, template, a)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func sign(t testing.TB, template *x509.Certificate, by *authority) (*ecdsa.PrivateKey, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	parent, signer := template, key
	if by != nil {
		parent, signer = by.certificate, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	return key, der
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
		config := &tls.Config{Certificates: []tls.Certificate{issuer.issue(t, change)}}
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

func target(address string, issuer *authority) checker.HTTP {
	return checker.HTTP{Request: checker.Request{URL: "https://" + address + "/health", CA: issuer.pem, Version: "3"}}
}

// spoken is a target that speaks QUIC and does as handle says with the first
// stream, after the request came.
func spoken(protocol string, handle func(socket net.PacketConn, conn *quic.Conn, stream *quic.Stream)) func(t *testing.T) checker.HTTP {
	return func(t *testing.T) checker.HTTP {
		issuer := newAuthority(t)
		socket := udp(t)
		over := &quic.Transport{Conn: socket}
		listener, err := over.Listen(&tls.Config{Certificates: []tls.Certificate{issuer.issue(t, nil)}, NextProtos: []string{protocol}}, nil)
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
