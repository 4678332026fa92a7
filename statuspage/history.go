package statuspage

import (
	"net/http"
	"slices"
	"time"

	"daymark/incident"
	"daymark/internal/lang"
	"daymark/internal/web"
)

// perPage is how many incidents a Source gives at once.
const perPage = 50

// deepest is the last page of the history that can be asked for.
const deepest = 1000

// historyPage is the list of incidents and maintenance by month.
type historyPage struct {
	Frame        frame
	Lead         string
	Count        string
	Search       searchForm
	Asked        []condition // what the list is narrowed by
	Months       []month
	Empty        string // said where the list is empty
	Newer, Older turn
}

// searchForm asks for a search.
type searchForm struct {
	Words                    string
	Longest                  int
	Components, Kinds, Dates []option
	Narrowed                 bool // by more than words
}

// condition is one thing that narrows the list, and the way to do without.
type condition struct{ Said, Widen, To string }

// turn leads to the page, or the month, before or after. It is empty where
// there is none.
type turn struct{ Text, To string }

// month is a heading with its incidents, newest first.
type month struct {
	ID, Name, To string
	Incidents    []PastView
}

// serveHistory serves past and open incidents and maintenance, newest first,
// fifty a page.
func (p *Page) serveHistory(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	asked, wrong := p.layout.pastOf(query)
	switch {
	case wrong != "":
		p.errors.Write(w, r, http.StatusNotFound, p.layout.sentence(wrong))
		return
	case hollow(query):
		w.Header().Set("Cache-Control", web.Never)
		http.Redirect(w, r, asked.address(), http.StatusSeeOther)
		return
	}
	current, err := p.latest(r.Context())
	if err != nil {
		p.fail(w, r, err)
		return
	}
	key := theme(r) + " " + asked.address()
	if body := p.incidents.get(current, key); body != nil {
		body.ServeHTTP(w, r)
		return
	}
	found, err := p.source.Past(r.Context(), p.layout.search(asked))
	if err != nil {
		p.fail(w, r, err)
		return
	}
	if len(found.Entries) == 0 && asked.page > 1 {
		p.errors.Write(w, r, http.StatusNotFound, p.layout.sentence("no-earlier"))
		return
	}
	v := p.viewHistory(asked, found)
	v.Frame = p.frame(theme(r), incident.Operational)
	v.Frame.Title, v.Frame.Kept = p.layout.sentence("history"), queryKept(asked.query())
	html, err := p.layout.execute("history", v)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	body := web.NewBody(web.BodyOptions{Type: "text/html; charset=utf-8", Vary: vary}, html)
	p.incidents.put(current, key, body)
	body.ServeHTTP(w, r)
}

// viewHistory says what was found in words.
func (p *Page) viewHistory(asked past, found *Found) *historyPage {
	l := p.layout
	v := &historyPage{Lead: l.sentence("history-sentence"), Months: p.months(found.Entries, asked), Search: l.searchForm(asked, found.Months)}
	v.Asked = l.conditions(asked)
	switch {
	case asked.narrowed() && found.Total == 0:
		v.Count, v.Empty = l.sentence("history-none"), l.sentence("history-widen")
	case asked.narrowed():
		v.Count = l.Count("page.history-found", found.Total, nil)
	case found.Total == 0:
		v.Empty = l.sentence("no-incidents-at-all")
	default:
		v.Count = l.Count("page.history-all", found.Total, nil)
	}
	v.Newer, v.Older = l.turns(asked, found)
	return v
}

// searchForm asks what is asked already. Months are offered in which there is
// something to find.
func (l *Layout) searchForm(asked past, months []time.Time) searchForm {
	f := searchForm{Words: asked.words, Longest: longestSearch, Narrowed: asked.with(func(a *past) { a.words = "" }).narrowed()}
	f.Components = []option{{"", l.sentence("history-all-components"), asked.component == ""}}
	for _, s := range l.sections() {
		for _, c := range s.components {
			f.Components = append(f.Components, option{c.ID, l.name(c.ID), c.ID == asked.component})
		}
	}
	if _, known := l.component(asked.component); !known && asked.component != "" {
		f.Components = append(f.Components, option{asked.component, asked.component, true})
	}
	for _, k := range []Kind{"", OfIncidents, OfMaintenance} {
		f.Kinds = append(f.Kinds, option{string(k), l.kindWord(k), k == asked.kind})
	}
	f.Dates = []option{{"", l.sentence("history-all-months"), asked.month.IsZero()}}
	if !asked.month.IsZero() && !slices.ContainsFunc(months, asked.month.Equal) {
		months = append(slices.Clone(months), asked.month)
		slices.SortFunc(months, func(a, b time.Time) int { return b.Compare(a) })
	}
	for _, m := range months {
		f.Dates = append(f.Dates, option{m.In(l.Zone).Format(monthShape), l.Month(m.In(l.Zone)), m.Equal(asked.month)})
	}
	return f
}

// kindWord names a kind.
func (s speech) kindWord(k Kind) string {
	if k == "" {
		return s.sentence("history-all-kinds")
	}
	return s.sentence("history-" + string(k))
}

// conditions say what the list is narrowed by, each with a way to do without.
func (l *Layout) conditions(asked past) []condition {
	var all []condition
	add := func(said, widen string, without func(*past)) {
		all = append(all, condition{Said: said, Widen: l.sentence(widen), To: asked.with(without).address()})
	}
	if asked.words != "" {
		add(l.with("history-has-words", lang.Values{"words": asked.words}), "history-any-words", func(a *past) { a.words = "" })
	}
	if asked.component != "" {
		add(l.with("history-has-component", lang.Values{"name": l.name(asked.component)}), "history-any-component", func(a *past) { a.component = "" })
	}
	if asked.kind != "" {
		add(l.sentence("history-only-"+string(asked.kind)), "history-any-kind", func(a *past) { a.kind = "" })
	}
	if !asked.month.IsZero() {
		add(l.with("history-has-month", lang.Values{"month": l.Month(asked.month)}), "history-any-month", func(a *past) { a.month = time.Time{} })
	}
	return all
}

// turns lead to the pages beside this one; on a month's only page to the
// months beside it.
func (l *Layout) turns(asked past, found *Found) (newer, older turn) {
	onto := func(page int) string {
		asked.page = page
		return asked.address()
	}
	if page := asked.page; asked.month.IsZero() || found.Total > perPage {
		if page > 1 {
			newer = turn{l.sentence("newer"), onto(page - 1)}
		}
		if page*perPage < found.Total && page < deepest {
			older = turn{l.sentence("older"), onto(page + 1)}
		}
		return newer, older
	}
	at := func(m time.Time) turn {
		return turn{l.Month(m.In(l.Zone)), asked.with(func(a *past) { a.month = m }).address()}
	}
	for _, m := range found.Months { // newest first
		switch {
		case m.After(asked.month):
			newer = at(m)
		case m.Before(asked.month) && older.To == "":
			older = at(m)
		}
	}
	return newer, older
}

// months groups entries by the month in which they began.
func (p *Page) months(entries []PastEntry, asked past) []month {
	b := &builder{Layout: p.layout, snapshot: &Snapshot{}, now: p.now()}
	var all []month
	for _, e := range entries {
		var since time.Time
		var view PastView
		if e.Maintenance != nil {
			since, view = e.Maintenance.Starts, b.pastMaintenance(e.Maintenance)
		} else {
			since, view = e.Incident.Since, b.pastView(&e.Incident.Incident)
		}
		since = since.In(p.layout.Zone)
		name := p.layout.Month(since)
		if len(all) == 0 || all[len(all)-1].Name != name {
			m := month{ID: "month-" + since.Format(monthShape), Name: name}
			if asked.month.IsZero() && !p.copies {
				m.To = asked.with(func(a *past) { a.month = since }).address()
			}
			all = append(all, m)
		}
		last := &all[len(all)-1]
		last.Incidents = append(last.Incidents, view)
	}
	return all
}

// pastMaintenance is one maintenance in the list.
func (b *builder) pastMaintenance(m *incident.PlannedMaintenance) PastView {
	v := PastView{
		When: b.dateOf(m.Starts, b.Zone), Name: m.Title, Link: maintenancePath(m.ID),
		Kept: []string{b.with("history-work", lang.Values{"names": b.together(b.componentNames(m.Components))})},
	}
	if len(m.Components) == 0 || len(b.componentNames(m.Components)) == 0 {
		v.Kept = []string{b.sentence("history-work-none")}
	}
	if m.Over.IsZero() {
		v.Status, v.Word = incident.Maintenance, b.stageWord(m.Stage)
		v.Lasted = b.at("goes-on", b.clock(m.Starts, m.Starts, b.Zone).Text)
	} else {
		v.Lasted = b.Lasting(m.Over.Sub(m.Began))
	}
	if paragraphs := paragraphs(m.Text); len(paragraphs) > 0 {
		v.HTML = b.written(paragraphs[0])
	}
	return v
}
