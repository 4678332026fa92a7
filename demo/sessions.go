package demo

import (
	"crypto/rand"
	"net/http"
	"sync"
	"time"
)

const (
	sessionCookie = "corner_shop"
	sessionLife   = time.Hour
	mostSessions  = 1000
)

// sessions remembers who signed in; the oldest are forgotten first, for the
// journey that watches the shop signs in again and again.
type sessions struct {
	now func() time.Time

	mu     sync.Mutex
	people map[string]session
	order  []string // tokens, oldest first
}

type session struct {
	email string
	since time.Time
}

func newSessions(now func() time.Time) *sessions {
	return &sessions{now: now, people: map[string]session{}}
}

// begin signs a person in.
func (s *sessions) begin(w http.ResponseWriter, email string) {
	token := rand.Text()
	s.mu.Lock()
	s.people[token] = session{email, s.now()}
	s.order = append(s.order, token)
	for len(s.order) > mostSessions {
		delete(s.people, s.order[0])
		s.order = s.order[1:]
	}
	s.mu.Unlock()
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Value: token, Path: "/", MaxAge: int(sessionLife / time.Second),
		HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// who is the email of the person who signed in; empty if nobody did.
func (s *sessions) who(r *http.Request) string {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.people[cookie.Value]
	if !ok || s.now().Sub(found.since) > sessionLife {
		return ""
	}
	return found.email
}
