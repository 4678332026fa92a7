package statuspage

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"daymark/incident"
	"daymark/internal/web"
	"daymark/statuspage/wire"
)

// silentFor is how long nothing may be measured before the API says that it
// does not know, rather than that all is as it was.
const silentFor = 5 * time.Minute

// apiCache is what Statuspage's own answers say of caching.
const apiCache = "max-age=10, public, s-maxage=10, stale-while-revalidate=20, stale-if-error=3600"

// apiRoutes are the eight addresses that Statuspage's clients read.
func (p *Page) apiRoutes() []Route {
	eight := []struct {
		name   string
		answer answerer
	}{
		{"summary", func(_ context.Context, r *rendering, _ int) (any, error) { return r.summary(), nil }},
		{"status", func(_ context.Context, r *rendering, _ int) (any, error) {
			return wire.StatusAnswer{Page: r.wirePage(), Status: r.roll()}, nil
		}},
		{"components", func(_ context.Context, r *rendering, _ int) (any, error) {
			return wire.ComponentsAnswer{Page: r.wirePage(), Components: r.wireComponents()}, nil
		}},
		{"incidents", p.wireHistory},
		{"incidents/unresolved", func(_ context.Context, r *rendering, page int) (any, error) {
			return wire.IncidentsAnswer{Page: r.wirePage(), Incidents: nth(r.wireIncidents(r.snapshot.Open), page)}, nil
		}},
		{"scheduled-maintenances", p.wireWorks},
		{"scheduled-maintenances/upcoming", maintenancesAnswer(upcoming)},
		{"scheduled-maintenances/active", maintenancesAnswer(active)},
	}
	var routes []Route
	for _, one := range eight {
		routes = append(routes, Route{Pattern: "GET /api/v2/" + one.name + ".json", Handler: p.api(one.name, one.answer)})
	}
	return routes
}

// wireHistory answers incidents.json: what the source has, fifty a page.
func (p *Page) wireHistory(ctx context.Context, r *rendering, page int) (any, error) {
	incidents, err := p.source.Incidents(ctx, page)
	if err != nil {
		return nil, err
	}
	learned, err := p.learnedOf(ctx, incidents)
	if err != nil {
		return nil, err
	}
	answer := wire.IncidentsAnswer{Page: r.wirePage(), Incidents: []wire.Incident{}}
	for i := range incidents {
		answer.Incidents = append(answer.Incidents, r.wireReviewed(&incidents[i], learned[incidents[i].ID]))
	}
	newestFirst(answer.Incidents)
	return answer, nil
}

// learnedOf gives the published reviews of incidents that are over.
func (p *Page) learnedOf(ctx context.Context, incidents []incident.Incident) (map[string]Learned, error) {
	var over []string
	for i := range incidents {
		if !incidents[i].Open() {
			over = append(over, incidents[i].ID)
		}
	}
	if len(over) == 0 {
		return nil, nil
	}
	return p.source.Learned(ctx, over)
}

// wireWorks answers scheduled-maintenances.json: what the source has, fifty a
// page.
func (p *Page) wireWorks(ctx context.Context, r *rendering, page int) (any, error) {
	works, err := p.source.Announced(ctx, page)
	if err != nil {
		return nil, err
	}
	return wire.MaintenancesAnswer{Page: r.wirePage(), Maintenances: r.wirePlanned(works, anyStage)}, nil
}

// nth gives one page of fifty.
func nth(all []wire.Incident, page int) []wire.Incident {
	from := min(len(all), (page-1)*perPage)
	return all[from:min(len(all), from+perPage)]
}

// api serves one of the eight addresses. Where nothing has been measured for
// long it owns up, rather than call what it last knew healthy.
func (p *Page) api(name string, answer answerer) http.Handler {
	next := p.prepared(name, answer)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		now, err := p.latest(r.Context())
		if err != nil {
			p.fail(w, r, err)
			return
		}
		if p.blind(now) {
			p.errors.Write(w, r, http.StatusServiceUnavailable, "Nothing has been measured for 5 minutes.")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// blind says whether nothing has been measured for too long to tell anything.
func (p *Page) blind(r *rendering) bool {
	return !r.silent.IsZero() && p.now().Sub(r.silent) >= silentFor
}

// answerer makes what an address answers of a rendering, and of the number of
// the page that was asked for.
type answerer func(context.Context, *rendering, int) (any, error)

// prepared serves an answer that is made once a rendering.
func (p *Page) prepared(name string, answer answerer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		page := 1
		if r.URL.RawQuery != "" {
			page = max(1, pageNumber(r)) // unknown and wrong keys are ignored
		}
		body, err := p.kept(r.Context(), name+" "+strconv.Itoa(page), page == 1, func(now *rendering) (*web.Body, error) {
			return p.prepareAPI(r.Context(), now, page, now.updated(), answer)
		})
		if err != nil {
			p.fail(w, r, err)
			return
		}
		body.ServeHTTP(w, r)
	})
}

// answer serves an answer that is made for one request, and changes with the
// clock: only its ETag says whether it has.
func (p *Page) answer(w http.ResponseWriter, r *http.Request, answer answerer) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	now, err := p.latest(r.Context())
	if err != nil {
		p.fail(w, r, err)
		return
	}
	body, err := p.prepareAPI(r.Context(), now, 1, time.Time{}, answer)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	body.ServeHTTP(w, r)
}

// kept gives what is prepared once a rendering, of the current one.
func (p *Page) kept(ctx context.Context, key string, most bool, prepare func(*rendering) (*web.Body, error)) (*web.Body, error) {
	now, err := p.latest(ctx)
	if err != nil {
		return nil, err
	}
	return now.keep(key, most, func() (*web.Body, error) { return prepare(now) })
}

// keep gives what was prepared of a rendering under a name, and makes it where
// nobody has. What is asked for most is kept even where a crawler has filled
// the room.
func (r *rendering) keep(key string, most bool, prepare func() (*web.Body, error)) (*web.Body, error) {
	r.mu.Lock()
	body := r.api[key]
	r.mu.Unlock()
	if body != nil {
		return body, nil
	}
	body, err := prepare()
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.api) < mostCached || most && len(r.api) < 2*mostCached {
		r.api[key] = body
	}
	return body, nil
}

func (p *Page) prepareAPI(ctx context.Context, now *rendering, page int, modified time.Time, answer answerer) (*web.Body, error) {
	content, err := answer(ctx, now, page)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(content)
	if err != nil {
		return nil, fmt.Errorf("encode the answer: %w", err)
	}
	return web.NewBody(web.BodyOptions{
		Type: "application/json; charset=utf-8", Cache: apiCache, Vary: "Accept", Weak: true, Modified: modified,
	}, text), nil
}

// updated is when an incident or component last changed; a page on which
// nothing ever happened began to be then.
func (r *rendering) updated() time.Time {
	if r.snapshot.Updated.IsZero() {
		return r.page.started
	}
	return r.snapshot.Updated
}

func (r *rendering) wirePage() wire.Page {
	o := r.page.layout.Options
	zone := o.Timezone
	if zone == "UTC" {
		zone = "Etc/UTC"
	}
	return wire.Page{ID: wire.ID("page", o.URL), Name: o.Name, URL: o.URL, TimeZone: zone, UpdatedAt: wire.Time{Time: r.updated()}}
}

func (r *rendering) roll() wire.Status {
	roll := wire.Rollup{MaintenanceIndicator: r.page.layout.Options.API.MaintenanceIndicator}
	for _, c := range r.page.layout.Components {
		roll.Leaves = append(roll.Leaves, r.lastKnown[c.ID])
	}
	for i := range r.snapshot.Open {
		roll.Open = append(roll.Open, r.snapshot.Open[i].Worst.Impact())
	}
	return wire.Roll(roll)
}

func (r *rendering) summary() wire.Summary {
	return wire.Summary{
		Page: r.wirePage(), Components: r.wireComponents(), Incidents: r.wireIncidents(r.snapshot.Open),
		Maintenances: r.wireMaintenances(unfinished), Status: r.roll(),
	}
}

// known is a status as the API may say it: never unknown.
func known(s incident.Status) incident.Status {
	if s == incident.Unmeasured || s == "" {
		return incident.Operational
	}
	return s
}
