package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"daymark/access"
	"daymark/internal/web"
	"daymark/static"
)

// route is one address and who may call it. What is not in the table does
// not exist.
type route struct {
	pattern string
	role    access.Role
	handler http.Handler
}

// routes is the one route table.
func (a *app) routes() []route {
	routes := []route{
		{"GET /static/", access.Public, static.Handler()},
		{"GET /healthz", access.Public, http.HandlerFunc(serveAlive)},
		{"GET /readyz", access.Public, &readiness{look: a.ready, note: a.blind}},
		{"GET /agent/v1/connect", access.Agent, a.agents},
	}
	calls := a.heartbeatHandler()
	for _, pattern := range []string{"GET /heartbeat/{token}", "POST /heartbeat/{token}", "GET /heartbeat/{token}/{signal}", "POST /heartbeat/{token}/{signal}"} {
		routes = append(routes, route{pattern, access.Caller, calls})
	}
	for _, r := range a.page.Routes() {
		routes = append(routes, route{r.Pattern, access.Public, r.Handler})
	}
	if a.callback != nil {
		routes = append(routes, route{"POST /callbacks/twilio/status", access.Provider, a.callback})
	}
	return routes
}

// handler serves the table.
func (a *app) handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range a.routes() {
		mux.Handle(r.pattern, guardRole(r.role, a.page.Errors(), r.handler))
	}
	return web.Secure(a.page.Errors().Router(mux))
}

// guardRole lets through who may call a route. Agents, jobs and providers prove
// themselves to their own handlers; a role that nobody here knows is refused.
func guardRole(role access.Role, answers web.Errors, next http.Handler) http.Handler {
	switch role {
	case access.Public, access.Agent, access.Caller, access.Provider:
		return next
	case access.Loopback:
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil && net.ParseIP(host).IsLoopback() {
				next.ServeHTTP(w, r)
				return
			}
			answers.Write(w, r, http.StatusNotFound, "")
		})
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answers.Write(w, r, http.StatusForbidden, "") })
}

// serveAlive says that the process answers.
func serveAlive(w http.ResponseWriter, _ *http.Request) { writePlain(w, http.StatusOK, "alive\n") }

// timersLate is how long the timers may be silent before the server is not ready.
const timersLate = 10 * time.Second

// readiness says whether the database can be written and the timers run. It
// looks at most once a second, however often it is asked.
type readiness struct {
	look func(ctx context.Context) error
	note func() string // what else is to be known of one that is ready; may be nil

	mu  sync.Mutex
	at  time.Time
	err error
}

func (r *readiness) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	if time.Since(r.at) > time.Second {
		r.err, r.at = r.look(context.WithoutCancel(request.Context())), time.Now()
	}
	err := r.err
	r.mu.Unlock()
	if err != nil {
		writePlain(w, http.StatusServiceUnavailable, err.Error()+"\n")
		return
	}
	text := "ready\n"
	if r.note != nil {
		text += r.note()
	}
	writePlain(w, http.StatusOK, text)
}

// ready looks whether the server can do its work. Its errors are for anybody;
// the log has the cause.
func (a *app) ready(ctx context.Context) error {
	if err := a.store.Writable(ctx); err != nil {
		a.log.WarnContext(ctx, "not ready", "error", err)
		return errors.New("the database cannot be written")
	}
	if time.Since(a.engine.Ticked()) > timersLate {
		return errors.New("the timers do not run")
	}
	return nil
}

// blind tells of an agent inside that cannot be relied on: the server does its
// work, but no outage that this agent sees counts. The log has the cause.
func (a *app) blind() string {
	if a.inside == nil || a.inside.Fault() == "" {
		return ""
	}
	return "its own agent cannot be relied on: what it sees fail is unknown; the log says why\n"
}

func writePlain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // the asker is gone; nobody is left to hear
}
