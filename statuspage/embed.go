package statuspage

import (
	_ "embed" // the script
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"daymark/incident"
	"daymark/internal/lang"
	"daymark/internal/web"
)

//go:embed embed.js
var embedScript []byte

// embedCache is how long the state on other sites may be old.
const embedCache = "public, max-age=30"

// embedRoutes are what other sites put into their pages: a script with what it
// asks for, and a frame for sites that run no script of others.
func (p *Page) embedRoutes() []Route {
	script := web.NewBody(web.BodyOptions{Type: "text/javascript; charset=utf-8", Cache: "public, max-age=3600", Extra: openToOthers()}, embedScript)
	return []Route{
		{Pattern: "GET /embed", Handler: script},
		{Pattern: "GET /embed/state.json", Handler: http.HandlerFunc(p.serveEmbedState)},
		{Pattern: "GET /embed/frame", Handler: http.HandlerFunc(p.serveEmbedFrame)},
	}
}

func openToOthers() http.Header {
	return http.Header{"Access-Control-Allow-Origin": {"*"}, "Cross-Origin-Resource-Policy": {"cross-origin"}}
}

// embedState is what a banner on another site shows. The script puts it there
// as text.
type embedState struct {
	Show     bool   `json:"show"` // an incident is open, or maintenance goes on
	Key      string `json:"key"`  // what of: who has hidden it sees the next
	Status   string `json:"status"`
	Shape    string `json:"shape"` // of the status, a path of 16 units
	Sentence string `json:"sentence"`
	Next     string `json:"next"` // with {time}, which is Due in the reader's zone
	Due      string `json:"due"`  // RFC 3339; empty: no word is promised
	Path     string `json:"path"`
	More     string `json:"more"`
	Close    string `json:"close"`
	Region   string `json:"region"`
	Lang     string `json:"lang"`
	Dir      string `json:"dir"`
}

// asked gives the layout in the language of ?lang=, or the page's first: a
// site that asks for one that we do not speak gets what we do.
func (p *Page) asked(query url.Values) *Layout {
	if layout := p.in(query.Get("lang")); layout != nil {
		return layout
	}
	return p.layout
}

func (r *rendering) embedState(l *Layout) (embedState, Say) {
	b := &builder{Layout: l, snapshot: r.snapshot, now: r.at}
	say := b.say()
	s := embedState{
		Status: string(say.Status), Shape: signOf(say.Status), Sentence: say.Sentence, Path: "/",
		More: l.Text("page.see-status", nil), Close: l.Text("embed.close", nil), Region: l.Text("embed.region", lang.Values{"name": l.Options.Name}),
		Lang: l.Tag, Dir: l.Dir(),
	}
	var about []string
	for i := range r.snapshot.Open {
		about = append(about, r.snapshot.Open[i].ID)
	}
	if len(about) == 1 {
		s.Path = incidentPath(about[0])
	}
	for i := range r.snapshot.Maintenances {
		if m := &r.snapshot.Maintenances[i]; active(m.Stage) {
			about = append(about, m.ID)
		}
	}
	slices.Sort(about)
	s.Show, s.Key = len(about) > 0, strings.Join(about, " ")
	if s.Shape == "" {
		s.Shape = signOf(incident.Slow) // something is wrong that cannot be measured
	}
	if l.nextBy(say.Promise, r.at) != "" {
		s.Next, s.Due = l.Text("notify.next-by", nil), say.Promise.DueISO
	}
	return s, say
}

func (p *Page) serveEmbedState(w http.ResponseWriter, r *http.Request) {
	layout := p.asked(r.URL.Query())
	p.embedded(w, r, "embed "+layout.Tag, func(now *rendering) (*web.Body, error) {
		state, _ := now.embedState(layout)
		text, err := json.Marshal(state)
		if err != nil {
			return nil, fmt.Errorf("encode the state for other sites: %w", err)
		}
		return web.NewBody(web.BodyOptions{Type: "application/json; charset=utf-8", Cache: embedCache, Extra: openToOthers()}, text), nil
	})
}

// embedFrame is the frame's template's.
type embedFrame struct {
	Lang, Dir, Theme, Region, Status, Shape string
	Sentence, Next, Link, More              string
}

func (p *Page) serveEmbedFrame(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	layout, theme := p.asked(query), query.Get("theme")
	if !slices.Contains(themes, theme) {
		theme = ""
	}
	p.embedded(w, r, "frame "+layout.Tag+" "+theme, func(now *rendering) (*web.Body, error) {
		state, say := now.embedState(layout)
		next := layout.nextBy(say.Promise, now.at)
		html, err := layout.execute("embed", embedFrame{
			state.Lang, state.Dir, theme, state.Region, state.Status, signOf(say.Status),
			state.Sentence, next, layout.Options.URL + state.Path, state.More,
		})
		if err != nil {
			return nil, err
		}
		extra := openToOthers()
		extra.Set("Content-Security-Policy", web.FramedPolicy)
		return web.NewBody(web.BodyOptions{Type: "text/html; charset=utf-8", Cache: embedCache, Extra: extra}, html), nil
	})
}

// embedded serves what is prepared once a rendering.
func (p *Page) embedded(w http.ResponseWriter, r *http.Request, key string, prepare func(*rendering) (*web.Body, error)) {
	body, err := p.kept(r.Context(), key, true, prepare)
	if err != nil {
		forOthers(w)
		p.fail(w, r, err)
		return
	}
	body.ServeHTTP(w, r)
}
