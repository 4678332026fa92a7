package web

import (
	"io"
	"net/http"
	"time"
)

// ReadWithin bounds for how long the body of a request may come, and gives the
// request with that body; net/http goes by its own. The bound ends with the body:
// one that passes later is taken for an asker who has gone, and cancels the
// context of a request that is still being answered.
func ReadWithin(w http.ResponseWriter, r *http.Request, within time.Duration) *http.Request {
	if r.Body == nil || r.Body == http.NoBody {
		return r
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(within)) // not supported in a recorder, which does not wait
	timed := r.WithContext(r.Context())
	timed.Body = &timedBody{r.Body, control}
	return timed
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
