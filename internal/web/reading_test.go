package web_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"daymark/internal/web"
)

// deadlines are those that were set on a connection.
type deadlines struct {
	*httptest.ResponseRecorder
	set []time.Time
}

func (d *deadlines) SetReadDeadline(at time.Time) error {
	d.set = append(d.set, at)
	return nil
}

// TestReadWithinEndsWithTheBody: what was sent whole has no bound any more.
func TestReadWithinEndsWithTheBody(t *testing.T) {
	w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("all of it"))
	began := time.Now()
	r = web.ReadWithin(w, r, time.Minute)
	if _, err := io.ReadFull(r.Body, make([]byte, 3)); err != nil || len(w.set) != 1 || w.set[0].Before(began.Add(time.Minute)) {
		t.Fatalf("at first: %v, %v", w.set, err)
	}
	if rest, err := io.ReadAll(r.Body); err != nil || string(rest) != " of it" || len(w.set) != 2 || !w.set[1].IsZero() {
		t.Errorf("%q, %v, %v", rest, w.set, err)
	}
}

// TestReadWithin: a body that does not come is given up; who sends none is
// answered, however long that takes.
func TestReadWithin(t *testing.T) {
	const within = 50 * time.Millisecond
	var read, canceled error
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = web.ReadWithin(w, r, within)
		if r.Method == http.MethodPost {
			_, read = io.ReadAll(r.Body)
			return
		}
		<-time.After(4 * within)
		canceled = r.Context().Err()
	}))
	t.Cleanup(server.Close)
	ask := func(method string, body io.Reader) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, server.URL, body)
		if err != nil {
			t.Fatal(err)
		}
		if answer, err := http.DefaultClient.Do(request); err == nil {
			_ = answer.Body.Close()
		}
	}
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodDelete} {
		if ask(method, nil); canceled != nil {
			t.Errorf("%s: %v", method, canceled)
		}
	}
	never, end := io.Pipe()
	t.Cleanup(func() { _ = end.Close() })
	if ask(http.MethodPost, never); !errors.Is(read, os.ErrDeadlineExceeded) {
		t.Errorf("what never comes: %v", read)
	}
}
