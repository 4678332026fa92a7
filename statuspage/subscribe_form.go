package statuspage

import (
	"errors"
	"net/http"
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
		f.Components = append(f.Components, option{c.ID, c.Name, slices.Contains(w.Components, c.ID)})
	}
	for _, o := range severityWords {
		o.Chosen = severityOf[o.Value] == w.Severity
		f.Severities = append(f.Severities, o)
	}
	if languages := p.layout.Options.Languages; len(languages) > 1 {
		for i, l := range languages {
			name := l
			if known := lang.Find(l); known != nil {
				name = known.Name
			}
			f.Languages = append(f.Languages, option{l, name, l == w.Language || w.Language == "" && i == 0})
		}
	}
	return f
}

// form makes the page of a sign-up that stands so.
func (p *Page) form(r *http.Request, s SignUp, incidentName string) *subscribePage {
	v := &subscribePage{Frame: p.frame(theme(r), "operational"), Address: s.Address, Wish: p.wishForm(s.Wishes, incidentName), Errors: map[string]string{}}
	v.Frame.Title = subscribeTitle
	offered := p.subscribing.Channels
	v.AddressLabel = addressLabel(offered)
	for _, c := range offered {
		v.Channels = append(v.Channels, option{c, channelWords[c], c == s.Channel || s.Channel == "" && c == offered[0]})
	}
	return v
}

// reject notes what is wrong, and says whether it was something of the
// reader's.
func (v *subscribePage) reject(err error) bool {
	rejection := (*Rejection)(nil)
	if !errors.As(err, &rejection) {
		return false
	}
	v.Errors[rejection.Field] = rejection.Message
	v.Summary = formBad + rejection.Message
	return true
}

// biggestForm bounds what a reader sends, in bytes.
const biggestForm = 32 << 10

// readForm reads a form that was posted from our own page. It answers what
// cannot be read, and is false then.
func (p *Page) readForm(w http.ResponseWriter, r *http.Request) bool {
	if err := p.origins.Check(r); err != nil {
		p.errors.Write(w, r, http.StatusForbidden, crossSite)
		return false
	}
	return p.readBody(w, r)
}

func (p *Page) readBody(w http.ResponseWriter, r *http.Request) bool {
	// A recorder has no deadline, and does not wait.
	_ = http.NewResponseController(w).SetReadDeadline(p.now().Add(formTime))
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
		p.errors.Write(w, r, http.StatusBadRequest, noFormRead)
	}
	return false
}

// wishesOf reads the part of a form that says what somebody wants to hear.
func wishesOf(r *http.Request) (Wishes, error) {
	w := Wishes{
		Components: r.PostForm["component"], Incident: r.PostForm.Get("incident"), Edges: r.PostForm.Get("pace") != "all",
		Maintenance: r.PostForm.Get("maintenance") == "yes", Language: r.PostForm.Get("language"),
	}
	severity, known := severityOf[r.PostForm.Get("severity")]
	if !known {
		return w, &Rejection{"severity", "Choose one of the answers that are listed."}
	}
	w.Severity = severity
	return w, nil
}
