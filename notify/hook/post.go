package hook

import (
	"context"
	"crypto/tls"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"daymark/internal/guard"
	"daymark/internal/outgoing"
)

// maxAnswer bounds what is read of an answer, and of its headers.
const maxAnswer = 64 << 10

// poster makes requests, each once.
type poster struct {
	http      *http.Client
	transport *http.Transport
	timeout   time.Duration
}

// newPoster makes a poster that dials what the policy lets pass. It speaks
// HTTP/1.1 alone, where a request that was not written whole was not taken.
func newPoster(o *Options, policy guard.Policy) *poster {
	dialer := &net.Dialer{Timeout: o.Timeout, KeepAlive: 30 * time.Second, Control: policy.Control, Resolver: o.Resolver}
	transport := &http.Transport{
		DialContext:         dialer.DialContext, // no Proxy: what the environment names is not asked
		TLSClientConfig:     &tls.Config{RootCAs: o.Roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: o.Timeout, ResponseHeaderTimeout: o.Timeout,
		MaxIdleConns: 32, MaxIdleConnsPerHost: 4, MaxConnsPerHost: 8, IdleConnTimeout: 30 * time.Second,
		DisableCompression: true, MaxResponseHeaderBytes: maxAnswer,
	}
	return &poster{transport: transport, timeout: o.Timeout, http: &http.Client{
		Transport:     transport, // no Jar: nothing is remembered
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answer is what came of one request.
type answer struct {
	status  int // 0: no answer
	header  http.Header
	body    []byte // the beginning of it; of what came in time
	err     error
	written bool // all of the request may have reached the remote
	began   bool // it was tried at all before the caller gave up
}

// post makes one request and never repeats it.
func (p *poster) post(ctx context.Context, address *url.URL, header http.Header, body []byte) answer {
	if ctx.Err() != nil {
		return answer{err: ctx.Err()}
	}
	limited, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	var written atomic.Bool
	req, err := outgoing.Request(limited, http.MethodPost, address.String(), body, &written)
	if err != nil {
		return answer{err: err, began: true}
	}
	maps.Copy(req.Header, header)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Daymark")
	res, err := p.http.Do(req)
	if err != nil {
		return answer{err: err, written: written.Load(), began: true}
	}
	// The status says it; what cannot be read of the rest only says less.
	text, _ := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	_ = res.Body.Close()
	return answer{status: res.StatusCode, header: res.Header, body: text, written: true, began: true}
}
