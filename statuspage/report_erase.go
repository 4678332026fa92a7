package statuspage

import (
	"net/http"

	"daymark/incident"
)

// reportAsk asks once more, or says that something is done.
type reportAsk struct {
	Frame            frame
	Sentence, Follow string
	Action           string // of the form; empty: it is done
	Name, Value      string // that the form holds
	Act              string // of the form; may be empty
	Button           string
	Back, BackWords  string
}

// askReport makes one of messages, by their ids.
func (p *Page) askReport(r *http.Request, sentence, follow string) reportAsk {
	say := p.layout.sentence
	v := reportAsk{
		Frame: p.frame(theme(r), incident.Operational), Sentence: say(sentence), Follow: say(follow),
		Back: "/reports/" + r.PathValue("token"), BackWords: say("report-back"),
	}
	v.Frame.Title = say("report-title")
	return v
}

// askErase asks before the address, or all that was written, is deleted.
func (p *Page) askErase(w http.ResponseWriter, r *http.Request, what string) {
	v := p.askReport(r, "report-ask-all", "report-ask-all-follow")
	v.Button = p.layout.sentence("report-erase")
	if what == "contact" {
		v = p.askReport(r, "report-ask-contact", "report-ask-contact-follow")
		v.Button = p.layout.sentence("report-erase-contact")
	}
	v.Action, v.Name, v.Value, v.Act = v.Back, "sure", "yes", what
	p.show(w, r, http.StatusOK, "report-ask", v)
}

// askStopReport shows the button that stops mail about a report. It changes
// nothing: mail scanners follow links.
func (p *Page) askStopReport(w http.ResponseWriter, r *http.Request) {
	story, err := p.reports.Open(r.Context(), r.PathValue("token"))
	switch {
	case err != nil:
		p.failReport(w, r, err)
	case story.Contact == "":
		p.show(w, r, http.StatusOK, "report-ask", p.askReport(r, "report-stopped", "report-stopped-follow"))
	default:
		v := p.askReport(r, "report-ask-stop", "report-ask-contact-follow")
		v.Action, v.Name, v.Value, v.Button = v.Back+"/unsubscribe", "List-Unsubscribe", "One-Click", p.layout.sentence("report-stop")
		p.show(w, r, http.StatusOK, "report-ask", v)
	}
}

// stopReport stops mail about a report by one POST (RFC 8058), from a mail
// program as from our own page: the address is deleted. Twice is once.
func (p *Page) stopReport(w http.ResponseWriter, r *http.Request) {
	if !p.readBody(w, r) {
		return
	}
	if r.PostForm.Get("List-Unsubscribe") != "One-Click" {
		p.errors.Write(w, r, http.StatusBadRequest, p.layout.sentence("no-form-read"))
		return
	}
	if err := p.reports.Erase(r.Context(), r.PathValue("token"), false); err != nil {
		p.failReport(w, r, err)
		return
	}
	p.show(w, r, http.StatusOK, "report-ask", p.askReport(r, "report-stopped", "report-stopped-follow"))
}
