package statuspage

import (
	"net/http"
	"strings"

	"daymark/internal/web"
)

func componentPath(id string) string { return "/components/" + id }

// serveComponent serves the page of one component of the configuration; any
// other is nobody's.
func (p *Page) serveComponent(w http.ResponseWriter, r *http.Request) {
	c, found := p.layout.component(r.PathValue("id"))
	if !found {
		p.errors.Write(w, r, http.StatusNotFound, p.layout.sentence("component-no-such"))
		return
	}
	chosen := theme(r)
	current, err := p.latest(r.Context())
	if err != nil {
		p.fail(w, r, err)
		return
	}
	key := chosen + " " + c.ID
	if body := p.components.get(current, key); body != nil {
		body.ServeHTTP(w, r)
		return
	}
	history, err := p.source.Component(r.Context(), ask(c), current.at)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	var objectives []ObjectiveStanding
	if p.objectives != nil {
		if objectives, err = p.objectives.PublicObjectives(r.Context()); err != nil {
			p.fail(w, r, err)
			return
		}
	}
	v := viewComponent(p.layout, c, current.snapshot, history, objectives, current.at)
	if p.copies {
		v.Earlier = "/history" // a copy has no searches
	}
	v.Frame = p.frame(chosen, v.Status)
	v.Frame.Title = strings.TrimSuffix(v.Sentence, ".")
	v.Frame.Version, v.Frame.Mode, v.Frame.Live = current.number(), "whole", true
	v.Frame.Watch = v.Watch
	v.Frame.Share = p.sharedLike(componentPath(c.ID), v.Sentence, current)
	v.Frame.Share.Data = p.componentData(c, v.Sentence, current)
	html, err := p.layout.execute("component-page", v)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	body := web.NewBody(web.BodyOptions{Type: "text/html; charset=utf-8", Cache: web.Revalidate, Vary: vary}, html)
	p.components.put(current, key, body)
	body.ServeHTTP(w, r)
}
