package checker_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"daymark/checker"
)

// fold compresses a body in one encoding.
func fold(encoding string, body []byte) []byte {
	var folded bytes.Buffer
	var w io.WriteCloser
	switch encoding {
	case "gzip":
		w = gzip.NewWriter(&folded)
	case "deflate":
		w = zlib.NewWriter(&folded)
	case "bare deflate":
		w, _ = flate.NewWriter(&folded, flate.DefaultCompression)
	case "br":
		w = brotli.NewWriter(&folded)
	case "zstd":
		w, _ = zstd.NewWriter(&folded)
	}
	_, _ = w.Write(body)
	_ = w.Close()
	return folded.Bytes()
}

// encoded is a target whose body came in an encoding, or says so.
func encoded(encoding string, body func() []byte) func(t *testing.T) checker.HTTP {
	return func(t *testing.T) checker.HTTP {
		folded := body()
		return handled(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", encoding)
			_, _ = w.Write(folded)
		})(t)
	}
}

func bomb(encoding string) func() []byte {
	return func() []byte { return fold(encoding, make([]byte, 20_000_000)) }
}

func half(encoding string) func() []byte {
	return func() []byte {
		var text bytes.Buffer
		for i := range 5_000 {
			fmt.Fprintf(&text, "%d, ", i*7919)
		}
		folded := fold(encoding, text.Bytes())
		return folded[:len(folded)/2]
	}
}

func said(text string) func() []byte { return func() []byte { return []byte(text) } }

// wide is a zstd frame that asks for a window of 64 MB.
func wide() []byte {
	var folded bytes.Buffer
	w, _ := zstd.NewWriter(&folded, zstd.WithWindowSize(64<<20))
	for i := range 200_000 { // more than one window would hold
		fmt.Fprintf(w, "%d is a number, ", i*7919)
	}
	_ = w.Close()
	return folded.Bytes()
}

// encodingFaults are those of compressed bodies.
var encodingFaults = []faultRow{
	{
		name: "gzip bomb", target: encoded("gzip", bomb("gzip")), expect: []string{"size == 1000000", `encoding == "gzip"`},
		outcome: checker.OK, warning: `the body was cut at 1 MB (max_body)`,
	},
	{
		name: "deflate bomb", target: encoded("deflate", bomb("deflate")), expect: []string{"size == 1000000", `encoding == "deflate"`},
		outcome: checker.OK, warning: `the body was cut at 1 MB (max_body)`,
	},
	{
		name: "br bomb", target: encoded("br", bomb("br")), expect: []string{"size == 1000000", `encoding == "br"`},
		outcome: checker.OK, warning: `the body was cut at 1 MB (max_body)`,
	},
	{
		name: "zstd bomb", target: encoded("zstd", bomb("zstd")), expect: []string{"size == 1000000", `encoding == "zstd"`},
		outcome: checker.OK, warning: `the body was cut at 1 MB (max_body)`,
	},
	{
		name: "zstd that needs much memory", target: encoded("zstd", wide),
		outcome: checker.Failed, reason: `the answer's zstd compression needs more than 8\.4 MB of memory to undo`,
	},
	{
		name: "gzip that is none", target: encoded("gzip", said("this is plain text and no archive")),
		outcome: checker.Failed, reason: `the answer's gzip compression is broken`,
	},
	{
		name: "deflate that is none", target: encoded("deflate", said("this is plain text and no archive")),
		outcome: checker.Failed, reason: `the answer's deflate compression is broken`,
	},
	{
		name: "br that is none", target: encoded("br", said("this is plain text and no archive")),
		outcome: checker.Failed, reason: `the answer's br compression (is broken|ends too early)`,
	},
	{
		name: "zstd that is none", target: encoded("zstd", said("this is plain text and no archive")),
		outcome: checker.Failed, reason: `the answer's zstd compression is broken`,
	},
	{
		name: "gzip without its end", target: encoded("gzip", half("gzip")),
		outcome: checker.Failed, reason: `the answer's gzip compression ends too early`,
	},
	{
		name: "br without its end", target: encoded("br", half("br")),
		outcome: checker.Failed, reason: `the answer's br compression ends too early`,
	},
	{
		name: "zstd without its end", target: encoded("zstd", half("zstd")),
		outcome: checker.Failed, reason: `the answer's zstd compression ends too early`,
	},
	{name: "the connection breaks within br", target: raw(func(conn net.Conn) {
		folded := half("br")()
		fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 900000\r\n\r\n%s", folded)
	}), outcome: checker.Failed, reason: `the answer ended early: [\d.]+ kB of 900 kB were read`},
	{name: "the last chunk of gzip is missing", target: raw(func(conn net.Conn) {
		folded := fold("gzip", []byte("hello"))
		fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", 10, folded[:10])
	}), outcome: checker.Failed, reason: `the connection was closed before the answer's last part; 10 B were read`},
	{
		name: "compressed twice", target: encoded("gzip, br", said("x")),
		outcome: checker.Failed, reason: `the answer is compressed several times over \(gzip, br\), which nobody asked for`,
	},
	{
		name: "an encoding that nobody knows", target: encoded("utf-8", said(`{"a": 1}`)), expect: []string{"json.a == 1", `encoding == "utf-8"`},
		outcome: checker.OK, warning: `the answer's encoding "utf-8" is unknown: its body was left as it came`,
	},
	{name: "no encoding by name", target: encoded("identity", said(`ok`)), expect: []string{`body == "ok"`, `encoding == ""`}, outcome: checker.OK},
	{name: "an empty body said to be br", target: encoded("br", said("")), expect: []string{`size == 0`}, outcome: checker.OK},
}

func TestEveryEncodingIsUndone(t *testing.T) {
	for encoding, named := range map[string]string{"gzip": "x-gzip", "deflate": "deflate", "bare deflate": "deflate", "br": "BR", "zstd": "zstd"} {
		t.Run(encoding, func(t *testing.T) {
			http := encoded(named, func() []byte { return fold(encoding, []byte(`{"database": "up"}`)) })(t)
			result := runOnce(t, checker.NewHTTP(checker.HTTPOptions{}), checker.Check{ID: "api", HTTP: &http, Expect: []string{
				`json.database == "up"`, `encoding in ["gzip", "deflate", "br", "zstd"]`, "size == 18",
			}})
			if result.Outcome != checker.OK || len(result.Warnings) > 0 {
				t.Errorf("%s: %s %v", result.Outcome, result.Reason, result.Warnings)
			}
		})
	}
}
