package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"daymark/access"
	"daymark/internal/limit"
	"daymark/internal/web"
	"daymark/store"
)

// staffHandler answers somebody who is known and may do that.
type staffHandler func(w http.ResponseWriter, r *http.Request, who access.Principal)

// Limits of one call of the staff's routes.
const (
	staffWriteTime = 30 * time.Second // to answer it
	lookUpTime     = 5 * time.Second  // to look a token up
	noteUseTime    = 2 * time.Second  // to note that a token was used
)

// gate is the one way to the routes of the staff. Who has no token that is
// accepted, or may not do what the route does, does not reach the route.
type gate struct {
	find    func(ctx context.Context, hash string) (*access.APIToken, error)
	noteUse func(ctx context.Context, now time.Time, id string) error
	refused func(ctx context.Context, who access.Principal, right access.Right, what string) error // writes it down
	roleOf  func(person string) access.Role
	limit   *failLimit
	now     func() time.Time
	log     *slog.Logger

	noted limit.Minutely // by token, or token and right: its use or refusal is written down
}

func (a *app) newGate() *gate {
	o := &operations{engine: a.engine, doc: a.doc, core: a.core}
	return &gate{
		find: a.store.APITokenByHash, noteUse: a.store.NoteAPITokenUse, refused: o.noteRefusal, roleOf: o.roleOf,
		limit: newFailLimit(), now: time.Now, log: a.log,
	}
}

// guard lets through who may do something, with a request of so many bytes.
func (g *gate) guard(right access.Right, most int64, next staffHandler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", web.Never)
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(staffWriteTime)) // not supported in a recorder, which does not wait
		r.Body = http.MaxBytesReader(w, r.Body, most+1)
		who, problem := g.who(r)
		if problem == nil && !who.May(right) {
			problem = g.forbid(r, who, right)
		}
		if problem != nil {
			problem.write(w)
			return
		}
		next(w, r, who)
	})
}

// refusal is why somebody is not let through.
type refusal struct {
	status int
	detail string
	code   string        // for WWW-Authenticate (RFC 6750); "" for none
	wait   time.Duration // for Retry-After; 0: none
}

func (r *refusal) write(w http.ResponseWriter) {
	switch {
	case r.status == http.StatusUnauthorized && r.code == "":
		w.Header().Set("WWW-Authenticate", `Bearer realm="Daymark"`)
	case r.code != "":
		w.Header().Set("WWW-Authenticate", `Bearer realm="Daymark", error="`+r.code+`"`)
	}
	if r.wait > 0 {
		w.Header().Set("Retry-After", seconds(r.wait))
	}
	web.NewProblem(r.status, r.detail).Write(w)
}

// who says who calls.
func (g *gate) who(r *http.Request) (access.Principal, *refusal) {
	given := r.Header.Values("Authorization")
	if len(given) == 0 {
		return access.Principal{}, &refusal{status: http.StatusUnauthorized, detail: "This needs a token: send it as Authorization: Bearer dmk_…"}
	}
	scheme, secret, _ := strings.Cut(given[0], " ")
	if len(given) > 1 || !strings.EqualFold(scheme, "Bearer") || !access.LooksLikeAPIToken(secret) {
		detail := "That is no token of this API: one is sent as Authorization: Bearer dmk_…, once."
		if access.LooksLikeAgentToken(secret) {
			detail = "That is the token of an agent, which does not open this API."
		}
		return access.Principal{}, g.fail(r, detail)
	}
	hash := access.HashToken(secret)
	leave, wait := g.limit.enter(web.AddressOf(r), hash, g.now())
	if wait > 0 {
		return access.Principal{}, tooMany(wait)
	}
	defer leave()
	ctx, cancel := context.WithTimeout(r.Context(), lookUpTime)
	defer cancel()
	token, err := g.find(ctx, hash)
	if errors.Is(err, store.ErrNotFound) {
		return access.Principal{}, g.fail(r, "There is no such token.")
	}
	if err != nil {
		g.log.ErrorContext(r.Context(), "a token of the API cannot be looked up", "error", err)
		return access.Principal{}, &refusal{status: http.StatusServiceUnavailable, detail: "The database cannot be read at the moment. Please try again.", wait: 5 * time.Second}
	}
	return g.accept(r.Context(), token, hash)
}

// accept says who acts by a token that is there.
func (g *gate) accept(ctx context.Context, token *access.APIToken, hash string) (access.Principal, *refusal) {
	now := g.now()
	who, err := token.Accept(now, g.roleOf(token.Person))
	if err != nil {
		// Who holds the secret may know what became of it.
		detail := "The token " + token.ID + " is not accepted: " + err.Error() + "."
		return access.Principal{}, &refusal{status: http.StatusUnauthorized, detail: detail, code: "invalid_token"}
	}
	g.limit.knows(hash)
	if token.NoteUse(now) && g.noted.Due(token.ID, now) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteUseTime)
		defer cancel()
		if err := g.noteUse(ctx, now, token.ID); err != nil {
			g.log.WarnContext(ctx, "the use of a token was not noted", "token", token.ID, "error", err)
		}
	}
	return who, nil
}

// fail counts a wrong token against the address that it came from.
func (g *gate) fail(r *http.Request, detail string) *refusal {
	wait, first := g.limit.fail(web.AddressOf(r), g.now())
	if first {
		g.log.WarnContext(r.Context(), "too many wrong tokens come from an address; it is slowed down", "address", web.AddressOf(r))
	}
	if wait > 0 {
		return tooMany(wait)
	}
	return &refusal{status: http.StatusUnauthorized, detail: detail, code: "invalid_token"}
}

func tooMany(wait time.Duration) *refusal {
	return &refusal{status: http.StatusTooManyRequests, detail: "Too many wrong tokens came from this address. Please wait.", wait: wait}
}

// forbid refuses somebody who is known. A write that was refused is in the
// audit trail, once a minute for each token and right.
func (g *gate) forbid(r *http.Request, who access.Principal, right access.Right) *refusal {
	detail := "This needs the role " + string(right.Least()) + ", and you are " + string(who.Role) + "."
	if who.Role.May(right) {
		detail = "The scopes of your token leave out " + string(right) + "."
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead && g.noted.Due(who.Token+" "+string(right), g.now()) {
		path := r.URL.Path
		if len(path) > 200 {
			path = strings.ToValidUTF8(path[:200], "") + "…"
		}
		if err := g.refused(r.Context(), who, right, r.Method+" "+path); err != nil {
			g.log.ErrorContext(r.Context(), "a refused write was not written down", "who", who.Actor(), "right", right, "error", err)
		}
	}
	return &refusal{status: http.StatusForbidden, detail: detail, code: "insufficient_scope"}
}
