package statuspage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"daymark/incident"
	"daymark/internal/web"
)

// Params are what a page is made from.
type Params struct {
	Source     Source      // required
	Options    PageOptions // name and url are required
	Language   string      // that it speaks, by its tag; English when empty
	Groups     []incident.Group
	Components []incident.Component // in the order of the page
	Regions    []incident.Region
	Lease      time.Duration // within which the others of a region run what an agent leaves; 0: none do
	SLAs       []incident.SLA
	Recurring  []incident.Recurring
	Now        func() time.Time // time.Now when nil
	Logger     *slog.Logger     // slog.Default() when nil
	Hub        HubOptions
	Subscribe  *Subscribing // nil: nobody can subscribe
	Reports    Reports      // nil: nobody can report a problem
	NoFeeds    bool         // Atom and RSS are not served
	Objectives Objectives   // nil: none is public

	ReportsMailed bool // who reported with an address is mailed each answer

	copied bool // its answers go into a copy; of a publisher alone
}

// Page is the public page. It renders once a change and serves from memory.
// All its methods may be called at once.
type Page struct {
	layout  *Layout
	source  Source
	now     func() time.Time
	log     *slog.Logger
	brand   *brand
	errors  web.Errors
	build   string // changes with markup, styles and scripts
	started time.Time
	copies  bool // its answers go into a copy
	feeds   bool // Atom and RSS are served
	hub     *Hub

	subscribing   *Subscribing // nil: nobody can subscribe
	reports       Reports      // nil: nobody can report a problem
	objectives    Objectives   // nil: none is public
	reportsMailed bool
	origins       *http.CrossOriginProtection // who may post our forms

	rendering sync.Mutex // held while a new rendering is made
	current   atomic.Pointer[rendering]
	early     *rendering // that messages were told from before the hub rendered; rendering guards both
	earlyFor  time.Time
	incidents incidentCache

	components incidentCache
	recurring  []*incident.Recurrence
	cards      cards
}

// New checks the parameters and makes the page. Nothing is read from the
// source yet; Hub().Run keeps the page current.
func New(p Params) (*Page, error) {
	if p.Source == nil {
		return nil, errors.New("make the page: it has no source")
	}
	layout, err := newLayout(p)
	if err != nil {
		return nil, fmt.Errorf("make the page: %w", err)
	}
	brand, err := newBrand(p.Options.Theme)
	if err != nil {
		return nil, fmt.Errorf("make the page: %w", err)
	}
	page := &Page{layout: layout, source: p.Source, now: p.Now, log: p.Logger, brand: brand, copies: p.copied, feeds: !p.NoFeeds, reports: p.Reports, objectives: p.Objectives, reportsMailed: p.ReportsMailed}
	if page.now == nil {
		page.now = time.Now
	}
	if page.log == nil {
		page.log = slog.Default()
	}
	if p.Subscribe != nil && len(p.Subscribe.Channels) > 0 {
		page.subscribing = p.Subscribe
	}
	if page.subscribing != nil || page.reports != nil {
		if page.origins, err = web.OwnOrigins(p.Options.URL); err != nil {
			return nil, fmt.Errorf("make the page: %w", err)
		}
	}
	if err := page.addRecurring(p.Recurring); err != nil {
		return nil, fmt.Errorf("make the page: %w", err)
	}
	page.started = page.now()
	voice := layout.voice(p.Options)
	page.errors = errorsOf(p.Options, brand, func(*http.Request) *web.Voice { return voice })
	page.build = buildOf(brand)
	if page.hub, err = newHub(page, p.Hub); err != nil {
		return nil, fmt.Errorf("make the page: %w", err)
	}
	return page, nil
}

// errorsOf gives error answers the head of the page, and what voice says.
func errorsOf(options PageOptions, brand *brand, voice func(*http.Request) *web.Voice) web.Errors {
	return web.Errors{Name: options.Name, Stylesheet: brand.styles, Logo: brand.logo, Icon: brand.icon(incident.Unmeasured), Voice: voice, Theme: theme}
}

// voice is how error answers speak.
func (s speech) voice(options PageOptions) *web.Voice {
	v := &web.Voice{Language: s.Language, Made: s.sentence("by-daymark"), Links: []web.Link{
		{Text: s.sentence("history"), To: "/history"}, {Text: s.sentence("api"), To: "/api/v2/summary.json"},
	}}
	if c := contact(options.Contact); c.To != "" {
		v.Links = append(v.Links, web.Link{Text: c.Text, To: c.To})
	}
	return v
}

// Hub gives the hub, whose Run must go while the page is served.
func (p *Page) Hub() *Hub { return p.hub }

// Errors gives the error answers in this page's look, for the whole server.
func (p *Page) Errors() web.Errors { return p.errors }

// Route is a pattern of the standard mux with what answers it.
type Route struct {
	Pattern string
	Handler http.Handler
	Spoken  bool // its answer is in the page's language
}

// Routes are all addresses of the page. Everybody may call them.
func (p *Page) Routes() []Route {
	routes := []Route{
		{"GET /{$}", p.choosing(http.HandlerFunc(p.serveOverview)), true},
		{"GET /incidents/{id}", p.choosing(http.HandlerFunc(p.serveIncident)), true},
		{"GET /components/{id}", p.choosing(http.HandlerFunc(p.serveComponent)), true},
		{"GET /history", p.choosing(http.HandlerFunc(p.serveHistory)), true},
		{"GET /maintenance/{id}", p.serveMaintenance(), true},
		{"GET /live", http.HandlerFunc(p.hub.serve), true},
	}
	routes = append(routes, p.brand.routes()...)
	routes = append(routes, p.subscribeRoutes()...)
	routes = append(routes, p.feedRoutes()...)
	routes = append(routes, p.moreRoutes()...)
	routes = append(routes, p.badgeRoutes()...)
	routes = append(routes, p.cardRoutes()...)
	routes = append(routes, p.crawlRoutes()...)
	routes = append(routes, p.embedRoutes()...)
	routes = append(routes, p.reportRoutes()...)
	return append(routes, p.apiRoutes()...)
}

// latest gives the current rendering; the first asker makes it when nobody
// has yet.
func (p *Page) latest(ctx context.Context) (*rendering, error) {
	if r := p.current.Load(); r != nil {
		return r, nil
	}
	p.rendering.Lock()
	defer p.rendering.Unlock()
	if r := p.current.Load(); r != nil {
		return r, nil
	}
	r, err := p.render(ctx, nil)
	if err != nil {
		return nil, err
	}
	p.current.Store(r)
	return r, nil
}

// refresh shows a new rendering.
func (p *Page) refresh(ctx context.Context) error {
	before, after, err := p.next(ctx)
	if err == nil {
		p.turn(before, after)
	}
	return err
}

// next makes a new rendering and gives it with the one before, which is nil the
// first time. That is shown at once; any other is not shown yet.
func (p *Page) next(ctx context.Context) (before, after *rendering, err error) {
	p.rendering.Lock()
	defer p.rendering.Unlock()
	before = p.current.Load()
	after, err = p.render(ctx, before)
	if err != nil {
		return nil, nil, err
	}
	if before == nil {
		p.current.Store(after)
	}
	return before, after, nil
}

// turn puts a rendering in the place of the one before. What that was asked for
// is ready then: nobody waits while a page is made and compressed.
func (p *Page) turn(before, after *rendering) {
	if before == nil {
		return // it is there already
	}
	for theme, was := range before.asked() {
		if body, err := after.body(theme); err == nil { // what is wrong is told to who asks
			body.Follow(was)
		}
	}
	p.current.Store(after)
}

// setVersion numbers a rendering that open pages are told of, before it is shown.
func (p *Page) setVersion(r *rendering, version int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.version = version
	clear(r.overview)
}

// fail answers a request that could not be answered, and writes down why.
func (p *Page) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, ErrNotFound) {
		p.errors.Write(w, r, http.StatusNotFound, p.layout.sentence("no-such-incident"))
		return
	}
	if r.Context().Err() != nil {
		return // the asker has gone
	}
	p.log.ErrorContext(r.Context(), "the page could not be read", "path", r.URL.Path, "error", err)
	p.errors.Write(w, r, http.StatusServiceUnavailable, "")
}
