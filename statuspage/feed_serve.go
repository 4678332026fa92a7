package statuspage

import (
	"context"
	"net/http"
	"net/url"

	"daymark/internal/web"
)

// feedRoutes are the feeds and calendars.
func (p *Page) feedRoutes() []Route {
	calendar := Route{"GET /calendar.ics", http.HandlerFunc(p.serveCalendar), true}
	if !p.feeds {
		return []Route{calendar}
	}
	return []Route{
		{"GET /history.atom", p.serveFeed(atomType, (*feed).atom), true},
		{"GET /history.rss", p.serveFeed(rssType, (*feed).rss), true},
		{"GET /components/{id}/history.atom", p.serveFeed(atomType, (*feed).atom), true},
		{"GET /components/{id}/history.rss", p.serveFeed(rssType, (*feed).rss), true},
		calendar,
	}
}

// componentFeed is the address of a component's feeds, without .atom or .rss.
func componentFeed(id string) string { return "/components/" + url.PathEscape(id) + "/history" }

// serveFeed serves feeds of one kind: of everything, or of the component that
// the address names.
func (p *Page) serveFeed(kind string, write func(f *feed, page, name, self string) (string, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.PathValue("id")
		if _, known := p.layout.component(id); id != "" && !known {
			p.errors.Write(w, r, http.StatusNotFound, p.layout.sentence("no-such-component"))
			return
		}
		p.composed(w, r, kind+" "+id, kind+"; charset=utf-8", func(ctx context.Context, now *rendering) (string, error) {
			f, err := p.readFeed(ctx, now, id)
			if err != nil {
				return "", err
			}
			suffix := ".atom"
			if kind == rssType {
				suffix = ".rss"
			}
			page := p.layout.Options.URL
			return write(f, page, p.layout.Options.Name, page+p.inOwnLanguage(f.self[len(page):]+suffix))
		})
	})
}

// composed serves to programs what is made once a rendering. Its errors are
// those of build.
func (p *Page) composed(w http.ResponseWriter, r *http.Request, key, kind string, build func(context.Context, *rendering) (string, error)) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	body, err := p.kept(r.Context(), key, false, func(now *rendering) (*web.Body, error) {
		text, err := build(r.Context(), now)
		if err != nil {
			return nil, err
		}
		return web.NewBody(web.BodyOptions{Type: kind, Cache: apiCache, Weak: true, Modified: now.updated()}, []byte(text)), nil
	})
	if err != nil {
		p.failMaintenance(w, r, err)
		return
	}
	body.ServeHTTP(w, r)
}
