package network_test

import (
	"context"
	"net"
	"testing"
	"time"
	"unicode/utf8"

	"daymark/checker"
	"daymark/checker/network"
)

// FuzzTalk has servers say anything: a run ends with an outcome and, when it
// is not ok, a reason that can be shown.
func FuzzTalk(f *testing.F) {
	for _, said := range []string{
		"", "220 mail\r\n250-mail\r\n250 STARTTLS\r\n220 go\r\n\x15\x03\x01", "220-a\r\n220 b\r\n250\r\n221 x\r\n", "\r\n\r\n", "554 \xff\x00\r\n",
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n\x81\x02hi",
		"HTTP/1.1 302 Found\r\nLocation: %zz\r\n\r\n", "\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x08\x07\x00\x00\x00\x00\x00",
		"\x16\x03\x03\x00\x05\x02\x00\x00\x01\x00",
	} {
		f.Add([]byte(said), uint8(0))
		f.Add([]byte(said), uint8(1))
		f.Add([]byte(said), uint8(2))
		f.Add([]byte(said), uint8(3))
	}
	f.Fuzz(func(t *testing.T, said []byte, kind uint8) {
		address := raw(t, func(conn net.Conn) {
			_, _ = conn.Write(said)
			_ = conn.(*net.TCPConn).CloseWrite()
			drain(conn)
		})
		check := []checker.Check{
			{SMTP: &checker.SMTP{Address: address, StartTLS: true}},
			{WebSocket: &checker.WebSocket{URL: "ws://" + address + "/", Send: "ping"}},
			{GRPC: &checker.GRPC{Address: address}},
			{TLS: &checker.TLS{Address: address}},
		}[kind%4]
		check.ID = "it"
		job, err := checker.Prepare(check)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		result := network.New(network.Options{}).Runners().For(job.Kind()).Run(ctx, job)
		if result.Outcome != checker.Failed || result.Reason == "" || !utf8.ValidString(result.Reason) {
			t.Errorf("%q gives %s: %q", said, result.Outcome, result.Reason)
		}
	})
}
