package statuspage

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"daymark/incident"
	"daymark/internal/civil"
	"daymark/internal/lang"
	"daymark/internal/web"
)

// Limits of what a badge is asked for.
const (
	longestLabel = 64
	badgeCache   = "public, max-age=60"
	badgeSeconds = 60
)

// badgeRoutes are pictures of a status, and the same for shields. The whole
// page's are at addresses of their own, which no component can have.
func (p *Page) badgeRoutes() []Route {
	return []Route{
		{Pattern: "GET /badge.svg", Handler: p.badge(func(*http.Request) string { return "" }, ".svg")},
		{Pattern: "GET /badge.json", Handler: p.badge(func(*http.Request) string { return "" }, ".json")},
		{Pattern: "GET /badge/{file}", Handler: http.HandlerFunc(p.serveBadge)},
	}
}

func (p *Page) serveBadge(w http.ResponseWriter, r *http.Request) {
	for _, kind := range []string{".svg", ".json"} {
		if id, is := strings.CutSuffix(r.PathValue("file"), kind); is && id != "" {
			p.badge(func(*http.Request) string { return id }, kind).ServeHTTP(w, r)
			return
		}
	}
	p.noBadge(w, r)
}

func (p *Page) noBadge(w http.ResponseWriter, r *http.Request) {
	forOthers(w)
	p.errors.Write(w, r, http.StatusNotFound, "")
}

// forOthers lets other sites use an answer.
func forOthers(w http.ResponseWriter) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
}

// badgeAsk is what a badge is asked for.
type badgeAsk struct {
	component string // its id; empty: the whole page
	uptime    bool
	days      int
	label     string // instead of ours; empty: ours
	labelled  bool
	language  string // a tag of the page's languages
}

// readBadge reads the parameters; its error says what would be right.
func (p *Page) readBadge(component string, query url.Values) (badgeAsk, error) {
	ask := badgeAsk{component: component, days: stripDays, language: p.layout.Tag}
	switch show := query.Get("show"); show {
	case "", "status":
	case "uptime":
		ask.uptime = true
	default:
		return ask, fmt.Errorf("show is status or uptime")
	}
	if text := query.Get("days"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > stripDays {
			return ask, fmt.Errorf("days is a number from 1 to %d", stripDays)
		}
		ask.days = n
	}
	if ask.label, ask.labelled = query.Get("label"), query.Has("label"); utf8.RuneCountInString(ask.label) > longestLabel {
		return ask, fmt.Errorf("label has at most %d characters", longestLabel)
	}
	if tag := query.Get("lang"); tag != "" {
		if p.in(tag) == nil {
			return ask, fmt.Errorf("lang is a language of this page")
		}
		ask.language = tag
	}
	return ask, nil
}

// badge serves a badge as a picture or as JSON.
func (p *Page) badge(of func(*http.Request) string, kind string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		now, err := p.latest(r.Context())
		if err != nil {
			forOthers(w)
			p.fail(w, r, err)
			return
		}
		ask, err := p.readBadge(of(r), r.URL.Query())
		if err != nil {
			forOthers(w)
			p.errors.Write(w, r, http.StatusBadRequest, err.Error())
			return
		}
		prepare := func() (*web.Body, error) { return now.badgeBody(ask, kind) }
		var body *web.Body
		if ask.labelled {
			body, err = prepare() // no two are alike
		} else {
			body, err = now.keep(fmt.Sprintf("badge %s %v", kind, ask), ask.component == "", prepare)
		}
		if err != nil {
			forOthers(w)
			p.fail(w, r, err)
			return
		}
		body.ServeHTTP(w, r)
	})
}

func (r *rendering) badgeBody(ask badgeAsk, kind string) (*web.Body, error) {
	b, found := r.badgeOf(ask)
	if !found {
		return nil, fmt.Errorf("badge of %s: %w", ask.component, ErrNotFound)
	}
	options := web.BodyOptions{
		Type: "image/svg+xml; charset=utf-8", Cache: badgeCache,
		Extra: openToOthers(),
	}
	if kind == ".svg" {
		return web.NewBody(options, b.draw()), nil
	}
	options.Type = "application/json; charset=utf-8"
	text, err := json.Marshal(b.shield())
	if err != nil {
		return nil, fmt.Errorf("encode the badge: %w", err)
	}
	return web.NewBody(options, text), nil
}

// badge is what a badge says.
type badge struct {
	label, message string
	title          string // both, as one sentence
	status         incident.Status
	rtl            bool
}

// badgeOf says a badge; found is false where there is no such component, or it
// does not publish its uptime.
func (r *rendering) badgeOf(ask badgeAsk) (b badge, found bool) {
	layout := r.page.in(ask.language)
	build := &builder{Layout: layout, snapshot: r.snapshot, now: r.at}
	var of []incident.Component
	b.label = layout.Options.Name
	if ask.component != "" {
		c, known := layout.component(ask.component)
		if !known {
			return b, false
		}
		of, b.label = []incident.Component{c}, layout.name(c.ID)
	} else {
		of = layout.Components
	}
	if ask.uptime {
		of = slices.DeleteFunc(slices.Clone(of), func(c incident.Component) bool { return !shows(c, "uptime") })
		if len(of) == 0 {
			return b, false
		}
		b.label = layout.Count("badge.uptime", ask.days, lang.Values{"name": b.label})
		b.status, b.message = build.badgeUptime(of, ask.days)
	} else {
		b.status = build.worstOfAll(of)
		b.message = layout.statusWord(b.status)
	}
	if ask.labelled {
		b.label = ask.label
	}
	b.rtl = layout.RTL
	if b.title = b.message; b.label != "" {
		b.title = layout.Text("badge.title", lang.Values{"label": b.label, "message": b.message})
	}
	return b, true
}

// worstOfAll is how several components are as one: down only when all of them
// are, and unmeasured when none can be told.
func (b *builder) worstOfAll(of []incident.Component) incident.Status {
	count := map[incident.Status]int{}
	for _, c := range of {
		count[b.status(c.ID)]++
	}
	switch all := len(of); {
	case all == 0, count[incident.Unmeasured] == all:
		return incident.Unmeasured
	case count[incident.Down] == all:
		return incident.Down
	case count[incident.Down]+count[incident.PartlyDown] > 0:
		return incident.PartlyDown
	case count[incident.Slow] > 0:
		return incident.Slow
	case count[incident.Unmeasured] > 0:
		return incident.Unmeasured
	case count[incident.Maintenance] > 0:
		return incident.Maintenance
	}
	return incident.Operational
}

// badgeUptime is the uptime of some days, with a status that stands for its
// colour. That of several components is the mean of theirs, rounded down.
func (b *builder) badgeUptime(of []incident.Component, days int) (incident.Status, string) {
	today := civil.Day(b.now.In(b.Zone))
	sum, counted := int64(0), int64(0)
	for _, c := range of {
		all := lastDays(b.snapshot.Components[c.ID].Days, today)
		if u := countUptime(all[max(0, len(all)-days):], b.Options.Uptime.Maintenance != "counted"); u.checks > 0 {
			sum, counted = sum+u.hundredths(), counted+1
		}
	}
	if counted == 0 {
		return incident.Unmeasured, b.statusWord(incident.Unmeasured)
	}
	hundredths := sum / counted
	status := incident.Operational
	switch {
	case hundredths < 9500:
		status = incident.Down
	case hundredths < 9900:
		status = incident.PartlyDown
	case hundredths < 9990:
		status = incident.Slow
	}
	return status, b.Percent(hundredths)
}

// shield is a badge as shields.io reads it.
type shield struct {
	SchemaVersion int    `json:"schemaVersion"`
	Label         string `json:"label"`
	Message       string `json:"message"`
	Color         string `json:"color"`
	CacheSeconds  int    `json:"cacheSeconds"`
}

func (b badge) shield() shield {
	names := map[incident.Status]string{
		incident.Operational: "brightgreen", incident.Slow: "yellow", incident.PartlyDown: "orange", incident.Down: "red", incident.Maintenance: "blue",
	}
	color, known := names[b.status]
	if !known {
		color = "lightgrey"
	}
	return shield{1, b.label, b.message, color, badgeSeconds}
}
