package demo

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// Password is the one password that signs anybody in; the page says so.
const Password = "correct horse"

// counter numbers requests from 1.
type counter struct{ n atomic.Int64 }

func (c *counter) next() int64 { return c.n.Add(1) }

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for pattern, handler := range map[string]http.HandlerFunc{
		"GET /{$}":          s.home,
		"GET /sign-in":      s.signInForm,
		"POST /sign-in":     s.signIn,
		"GET /account":      s.account,
		"GET /api/health":   s.health,
		"GET /api/products": s.listProducts,
		"/":                 s.nothingHere,
	} {
		mux.Handle(pattern, s.asSwitched(handler))
	}
	mux.HandleFunc("GET /switch", s.switchPage)
	mux.HandleFunc("POST /switch", s.flip)
	mux.HandleFunc("GET /state.json", s.stateJSON)
	mux.HandleFunc("GET /outbox", s.outbox)
	mux.HandleFunc("GET /outbox.json", s.outboxJSON)
	mux.HandleFunc("GET /outbox/mail/{id}", s.mailPage)
	mux.HandleFunc("GET /outbox/mail/{id}/html", s.mailHTML)
	mux.HandleFunc("GET /outbox/mail/{id}/raw", s.mailRaw)
	mux.HandleFunc("GET /demo.css", asset("demo.css", "text/css; charset=utf-8"))
	mux.HandleFunc("GET /demo.svg", asset("demo.svg", "image/svg+xml"))
	// Another site's page must not flip the switch of a shop on this machine.
	return secured(http.NewCrossOriginProtection().Handler(mux))
}

// asSwitched makes the shop's own paths slow or silent, as the switch says.
func (s *Server) asSwitched(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch s.Mode() {
		case Down:
			hangUp(w)
			return
		case Slow:
			if !s.dawdle(r) {
				hangUp(w) // an empty 200 would be an answer
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// hangUp closes the connection without a byte.
func hangUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // not HTTP/1: net/http ends the stream instead
	}
	_ = conn.Close() // that it is gone is the point
}

// dawdle waits between SlowMin and SlowMax; it says false if the caller left or
// the shop is closing.
func (s *Server) dawdle(r *http.Request) bool {
	d := s.opts.SlowMin + rand.N(s.opts.SlowMax-s.opts.SlowMin+1) //nolint:gosec // A delay is no secret.
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
	case <-s.stopping.Done():
	}
	return false
}

// product is a thing on the shelf; its price is in pence.
type product struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Pence int    `json:"pence"`
}

func shelf() []product {
	return []product{
		{"bread", "Sourdough loaf", 340},
		{"milk", "Milk, two pints", 125},
		{"eggs", "Six eggs", 210},
		{"tea", "Breakfast tea", 295},
		{"soap", "Lavender soap", 410},
	}
}

func (s *Server) home(w http.ResponseWriter, r *http.Request) {
	data := struct {
		Products []product
		Email    string
	}{shelf(), s.sessions.who(r)}
	if s.Mode() == Errors {
		data.Products = nil
	}
	s.pages.render(w, http.StatusOK, "shop", view{Title: "Corner Shop (sample)", Here: "/", Data: data})
}

// signInView is the form with what was typed and what was wrong.
type signInView struct{ Email, Error, Password string }

func (s *Server) signInForm(w http.ResponseWriter, _ *http.Request) {
	s.showSignIn(w, http.StatusOK, signInView{})
}

func (s *Server) showSignIn(w http.ResponseWriter, status int, data signInView) {
	data.Password = Password
	s.pages.render(w, status, "sign-in", view{Title: "Sign in", Here: "/sign-in", Data: data})
}

func (s *Server) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	email := strings.TrimSpace(r.PostFormValue("email"))
	switch {
	case s.Mode() == SignInBroken:
		s.pages.render(w, http.StatusInternalServerError, "broken", view{Title: "Something went wrong", Here: "/sign-in"})
	case !strings.Contains(email, "@"):
		s.showSignIn(w, http.StatusUnprocessableEntity, signInView{Email: email, Error: "Enter an email address, such as sam@mail.example."})
	case r.PostFormValue("password") != Password:
		s.showSignIn(w, http.StatusUnauthorized, signInView{Email: email, Error: "That is not the password. It is written above the form."})
	default:
		s.sessions.begin(w, email)
		http.Redirect(w, r, "/account", http.StatusSeeOther)
	}
}

func (s *Server) account(w http.ResponseWriter, r *http.Request) {
	email := s.sessions.who(r)
	if email == "" {
		http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
		return
	}
	s.pages.render(w, http.StatusOK, "account", view{Title: "Your account", Here: "/account", Data: email})
}

func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	answer := struct {
		Status   string    `json:"status"`
		Database string    `json:"database"`
		Products int       `json:"products"`
		Time     time.Time `json:"time"`
	}{"ok", "up", len(shelf()), s.opts.Now().UTC()}
	status := http.StatusOK
	if s.Mode() == Errors {
		answer.Status, answer.Database, answer.Products, status = "error", "starting", 0, http.StatusServiceUnavailable
	}
	writeJSON(w, status, answer)
}

func (s *Server) listProducts(w http.ResponseWriter, _ *http.Request) {
	if s.Mode() == Errors && s.products.next()%5 != 0 {
		writeJSON(w, http.StatusInternalServerError, map[string]string{"error": "The products could not be read."})
		return
	}
	writeJSON(w, http.StatusOK, map[string][]product{"products": shelf()})
}

func (s *Server) nothingHere(w http.ResponseWriter, _ *http.Request) {
	http.Error(w, "There is nothing here.", http.StatusNotFound)
}
