package console

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"daymark/access"
	"daymark/incident"
)

func (s *Site) reviewRoutes() []PageRoute {
	return []PageRoute{
		{Pattern: "GET /console/reviews", Right: access.ReadIncidents, Serve: s.serveReviews, Menu: "Reviews and actions", About: "What is to be learned from incidents that are over, and what was decided to do about it."},
		{Pattern: "GET /console/reviews/actions.csv", Right: access.ReadIncidents, Serve: s.serveActionsCSV},
		{Pattern: "GET /console/incidents/{id}/review", Right: access.ReadIncidents, Serve: s.serveReview},
		{Pattern: "GET /console/incidents/{id}/review/draft.md", Right: access.ReadIncidents, Serve: s.serveDraft},
		{Pattern: "POST /console/incidents/{id}/review/preview", Right: access.WriteIncidents, Serve: s.previewReview},
	}
}

// reviewsPage lists reviews, and the actions that are not done by owner.
type reviewsPage struct {
	frame
	Say    string
	All    bool
	May    bool // write
	Due    []reviewLine
	Signed []reviewLine
	Owners []ownerActions
}

type reviewLine struct {
	Incident, Name, Severity string
	At, Clock, In            string // when it is due: ISO, for people, and how far that is away
	Late                     bool
	Standing                 string // what is written of it, or who signed it off
}

type ownerActions struct {
	Name    string
	Actions []actionView
}

type actionView struct {
	Incident, Name string // the incident's
	Number         int
	Kind, Text     string
	Owner, OwnerID string
	At, Clock, In  string
	Typed          string // the due time, as a form has it
	Late           bool
	Done           string // when; "": it is not
	Form           string // the name of its form
	due            time.Time
	Change         string // the name of the form by which it is changed
}

func (s *Site) serveReviews(w http.ResponseWriter, r *http.Request, who access.Principal) {
	now := s.Now()
	page := &reviewsPage{All: r.URL.Query().Get("show") == "all", May: who.May(access.WriteIncidents)}
	found, err := s.API.Work.Reviews(r.Context(), page.All)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	byOwner := map[string][]actionView{}
	for i := range found {
		review := &found[i]
		if line := s.reviewLine(review, now); review.Signed.IsZero() {
			page.Due = append(page.Due, line)
		} else if page.All {
			page.Signed = append(page.Signed, line)
		}
		for j := range review.Actions {
			if a := &review.Actions[j]; a.Done.IsZero() {
				byOwner[a.Owner] = append(byOwner[a.Owner], s.actionView(review, a, now))
			}
		}
	}
	for owner, actions := range byOwner {
		slices.SortFunc(actions, func(a, b actionView) int {
			return cmp.Or(a.due.Compare(b.due), cmp.Compare(a.Incident, b.Incident), cmp.Compare(a.Number, b.Number))
		})
		page.Owners = append(page.Owners, ownerActions{s.nameOf(owner), actions})
	}
	slices.SortFunc(page.Owners, func(a, b ownerActions) int {
		return cmp.Or(a.Actions[0].due.Compare(b.Actions[0].due), cmp.Compare(a.Name, b.Name))
	})
	page.Say = sayReviews(len(page.Due), byOwner)
	page.frame = s.frame(r, "Reviews and actions", "more", who)
	s.show(w, r, http.StatusOK, "reviews", page)
}

// sayReviews is the sentence on top.
func sayReviews(due int, byOwner map[string][]actionView) string {
	open := 0
	for _, actions := range byOwner {
		open += len(actions)
	}
	if due == 0 && open == 0 {
		return "Nothing is left to learn or to do."
	}
	return counted(due, "review", "reviews") + " to write, " + counted(open, "action", "actions") + " to do."
}

func counted(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return decimal(int64(n)) + " " + more
}

func (s *Site) reviewLine(r *incident.Review, now time.Time) reviewLine {
	line := reviewLine{
		Incident: r.Incident, Name: r.Name, Severity: r.Severity.String(), At: r.Due.UTC().Format(time.RFC3339), Clock: s.clock(r.Due, now),
		In: until(r.Due, now), Late: r.Signed.IsZero() && now.After(r.Due),
	}
	switch {
	case !r.Signed.IsZero() && r.Public != "":
		line.Standing = "Signed off by " + s.nameOf(r.SignedBy) + " on " + s.day(r.Signed) + ". Visitors read what was learned."
	case !r.Signed.IsZero():
		line.Standing = "Signed off by " + s.nameOf(r.SignedBy) + " on " + s.day(r.Signed) + "."
	case r.Summary == "" && r.Causes == "":
		line.Standing = "Nothing is written yet."
	case r.Summary == "" || r.Causes == "":
		line.Standing = "Begun: a summary and causes are both needed."
	default:
		line.Standing = "Written: it waits for who signs it off."
	}
	return line
}

func (s *Site) actionView(r *incident.Review, a *incident.ReviewAction, now time.Time) actionView {
	view := actionView{
		Incident: r.Incident, Name: r.Name, Number: a.Number, Kind: actionWords[a.Kind], Text: a.Text, Owner: s.nameOf(a.Owner), OwnerID: a.Owner,
		At: a.Due.UTC().Format(time.RFC3339), Clock: s.clock(a.Due, now), In: until(a.Due, now), Typed: s.typedTime(a.Due), Late: a.Done.IsZero() && now.After(a.Due), due: a.Due,
		Form: "finish-" + r.Incident + "-" + decimal(int64(a.Number)), Change: "change-" + r.Incident + "-" + decimal(int64(a.Number)),
	}
	if !a.Done.IsZero() {
		view.Done = s.day(a.Done)
	}
	return view
}

// actionWords is what an action is good for, for people.
var actionWords = map[incident.ActionKind]string{
	incident.Prevent: "so that it does not happen again", incident.Detect: "so that it is seen sooner",
	incident.Mitigate: "so that it does less harm", incident.Process: "so that it is handled better",
}

func (s *Site) serveActionsCSV(w http.ResponseWriter, r *http.Request, who access.Principal) {
	text, err := s.API.exportActions(r.Context(), Call{Who: who}, nothing{})
	s.download(w, r, "actions.csv", text, err)
}
