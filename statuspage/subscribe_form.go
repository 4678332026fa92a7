package statuspage

import (
	"cmp"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"daymark/internal/lang"
)

// option is one answer of a question.
type option struct {
	Value, Word string
	Chosen      bool
}

// subscribePage is the form of a sign-up.
type subscribePage struct {
	Frame        frame
	Channels     []option
	Address      string
	AddressLabel string
	Wish         wishForm
	Summary      string            // what is wrong, on top
	Errors       map[string]string // by field
	Webcal       template.URL      // of the calendar
	Feeds        []componentFeeds
}

// componentFeeds are the addresses of what programs read of one component.
type componentFeeds struct{ Name, Atom, RSS, Calendar string }

// addFeeds offers what tells without knowing an address.
func (p *Page) addFeeds(v *subscribePage) {
	_, host, _ := strings.Cut(p.layout.Options.URL, "://")
	v.Webcal = template.URL("webcal://" + host + p.inOwnLanguage("/calendar.ics")) //nolint:gosec // of the page's own address, which was read as one
	for _, s := range p.layout.sections() {
		for _, c := range s.components {
			f := componentFeeds{Name: p.layout.name(c.ID), Calendar: p.inOwnLanguage("/calendar.ics?component=" + url.QueryEscape(c.ID))}
			if p.feeds {
				f.Atom, f.RSS = p.inOwnLanguage(componentFeed(c.ID)+".atom"), p.inOwnLanguage(componentFeed(c.ID)+".rss")
			}
			v.Feeds = append(v.Feeds, f)
		}
	}
}

// wishForm is the part of a form that asks what somebody wants to hear.
type wishForm struct {
	Incident     string // its id; empty: of none
	IncidentName string
	Components   []option
	Severities   []option
	Every        bool // every update
	Maintenance  bool
	Languages    []option // none where there is one alone
}

// wishForm asks for wishes as they stand.
func (p *Page) wishForm(w Wishes, incidentName string) wishForm {
	f := wishForm{Incident: w.Incident, IncidentName: incidentName, Every: !w.Edges, Maintenance: w.Maintenance}
	for _, c := range p.layout.Components {
		f.Components = append(f.Components, option{c.ID, p.layout.name(c.ID), slices.Contains(w.Components, c.ID)})
	}
	for _, o := range severities {
		f.Severities = append(f.Severities, option{o.value, p.layout.sentence(o.id), o.severity == w.Severity})
	}
	if languages := p.layout.Options.Languages; len(languages) > 1 {
		for _, tag := range languages {
			f.Languages = append(f.Languages, option{tag, lang.Or(tag).Name, tag == cmp.Or(w.Language, p.layout.Tag)})
		}
	}
	return f
}

// form makes the page of a sign-up that stands so.
func (p *Page) form(r *http.Request, s SignUp, incidentName string) *subscribePage {
	v := &subscribePage{Frame: p.frame(theme(r), "operational"), Address: s.Address, Wish: p.wishForm(s.Wishes, incidentName), Errors: map[string]string{}}
	v.Frame.Title = p.layout.sentence("get-updates")
	offered := p.subscribing.Channels
	v.AddressLabel = p.layout.addressLabel(offered)
	p.addFeeds(v)
	for _, c := range offered {
		v.Channels = append(v.Channels, option{c, p.layout.channelWord(c), c == s.Channel || s.Channel == "" && c == offered[0]})
	}
	return v
}

// reject notes what is wrong, and says whether it was something of the
// reader's.
func (v *subscribePage) reject(say speech, err error) bool {
	rejection := (*Rejection)(nil)
	if !errors.As(err, &rejection) {
		return false
	}
	v.Errors[rejection.Field] = say.rejected(rejection)
	v.Summary = say.with("form-bad", lang.Values{"what": v.Errors[rejection.Field]})
	return true
}

// biggestForm bounds what a reader sends, in bytes.
const biggestForm = 32 << 10

// readForm reads a form that was posted from our own page. It answers what
// cannot be read, and is false then.
func (p *Page) readForm(w http.ResponseWriter, r *http.Request) bool {
	if err := p.origins.Check(r); err != nil {
		p.errors.Write(w, r, http.StatusForbidden, p.layout.sentence("cross-site"))
		return false
	}
	return p.readBody(w, r)
}

func (p *Page) readBody(w http.ResponseWriter, r *http.Request) bool {
	r.Body = http.MaxBytesReader(w, r.Body, biggestForm)
	parse := r.ParseForm
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		parse = func() error { return r.ParseMultipartForm(biggestForm) }
	}
	err := parse()
	tooLong := (*http.MaxBytesError)(nil)
	switch {
	case err == nil:
		return true
	case errors.As(err, &tooLong):
		p.errors.Write(w, r, http.StatusRequestEntityTooLarge, "")
	default:
		p.errors.Write(w, r, http.StatusBadRequest, p.layout.sentence("no-form-read"))
	}
	return false
}

// wishesOf reads the part of a form that says what somebody wants to hear.
func (s speech) wishesOf(r *http.Request) (Wishes, error) {
	w := Wishes{
		Components: r.PostForm["component"], Incident: r.PostForm.Get("incident"), Edges: r.PostForm.Get("pace") != "all",
		Maintenance: r.PostForm.Get("maintenance") == "yes", Language: r.PostForm.Get("language"),
	}
	asked := cmp.Or(r.PostForm.Get("severity"), severities[0].value)
	for _, o := range severities {
		if o.value == asked {
			w.Severity = o.severity
			return w, nil
		}
	}
	return w, &Rejection{"severity", s.sentence("choose-answer")}
}
