package console

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"

	"daymark/access"
	"daymark/internal/web"
	"daymark/static"
	"daymark/support"
)

// SiteOptions is what the pages of the staff need.
type SiteOptions struct {
	API      *API // what pages read, and what their forms do
	Accounts Accounts
	Sessions Sessions

	Access    access.Options
	Seal      *access.Seal
	Passwords *access.Passwords // access.NewPasswords() when nil
	Name      string            // of the page
	URL       string            // of the page
	Zone      *time.Location
	// RoleOf gives what a person may be now: the role that the configuration
	// has for them, and responder at least while they are on call; "" where
	// there is no such person.
	RoleOf func(ctx context.Context, person string, now time.Time) access.Role
	// Elevating keeps who rose above their role.
	Elevating Elevating
	// Refused writes down that somebody tried what they may not; why is the
	// right that they lack, or what was wrong.
	Refused func(ctx context.Context, actor, why, what string) error
	Styles  []string // addresses of the stylesheets
	Errors  web.Errors

	Watching Watching
	// Print makes a PDF of an HTML document that stands by itself; nil: nothing
	// does.
	Print func(ctx context.Context, document string) ([]byte, error)

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
	live      *live
	looked    *http.ServeMux // see pageAt
	askers    *askers
	refusals  *refusals
}

// NewSite makes the pages.
func NewSite(options SiteOptions) (*Site, error) {
	if options.API == nil || options.Accounts == nil || options.Sessions == nil || options.RoleOf == nil || options.Seal == nil || options.Elevating == nil || options.Refused == nil {
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
	s := &Site{SiteOptions: options, attempts: access.NewAttempts(), passwords: options.Passwords, refusals: newRefusals()}
	var err error
	if s.origins, err = web.OwnOrigins(options.URL); err != nil {
		return nil, fmt.Errorf("make the console: %w", err)
	}
	s.sessions = s.newSessions()
	s.live, s.askers = newLive(s), newAskers()
	s.looked = s.lookUp()
	return s, nil
}

// PageRoute is one address of the pages.
type PageRoute struct {
	Pattern string
	Right   access.Right // what who calls needs; "": who signs in calls it
	Most    int64        // bytes of a request; MaxBody when 0
	Serve   func(w http.ResponseWriter, r *http.Request, who access.Principal)

	socket bool // a script of ours opens it, from a page of ours alone

	Menu, About string // its name and a sentence on the page that lists pages; "": it is not there
}

// Routes are all addresses of the pages.
func (s *Site) Routes() []PageRoute {
	return slices.Concat(s.signInRoutes(), []PageRoute{
		{Pattern: "GET /console", Right: access.ReadIncidents, Serve: s.serveNow},
		{Pattern: "GET /console/more", Right: access.ReadSelf, Serve: s.serveMenu},
		{Pattern: "GET /console/live", Right: access.ReadIncidents, Serve: s.serveLive, socket: true},
	}, s.accountRoutes(), s.agreeRoutes(), s.roomRoutes(), s.watchingRoutes(), s.objectiveRoutes(), s.runbookRoutes(), s.reviewRoutes(), s.reportRoutes(), s.maintenanceRoutes(), s.rotaRoutes(), s.elevationRoutes(), s.peopleRoutes(), s.configurationRoutes(), s.forms())
}

func (s *Site) signInRoutes() []PageRoute {
	return []PageRoute{
		{Pattern: "GET /console/welcome/{token}", Serve: s.serveWelcome},
		{Pattern: "POST /console/welcome/{token}", Serve: s.takeWelcome},
		{Pattern: "GET /console/sign-in", Serve: s.serveSignIn},
		{Pattern: "POST /console/sign-in", Serve: s.takeSignIn},
		{Pattern: "GET /console/sign-in/code", Serve: s.serveCode},
		{Pattern: "POST /console/sign-in/code", Serve: s.takeCode},
		{Pattern: "GET /console/sign-in/second-factor", Serve: s.serveFirstFactor},
		{Pattern: "POST /console/sign-in/second-factor", Serve: s.takeFirstFactor},
		{Pattern: "POST /console/sign-out", Right: access.ReadSelf, Serve: s.takeSignOut},
	}
}

func (s *Site) accountRoutes() []PageRoute {
	return []PageRoute{
		{Pattern: "GET /console/account", Right: access.ReadSelf, Serve: s.serveAccount, Menu: "Your account", About: "Your password, your second factor, and where you are signed in."},
		{Pattern: "POST /console/account/password", Right: access.WriteSelf, Serve: s.takePassword},
		{Pattern: "GET /console/account/second-factor", Right: access.WriteSelf, Serve: s.serveFactor},
		{Pattern: "POST /console/account/second-factor", Right: access.WriteSelf, Serve: s.takeFactor},
		{Pattern: "POST /console/account/codes", Right: access.WriteSelf, Serve: s.takeNewCodes},
		{Pattern: "POST /console/account/sessions", Right: access.WriteSelf, Serve: s.takeSessions},
	}
}

//go:embed templates
var pageFiles embed.FS

var pages = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{"asset": static.URL, "sprite": static.Sprite, "number": func(index int) int { return index + 1 }}).ParseFS(pageFiles, "templates/*.html"))
})

// frame is what head and foot of a page need.
type frame struct {
	Title     string
	Brand     string // the name of the page whose console it is
	Styles    []string
	Here      string // which of the navigation; empty: there is none
	CSRF      string
	Person    string // who is signed in; empty: nobody
	PersonID  string // the same by their id
	Role      access.Role
	Raised    string // until when they are above their own role; empty: they are not
	Elevation string // its id
	Live      bool   // it is kept up to date while somebody looks at it
	Charted   bool   // it has a chart that can be read
	Commit    int64  // the latest that it may know of

	from  string // its own address
	done  string // the form of it that was just done
	tried *tried // the form of it that was refused
}

func (s *Site) frame(r *http.Request, title, here string, who access.Principal) frame {
	f := frame{Title: title, Brand: s.Name, Styles: s.Styles, Here: here, Role: who.Role, Commit: sittingOf(r.Context()).seq, tried: triedOf(r)}
	query := r.URL.Query()
	f.done = query.Get("done")
	query.Del("done")
	f.from = (&url.URL{Path: r.URL.Path, RawQuery: query.Encode()}).RequestURI()
	if who.Kind == access.BySession {
		f.Person, f.PersonID, f.CSRF = s.nameOf(who.Person), who.Person, s.visitOf(r).csrf
		if e := who.Elevation; e != nil {
			f.Raised, f.Elevation = s.clock(e.Until, s.Now()), e.ID
		}
	}
	return f
}

// PageAddress is the page's own, for its script.
func (f *frame) PageAddress() string { return f.from }

// FormDone names the form that was just done; "" for none.
func (f *frame) FormDone() string { return f.done }

// FormRefused names the form of the page that was refused; "" for none.
func (f *frame) FormRefused() string {
	if f.tried == nil {
		return ""
	}
	return f.tried.form
}

// nameOf gives the name of a person; their id where they have left.
func (s *Site) nameOf(id string) string {
	if p := s.person(id); p != nil {
		return p.Name
	}
	return id
}

func (s *Site) person(id string) *support.Person {
	people := s.API.People
	for i := range people {
		if people[i].ID == id {
			return &people[i]
		}
	}
	return nil
}
