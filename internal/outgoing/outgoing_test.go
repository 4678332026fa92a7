package outgoing

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

func TestRequest(t *testing.T) {
	var got string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = r.Method + " " + string(body)
	}))
	t.Cleanup(server.Close)
	for want, body := range map[string][]byte{"POST hello": []byte("hello"), "POST ": {}, "GET ": nil} {
		var written atomic.Bool
		method := http.MethodPost
		if body == nil {
			method = http.MethodGet
		}
		req, err := Request(context.Background(), method, server.URL, body, &written)
		if err != nil {
			t.Fatal(err)
		}
		if written.Load() || body != nil && req.GetBody != nil || req.ContentLength != int64(len(body)) {
			t.Errorf("%s: written %v, or it can be sent again", want, written.Load())
		}
		res, err := server.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if got != want || !written.Load() {
			t.Errorf("got %q, want %q; written %v", got, want, written.Load())
		}
	}
	var written atomic.Bool
	req, err := Request(context.Background(), http.MethodPost, "http://127.0.0.1:1/", []byte("x"), &written)
	if err != nil {
		t.Fatal(err)
	}
	if res, err := http.DefaultClient.Do(req); err == nil {
		_ = res.Body.Close()
		t.Error("somebody listens on port 1")
	}
	if written.Load() {
		t.Error("what found no connection counts as written")
	}
	if _, err := Request(context.Background(), "bad method", server.URL, []byte("x"), &written); err == nil {
		t.Error("a method that is none passes")
	}
}
