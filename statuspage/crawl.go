package statuspage

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"time"

	"daymark/internal/web"
)

// crawlRoutes are for search engines.
func (p *Page) crawlRoutes() []Route {
	robots := web.NewBody(web.BodyOptions{Type: "text/plain; charset=utf-8", Cache: "public, max-age=3600"},
		[]byte("User-agent: *\nDisallow: /subscription/\nDisallow: /reports/\nDisallow: /console/\nDisallow: /embed/\nDisallow: /history?*q=\nSitemap: "+p.layout.Options.URL+"/sitemap.xml\n"))
	return []Route{
		{Pattern: "GET /robots.txt", Handler: robots},
		{Pattern: "GET /sitemap.xml", Handler: http.HandlerFunc(p.serveSitemap)},
	}
}

// mostMapped bounds how many pages of incidents, and of maintenance, the sitemap lists.
const mostMapped = 10

type sitemap struct {
	XMLName xml.Name     `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	Pages   []sitemapURL `xml:"url"`
}

type sitemapURL struct {
	At      string `xml:"loc"`
	Changed string `xml:"lastmod,omitempty"`
}

func (p *Page) serveSitemap(w http.ResponseWriter, r *http.Request) {
	body, err := p.kept(r.Context(), "sitemap", true, func(now *rendering) (*web.Body, error) { return p.mapSite(r.Context(), now) })
	if err != nil {
		p.fail(w, r, err)
		return
	}
	body.ServeHTTP(w, r)
}

func (p *Page) mapSite(ctx context.Context, now *rendering) (*web.Body, error) {
	at := p.layout.Options.URL
	changed := now.updated().UTC().Format(time.RFC3339)
	all := sitemap{Pages: []sitemapURL{{at + "/", changed}, {at + "/history", changed}}}
	for _, c := range p.layout.Components {
		all.Pages = append(all.Pages, sitemapURL{at + componentPath(c.ID), changed})
	}
	for page := 1; page <= mostMapped; page++ {
		incidents, err := p.source.Incidents(ctx, page)
		if err != nil {
			return nil, err
		}
		for i := range incidents {
			all.Pages = append(all.Pages, sitemapURL{at + incidentPath(incidents[i].ID), latest(incidents[i].Opened, incidents[i].Updated).UTC().Format(time.RFC3339)})
		}
		if len(incidents) < perPage {
			break
		}
	}
	for page := 1; page <= mostMapped; page++ {
		maintenances, err := p.source.Announced(ctx, page)
		if err != nil {
			return nil, err
		}
		for i := range maintenances {
			m := &maintenances[i]
			all.Pages = append(all.Pages, sitemapURL{at + maintenancePath(m.ID), latest(m.Announced, m.Updated).UTC().Format(time.RFC3339)})
		}
		if len(maintenances) < perPage {
			break
		}
	}
	text, err := xml.Marshal(all)
	if err != nil {
		return nil, fmt.Errorf("encode the sitemap: %w", err)
	}
	return web.NewBody(web.BodyOptions{Type: "application/xml; charset=utf-8", Cache: "public, max-age=300"}, append([]byte(xml.Header), text...)), nil
}
