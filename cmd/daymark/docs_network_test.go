package main_test

import (
	"crypto/tls"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/miekg/dns"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"

	"daymark/internal/targets"
)

// networkStandIns starts what the examples of tcp, tls, smtp, websocket, grpc
// and dns go to. It gives the addresses in pairs for a Replacer, and the
// environment in which their authority is trusted.
func networkStandIns(t *testing.T) (addresses, env []string) {
	t.Helper()
	authority, err := targets.NewAuthority()
	check(t, err)
	certificate, err := authority.Issue(nil)
	check(t, err)
	config := &tls.Config{Certificates: []tls.Certificate{certificate}}
	file := filepath.Join(t.TempDir(), "authority.pem")
	check(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Certificate.Raw}), 0o600))

	mail, err := targets.SMTP(targets.Mail{TLS: config})
	check(t, err)
	t.Cleanup(mail.Close)
	secured, err := targets.TLS(config, func(conn net.Conn) { _, _ = conn.Read(make([]byte, 1)) })
	check(t, err)
	t.Cleanup(secured.Close)
	stream, err := targets.WebSocket(config, func(socket *websocket.Conn) {
		_, _, _ = socket.ReadMessage()
		_ = socket.WriteMessage(websocket.TextMessage, []byte("pong"))
		_, _, _ = socket.ReadMessage()
	})
	check(t, err)
	t.Cleanup(stream.Close)
	known := health.NewServer()
	known.SetServingStatus("bank.Ledger", grpc_health_v1.HealthCheckResponse_SERVING)
	ledger, err := targets.GRPC(config, known)
	check(t, err)
	t.Cleanup(ledger.Close)
	names, err := targets.DNS(func(_ string, question *dns.Msg) []byte {
		answer := new(dns.Msg).SetReply(question)
		answer.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: question.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 60}, A: net.IPv4(192, 0, 2, 10)}}
		data, err := answer.Pack()
		if err != nil {
			t.Error(err)
		}
		return data
	})
	check(t, err)
	t.Cleanup(func() { check(t, names.Close()) })
	return []string{
		"ns.harbour.example:53", names.Address,
		"mail.harbour.example:587", mail.Address,
		"rpc.harbour.example:443", ledger.Address,
		"api.harbour.example/stream", stream.Address + "/stream",
		"harbour.example:443", secured.Address,
	}, []string{"SSL_CERT_FILE=" + file}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
