package console

import (
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"daymark/access"
	"daymark/internal/web"
)

// Sessions is where sessions are kept, by the hash of what the browser holds.
type Sessions interface {
	// SessionData gives what a session holds and when it was used last;
	// ErrNotFound where there is none, or none any more.
	SessionData(ctx context.Context, hash string, now time.Time) (data []byte, seen time.Time, err error)
	// SeeSession notes that a session was used, and until when it lasts now.
	SeeSession(ctx context.Context, hash string, seen, expires time.Time) error
	// KeepSession keeps a session: a fresh one, if the password is still the
	// one that it was begun with, or what one that is there holds now. One that
	// was ended meanwhile is not made again.
	KeepSession(ctx context.Context, hash string, session *access.Session, data []byte, fresh bool) error
	DropSession(ctx context.Context, hash string, now time.Time) error
	// Sessions gives those of a person that are not over.
	Sessions(ctx context.Context, person string, now time.Time) ([]access.Session, error)
}

// visit is what the session of a request holds.
type visit struct {
	access.Session
	csrf  string
	alone bool // the password alone was asked for
}

// What a session's values are called.
const (
	keyID      = "id"
	keyPerson  = "person"
	keyStage   = "stage"
	keyBegan   = "began"
	keyChanged = "changed" // when the password was set that was given
	keyAddress = "address"
	keyBrowser = "browser"
	keyCSRF    = "csrf"
	keyAlone   = "alone"  // "yes": the password alone was asked for
	keyFactor  = "factor" // sealed: the second factor that is being set up
	keyTo      = "to"     // where to go once signed in
)

// sessionCookie is the browser's side; by its first letters a browser takes it
// over HTTPS alone, for this host alone.
func (s *Site) sessionCookie() string {
	if s.secure() {
		return "__Host-daymark"
	}
	return "daymark"
}

func (s *Site) secure() bool { return strings.HasPrefix(s.URL, "https://") }

func (s *Site) newSessions() *scs.SessionManager {
	// Not by scs.New, which begins a goroutine for a store that we do not use.
	m := &scs.SessionManager{}
	m.Cookie.Persist = true
	m.Lifetime, m.HashTokenInStore = s.Access.Session, true // that it is not used is seen in the store, by our clock
	m.Cookie.Name, m.Cookie.Secure, m.Cookie.HttpOnly, m.Cookie.SameSite, m.Cookie.Path = s.sessionCookie(), s.secure(), true, http.SameSiteLaxMode, "/"
	m.Store, m.Codec = &sessionStore{kept: s.Sessions, idle: s.Access.Idle, now: s.Now}, scs.GobCodec{}
	m.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		s.Logger.ErrorContext(r.Context(), "a session could not be read or kept", "error", err)
		s.wrong(w, r, http.StatusServiceUnavailable, "")
	}
	return m
}

// sittingKey is under which a context has the session of its request, as its
// store knows it.
type sittingKey struct{}

// sitting is what is known of the session of a request beside what it holds.
type sitting struct {
	hash   string // of its secret; "": there is none
	making bool   // it may be made
	seq    int64  // of the latest commit when the request began

	who access.Principal // who calls; nobody until that was found out
}

func sittingOf(ctx context.Context) *sitting {
	if found, _ := ctx.Value(sittingKey{}).(*sitting); found != nil {
		return found
	}
	return &sitting{}
}

// withSession lets a handler see its session, and keeps what it changes.
func (s *Site) withSession(next http.Handler) http.Handler {
	inner := s.sessions.LoadAndSave(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inner.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), sittingKey{}, &sitting{seq: s.live.seq.Load()})))
	})
}

// begin makes a session for somebody who gave the right password, or lets it go
// on to the next stage, under a new secret either way.
func (s *Site) begin(r *http.Request, account *access.Account, stage access.Stage) error {
	ctx, now := r.Context(), s.Now()
	sittingOf(ctx).making = true
	if err := s.sessions.RenewToken(ctx); err != nil {
		return err
	}
	values := map[string]string{
		keyID: access.NewSecret()[:16], keyPerson: account.Person, keyStage: string(stage), keyBegan: decimal(now.UnixMilli()), keyChanged: decimal(account.Changed.UnixMilli()),
		keyAddress: web.AddressOf(r), keyBrowser: cutText(r.UserAgent(), 200), keyCSRF: access.NewSecret(),
	}
	if stage == access.SignedIn && len(account.Factor) == 0 {
		values[keyAlone] = "yes"
	}
	for key, value := range values {
		s.sessions.Put(ctx, key, value)
	}
	s.sessions.SetDeadline(ctx, s.Access.Ends(stage, now).UTC())
	return nil
}

// visitOf gives what the session of a request holds; empty where there is none.
func (s *Site) visitOf(r *http.Request) visit {
	return visitFrom(func(key string) string { return s.sessions.GetString(r.Context(), key) })
}

// visitFrom makes it of the values of a session.
func visitFrom(get func(key string) string) visit {
	return visit{
		Session: access.Session{ID: get(keyID), Person: get(keyPerson), Stage: access.Stage(get(keyStage)), Changed: momentOf(get(keyChanged))},
		csrf:    get(keyCSRF), alone: get(keyAlone) != "",
	}
}

// who says who calls; false where nobody is signed in.
func (s *Site) who(r *http.Request) (access.Principal, bool) {
	return s.whoIs(r.Context(), s.visitOf(r))
}

// whoIs says who a session signs in; false where it is nobody, or not any more.
func (s *Site) whoIs(ctx context.Context, v visit) (access.Principal, bool) {
	if v.Person == "" || v.Stage != access.SignedIn || v.alone && s.Access.SecondFactor != "optional" {
		return access.Principal{}, false
	}
	role := s.RoleOf(ctx, v.Person, s.Now())
	if !role.Staff() {
		return access.Principal{}, false // has left the configuration
	}
	return s.raised(ctx, access.Principal{Kind: access.BySession, Person: v.Person, Role: role}, v.ID), true
}

// ours says whether a form was sent by a page of ours, from this session.
func (s *Site) ours(r *http.Request) bool {
	if s.origins.Check(r) != nil {
		return false
	}
	want := s.visitOf(r).csrf
	return want != "" && subtle.ConstantTimeCompare([]byte(r.PostFormValue("csrf")), []byte(want)) == 1
}

// pageWriteTime is how long one call may take to answer.
const pageWriteTime = 30 * time.Second

// Guard lets through who is signed in and may do something; with no right,
// whoever signs in.
func (s *Site) Guard(route PageRoute) http.Handler {
	inner := s.withSession(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.admit(w, r, route) }))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", web.Never)
		w.Header().Set("X-Robots-Tag", "noindex")
		w.Header().Set("Referrer-Policy", "same-origin")
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(pageWriteTime)) // not supported in a recorder, which does not wait
		r.Body = http.MaxBytesReader(w, r.Body, cmp.Or(route.Most, MaxBody))
		// The form first: who sends it slowly is not let in by a session that
		// was ended meanwhile.
		if err := readForm(r); err != nil {
			status := http.StatusBadRequest
			if _, long := errors.AsType[*http.MaxBytesError](err); long {
				status = http.StatusRequestEntityTooLarge
			}
			s.tell(status).ServeHTTP(w, r)
			return
		}
		inner.ServeHTTP(w, r)
	})
}

// writes says whether a request may change something.
func writes(r *http.Request) bool { return r.Method != http.MethodGet && r.Method != http.MethodHead }

func readForm(r *http.Request) error {
	if !writes(r) {
		return nil
	}
	return r.ParseForm()
}

// admit lets a request through to a route, or refuses it.
func (s *Site) admit(w http.ResponseWriter, r *http.Request, route PageRoute) {
	if route.Right == "" {
		if writes(r) && s.origins.Check(r) != nil {
			s.noteRefused(r, access.Principal{}, refusedForm)
			s.wrong(w, r, http.StatusForbidden, "This form was not sent by a page of ours.")
			return
		}
		route.Serve(w, r, access.Principal{})
		return
	}
	who, in := s.who(r)
	sittingOf(r.Context()).who = who
	switch {
	case route.socket && !s.fromOurs(r):
		s.noteRefused(r, who, refusedPage)
		s.wrong(w, r, http.StatusForbidden, "This address is for pages of ours.")
	case !in && route.socket:
		s.wrong(w, r, http.StatusUnauthorized, "You are not signed in.")
	case !in && writes(r):
		s.wrong(w, r, http.StatusUnauthorized, notAnyMore)
	case !in:
		http.Redirect(w, r, signInAt(r.URL.RequestURI()), http.StatusSeeOther)
	case writes(r) && !s.ours(r):
		s.noteRefused(r, who, refusedForm)
		s.wrong(w, r, http.StatusForbidden, "This form was not sent by a page of ours, or is of a session that is over. What you sent was not done.")
	case !who.May(route.Right):
		s.forbid(w, r, who, route.Right)
	default:
		route.Serve(w, r, who)
	}
}

// signInAt is the page that asks who somebody is, and leads on from there.
func signInAt(to string) string { return "/console/sign-in?to=" + url.QueryEscape(to) }

// forbid refuses somebody who is known. A write that was refused is in the
// audit trail, once a minute for each person and right.
func (s *Site) forbid(w http.ResponseWriter, r *http.Request, who access.Principal, right access.Right) {
	detail := "This needs the role " + string(right.Least()) + ", and you are " + string(who.Role) + "."
	if who.Role.May(right) {
		detail = "This needs the role " + string(right.Least()) + " of your own: what it does would outlast your elevation."
	}
	if writes(r) && s.refusals.due(who.Person+" "+string(right), false, s.Now()) {
		s.writeRefusal(r, who.Actor(), string(right), r.Method+" "+cutText(r.URL.Path, 200))
	}
	s.wrong(w, r, http.StatusForbidden, detail)
}

// cutText cuts a text of a stranger to so many bytes.
func cutText(text string, most int) string {
	if len(text) > most {
		text = text[:most]
	}
	return strings.ToValidUTF8(text, "")
}
