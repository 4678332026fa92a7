// Package outgoing makes requests that are sent once, and knows afterwards
// whether the remote may have them.
package outgoing

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// Request makes a request whose body the transport cannot send a second time
// by itself. written becomes true once all of the request may have reached the
// remote. A nil body is none.
func Request(ctx context.Context, method, address string, body []byte, written *atomic.Bool) (*http.Request, error) {
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(info httptrace.WroteRequestInfo) {
		if info.Err == nil {
			written.Store(true)
		}
	}})
	if body == nil {
		return http.NewRequestWithContext(ctx, method, address, http.NoBody)
	}
	// A reader of our own has no GetBody, without which nothing is sent again.
	req, err := http.NewRequestWithContext(ctx, method, address, &watched{r: bytes.NewReader(body), read: written})
	if err != nil {
		return nil, err
	}
	req.ContentLength = int64(len(body))
	return req, nil
}

// watched notes when the transport has all of a body. From then on it may be
// on its way, even where the trace had no time to say that it was written.
type watched struct {
	r    *bytes.Reader
	read *atomic.Bool
}

// Read passes the body on.
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if w.r.Len() == 0 {
		w.read.Store(true)
	}
	return n, err
}
