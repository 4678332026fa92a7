package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"daymark/access"
	"daymark/checker"
	"daymark/internal/redact"
	"daymark/internal/web"
	"daymark/store"
)

// Limits of one call.
const (
	callBodyTime  = 10 * time.Second // to send the body; what came by then is taken
	callStoreTime = 10 * time.Second // to be stored
	callsAtOnce   = 60               // of one address, before they are slowed down …
	callsEvery    = time.Second      // … to one in this time
)

// callHandler answers the calls of jobs. To who has no token it is an address
// that does not exist.
type callHandler struct {
	token  func(ctx context.Context, hash string, now time.Time) (check string, err error)
	call   func(ctx context.Context, beat *checker.Beat, call checker.BeatCall) error
	beats  map[string]*checker.Beat
	redact redact.Redactor
	errors web.Errors
	limit  *callLimit
	now    func() time.Time
	log    *slog.Logger
}

func (a *app) heartbeatHandler() http.Handler {
	return &callHandler{
		token: a.store.HeartbeatToken, call: a.heartbeats.call, beats: a.heartbeats.beats,
		redact: redact.New(a.doc.Secrets()...), errors: a.page.Errors(), limit: newCallLimit(), now: time.Now, log: a.log,
	}
}

func (h *callHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token := r.PathValue("token")
	hash := access.HashToken(token)
	beat, err := h.find(r.Context(), token, hash)
	switch {
	case errors.Is(err, store.ErrNotFound):
		h.errors.Write(w, r, http.StatusNotFound, "")
		return
	case err != nil:
		h.log.ErrorContext(r.Context(), "a heartbeat's token cannot be looked up", "error", err)
		h.later(w)
		return
	}
	if wait := h.limit.take(hash, h.now()); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
		writePlain(w, http.StatusTooManyRequests, "too many calls\n")
		return
	}
	call, err := parseCall(r.PathValue("signal"), r.URL.Query().Get("rid"))
	if err != nil {
		writePlain(w, http.StatusBadRequest, err.Error()+"\n")
		return
	}
	if r.Method == http.MethodPost {
		call.Log = h.read(w, r, token)
	}
	// Who hangs up has still told it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), callStoreTime)
	defer cancel()
	switch err := h.call(ctx, beat, call); {
	case errors.Is(err, store.ErrNotFound): // revoked a moment ago
		h.errors.Write(w, r, http.StatusNotFound, "")
	case err != nil:
		h.log.ErrorContext(ctx, "a call could not be stored", "error", err)
		h.later(w)
	default:
		writePlain(w, http.StatusOK, "ok\n")
	}
}

// find gives the heartbeat of a token, or store.ErrNotFound.
func (h *callHandler) find(ctx context.Context, token, hash string) (*checker.Beat, error) {
	if !access.LooksLikeHeartbeatToken(token) {
		return nil, store.ErrNotFound
	}
	// The database is asked for a hash, so the time it takes tells nothing of
	// how near a guess was.
	check, err := h.token(ctx, hash, h.now())
	if err != nil {
		return nil, err
	}
	if beat := h.beats[check]; beat != nil {
		return beat, nil
	}
	return nil, store.ErrNotFound // it left the configuration
}

// read takes the log that came with a call. The token itself is a secret too:
// a job that prints its commands prints its address.
func (h *callHandler) read(w http.ResponseWriter, r *http.Request, token string) string {
	tail, cut, whole := readTail(web.ReadWithin(w, r, callBodyTime).Body)
	if !whole {
		w.Header().Set("Connection", "close")
	}
	own := redact.New(token)
	return checker.TidyLog(tail, cut, func(text string) string { return own.String(h.redact.String(text)) })
}

// later asks the caller to try again; curl --retry does.
func (h *callHandler) later(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "5")
	writePlain(w, http.StatusServiceUnavailable, "try again\n")
}

// callLimit slows down an address that is called too often. Only addresses
// that exist get here, so that it stays small.
type callLimit struct {
	mu   sync.Mutex
	free map[string]time.Time // by hash: when the bucket is full again
}

func newCallLimit() *callLimit { return &callLimit{free: map[string]time.Time{}} }

// take says how long to wait for the next call; 0: this one is allowed.
func (l *callLimit) take(hash string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	full := l.free[hash]
	if full.Before(now) {
		full = now
	}
	if wait := full.Sub(now) - (callsAtOnce-1)*callsEvery; wait > 0 {
		return min(wait, callsAtOnce*callsEvery) // a clock may have been set back
	}
	l.free[hash] = full.Add(callsEvery)
	return 0
}
