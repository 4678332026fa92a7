package console

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"

	"daymark/access"
	"daymark/incident"
	"daymark/internal/web"
	"daymark/static"
	"daymark/support"
)

// SiteOptions is what the pages of the staff need.
type SiteOptions struct {
	Accounts  Accounts
	Sessions  Sessions
	Incidents Incidents
	Measured  Measured
	Rotas     Rotas

	Access    access.Options
	Seal      *access.Seal
	Passwords *access.Passwords // access.NewPasswords() when nil
	Name      string            // of the page
	URL       string            // of the page
	Zone      *time.Location
	People    []support.Person
	Regions   []incident.Region
	// RoleOf gives what a person may be now: the role that the configuration
	// has for them, and responder at least while they are on call; "" where
	// there is no such person.
	RoleOf func(ctx context.Context, person string, now time.Time) access.Role
	// Component gives the name of one by its id.
	Component func(id string) string
	Styles    []string // addresses of the stylesheets
	Errors    web.Errors

	Now    func() time.Time // time.Now when nil
	Logger *slog.Logger     // slog.Default() when nil
}

// Site is the pages of the staff. It is safe for concurrent use.
type Site struct {
	SiteOptions
	sessions  *scs.SessionManager
	passwords *access.Passwords
	attempts  *access.Attempts
	origins   *http.CrossOriginProtection
}

// NewSite makes the pages.
func NewSite(options SiteOptions) (*Site, error) {
	if options.Accounts == nil || options.Sessions == nil || options.Incidents == nil || options.Measured == nil || options.Rotas == nil || options.RoleOf == nil || options.Seal == nil {
		return nil, errors.New("the console needs all its sources")
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Passwords == nil {
		options.Passwords = access.NewPasswords()
	}
	if options.Logger == nil {
		options.Logger = slog.Default()
	}
	s := &Site{SiteOptions: options, attempts: access.NewAttempts(), passwords: options.Passwords}
	var err error
	if s.origins, err = web.OwnOrigins(options.URL); err != nil {
		return nil, fmt.Errorf("make the console: %w", err)
	}
	s.sessions = s.newSessions()
	return s, nil
}

// PageRoute is one address of the pages.
type PageRoute struct {
	Pattern string
	Right   access.Right // what who calls needs; "": who signs in calls it
	Serve   func(w http.ResponseWriter, r *http.Request, who access.Principal)
}

// Routes are all addresses of the pages.
func (s *Site) Routes() []PageRoute {
	return []PageRoute{
		{"GET /console/welcome/{token}", "", s.serveWelcome},
		{"POST /console/welcome/{token}", "", s.takeWelcome},
		{"GET /console/sign-in", "", s.serveSignIn},
		{"POST /console/sign-in", "", s.takeSignIn},
		{"GET /console/sign-in/code", "", s.serveCode},
		{"POST /console/sign-in/code", "", s.takeCode},
		{"GET /console/sign-in/second-factor", "", s.serveFirstFactor},
		{"POST /console/sign-in/second-factor", "", s.takeFirstFactor},
		{"POST /console/sign-out", access.ReadSelf, s.takeSignOut},

		{"GET /console", access.ReadIncidents, s.serveNow},
		{"GET /console/account", access.ReadSelf, s.serveAccount},
		{"POST /console/account/password", access.WriteSelf, s.takePassword},
		{"GET /console/account/second-factor", access.WriteSelf, s.serveFactor},
		{"POST /console/account/second-factor", access.WriteSelf, s.takeFactor},
		{"POST /console/account/codes", access.WriteSelf, s.takeNewCodes},
		{"POST /console/account/sessions", access.WriteSelf, s.takeSessions},
	}
}

//go:embed templates
var pageFiles embed.FS

var pages = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{"asset": static.URL, "sprite": static.Sprite}).ParseFS(pageFiles, "templates/*.html"))
})

// frame is what head and foot of a page need.
type frame struct {
	Title, Name string
	Styles      []string
	Here        string // which of the navigation; empty: there is none
	CSRF        string
	Person      string // who is signed in; empty: nobody
	Role        access.Role
}

func (s *Site) frame(r *http.Request, title, here string, who access.Principal) frame {
	f := frame{Title: title, Name: s.Name, Styles: s.Styles, Here: here, Role: who.Role}
	if who.Kind == access.BySession {
		f.Person, f.CSRF = s.nameOf(who.Person), s.visitOf(r).csrf
	}
	return f
}

// nameOf gives the name of a person; their id where they have left.
func (s *Site) nameOf(id string) string {
	if p := s.person(id); p != nil {
		return p.Name
	}
	return id
}

func (s *Site) person(id string) *support.Person {
	for i := range s.People {
		if s.People[i].ID == id {
			return &s.People[i]
		}
	}
	return nil
}
