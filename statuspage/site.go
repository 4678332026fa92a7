package statuspage

import (
	"context"
	"net/http"
	"strings"
	"sync"

	"daymark/incident"
	"daymark/internal/lang"
	"daymark/internal/web"
	"daymark/statuspage/wire"
)

// Site is the public page in each of its languages, an edition a language. A
// reader gets the one that they chose, or that their browser asks for.
type Site struct {
	offered  []string // tags, the page's first language first
	editions map[string]*Page
	choice   *lang.Choice
}

// NewSite makes the editions in the languages of the page's options. Params'
// Language is not looked at.
func NewSite(p Params) (*Site, error) {
	s := &Site{offered: p.Options.Languages, editions: map[string]*Page{}}
	if len(s.offered) == 0 {
		s.offered = []string{lang.English().Tag}
	}
	s.choice = lang.NewChoice(s.offered)
	for _, tag := range s.offered {
		p.Language = tag
		page, err := New(p)
		if err != nil {
			return nil, err
		}
		s.editions[tag] = page
	}
	return s, nil
}

// first is the edition in the page's first language, which programs read.
func (s *Site) first() *Page { return s.editions[s.offered[0]] }

// Routes are all addresses of the page. Everybody may call them.
func (s *Site) Routes() []Route {
	spoken := map[string]map[string]http.Handler{} // by pattern and tag
	for tag, page := range s.editions {
		for _, r := range page.Routes() {
			if r.Spoken {
				if spoken[r.Pattern] == nil {
					spoken[r.Pattern] = map[string]http.Handler{}
				}
				spoken[r.Pattern][tag] = r.Handler
			}
		}
	}
	routes := s.first().Routes()
	for i := range routes {
		if in := spoken[routes[i].Pattern]; in != nil {
			routes[i].Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				in[s.language(r)].ServeHTTP(w, r)
			})
		}
	}
	return routes
}

// language gives the tag of the edition for a request: what its address says,
// what the reader chose, or what the browser asks for. What programs read is
// in the page's first language unless the address says another.
func (s *Site) language(r *http.Request) string {
	if len(s.offered) == 1 || strings.HasSuffix(r.URL.Path, ".json") {
		return s.offered[0]
	}
	if r.URL.RawQuery != "" {
		query := r.URL.Query()
		for _, name := range []string{languageCookie, languageQuery} {
			if asked := query.Get(name); s.editions[asked] != nil {
				return asked
			}
		}
	}
	if forPrograms(r.URL.Path) {
		return s.offered[0]
	}
	if len(r.Header["Cookie"]) > 0 {
		if chosen, err := r.Cookie(languageCookie); err == nil && s.editions[chosen.Value] != nil {
			return chosen.Value
		}
	}
	return s.choice.Match(r.Header.Get("Accept-Language"))
}

// forPrograms says whether programs read what is at a path.
func forPrograms(path string) bool {
	return strings.HasSuffix(path, ".atom") || strings.HasSuffix(path, ".rss") || strings.HasSuffix(path, ".ics")
}

// Errors gives the error answers in this page's look, for the whole server, in
// the language of each reader.
func (s *Site) Errors() web.Errors {
	errors := s.first().Errors()
	errors.Voice = func(r *http.Request) *web.Voice { return s.editions[s.language(r)].errors.Voice(r) }
	return errors
}

// Notify says that something was committed, up to an event's number. It never
// blocks.
func (s *Site) Notify(seq int64) {
	for _, page := range s.editions {
		page.hub.Notify(seq)
	}
}

// Follow is Notify with the traceparent of what was committed; "": there is
// none.
func (s *Site) Follow(trace string, seq int64) {
	for _, page := range s.editions {
		page.hub.follow(trace)
	}
	s.Notify(seq)
}

// Readers counts the open connections.
func (s *Site) Readers() int {
	n := 0
	for _, page := range s.editions {
		n += page.hub.Readers()
	}
	return n
}

// Run keeps all editions current until the context ends, and returns when all
// connections are gone. It is called once.
func (s *Site) Run(ctx context.Context) {
	var all sync.WaitGroup
	for _, page := range s.editions {
		all.Go(func() { page.hub.Run(ctx) })
	}
	all.Wait()
}

// Webhook tells of an incident as subscribers' webhooks get it, in the page's
// first language: programs read it.
func (s *Site) Webhook(ctx context.Context, i *incident.Incident) (*wire.Webhook, error) {
	return s.first().Webhook(ctx, i)
}
