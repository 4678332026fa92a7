package checker

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"daymark/internal/expression"
)

// acceptEncoding is what is offered, as browsers do: a fault of what only
// they are served would otherwise stay unseen.
const acceptEncoding = "gzip, deflate, br, zstd"

// maxWindow bounds the memory that a zstd answer may ask for, in bytes. It is
// what RFC 9659 lets a server ask of anybody.
const maxWindow = 8 << 20

// encodingFault is what is wrong with how an answer's body is compressed.
type encodingFault struct{ sentence string }

// Error gives the sentence.
func (f *encodingFault) Error() string { return f.sentence }

// encodingOf gives what an answer's body is compressed with, by its usual
// name; empty where it is not. Several, one over the other, are written with
// commas between.
func encodingOf(header http.Header) string {
	var all []string
	for _, value := range header.Values("Content-Encoding") {
		for name := range strings.SplitSeq(value, ",") {
			name = strings.ToLower(strings.TrimSpace(name))
			switch name {
			case "", "identity":
				continue
			case "x-gzip":
				name = "gzip"
			}
			all = append(all, name)
		}
	}
	return clip(strings.Join(all, ", "), 100)
}

// decoders open an encoding over what came. Each reads no more memory than
// its window needs, however much it unfolds to.
func decoders() map[string]func(*bufio.Reader) (io.Reader, func(), error) {
	return map[string]func(*bufio.Reader) (io.Reader, func(), error){
		"gzip": func(wire *bufio.Reader) (io.Reader, func(), error) {
			unfolded, err := gzip.NewReader(wire)
			return unfolded, func() {}, err
		},
		"deflate": inflate,
		"br":      func(wire *bufio.Reader) (io.Reader, func(), error) { return brotli.NewReader(wire), func() {}, nil },
		"zstd": func(wire *bufio.Reader) (io.Reader, func(), error) {
			unfolded, err := zstd.NewReader(wire, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
			if err != nil {
				return nil, nil, err
			}
			return unfolded, unfolded.Close, nil
		},
	}
}

// inflate undoes "deflate", which is zlib's form by the standard, and the bare
// stream by the habit of some servers.
func inflate(wire *bufio.Reader) (io.Reader, func(), error) {
	head, err := wire.Peek(2)
	if err != nil {
		return nil, nil, err
	}
	if head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
		unfolded, err := zlib.NewReader(wire)
		return unfolded, func() {}, err
	}
	return flate.NewReader(wire), func() {}, nil
}

// readBody reads at most one byte more than most, so that a cut shows, after
// decompression, so that a small answer that unfolds without end is cut too.
// size counts the bytes that came over the wire; warning tells of an encoding
// that is not known, whose body is left as it came.
func readBody(response *http.Response, most int64) (body []byte, size int64, warning string, err error) {
	if response.StatusCode == http.StatusSwitchingProtocols {
		return nil, 0, "", nil // what follows is no body
	}
	wire := &counter{Reader: response.Body}
	encoding := encodingOf(response.Header)
	if encoding == "" || response.Request.Method == http.MethodHead {
		body, err = fill(wire, response.ContentLength, most)
		return body, wire.count, "", err
	}
	open, known := decoders()[encoding]
	switch {
	case strings.Contains(encoding, ","):
		return nil, 0, "", &encodingFault{"the answer is compressed several times over (" + encoding + "), which nobody asked for"}
	case !known:
		body, err = fill(wire, response.ContentLength, most)
		return body, wire.count, fmt.Sprintf("the answer's encoding %q is unknown: its body was left as it came", encoding), err
	}
	buffered := bufio.NewReader(wire)
	if _, err := buffered.Peek(1); errors.Is(err, io.EOF) && wire.count == 0 {
		return nil, 0, "", nil // an empty body needs no compression
	}
	unfolded, done, err := open(buffered)
	if err == nil {
		defer done()
		body, err = fill(unfolded, response.ContentLength, most)
	}
	return body, wire.count, "", broken(encoding, wire, err)
}

// broken tells whether it was the connection or the compression that broke.
func broken(encoding string, wire *counter, err error) error {
	switch {
	case err == nil:
		return nil
	case wire.err != nil && !errors.Is(wire.err, io.EOF):
		return wire.err
	case wire.err != nil && (errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)):
		return &encodingFault{fmt.Sprintf("the answer's %s compression ends too early", encoding)}
	case slices.ContainsFunc([]error{zstd.ErrWindowSizeExceeded, zstd.ErrDecoderSizeExceeded}, func(known error) bool { return errors.Is(err, known) }):
		return &encodingFault{"the answer's zstd compression needs more than " + expression.FormatSize(maxWindow) + " of memory to undo"}
	}
	return &encodingFault{fmt.Sprintf("the answer's %s compression is broken", encoding)}
}

// fill reads at most one byte more than most.
func fill(source io.Reader, length, most int64) ([]byte, error) {
	var buffer bytes.Buffer
	if length > 0 {
		buffer.Grow(int(min(length, most)) + bytes.MinRead)
	}
	_, err := buffer.ReadFrom(io.LimitReader(source, most+1))
	return buffer.Bytes(), err
}

// counter counts what comes over the wire, and keeps how it ended.
type counter struct {
	io.Reader
	count int64
	err   error
}

// Read reads on.
func (c *counter) Read(buffer []byte) (int, error) {
	n, err := c.Reader.Read(buffer)
	c.count += int64(n)
	if err != nil {
		c.err = err
	}
	return n, err
}
