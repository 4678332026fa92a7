package statuspage

import (
	"cmp"
	"crypto/rand"
	"errors"
	"net/http"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"daymark/incident"
	"daymark/internal/lang"
	"daymark/internal/prose"
	"daymark/internal/web"
)

// reportPage is the form of a report.
type reportPage struct {
	Frame      frame
	Known      []knownProblem
	Components []option
	Hint       string // of the address
	Report     ProblemReport
	Summary    string
	Errors     map[string]string
}

// knownProblem is an open incident that a visitor may have too.
type knownProblem struct{ ID, Name, Component string }

// reportRoutes are the addresses of reports; none where there are none.
func (p *Page) reportRoutes() []Route {
	if p.reports == nil {
		return nil
	}
	// A token goes to no other site. With no referrer at all, older browsers
	// would post our own forms as if from elsewhere.
	handle := func(fn http.HandlerFunc) http.Handler {
		return p.choosing(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Referrer-Policy", "same-origin")
			w.Header().Set("X-Robots-Tag", "noindex")
			fn(w, r)
		}))
	}
	return []Route{
		{"GET /report", handle(p.serveReportForm), true},
		{"POST /report", handle(p.takeReport), true},
		{"GET /reports/{token}", handle(p.serveReport), true},
		{"POST /reports/{token}", handle(p.changeReport), true},
		{"GET /reports/{token}/unsubscribe", handle(p.askStopReport), true},
		{"POST /reports/{token}/unsubscribe", handle(p.stopReport), true},
	}
}

func (p *Page) serveReportForm(w http.ResponseWriter, r *http.Request) {
	p.showReportForm(w, r, http.StatusOK, ProblemReport{Component: r.URL.Query().Get("component")}, nil, "")
}

// showReportForm shows the form with what was typed, and says what is wrong with
// it, or why it is not taken.
func (p *Page) showReportForm(w http.ResponseWriter, r *http.Request, status int, asked ProblemReport, wrong *Rejection, summary string) {
	now, err := p.latest(r.Context())
	if err != nil {
		p.fail(w, r, err)
		return
	}
	v := reportPage{Frame: p.frame(theme(r), incident.Operational), Report: asked, Summary: summary, Errors: map[string]string{}}
	v.Frame.Title, v.Frame.Kept = p.layout.sentence("report-title"), keptOf(r, "component")
	v.Hint = p.layout.sentence("report-contact-hint")
	if p.reportsMailed {
		v.Hint = p.layout.sentence("report-mail-hint")
	}
	for i := range now.snapshot.Open {
		one := &now.snapshot.Open[i]
		if len(one.Affected) > 0 {
			v.Known = append(v.Known, knownProblem{one.ID, p.layout.called(one), one.Affected[0].Component})
		}
	}
	v.Components = []option{{"", p.layout.sentence("report-unsure"), asked.Component == ""}}
	for _, c := range p.layout.Components {
		v.Components = append(v.Components, option{c.ID, p.layout.name(c.ID), c.ID == asked.Component})
	}
	if wrong != nil {
		v.Errors[wrong.Field] = wrong.Message
		v.Summary = p.layout.with("form-bad", lang.Values{"what": wrong.Message})
	}
	p.show(w, r, status, "report", v)
}

// checkReport says what is wrong with a report, in the page's language.
func (p *Page) checkReport(asked *ProblemReport) *Rejection {
	switch _, known := p.layout.component(asked.Component); {
	case asked.Component != "" && !known:
		return &Rejection{"component", p.layout.sentence("choose-answer")}
	case asked.Text == "" || !utf8.ValidString(asked.Text) || utf8.RuneCountInString(asked.Text) > incident.MaxPublicText:
		return &Rejection{"text", p.layout.sentence("report-no-text")}
	case !utf8.ValidString(asked.Began) || utf8.RuneCountInString(asked.Began) > 200:
		return &Rejection{"began", p.layout.sentence("report-bad-began")}
	}
	if asked.Contact != "" {
		address, err := mail.ParseAddress(asked.Contact)
		_, domain, _ := strings.Cut(asked.Contact, "@")
		odd := strings.ContainsFunc(asked.Contact, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' })
		if err != nil || address.Address != asked.Contact || odd || !strings.Contains(domain, ".") || len(asked.Contact) > 254 {
			return &Rejection{"contact", p.layout.sentence("bad-address")}
		}
	}
	return nil
}

func (p *Page) takeReport(w http.ResponseWriter, r *http.Request) {
	if !p.readForm(w, r) {
		return
	}
	field := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	asked := ProblemReport{
		// A browser sends a line's end as two characters.
		Component: field("component"), Text: strings.ReplaceAll(field("text"), "\r\n", "\n"), Began: field("began"), Contact: field("contact"),
		Language: p.layout.Tag, From: r.RemoteAddr,
	}
	typed := asked
	if same := field("same"); same != "" {
		asked.Component, asked.Text = same, incident.AlsoSaid
	}
	if wrong := p.checkReport(&asked); wrong != nil {
		p.showReportForm(w, r, http.StatusUnprocessableEntity, typed, wrong, "")
		return
	}
	token := rand.Text() // where a program filled in what nobody sees, it leads nowhere
	if field("website") == "" {
		var err error
		if token, err = p.reports.File(r.Context(), asked); err != nil {
			if status, says := p.tooMuch(w, err); says != "" {
				p.showReportForm(w, r, status, typed, nil, says)
				return
			}
			p.failReport(w, r, err)
			return
		}
	}
	p.toReport(w, r, token)
}

func (p *Page) toReport(w http.ResponseWriter, r *http.Request, token string) {
	w.Header().Set("Cache-Control", web.Never)
	http.Redirect(w, r, "/reports/"+token, http.StatusSeeOther)
}

// reportStoryPage is what the private link of a report shows.
type reportStoryPage struct {
	Frame              frame
	Token              string
	Sentence           string
	Due                string // when it is answered; empty: it was
	IncidentID, Called string
	Steps              []reportStep
	Open               bool // something can be added
	Contact            bool
	Mailed             bool // each answer goes to the contact too
	Written            bool // there is something to erase
	Typed, Wrong       string
}

type reportStep struct {
	Heading string
	At      Moment
	Text    string
	Plain   bool // it is the reporter's: every sign of it stands for itself
	Gone    bool // the text was deleted
}

// Paragraphs are the text's. What staff write is a little Markdown.
func (s reportStep) Paragraphs() []string {
	if s.Plain {
		return prose.Paragraphs(s.Text)
	}
	return paragraphs(s.Text)
}

func (p *Page) serveReport(w http.ResponseWriter, r *http.Request) {
	p.showReport(w, r, http.StatusOK, r.URL.Query().Get("erase"), "", "")
}

// showReport shows a report, or asks once more before something of it is
// erased. What was typed and is wrong is shown in its place.
func (p *Page) showReport(w http.ResponseWriter, r *http.Request, status int, erase, typed, wrong string) {
	story, err := p.reports.Open(r.Context(), r.PathValue("token"))
	if err != nil {
		p.failReport(w, r, err)
		return
	}
	if erase == "all" || erase == "contact" && story.Contact != "" {
		p.askErase(w, r, erase)
		return
	}
	now, say := p.now(), p.layout.sentence
	v := reportStoryPage{
		Frame: p.frame(theme(r), incident.Operational), Token: r.PathValue("token"), Sentence: say("report-" + string(story.State)),
		Open: story.State != incident.Closed && story.Added < incident.MaxAdded, Contact: story.Contact != "",
		Written: written(story), Typed: typed, Wrong: wrong,
	}
	v.Mailed = v.Contact && p.reportsMailed
	v.Frame.Title = say("report-title")
	if story.State == incident.Received {
		v.Due = p.layout.with("report-due", lang.Values{"time": p.layout.clock(story.Due, now, p.layout.Zone).Text})
	}
	if story.Incident != "" {
		// One that is not public is not told of.
		if i, err := p.source.Incident(r.Context(), story.Incident); err == nil {
			v.IncidentID, v.Called = i.ID, p.layout.called(&i.Incident)
		}
	}
	v.Steps = []reportStep{{say("report-yours"), p.layout.clock(story.At, now, p.layout.Zone), story.Text, true, story.Text == ""}}
	if story.Text == incident.AlsoSaid {
		v.Steps[0].Text = say("report-same")
	}
	for i := range story.Answers {
		a := &story.Answers[i]
		step := reportStep{say("report-ours"), p.layout.clock(a.At, now, p.layout.Zone), a.Text, a.Reporter, a.Text == ""}
		words := a.Words()
		if words == "received" {
			continue // the head of the page says it
		}
		if words != "" {
			step.Text = say("report-" + words)
		}
		if a.Reporter {
			step.Heading = say("report-added")
		}
		v.Steps = append(v.Steps, step)
	}
	p.show(w, r, status, "report-story", v)
}

// written says whether a report still holds what its reporter wrote.
func written(story *ReportStory) bool {
	return story.Text != "" || slices.ContainsFunc(story.Answers, func(a incident.Answer) bool { return a.Reporter && a.Text != "" })
}

func (p *Page) changeReport(w http.ResponseWriter, r *http.Request) {
	if !p.readForm(w, r) {
		return
	}
	token, text := r.PathValue("token"), strings.TrimSpace(strings.ReplaceAll(r.PostForm.Get("text"), "\r\n", "\n"))
	var err error
	switch r.PostForm.Get("act") {
	case "add":
		if text == "" || !utf8.ValidString(text) || utf8.RuneCountInString(text) > incident.MaxPublicText {
			p.showReport(w, r, http.StatusUnprocessableEntity, "", text, p.layout.sentence("report-no-text"))
			return
		}
		err = p.reports.Add(r.Context(), token, text, false)
	case "works":
		err = p.reports.Add(r.Context(), token, "", true)
	case "contact", "all":
		if r.PostForm.Get("sure") != "yes" {
			p.showReport(w, r, http.StatusOK, r.PostForm.Get("act"), "", "")
			return
		}
		err = p.reports.Erase(r.Context(), token, r.PostForm.Get("act") == "all")
	default:
		p.errors.Write(w, r, http.StatusBadRequest, p.layout.sentence("no-form-read"))
		return
	}
	switch {
	case errors.Is(err, ErrBusy):
		p.errors.Write(w, r, http.StatusConflict, p.layout.sentence("report-full"))
	case err != nil:
		p.failReport(w, r, err)
	default:
		p.toReport(w, r, token)
	}
}

// tooMuch says that a report has to wait, and for how long; nothing of what else
// did not work.
func (p *Page) tooMuch(w http.ResponseWriter, err error) (status int, says string) {
	if many, ok := errors.AsType[*TooMany](err); ok {
		w.Header().Set("Retry-After", strconv.Itoa(int(cmp.Or(many.Wait/time.Second, 1))))
		return http.StatusTooManyRequests, p.layout.sentence("report-too-often")
	}
	if errors.Is(err, ErrBusy) {
		w.Header().Set("Retry-After", "60")
		return http.StatusServiceUnavailable, p.layout.sentence("report-busy")
	}
	return 0, ""
}

// failReport answers what did not work.
func (p *Page) failReport(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, ErrNoLink) {
		w.Header().Set("Cache-Control", web.Never)
		p.errors.Write(w, r, http.StatusNotFound, "")
		return
	}
	p.log.ErrorContext(r.Context(), "a report of a visitor could not be worked on", "error", err)
	p.errors.Write(w, r, http.StatusServiceUnavailable, "")
}
