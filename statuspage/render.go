package statuspage

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"daymark/incident"
	"daymark/internal/lang"
	"daymark/internal/prose"
	"daymark/internal/web"
	"daymark/static"
)

//go:embed templates
var templateFiles embed.FS

// templates are parsed once a language; they never change.
var templates = sync.OnceValue(func() map[string]*template.Template {
	all := map[string]*template.Template{}
	for _, tag := range lang.Tags() {
		s := speech{lang.Find(tag)}
		words := template.FuncMap{"text": s.fixed, "title": s.titleOf, "asset": static.URL, "sprite": static.Sprite}
		all[tag] = template.Must(template.New("").Funcs(words).ParseFS(templateFiles, "templates/*.html"))
	}
	return all
})

// fragment is a piece of the page with a stable id, sent by itself when it
// changes.
type fragment struct {
	ID   string
	HTML template.HTML
	// loud is what readers must see change at once; figures are not in it.
	loud string
	// pace says when a change that is not loud is sent.
	pace pace
}

// pace is how soon a change of mere figures reaches open pages.
type pace int

const (
	onTick  pace = iota // with the next tick
	onRound             // every few minutes: the counts of checks move all the time
)

// rendering is the page as it was at one moment; only what is prepared on
// demand changes in it.
type rendering struct {
	version   int64 // rises whenever open pages are sent something
	at        time.Time
	snapshot  *Snapshot
	view      View
	fragments []fragment
	lastKnown map[string]incident.Status // of each component, for the API
	silent    time.Time                  // since when nothing is measured; zero: something is

	page     *Page
	mu       sync.Mutex
	overview map[string]*web.Body // by theme
	themes   map[string]bool      // that were asked for
	api      map[string]*web.Body // by name and page
}

// frame is what head and foot need.
type frame struct {
	Lang, Dir                      string
	Name, Title, Theme, Icon, Logo string
	Build, Mode, Zone              string
	Watch                          string // of a whole page: the overview's fragments that speak of it; empty: any may
	Words                          string // of its language, for browsers that do not know it; empty: all do
	Version                        int64
	Styles                         []string
	Live                           bool             // it changes by itself
	Own                            string           // the zone of times that script says in the reader's, too; empty: none
	Atom, RSS, Calendar            string           // their addresses, in this language; empty: they are not served
	Languages                      []languageChoice // none: there is no choice
	Contact                        Contact
	Subscribe                      bool       // readers can subscribe
	Report                         bool       // they can report a problem
	Share                          *share     // nil: other sites and search engines are told nothing
	Copy                           *copyFrame // nil: it is live
	Kept                           queryKept  // what its address asks for, which stays with another theme or language
}

// copyFrame is what a page of the copy says of itself.
type copyFrame struct {
	ISO   string // when it was made, or the mark that stands for it
	Made  Line
	Zone  string // IANA, of the page's times
	Dated string // how a time of another day is said
}

// languageChoice is a language that a reader may choose.
type languageChoice struct {
	Tag, Name string
	Current   bool
}

func (l *Layout) languages() []languageChoice {
	if len(l.Options.Languages) < 2 {
		return nil
	}
	var all []languageChoice
	for _, tag := range l.Options.Languages {
		all = append(all, languageChoice{Tag: tag, Name: lang.Or(tag).Name, Current: tag == l.Tag})
	}
	return all
}

// frame begins the frame of any page of ours.
func (p *Page) frame(theme string, status incident.Status) frame {
	f := frame{
		Lang: p.layout.Tag, Dir: p.layout.Dir(), Languages: p.layout.languages(),
		Name: p.layout.Options.Name, Theme: theme, Icon: p.brand.icon(status), Logo: p.brand.logo,
		Build: p.build, Styles: p.brand.styles, Zone: p.layout.timesAre(p.layout.Zone, p.now()),
		Contact: contact(p.layout.Options.Contact), Subscribe: p.subscribing != nil, Report: p.reports != nil,
		Calendar: p.inOwnLanguage("/calendar.ics"), Words: p.layout.browserWords(),
	}
	if p.feeds {
		f.Atom, f.RSS = p.inOwnLanguage("/history.atom"), p.inOwnLanguage("/history.rss")
	}
	if p.copies {
		f.Copy = &copyFrame{
			ISO: markISO, Made: p.layout.place("copy-made", Moment{ISO: markISO, Text: markClock}),
			Zone: p.layout.Options.Timezone, Dated: p.layout.Text("time.clock-on", nil),
		}
	}
	return f
}

// vary is what answers depend on, besides their address.
const vary = "Cookie, Accept-Language"

// scripts of the pages, which change with them.
func scripts() []string {
	return []string{static.URL("vendor/idiomorph.js"), static.URL("live.js"), static.URL("strip.js"), static.URL("own.js"), static.URL("words.js")}
}

// render reads one snapshot and makes all fragments of it.
func (p *Page) render(ctx context.Context, before *rendering) (*rendering, error) {
	now := p.now()
	snapshot, err := p.source.Snapshot(ctx, now)
	if err != nil {
		return nil, fmt.Errorf("read the page's snapshot: %w", err)
	}
	r := &rendering{page: p, at: now, snapshot: snapshot, overview: map[string]*web.Body{}, themes: map[string]bool{}, api: map[string]*web.Body{}}
	r.view = BuildView(p.layout, snapshot, now)
	if r.fragments, err = p.layout.fragmentsOf(r.view); err != nil {
		return nil, err
	}
	if !p.copies { // a copy is not told of changes one by one
		r.version = now.UnixMilli()
	}
	if before != nil {
		r.version = before.version
	}
	r.remember(before)
	return r, nil
}

// remember keeps what the snapshot does not say: the last known status of a
// component that cannot be measured now, and since when nothing is.
func (r *rendering) remember(before *rendering) {
	r.lastKnown = map[string]incident.Status{}
	silent := len(r.page.layout.Components) > 0
	latest := r.page.started
	for _, c := range r.page.layout.Components {
		state, found := r.snapshot.Components[c.ID]
		known := incident.Operational
		if before != nil && before.lastKnown[c.ID] != "" {
			known = before.lastKnown[c.ID]
		}
		switch {
		case found && state.Status != incident.Unmeasured:
			known, silent = state.Status, false
		case found && state.Since.After(latest):
			latest = state.Since
		}
		r.lastKnown[c.ID] = known
	}
	if silent {
		r.silent = latest
	}
}

// fragmentsOf renders every fragment of a view, in the page's order.
func (say speech) fragmentsOf(v View) ([]fragment, error) {
	type job struct {
		fragment

		name string
		data any
		key  any // what of it is loud
	}
	made := func(j job) (fragment, error) {
		html, err := say.execute(j.name, j.data)
		if err != nil {
			return j.fragment, err
		}
		key, err := json.Marshal(j.key)
		if err != nil {
			return j.fragment, fmt.Errorf("key of %s: %w", j.ID, err)
		}
		j.HTML, j.loud = template.HTML(html), string(key) //nolint:gosec // the template escaped it
		return j.fragment, nil
	}
	checked, err := made(job{fragment{ID: "checked"}, "checked", v.Say.Checked, nil})
	if err != nil {
		return nil, err
	}
	top := struct {
		View
		Checked template.HTML
	}{v, checked.HTML}
	jobs := []job{{fragment{ID: "say", pace: onRound}, "say", top, loudSay(v.Say)}}
	if v.Facts != nil {
		jobs = append(jobs, job{fragment{ID: "facts"}, "facts", v.Facts, v.Facts})
	}
	for _, s := range v.Sections {
		if s.Fold != nil {
			jobs = append(jobs, job{fragment{ID: s.Fold.ID}, "fold", s.Fold, []any{s.Fold.Text, s.Fold.Status}})
		}
		for _, c := range s.Components {
			jobs = append(jobs, job{fragment{ID: c.ID, pace: onRound}, "component", c, []any{c.Name, c.Status, c.Word, c.Regions}})
		}
	}
	jobs = append(jobs,
		job{fragment{ID: "planned"}, "planned", v.Planned, v.Planned},
		job{fragment{ID: "past"}, "past", v.Past, v.Past})
	all := make([]fragment, 1+len(jobs))
	all[0] = checked // which stands in the next one, too
	return all, eachOf(len(jobs), func(i int) (err error) {
		all[1+i], err = made(jobs[i])
		return err
	})
}

// eachOf does something for each of so many, on all processors.
func eachOf(n int, do func(i int) error) error {
	var all errgroup.Group
	all.SetLimit(runtime.GOMAXPROCS(0))
	for i := range n {
		all.Go(func() error { return do(i) })
	}
	return all.Wait()
}

// loudSay is the top of the page without what time alone moves.
func loudSay(s Say) Say {
	s.Checked = Line{}
	if s.Promise != nil {
		p := *s.Promise
		p.Ruler = Ruler{}
		s.Promise = &p
	}
	return s
}

// paragraphs gives what a person wrote as plain paragraphs.
func paragraphs(text string) []string { return prose.Paragraphs(prose.Text(text)) }

// execute runs a template by name.
func (s speech) execute(name string, data any) ([]byte, error) {
	var out bytes.Buffer
	if err := templates()[s.Tag].ExecuteTemplate(&out, name, data); err != nil {
		return nil, fmt.Errorf("render %s: %w", name, err)
	}
	return out.Bytes(), nil
}

// html gives a fragment by its id, empty when the page has none such.
func (r *rendering) html(id string) template.HTML {
	for i := range r.fragments {
		if r.fragments[i].ID == id {
			return r.fragments[i].HTML
		}
	}
	return ""
}

// ask gives the whole page in a theme to somebody who asks for it.
func (r *rendering) ask(theme string) (*web.Body, error) {
	r.mu.Lock()
	r.themes[theme] = true
	r.mu.Unlock()
	return r.body(theme)
}

// asked gives what was asked for of it, by theme.
func (r *rendering) asked() map[string]*web.Body {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := map[string]*web.Body{}
	for theme := range r.themes {
		if body := r.overview[theme]; body != nil {
			all[theme] = body
		}
	}
	return all
}

// body gives the whole page in a theme, prepared when it is first wanted.
func (r *rendering) body(theme string) (*web.Body, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if body, found := r.overview[theme]; found {
		return body, nil
	}
	f := r.page.frame(theme, r.view.Status)
	f.Title, f.Zone, f.Version, f.Mode, f.Live = r.view.Title, r.view.Zone, r.version, "fragments", true
	f.Share = r.page.shared("/", "website", r.page.layout.described(r.view.Say.Sentence, r.view.Say.Follow), "", r.view.Say.Sentence, r.version)
	f.Share.Data = r.page.overviewData(r)
	data := struct {
		Frame            frame
		Say, Facts, Past template.HTML
		Planned          template.HTML
		Sections         []sectionHTML
	}{Frame: f, Say: r.html("say"), Facts: r.html("facts"), Planned: r.html("planned"), Past: r.html("past"), Sections: r.sections()}
	html, err := r.page.layout.execute("page", data)
	if err != nil {
		return nil, err
	}
	body := web.NewBody(web.BodyOptions{Type: "text/html; charset=utf-8", Cache: web.Revalidate, Vary: vary}, html)
	r.overview[theme] = body
	return body, nil
}

// sectionHTML is a group with its components rendered.
type sectionHTML struct {
	ID, Name   string
	Fold       *Fold // nil: it cannot be folded
	Line       template.HTML
	Components []template.HTML
	Key        bool // how to read the bars: once, after the last strip
}

func (r *rendering) sections() []sectionHTML {
	var all []sectionHTML
	last := -1
	for i, s := range r.view.Sections {
		one := sectionHTML{ID: s.ID, Name: s.Name, Fold: s.Fold}
		if s.Fold != nil {
			one.Line = r.html(s.Fold.ID)
		}
		for _, c := range s.Components {
			one.Components = append(one.Components, r.html(c.ID))
			if c.Strip != nil {
				last = i
			}
		}
		all = append(all, one)
	}
	if last >= 0 {
		all[last].Key = true
	}
	return all
}
