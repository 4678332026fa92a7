package hook

import (
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"
)

// endless is a body that never ends, and counts what was taken of it.
type endless struct{ taken int }

func (e *endless) Read(p []byte) (int, error) {
	e.taken += len(p)
	return len(p), nil
}

func (e *endless) Close() error { return nil }

func (e *endless) RoundTrip(req *http.Request) (*http.Response, error) {
	_, err := io.Copy(io.Discard, req.Body)
	return &http.Response{StatusCode: http.StatusBadRequest, Header: http.Header{}, Body: e, Request: req}, err
}

// TestAnAnswerIsReadToItsBound and no further.
func TestAnAnswerIsReadToItsBound(t *testing.T) {
	remote := &endless{}
	p := &poster{http: &http.Client{Transport: remote}, timeout: time.Minute}
	a := p.post(t.Context(), &url.URL{Scheme: "https", Host: "hooks.example"}, nil, []byte("{}"))
	if a.status != http.StatusBadRequest || len(a.body) != maxAnswer || remote.taken > 2*maxAnswer {
		t.Errorf("%d: kept %d bytes of %d, want %d", a.status, len(a.body), remote.taken, maxAnswer)
	}
}

// TestNothingIsRememberedOrPassedOn: no proxy of the environment is asked, for
// strangers or for staff, no cookie is kept, and no pool is without a bound.
func TestNothingIsRememberedOrPassedOn(t *testing.T) {
	var o Options
	o.setDefaults()
	p := newPoster(&o, *o.Guard)
	if p.transport.Proxy != nil || p.http.Jar != nil || p.http.CheckRedirect == nil {
		t.Error("it asks a proxy, keeps cookies or follows redirects")
	}
	if p.transport.MaxIdleConns == 0 || p.transport.MaxConnsPerHost == 0 || p.transport.IdleConnTimeout == 0 || p.transport.MaxResponseHeaderBytes == 0 {
		t.Error("its connections have no bound")
	}
	if !o.Guard.Deny || len(o.Guard.Allow) > 0 || o.Insecure || p.timeout != 10*time.Second {
		t.Errorf("strangers go by %+v within %s", o.Guard, p.timeout)
	}
}
