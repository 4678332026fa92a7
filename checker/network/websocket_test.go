package network_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"daymark/checker"
	"daymark/internal/targets"
)

func TestWebSocket(t *testing.T) {
	type made = func(*testing.T, *targets.Authority) checker.Check
	to := func(scheme, address, send string, expect ...string) checker.Check {
		return checker.Check{WebSocket: &checker.WebSocket{URL: scheme + "://" + address + "/stream?key=geheim", Send: send}, Expect: expect}
	}
	talks := func(send string, talk func(*websocket.Conn), expect ...string) made {
		return func(t *testing.T, _ *targets.Authority) checker.Check {
			server, err := targets.WebSocket(nil, talk)
			return to("ws", must(t, server, err).Address, send, expect...)
		}
	}
	over := func(change func(*x509.Certificate), set func(*tls.Config), expect ...string) made {
		return func(t *testing.T, ca *targets.Authority) checker.Check {
			config := secured(t, ca, change)
			if set != nil {
				set(config)
			}
			server, err := targets.WebSocket(config, targets.Echo)
			return to("wss", must(t, server, err).Address, "ping", expect...)
		}
	}
	answers := func(handler http.HandlerFunc) made {
		return func(t *testing.T, _ *targets.Authority) checker.Check {
			server, err := targets.HTTP(nil, handler)
			return to("ws", must(t, server, err).Address, "ping")
		}
	}
	at := func(handle func(net.Conn)) made {
		return func(t *testing.T, _ *targets.Authority) checker.Check { return to("ws", raw(t, handle), "ping") }
	}
	closes := func(code int, text string) func(*websocket.Conn) {
		return func(socket *websocket.Conn) {
			_, _, _ = socket.ReadMessage()
			_ = socket.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, text), time.Now().Add(time.Second))
			_, _, _ = socket.ReadMessage()
		}
	}
	// frames opens a socket by hand, so that frames can be wrong.
	frames := func(bytes ...byte) made {
		return talks("ping", func(socket *websocket.Conn) {
			_, _, _ = socket.ReadMessage()
			_, _ = socket.NetConn().Write(bytes)
			_, _, _ = socket.ReadMessage()
		})
	}
	runAll(t, []row{
		{name: "echo", check: talks("ping", targets.Echo, `body == "ping"`, `status == 101`, `latency > duration("0s")`), outcome: checker.OK, kept: `< ping`},
		{name: "what is sent stays hidden", check: talks("token-of-nobody", targets.Echo, `body == "token-of-nobody"`), outcome: checker.OK, kept: `^[^?]*a message of 15 bytes is sent\n< \[redacted\]\n$`},
		{name: "handshake alone", check: talks("", func(socket *websocket.Conn) { _, _, _ = socket.ReadMessage() }), outcome: checker.OK, kept: `101 Switching`},
		{name: "speaks first", check: talks("", func(socket *websocket.Conn) {
			_ = socket.WriteMessage(websocket.TextMessage, []byte("hello"))
			_, _, _ = socket.ReadMessage()
		}, `body == "hello"`), outcome: checker.OK},
		{name: "pings before the message", check: talks("ping", func(socket *websocket.Conn) {
			ponged := make(chan string, 1)
			socket.SetPongHandler(func(data string) error { ponged <- data; return nil })
			_, _, _ = socket.ReadMessage()
			_ = socket.WriteControl(websocket.PingMessage, []byte("there?"), time.Now().Add(time.Second))
			go func() { _, _, _ = socket.ReadMessage() }()
			_ = socket.WriteMessage(websocket.TextMessage, []byte("pong: "+<-ponged))
		}, `body == "pong: there?"`), outcome: checker.OK},
		{name: "over TLS", check: over(nil, nil, `body == "ping"`, `tls.days_left == 90`), outcome: checker.OK, kept: `certificate 1`},
		{name: "expired", check: over(func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) }, nil), outcome: checker.Failed, reason: `the certificate of 127\.0\.0\.1 expired on .*`},
		{name: "other host", check: over(func(c *x509.Certificate) { c.IPAddresses = nil }, nil), outcome: checker.Failed, reason: `the certificate is for localhost, not for 127\.0\.0\.1`},
		{name: "old protocol", check: over(nil, func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }), outcome: checker.Failed, reason: `the server speaks only versions of TLS older than 1\.2`},
		{name: "unknown authority", check: func(t *testing.T, _ *targets.Authority) checker.Check {
			other, err := targets.NewAuthority()
			if err != nil {
				t.Fatal(err)
			}
			return over(nil, nil)(t, other)
		}, outcome: checker.Failed, reason: `the certificate of 127\.0\.0\.1 is signed by an authority that is not trusted.*`},
		{name: "no TLS", check: func(t *testing.T, _ *targets.Authority) checker.Check {
			return to("wss", raw(t, say("HTTP/1.1 400 Bad Request\r\n\r\n")), "ping")
		}, outcome: checker.Failed, reason: `the server does not speak TLS on this port`},
		{name: "silent in the TLS handshake", check: func(t *testing.T, _ *targets.Authority) checker.Check {
			return to("wss", raw(t, hold), "ping")
		}, timeout: patience, outcome: checker.Failed, reason: `the TLS handshake did not end within 250 ms`},
		{name: "403", check: answers(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusForbidden) }), outcome: checker.Failed, reason: `the server answered 403 Forbidden instead of opening the WebSocket`},
		{name: "name and password", check: func(t *testing.T, _ *targets.Authority) checker.Check {
			upgrader := websocket.Upgrader{}
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if user, password, ok := r.BasicAuth(); !ok || user != "bob" || password != "p@ss: word" {
					http.Error(w, "no", http.StatusUnauthorized)
					return
				}
				socket, err := upgrader.Upgrade(w, r, nil)
				if err != nil {
					return
				}
				defer socket.Close()
				_ = socket.WriteMessage(websocket.TextMessage, []byte("you are "+r.Header.Get("Authorization")+" p@ss: word"))
				_, _, _ = socket.ReadMessage()
			}))
			t.Cleanup(server.Close)
			check := to("ws", "bob:p%40ss%3A%20word@"+server.Listener.Addr().String(), "")
			check.Expect = []string{`body startsWith "you are"`}
			return check
		}, outcome: checker.OK, kept: `< you are Basic \[redacted\] \[redacted\]\n`},
		{name: "wrong password", check: func(t *testing.T, _ *targets.Authority) checker.Check {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusUnauthorized) }))
			t.Cleanup(server.Close)
			return to("ws", "bob:wrong@"+server.Listener.Addr().String(), "")
		}, outcome: checker.Failed, reason: `the server answered 401 Unauthorized instead of opening the WebSocket`},
		{name: "404", check: answers(http.NotFound), outcome: checker.Failed, reason: `the server answered 404 Not Found instead of opening the WebSocket`},
		{name: "200", check: answers(func(http.ResponseWriter, *http.Request) {}), outcome: checker.Failed, reason: `the server answered 200 OK instead of opening the WebSocket`},
		{name: "redirect", check: answers(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/login?next=geheim", http.StatusFound)
		}), outcome: checker.Failed, reason: `the server answered 302 Found instead of opening the WebSocket: it redirects to http://127\.0\.0\.1:\d+/login`},
		{name: "101 that agrees to nothing", check: at(func(conn net.Conn) {
			sayAndHold("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n")(conn)
		}), outcome: checker.Failed, reason: `the server's answer to the WebSocket handshake is wrong: .*`},
		{name: "no HTTP", check: at(say("SSH-2.0-OpenSSH_9.9\r\n\r\n")), outcome: checker.Failed, reason: `the server does not speak HTTP, by which a WebSocket begins`},
		{name: "silent in the handshake", check: at(hold), timeout: patience, outcome: checker.Failed, reason: `the WebSocket handshake did not end within 250 ms`},
		{name: "closed in the handshake", check: at(say("")), outcome: checker.Failed, reason: `the connection was closed during the WebSocket handshake`},
		{name: "half a handshake", check: at(say("HTTP/1.1 101 Switching")), outcome: checker.Failed, reason: `the connection was closed during the WebSocket handshake`},
		{name: "reset in the handshake", check: at(reset(false)), outcome: checker.Failed, reason: `the connection was reset during the WebSocket handshake`},
		{name: "endless headers", check: at(func(conn net.Conn) {
			_, _ = conn.Write([]byte("HTTP/1.1 101 Switching Protocols\r\n"))
			flood("X-More: and more\r\n")(conn)
		}), outcome: checker.Failed, reason: `the server says more than a check reads \(1\.5 MB\)`},
		{name: "no message", check: talks("ping", func(socket *websocket.Conn) {
			for { // it takes all and says nothing
				if _, _, err := socket.ReadMessage(); err != nil {
					return
				}
			}
		}), timeout: 4 * patience, outcome: checker.Failed, reason: `no message came within 1 s`},
		{name: "closed by policy", check: talks("ping", closes(websocket.ClosePolicyViolation, "log in first")), outcome: checker.Failed, reason: `the server closed the WebSocket before a message came: 1008 \(policy violation\), log in first`},
		{name: "own close code", check: talks("ping", closes(4001, "")), outcome: checker.Failed, reason: `the server closed the WebSocket before a message came: 4001`},
		{name: "closed without a word", check: talks("ping", func(socket *websocket.Conn) { _, _, _ = socket.ReadMessage() }), outcome: checker.Failed, reason: `the connection was closed before a message came`},
		{name: "reset before a message", check: talks("ping", func(socket *websocket.Conn) {
			_, _, _ = socket.ReadMessage()
			_ = socket.NetConn().(*net.TCPConn).SetLinger(0)
		}), outcome: checker.Failed, reason: `the connection was reset before a message came`},
		{name: "huge message", check: talks("ping", func(socket *websocket.Conn) {
			_ = socket.WriteMessage(websocket.TextMessage, []byte(strings.Repeat("x", 1_200_000)))
			_, _, _ = socket.ReadMessage()
		}), outcome: checker.Failed, reason: `the message is larger than 1 MB`},
		{name: "endless pings", check: talks("ping", func(socket *websocket.Conn) {
			go func() { _, _, _ = socket.ReadMessage() }()
			for socket.WriteControl(websocket.PingMessage, []byte(strings.Repeat("x", 120)), time.Now().Add(time.Second)) == nil {
				continue
			}
		}), outcome: checker.Failed, reason: `the server says more than a check reads \(1\.5 MB\)|the connection was reset .*`},
		{name: "a frame of no kind", check: frames(0x83, 0), outcome: checker.Failed, reason: `the server breaks the WebSocket protocol: .*`},
	})
}
