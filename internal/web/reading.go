package web

import (
	"io"
	"net/http"
	"time"
)

// ReadWithin bounds for how long the body of a request may come. The bound ends
// with the body: net/http takes one that passes later for an asker who has gone,
// and cancels the context of a request that is still being answered.
func ReadWithin(w http.ResponseWriter, r *http.Request, within time.Duration) {
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(within)) // not supported in a recorder, which does not wait
	r.Body = &timedBody{r.Body, control}
}

type timedBody struct {
	io.ReadCloser
	control *http.ResponseController
}

func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		_ = b.control.SetReadDeadline(time.Time{}) // as above
	}
	return n, err
}
