package checker_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"daymark/checker"
	"daymark/internal/pause"
)

var none = 0

// answerFaults are those of answers over HTTP/1.1.
var answerFaults = []faultRow{
	// The connection breaks.
	{
		name: "reset before an answer", target: raw(sayAndReset("", nil)),
		outcome: checker.Failed, reason: `the connection was reset before an answer began`,
	},
	{
		name: "closed before an answer", target: raw(say("")),
		outcome: checker.Failed, reason: `the connection was closed before an answer began`,
	},
	{
		name: "reset in headers", target: raw(sayAndReset("HTTP/1.1 200 OK\r\nContent-Ty", after(50*time.Millisecond))),
		outcome: checker.Failed, reason: `the connection was reset in the middle of the answer's headers`,
	},
	{
		name: "closed in headers", target: raw(say("HTTP/1.1 200 OK\r\nContent-Ty")),
		outcome: checker.Failed, reason: `the connection was closed in the middle of the answer's headers`,
	},
	{
		name: "reset in body", target: raw(sayAndReset("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", after(50*time.Millisecond))),
		outcome: checker.Failed, reason: `the connection was reset in the middle of the answer; 4 B were read`,
	},
	{
		name: "wrong length", target: raw(say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")),
		outcome: checker.Failed, reason: `the answer ended early: 4 B of 100 B were read`,
	},
	{
		name: "bad chunk", target: raw(say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhalf\r\n")),
		outcome: checker.Failed, reason: `the answer's chunked encoding is broken`,
	},
	{
		name: "last chunk missing", target: raw(say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")),
		outcome: checker.Failed, reason: `the connection was closed before the answer's last part; 4 B were read`,
	},

	// Slowness.
	{
		name: "slow headers", target: raw(sayAndHold("HTTP/1.1 200 OK\r\nContent-Ty")), timeout: patience,
		outcome: checker.Failed, reason: `the answer's headers did not end within 250 ms`,
	},
	{
		name: "slow body", target: raw(sayAndHold("HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n" + strings.Repeat("x", 12_000))), timeout: patience,
		outcome: checker.Failed, reason: `the answer did not end within 250 ms; 12 kB were read`,
	},

	// Answers that are none, or too much.
	{
		name: "no HTTP", target: raw(say("SSH-2.0-OpenSSH_9.9\r\n\r\n")),
		outcome: checker.Failed, reason: `the answer is not HTTP as it should be`,
	},
	{
		name: "two lengths", target: raw(say("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx")),
		outcome: checker.Failed, reason: `the answer's length is not what it says`,
	},
	{name: "endless 1xx", target: raw(func(conn net.Conn) {
		for {
			if _, err := conn.Write([]byte("HTTP/1.1 103 Early Hints\r\n\r\n")); err != nil {
				return
			}
		}
	}), outcome: checker.Failed, reason: `more than 20 preliminary \(1xx\) answers came and no real one`},
	{name: "huge headers", target: raw(func(conn net.Conn) {
		_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\n"))
		for i := 0; ; i++ {
			if _, err := fmt.Fprintf(conn, "X-%d: %s\r\n", i, strings.Repeat("x", 10_000)); err != nil {
				return
			}
		}
	}), outcome: checker.Failed, reason: `the answer's headers are larger than 1 MB`},
	{name: "huge body", target: handled(func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 100_000)); err != nil {
				return
			}
		}
	}), outcome: checker.OK, warning: `the body was cut at 1 MB (max_body)`},
	{name: "huge body where JSON is expected", target: handled(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"database": "up", "rest": "`, strings.Repeat("x", 2_000_000), `"}`)
	}), expect: []string{`json.database == "up"`}, outcome: checker.Failed, reason: `json\.database == "up" cannot be worked out: .*`, warning: `the body was cut at 1 MB (max_body)`},

	// Redirects.
	{name: "redirect loop", target: handled(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, map[string]string{"/health": "/b?secret=1", "/b": "/health"}[r.URL.Path], http.StatusFound)
	}), outcome: checker.Failed, reason: `it redirects in a circle: http://[^ ?]+/health → http://[^ ?]+/b → http://[^ ?]+/health`},
	{name: "too many redirects", target: handled(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Path+"x", http.StatusFound)
	}), outcome: checker.Failed, reason: `it redirects more than 5 times, at last to http://.*/healthxxxxxx`},
	{name: "redirect to something else", target: handled(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "ftp://files.example/")
		w.WriteHeader(http.StatusFound)
	}), outcome: checker.Failed, reason: `it redirects to an address that is neither http nor https`},

	// Answers that are answers.
	{
		name: "late, but an answer", target: raw(func(conn net.Conn) {
			_ = pause.For(context.Background(), 60*time.Millisecond)
			_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
		}), slow: []string{`latency > duration("50ms")`}, outcome: checker.Degraded, reason: "`latency > duration\\(\"50ms\"\\)`: it was `[0-9.]+ m?s`",
	},
	{
		name: "an error status", target: handled(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }),
		outcome: checker.Failed, reason: "`status < 400`: it was `503`",
	},
	{name: "the redirect is the answer", target: func(t *testing.T) checker.HTTP {
		check := handled(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusMovedPermanently) })(t)
		check.Redirects = &none
		return check
	}, expect: []string{`status == 301`, `headers["Location"] == "/"`}, outcome: checker.OK},
}
