package console

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"daymark/access"
	"daymark/incident"
	"daymark/internal/web"
)

// Changes is what somebody changed in what is watched.
type Changes interface {
	// AddChange keeps one, with its entry in the audit trail. A key that was
	// given before, "" aside, gives what it made then.
	AddChange(ctx context.Context, who access.Principal, key string, c Change) (id string, err error)
	// ListChanges gives changes, newest first.
	ListChanges(ctx context.Context, q ChangeQuery) ([]Change, error)
}

// Change is a deployment, a switch, or the like.
type Change struct {
	ID         string
	At         time.Time
	What       string
	Components []string // that it is of; none: not known
	Link       string
	Who        string // who did it
	Author     string // who told of it
}

// ChangeQuery says which changes are asked for; what is empty asks for all.
type ChangeQuery struct {
	Since, Until time.Time // both included
	Component    string    // of it, or of none that is known
	BeforeAt     time.Time // with BeforeID: where the list goes on; zero: its beginning
	BeforeID     string
	Most         int
}

// How far from now a change may be.
const (
	changeAhead = time.Hour
	changeAgo   = 90 * 24 * time.Hour
)

func (a *API) changesRows() []Operation {
	return []Operation{
		write("/api/v1/changes", access.WriteChanges, "Say that something was changed: a deployment, a switch.", a.addChange),
		read("/api/v1/changes", access.ReadComponents, "What was changed, newest first.", a.listChanges),
	}
}

type changeTold struct {
	What       string   `json:"what" longest:"500" doc:"In a sentence: Deployed payments 1.24.0."`
	Components []string `json:"components,omitempty" doc:"Ids; left out: it is not known of which."`
	At         Time     `json:"at,omitzero" doc:"When it was done; left out: now."`
	Link       string   `json:"link,omitempty" longest:"1000" doc:"Where more is to be read, as http or https."`
	Who        string   `json:"who,omitempty" doc:"Who did it; left out: who tells of it."`
}

func (a *API) addChange(ctx context.Context, call Call, asked changeTold) (madeRow, error) {
	now := a.Now()
	c := Change{At: asked.At.Time, What: asked.What, Components: asked.Components, Link: asked.Link, Who: asked.Who, Author: call.Who.Actor()}
	if c.At.IsZero() {
		c.At = now
	}
	if wrong := a.wrongChange(&c, now); len(wrong) > 0 {
		return madeRow{}, &Fault{Status: http.StatusUnprocessableEntity, Detail: "This is no change: see errors.", Wrong: wrong}
	}
	key := call.Key
	if key != "" {
		key = call.Who.Via() + " " + key // nobody's key is another's
	}
	id, err := a.Changes.AddChange(ctx, call.Who, key, c)
	return madeRow{id}, err
}

func (a *API) wrongChange(c *Change, now time.Time) []web.Wrong {
	var wrong []web.Wrong
	if c.At.After(now.Add(changeAhead)) || c.At.Before(now.Add(-changeAgo)) {
		wrong = append(wrong, web.Wrong{Where: "body.at", Detail: "It is to be within the last 90 days, and an hour ahead at most."})
	}
	if c.Link != "" {
		if to, err := url.Parse(c.Link); err != nil || to.Scheme != "http" && to.Scheme != "https" || to.Host == "" {
			wrong = append(wrong, web.Wrong{Where: "body.link", Detail: "It is to be an address such as https://ci.example.org/runs/7."})
		}
	}
	if len(c.Components) > 100 {
		wrong = append(wrong, web.Wrong{Where: "body.components", Detail: "There are more than 100."})
		return wrong
	}
	for _, id := range c.Components {
		if a.component(id) == nil {
			wrong = append(wrong, web.Wrong{Where: "body.components", Detail: "There is no component " + strconv.Quote(id) + "."})
		}
	}
	return wrong
}

type changesAsked struct {
	Since     Time   `query:"since" doc:"Only those at or after this time."`
	Until     Time   `query:"until" doc:"Only those at or before this time."`
	Component string `query:"component" doc:"Only those of this component, by its id, and those of none that is known."`
	paging
}

type markerRow struct {
	ID         string   `json:"id"`
	At         Time     `json:"at"`
	What       string   `json:"what"`
	Components []string `json:"components" doc:"Ids; none: it is not known of which."`
	Link       string   `json:"link,omitempty"`
	Who        string   `json:"who,omitempty" doc:"Who did it."`
	Author     string   `json:"author" doc:"Who told of it."`
}

func (a *API) listChanges(ctx context.Context, _ Call, asked changesAsked) (page[markerRow], error) {
	place, err := asked.parts(2)
	if err != nil {
		return page[markerRow]{}, err
	}
	query := ChangeQuery{Since: asked.Since.Time, Until: asked.Until.Time, Component: asked.Component, Most: asked.Limit + 1}
	if place != nil {
		ms, err := strconv.ParseInt(place[0], 10, 64)
		if err != nil {
			return page[markerRow]{}, badCursor()
		}
		query.BeforeAt, query.BeforeID = time.UnixMilli(ms), place[1]
	}
	found, err := a.Changes.ListChanges(ctx, query)
	if err != nil {
		return page[markerRow]{}, err
	}
	row := func(c *Change) markerRow {
		return markerRow{c.ID, Time{c.At}, c.What, append([]string{}, c.Components...), c.Link, c.Who, c.Author}
	}
	return cut(found, asked.Limit, row, func(c *Change) []string { return []string{strconv.FormatInt(c.At.UnixMilli(), 10), c.ID} }), nil
}

// changeView is a change in words, for the template "changes".
type changeView struct {
	At, ISO, What, Link, Who string
	Of                       []string // names of components
	Related                  bool     // it is of what an incident is about, or needs
	at                       time.Time
}

// marksSaid is what those lines are.
const marksSaid = "Where something was deployed or changed, a line stands upright."

// marksOf draws the moments of changes as upright lines in a chart from one time
// to another.
func marksOf(changes []changeView, from, until time.Time) string {
	var path strings.Builder
	for _, c := range changes {
		if !c.at.Before(from) && c.at.Before(until) {
			fmt.Fprintf(&path, "M%d 0V80", plotWide*c.at.Sub(from)/until.Sub(from))
		}
	}
	return path.String()
}

const (
	// changesBefore is how far before a moment what changed is looked for, and
	// changesAfter how far after it: clocks differ.
	changesBefore = 24 * time.Hour
	changesAfter  = 5 * time.Minute
	changesListed = 20
)

// changesAround lists what changed before a moment and just after it: what is
// of these components, or of what they need, stands first.
func (s *Site) changesAround(ctx context.Context, who access.Principal, at time.Time, components []string) ([]changeView, error) {
	found, err := s.API.Changes.ListChanges(ctx, ChangeQuery{Since: at.Add(-changesBefore), Until: at.Add(changesAfter), Most: 200})
	if err != nil {
		return nil, err
	}
	versions, err := s.API.Configurations.ConfigurationVersions(ctx, VersionQuery{Since: at.Add(-changesBefore), Until: at.Add(changesAfter), Most: changesListed})
	if err != nil {
		return nil, err
	}
	related := s.API.withNeeds(components)
	var views []changeView
	for i := range versions {
		view := s.versionChange(&versions[i])
		if !who.May(access.ReadConfiguration) {
			view.Link = ""
		}
		views = append(views, view)
	}
	for i := range found {
		view := s.changeView(&found[i])
		view.Related = slices.ContainsFunc(found[i].Components, func(id string) bool { return related[id] })
		views = append(views, view)
	}
	slices.SortStableFunc(views, func(a, b changeView) int {
		switch {
		case a.Related == b.Related:
			return b.at.Compare(a.at)
		case a.Related:
			return -1
		}
		return 1
	})
	return views[:min(len(views), changesListed)], nil
}

// versionChange is a version of the configuration as a change.
func (s *Site) versionChange(v *ConfigurationVersion) changeView {
	what := "The configuration, version " + strconv.Itoa(v.Number)
	if v.Why != "" {
		what += ": " + v.Why
	}
	return changeView{
		At: s.clock(v.At, s.Now()), ISO: v.At.UTC().Format(time.RFC3339), What: what, Who: cmp.Or(s.byName(v.Author), "the "+v.Origin),
		Link: configurationPath + "/versions/" + strconv.Itoa(v.Number), at: v.At,
	}
}

// affectedIDs lists the components of an incident.
func affectedIDs(i *incident.Incident) []string {
	var ids []string
	for _, a := range i.Affected {
		ids = append(ids, a.Component)
	}
	return ids
}

// withNeeds gives components and all that they depend on, directly or not.
func (a *API) withNeeds(components []string) map[string]bool {
	all, todo := map[string]bool{}, slices.Clone(components)
	for len(todo) > 0 {
		id := todo[0]
		todo = todo[1:]
		if all[id] {
			continue
		}
		all[id] = true
		if c := a.component(id); c != nil {
			todo = append(todo, c.DependsOn...)
		}
	}
	return all
}

func (s *Site) changeView(c *Change) changeView {
	view := changeView{At: s.clock(c.At, s.Now()), ISO: c.At.UTC().Format(time.RFC3339), What: c.What, Link: c.Link, Who: c.Who, at: c.At}
	if view.Who == "" {
		view.Who = s.byName(c.Author)
	}
	for _, id := range c.Components {
		view.Of = append(view.Of, s.API.componentName(id))
	}
	return view
}

// changesPage lists what changed, and takes what somebody tells.
type changesPage struct {
	frame
	Changes    []changeView
	More       string
	Components []incident.Component
	MayTell    bool
}

// changesAPage is how many changes one part has.
const changesAPage = 50

func (s *Site) serveChanges(w http.ResponseWriter, r *http.Request, who access.Principal) {
	at, id, ok := placeOf(r)
	if !ok {
		s.wrong(w, r, http.StatusBadRequest, "This address is not one that a page of ours gave.")
		return
	}
	found, err := s.API.Changes.ListChanges(r.Context(), ChangeQuery{BeforeAt: at, BeforeID: id, Most: changesAPage + 1})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page := &changesPage{frame: s.frame(r, "What changed", "changes", who), Components: s.API.Components, MayTell: who.May(access.WriteChanges)}
	for i := range found {
		if i == changesAPage {
			page.More = "?cursor=" + encodeCursor(strconv.FormatInt(found[i-1].At.UnixMilli(), 10), found[i-1].ID)
			break
		}
		page.Changes = append(page.Changes, s.changeView(&found[i]))
	}
	s.show(w, r, http.StatusOK, "changes-page", page)
}
