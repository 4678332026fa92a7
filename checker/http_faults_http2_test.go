package checker_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"daymark/checker"
)

// peer is a server's end of an HTTP/2 connection.
type peer struct {
	*http2.Framer
	conn net.Conn
}

// headers sends an answer's headers, given as name and value in turns.
func (p *peer) headers(stream uint32, end bool, pairs ...string) {
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for i := 0; i < len(pairs); i += 2 {
		_ = encoder.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]})
	}
	_ = p.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: block.Bytes(), EndHeaders: true, EndStream: end})
}

// hold reads on until the other side closes.
func (p *peer) hold() { _, _ = io.Copy(io.Discard, p.conn) }

// framed is an HTTP/2 target that does as answer says once the headers of a
// request are there, and then waits for the end.
func framed(answer func(p *peer, stream uint32)) func(t *testing.T) checker.HTTP {
	return func(t *testing.T) checker.HTTP {
		issuer := newAuthority(t)
		listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
			Certificates: []tls.Certificate{issuer.issue(t, hour, nil)}, NextProtos: []string{"h2"},
		})
		if err != nil {
			t.Fatal(err)
		}
		acceptAll(t, listener, func(conn net.Conn) {
			greeting := make([]byte, len(http2.ClientPreface))
			if _, err := io.ReadFull(conn, greeting); err != nil {
				return
			}
			p := &peer{http2.NewFramer(conn, conn), conn}
			_ = p.WriteSettings()
			if string(greeting) != http2.ClientPreface {
				_ = p.WriteGoAway(0, http2.ErrCodeProtocol, nil)
				return
			}
			for {
				frame, err := p.ReadFrame()
				if err != nil {
					return
				}
				if frame.Header().Type == http2.FrameHeaders {
					answer(p, frame.Header().StreamID)
					p.hold()
					return
				}
			}
		})
		return checker.HTTP{Request: checker.Request{URL: "https://" + listener.Addr().String() + "/health", CA: issuer.pem, Version: "2"}}
	}
}

// http2Faults are those of answers over HTTP/2, in real frames.
var http2Faults = []faultRow{
	{name: "HTTP/2 RST_STREAM", target: framed(func(p *peer, stream uint32) {
		_ = p.WriteRSTStream(stream, http2.ErrCodeInternal)
	}), outcome: checker.Failed, reason: `the server ended the answer \(RST_STREAM INTERNAL_ERROR\)`},
	{name: "HTTP/2 RST_STREAM in body", target: framed(func(p *peer, stream uint32) {
		p.headers(stream, false, ":status", "200")
		_ = p.WriteData(stream, false, []byte("half"))
		_ = p.WriteRSTStream(stream, http2.ErrCodeCancel)
	}), outcome: checker.Failed, reason: `the server ended the answer \(RST_STREAM CANCEL\).*`},
	{name: "HTTP/2 GOAWAY", target: framed(func(p *peer, _ uint32) {
		_ = p.WriteGoAway(1, http2.ErrCodeEnhanceYourCalm, []byte("slower"))
		_ = p.conn.(*tls.Conn).CloseWrite()
	}), outcome: checker.Failed, reason: `the server ended the HTTP/2 connection \(GOAWAY ENHANCE_YOUR_CALM\)`},
	{name: "HTTP/2 GOAWAY in body", target: framed(func(p *peer, stream uint32) {
		p.headers(stream, false, ":status", "200")
		_ = p.WriteData(stream, false, []byte("half"))
		_ = p.WriteGoAway(stream, http2.ErrCodeInternal, nil)
		_ = p.conn.(*tls.Conn).CloseWrite()
	}), outcome: checker.Failed, reason: `the server ended the HTTP/2 connection \(GOAWAY INTERNAL_ERROR\).*`},
	{name: "HTTP/2 closed before an answer", target: framed(func(p *peer, _ uint32) {
		p.conn.Close()
	}), outcome: checker.Failed, reason: `the connection was closed before an answer began`},
	{name: "HTTP/2 closed in body", target: framed(func(p *peer, stream uint32) {
		p.headers(stream, false, ":status", "200")
		_ = p.WriteData(stream, false, []byte("half"))
		p.conn.Close()
	}), outcome: checker.Failed, reason: `the connection was closed before the answer's last part; 4 B were read`},
	{name: "HTTP/2 wrong length", target: framed(func(p *peer, stream uint32) {
		p.headers(stream, false, ":status", "200", "content-length", "9")
		_ = p.WriteData(stream, true, []byte("half"))
	}), outcome: checker.Failed, reason: `the answer ended early: 4 B of 9 B were read`},
	{name: "HTTP/2 headers that are none", target: framed(func(p *peer, stream uint32) {
		_ = p.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, EndHeaders: true, EndStream: true})
	}), outcome: checker.Failed, reason: `the answer is not HTTP/2 as it should be \(COMPRESSION_ERROR\)`},
	{name: "HTTP/2 frame on a stream that is not open", target: framed(func(p *peer, _ uint32) {
		_ = p.WriteData(0x101, true, []byte("x"))
	}), outcome: checker.Failed, reason: `the answer is not HTTP/2 as it should be \(PROTOCOL_ERROR\)`},
	{
		name: "HTTP/2 slow headers", target: framed(func(p *peer, _ uint32) { _ = p.WritePing(false, [8]byte{}) }), timeout: patience,
		outcome: checker.Failed, reason: `no answer began within 250 ms`,
	},
	{name: "HTTP/2 slow body", target: framed(func(p *peer, stream uint32) {
		p.headers(stream, false, ":status", "200")
		_ = p.WriteData(stream, false, make([]byte, 12_000))
	}), timeout: patience, outcome: checker.Failed, reason: `the answer did not end within 250 ms; 12 kB were read`},
	{name: "HTTP/2 endless 1xx", target: framed(func(p *peer, stream uint32) {
		for range 10_000 {
			p.headers(stream, false, ":status", "103")
		}
	}), outcome: checker.Failed, reason: `more than 20 preliminary \(1xx\) answers came and no real one`},
	{name: "HTTP/2 endless headers", target: framed(func(p *peer, stream uint32) {
		var block bytes.Buffer
		_ = hpack.NewEncoder(&block).WriteField(hpack.HeaderField{Name: "x", Value: strings.Repeat("a", 10_000)})
		_ = p.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: block.Bytes()})
		for p.WriteContinuation(stream, false, block.Bytes()) == nil {
			continue
		}
	}), outcome: checker.Failed, reason: `the answer is not HTTP/2 as it should be \(PROTOCOL_ERROR\)`},
	{name: "neither HTTP/1.1 nor HTTP/2", target: func(t *testing.T) checker.HTTP {
		issuer := newAuthority(t)
		listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
			Certificates: []tls.Certificate{issuer.issue(t, hour, nil)}, NextProtos: []string{"acme-tls/1"},
		})
		if err != nil {
			t.Fatal(err)
		}
		acceptAll(t, listener, sayAndHoldForever)
		return checker.HTTP{Request: checker.Request{URL: "https://" + listener.Addr().String(), CA: issuer.pem}}
	}, outcome: checker.Failed, reason: `the server does not speak HTTP/1\.1 or HTTP/2`},
	{name: "HTTP/1.1 asked where HTTP/2 alone is spoken", target: func(t *testing.T) checker.HTTP {
		check := framed(func(*peer, uint32) {})(t)
		check.Version = "1.1"
		return check
	}, outcome: checker.Failed, reason: `the server speaks HTTP/2 where HTTP/1\.1 was asked for`},
	{name: "HTTP/1.1 asked where HTTP/2 alone is spoken, without TLS", target: func(t *testing.T) checker.HTTP {
		check := at(rawServer(t, false, func(conn net.Conn) {
			_, _ = conn.Read(make([]byte, 100))
			p := &peer{http2.NewFramer(conn, conn), conn}
			_ = p.WriteSettings()
			_ = p.WriteGoAway(0, http2.ErrCodeProtocol, nil)
		}))
		check.Version = "1.1"
		return check
	}, outcome: checker.Failed, reason: `the server speaks HTTP/2 where HTTP/1\.1 was asked for`},
}
