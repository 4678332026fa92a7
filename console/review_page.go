package console

import (
	"cmp"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"daymark/access"
	"daymark/incident"
	"daymark/internal/prose"
	"daymark/support"
)

// reviewPage is one review: what people write, and what Daymark knows.
type reviewPage struct {
	frame
	Line     reviewLine
	May      bool // write
	Over     bool // it is signed: its parts do not change any more
	Leads    string
	Parts    []reviewPart
	Users    int
	State    string // of what is written
	Facts    []factView
	Story    []factView
	Actions  []actionView
	People   []support.Person
	Kinds    []kindView
	SignAs   string // the name of who looks at it
	Sign     string // why who looks at it may not sign it off; "": they may
	Signed   string // by whom and when; "": nobody has
	Public   template.HTML
	Shown    string // since when visitors read it
	Text     string // what a form offers for visitors
	Preview  template.HTML
	StaffOwn bool // visitors never saw the incident
}

// reviewPart is a part that people write.
type reviewPart struct {
	Name, Title, Hint string
	Text              string // as it is written; "": it is not
	HTML              template.HTML
	Draft             string // what Daymark would write
	Offered           string // what the form has at first
	Drafted           bool   // that is Daymark's draft
	Differs           bool   // somebody else has written Text since the form was begun
}

type factView struct {
	Title string
	HTML  template.HTML
}

type kindView struct{ Word, About string }

func (s *Site) serveReview(w http.ResponseWriter, r *http.Request, who access.Principal) {
	ctx, id := r.Context(), r.PathValue("id")
	draft, err := s.API.Work.Draft(ctx, id)
	if err != nil {
		s.serveNoReview(w, r, who, err)
		return
	}
	now, review := s.Now(), &draft.Review
	page := &reviewPage{
		Line: s.reviewLine(review, now), May: who.May(access.WriteIncidents), Over: !review.Signed.IsZero(), Leads: s.names(review.Leads), Users: review.Users, State: review.State(),
		Parts: parts(draft), People: s.API.People, SignAs: s.nameOf(who.Person), Sign: s.maySign(review, who), StaffOwn: review.Severity == incident.P4,
		Text: cmp.Or(review.Public, review.Summary), Kinds: []kindView{},
	}
	for _, kind := range []incident.ActionKind{incident.Prevent, incident.Detect, incident.Mitigate, incident.Process} {
		page.Kinds = append(page.Kinds, kindView{string(kind), actionWords[kind]})
	}
	for i := range review.Actions {
		page.Actions = append(page.Actions, s.actionView(review, &review.Actions[i], now))
	}
	before, after := draft.Facts()
	page.Facts, page.Story = factsOf(before), factsOf(after)
	if page.Over {
		page.Signed = s.nameOf(review.SignedBy) + " on " + s.moment(review.Signed)
	}
	if review.Public != "" {
		page.Public, page.Shown = prose.HTML(review.Public), s.moment(review.Published)
	}
	switch t := triedOf(r); {
	case t == nil:
	case t.form == "publish":
		page.Preview = prose.HTML(t.typed.Get("text"))
	case t.form == "write" && t.status == http.StatusConflict:
		page.compare(t.typed)
	}
	page.frame = s.frame(r, "Review: "+review.Name, "more", who)
	s.show(w, r, http.StatusOK, "review", page)
}

// compare puts what was written meanwhile beside what somebody typed. Where they
// typed nothing, what was written stands in the form.
func (p *reviewPage) compare(typed url.Values) {
	for i := range p.Parts {
		part := &p.Parts[i]
		text := strings.TrimSpace(strings.ReplaceAll(typed.Get(part.Name), "\r\n", "\n"))
		switch {
		case text == part.Text:
		case incident.WasSo(typed.Get("after"), part.Name, text) || incident.WasSo(typed.Get("after"), part.Name, "") && text == strings.TrimSpace(part.Draft):
			typed.Set(part.Name, part.Offered)
		default:
			part.Differs = true
		}
	}
}

// noReviewPage asks for a review of an incident that has none.
type noReviewPage struct {
	frame
	ID   string
	Open bool // the incident is
	May  bool // ask
	Due  string
}

// reviewedIn is when a review is due that no SLA asks for, unless somebody says
// otherwise.
const reviewedIn = 7 * 24 * time.Hour

func (s *Site) serveNoReview(w http.ResponseWriter, r *http.Request, who access.Principal, why error) {
	story, err := s.API.Incidents.Incident(r.Context(), r.PathValue("id"))
	if err != nil {
		s.unfound(w, r, errors.Join(err, why), "There is no incident with this id.")
		return
	}
	page := &noReviewPage{
		frame: s.frame(r, "No review: "+story.Name, "more", who), ID: story.ID, Open: story.Open(), May: who.May(access.WriteIncidents), Due: s.typedTime(s.Now().Add(reviewedIn)),
	}
	s.show(w, r, http.StatusOK, "no-review", page)
}

// names joins the names of people.
func (s *Site) names(ids []string) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = s.nameOf(id)
	}
	return strings.Join(names, ", ")
}

// maySign says why somebody may not sign a review off; "": they may.
func (s *Site) maySign(r *incident.Review, who access.Principal) string {
	switch {
	case slices.Contains(r.Leads, who.Person):
		return "You were Support Lead of this incident, so somebody else signs its review off."
	case r.Summary == "" || r.Causes == "":
		return "It can be signed off once a summary and causes are written."
	}
	return ""
}

func parts(d *incident.Draft) []reviewPart {
	r, offer := &d.Review, d.Suggest()
	all := []reviewPart{
		{Name: "summary", Title: "Summary", Hint: "What happened, in a few sentences.", Text: r.Summary, Offered: offer.Summary},
		{Name: "causes", Title: "Causes", Hint: "What set it off, what lay under it, what let it through.", Text: r.Causes, Offered: offer.Causes},
		{Name: "well", Title: "What went well", Text: r.Well, Offered: offer.Well},
		{Name: "badly", Title: "What went badly", Text: r.Badly, Offered: offer.Badly},
		{Name: "luck", Title: "Where we had luck", Text: r.Luck},
	}
	for i := range all {
		p := &all[i]
		p.HTML = prose.HTML(p.Text)
		p.Draft, p.Drafted = p.Offered, p.Text == "" && p.Offered != ""
		p.Offered = cmp.Or(p.Text, p.Offered)
	}
	return all
}

// factsOf shows sections of which something is known.
func factsOf(sections []incident.Section) []factView {
	var all []factView
	for _, section := range sections {
		if section.Text != "" {
			all = append(all, factView{section.Title, prose.HTML(section.Text)})
		}
	}
	return all
}

// previewReview shows what visitors would read, and changes nothing.
func (s *Site) previewReview(w http.ResponseWriter, r *http.Request, who access.Principal) {
	s.tryOut(w, r, who, nil)
}

func (s *Site) serveDraft(w http.ResponseWriter, r *http.Request, who access.Principal) {
	id := r.PathValue("id")
	text, err := s.API.readDraft(r.Context(), Call{Who: who}, idAsked{ID: id})
	s.download(w, r, "review-"+url.PathEscape(id)+".md", text, err)
}
