package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"daymark/access"
	"daymark/console"
	"daymark/internal/web"
	"daymark/notify/sms"
	"daymark/static"
)

// route is one address and who may call it. What is not in the table does
// not exist.
type route struct {
	pattern string
	role    access.Role
	handler http.Handler // of a role that is of no person

	right access.Right // of a role of people: what who calls needs
	most  int64        // bytes of a request of staff; console.MaxBody when 0
	staff staffHandler // the same: answers somebody who is known and may do that
	page  http.Handler // in place of staff: asks by itself who is signed in, and what they may
}

// routes is the one route table.
func (a *app) routes() []route {
	routes := []route{
		{pattern: "GET /static/", role: access.Public, handler: static.Handler()},
		{pattern: "GET /healthz", role: access.Public, handler: http.HandlerFunc(serveAlive)},
		{pattern: "GET /readyz", role: access.Public, handler: &readiness{look: a.ready, note: a.blind}},
		{pattern: "GET /agent/v1/connect", role: access.Agent, handler: a.agents},
		a.metricsRoute(),
	}
	calls := a.heartbeatHandler()
	for _, pattern := range []string{"GET /heartbeat/{token}", "POST /heartbeat/{token}", "GET /heartbeat/{token}/{signal}", "POST /heartbeat/{token}/{signal}"} {
		routes = append(routes, route{pattern: pattern, role: access.Caller, handler: calls})
	}
	for _, r := range a.page.Routes() {
		routes = append(routes, route{pattern: r.Pattern, role: access.Public, handler: r.Handler})
	}
	if a.callback != nil {
		routes = append(routes, route{pattern: "POST /callbacks/twilio/status", role: access.Provider, handler: a.callback})
	}
	routes = append(routes, a.voiceRoutes()...)
	if a.inbound != nil {
		routes = append(routes, route{pattern: "POST " + sms.InboundPath, role: access.Provider, handler: a.inbound})
	}
	for _, p := range a.site.Routes() {
		role := access.Entrant
		if p.Right != "" {
			role = p.Right.Least()
		}
		routes = append(routes, route{pattern: p.Pattern, role: role, right: p.Right, page: a.site.Guard(p)})
	}
	operations := a.api.Operations()
	for i := range operations {
		o := &operations[i]
		routes = append(routes, route{pattern: o.Pattern(), role: o.Right.Least(), right: o.Right, most: o.Most, staff: o.ServeAs})
	}
	return routes
}

// handler serves the table.
func (a *app) handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range a.routes() {
		mux.Handle(r.pattern, guardRoute(r, a.page.Errors(), a.gate))
	}
	answers := a.page.Errors()
	answers.Lost = a.site.Lost
	return a.clients.Behind(web.Secure(answers.Router(mux)))
}

// guardRoute lets through who may call a route, and is the only way to it.
// Agents, jobs and providers prove themselves to their own handlers; staff
// prove themselves to the gate. A route whose row is not whole, or whose role
// nobody here knows, is refused to everybody.
func guardRoute(r route, answers web.Errors, gate *gate) http.Handler {
	if err := r.check(); err != nil {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answers.Write(w, r, http.StatusForbidden, "") })
	}
	switch {
	case r.page != nil:
		return r.page
	case r.role.Staff():
		return gate.guard(r.right, cmp.Or(r.most, console.MaxBody), r.staff)
	case r.role == access.Loopback:
		return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
			// What comes through a proxy comes from elsewhere, whatever it says.
			if host, _, err := net.SplitHostPort(request.RemoteAddr); err == nil && net.ParseIP(host).IsLoopback() && !web.Forwarded(request) {
				r.handler.ServeHTTP(w, request)
				return
			}
			answers.Write(w, request, http.StatusNotFound, "")
		})
	}
	return r.handler
}

// check says what is wrong with a row.
func (r *route) check() error {
	switch {
	case r.role.Staff() && r.right.Least() != r.role:
		return fmt.Errorf("the route %s is for %s by the right %q, which is of %q", r.pattern, r.role, r.right, r.right.Least())
	case r.page != nil && (r.staff != nil || r.handler != nil || !r.role.Staff() && r.role != access.Entrant):
		return fmt.Errorf("the route %s is for %s, and is not whole", r.pattern, r.role)
	case r.page != nil:
		return nil
	case r.role.Staff() && (r.staff == nil || r.handler != nil):
		return fmt.Errorf("the route %s is for %s, and its handler does not ask who calls", r.pattern, r.role)
	case r.role.Staff():
		return nil
	}
	switch r.role {
	case access.Public, access.Loopback, access.Agent, access.Caller, access.Provider:
	default:
		return fmt.Errorf("the route %s has the role %q, which nobody can have there", r.pattern, r.role)
	}
	if r.handler == nil || r.staff != nil || r.right != "" {
		return fmt.Errorf("the route %s is for %s, and is not whole", r.pattern, r.role)
	}
	return nil
}

// checkRoutes refuses a table with a row that is not whole, before it is served.
func (a *app) checkRoutes() error {
	var err error
	for _, r := range a.routes() {
		err = errors.Join(err, r.check())
	}
	return err
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
	// A copy of the page, on another host, asks whether the server is back.
	w.Header().Set("Access-Control-Allow-Origin", "*")
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
	if inside := a.ground.inside; inside == nil || inside.fault() == "" {
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
