package statuspage

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"daymark/incident"
)

// What is pointed at is written before what points at it: lower ranks first.
const (
	rankAssets     = iota // styles, scripts, pictures
	rankPages             // pages of one incident, or one maintenance
	rankComponents        // which tell of those
	rankLists             // what lists them, and what programs read
	rankHistory           // the history, its last page first
	rankOverview   = rankHistory + deepest + 1
)

// copying is what the copy has of a route.
type copying struct {
	rank int
	// addresses lists them, as visitors ask for them.
	addresses func(c *contents, pattern string) []string
	// follows gives what an answer follows from, where that is less work than
	// the answer: while it stays as it was, so does the page. Empty: the page
	// may be another each time. nil: it always may.
	follows func(ctx context.Context, c *contents, address string) (string, error)
}

// copied says what the copy has of each route, by its pattern. A test refuses
// a route that is neither here nor in liveOnly.
func (p *Page) copied() map[string]copying {
	all := map[string]copying{
		"GET /{$}":            {rank: rankOverview, addresses: only("/")},
		"GET /incidents/{id}": {rank: rankPages, addresses: each("/incidents/%s"), follows: incidentFollows},
		"GET /history":        {rank: rankHistory, addresses: historyPages},

		"GET /components/{id}":  {rank: rankComponents, addresses: each("/components/%s")},
		"GET /maintenance/{id}": {rank: rankPages, addresses: each("/maintenance/%s"), follows: workFollows},

		"GET /history.atom":                 {rank: rankLists, addresses: itself},
		"GET /history.rss":                  {rank: rankLists, addresses: itself},
		"GET /components/{id}/history.atom": {rank: rankLists, addresses: each("/components/%s/history.atom")},
		"GET /components/{id}/history.rss":  {rank: rankLists, addresses: each("/components/%s/history.rss")},
		"GET /calendar.ics":                 {rank: rankLists, addresses: itself},
		"GET /history.json":                 {rank: rankLists, addresses: itself},
		"GET /badge.svg":                    {rank: rankLists, addresses: itself},
		"GET /badge.json":                   {rank: rankLists, addresses: itself},
		"GET /badge/{file}":                 {rank: rankLists, addresses: each("/badge/%s.svg")},
	}
	if !p.feeds {
		for _, kind := range []string{"atom", "rss"} {
			delete(all, "GET /history."+kind)
			delete(all, "GET /components/{id}/history."+kind)
		}
	}
	for _, r := range p.apiRoutes() {
		all[r.Pattern] = copying{rank: rankLists, addresses: programs}
	}
	return all
}

// liveOnly are the routes that need the server: links to them lead there. A
// pattern stands for those that begin with it. Assets are copied as pages ask
// for them.
var liveOnly = []string{"POST ", "GET /live", "GET /static/", "GET /subscribe", "GET /subscription/", "GET /report", "GET /card/", "GET /embed", "GET /robots.txt", "GET /sitemap.xml", "GET /uptime_showcase"}

// contents is what the page has at the moment of a pass.
type contents struct {
	rendering *rendering
	incidents *incidentList
}

// incidentList is all incidents that are public, and all maintenance that was
// announced, for all editions.
type incidentList struct {
	all     []incident.Incident // newest first
	total   int                 // with maintenance: what the history lists
	byID    map[string]*incident.Incident
	works   []incident.PlannedMaintenance // whatever became of them: the history and calendars lead there
	fresh   bool                          // something was committed since the last pass
	read    map[string]bool               // in this pass
	records map[string]string             // by incident that is over: a digest of its record, kept from pass to pass
}

// list reads the incidents.
func (l *incidentList) list(ctx context.Context, source Source) error {
	for page := 1; page <= deepest; page++ {
		some, err := source.Incidents(ctx, page)
		if err != nil {
			return fmt.Errorf("list the incidents: %w", err)
		}
		l.all = append(l.all, some...)
		if len(some) < perPage {
			break
		}
	}
	found, err := source.Past(ctx, Search{Page: 1})
	if err != nil {
		return fmt.Errorf("count the history: %w", err)
	}
	l.total = found.Total
	if l.works, err = source.Maintenances(ctx, time.Time{}); err != nil {
		return fmt.Errorf("list the maintenance: %w", err)
	}
	l.byID = make(map[string]*incident.Incident, len(l.all))
	for i := range l.all {
		l.byID[l.all[i].ID] = &l.all[i]
	}
	return nil
}

// record gives the digest of an incident's record. It is read once a commit:
// the list does not say what was learned.
func (l *incidentList) record(ctx context.Context, source Source, id string) (string, error) {
	if had := l.records[id]; had != "" && (!l.fresh || l.read[id]) {
		return had, nil
	}
	record, err := source.Incident(ctx, id)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(record)
	if err != nil {
		return "", fmt.Errorf("tell incident %s from what it was: %w", id, err)
	}
	l.records[id], l.read[id] = digest(text), true
	return l.records[id], nil
}

// only lists one address.
func only(address string) func(*contents, string) []string {
	return func(*contents, string) []string { return []string{address} }
}

// itself lists the address that a pattern without a variable part is.
func itself(_ *contents, pattern string) []string {
	return []string{strings.TrimPrefix(pattern, "GET ")}
}

// programs lists an address of the API. While nothing is measured it answers
// that it cannot tell, which no file can: it is not there then.
func programs(c *contents, pattern string) []string {
	if r := c.rendering; r.page.blind(r) {
		return nil
	}
	return itself(c, pattern)
}

// each lists an address for each thing that the page has of a kind, which the
// beginning of the address says: an incident, a maintenance, or a component.
func each(format string) func(*contents, string) []string {
	kind, _, _ := strings.Cut(strings.TrimPrefix(format, "/"), "/")
	return func(c *contents, _ string) []string {
		var all []string
		switch add := func(id string) { all = append(all, fmt.Sprintf(format, id)) }; kind {
		case "incidents":
			for i := range c.incidents.all {
				add(c.incidents.all[i].ID)
			}
		case "maintenance":
			for i := range c.incidents.works {
				add(c.incidents.works[i].ID)
			}
		default:
			for i := range c.rendering.page.layout.Components {
				add(c.rendering.page.layout.Components[i].ID)
			}
		}
		return all
	}
}

// incidentFollows gives what the page of an incident that is over follows from:
// its record, and the day that times are told from.
func incidentFollows(ctx context.Context, c *contents, address string) (string, error) {
	id := strings.TrimPrefix(address, "/incidents/")
	if i := c.incidents.byID[id]; i == nil || i.Open() {
		return "", nil
	}
	page := c.rendering.page
	record, err := c.incidents.record(ctx, page.source, id)
	return record + " " + page.now().In(page.layout.Zone).Format(time.DateOnly), err
}

// workFollows gives what the page of a maintenance that is over follows from:
// its last change, when it comes again, and the day that times are told from.
func workFollows(_ context.Context, c *contents, address string) (string, error) {
	id := strings.TrimPrefix(address, "/maintenance/")
	at := slices.IndexFunc(c.incidents.works, func(m incident.PlannedMaintenance) bool { return m.ID == id })
	if at < 0 || !c.incidents.works[at].Ended() {
		return "", nil
	}
	m, page := &c.incidents.works[at], c.rendering.page
	now := page.now()
	follows := iso(m.Updated) + " " + now.In(page.layout.Zone).Format(time.DateOnly)
	if next := page.coming(m.Rule, m.Starts, now); len(next) > 0 {
		follows += " " + iso(next[0])
	}
	return follows, nil
}

// historyPages lists the pages of the history, the last first.
func historyPages(c *contents, _ string) []string {
	var all []string
	for page := min(deepest, max(1, (c.incidents.total+perPage-1)/perPage)); page >= 1; page-- {
		all = append(all, past{page: page}.address())
	}
	return all
}
