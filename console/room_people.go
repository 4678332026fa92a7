package console

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"daymark/access"
	"daymark/support"
)

// roleView is one of the two places of an incident.
type roleView struct {
	Role, Title, Name string // Name is empty where nobody holds it
	Notes             []string
	Mine              bool     // who looks holds it
	Free              bool     // who looks may take it
	To                []choice // to whom it can be handed over
}

func (v *roomView) roles() []roleView {
	i := &v.story.Incident
	var views []roleView
	for _, role := range support.Roles() {
		holder := i.Care.Holders.Of(role)
		view := roleView{Role: string(role), Title: roleWords[role], Name: v.site.somebody(holder), Mine: holder != "" && holder == v.who.Person}
		if i.Open() && holder == "" {
			view.Free = v.mayHold(role)
		}
		if i.Open() && holder != "" {
			view.Notes, view.To = v.owes(role, holder), v.mayTake(role)
		}
		views = append(views, view)
	}
	return views
}

// roleWords name the roles in short.
var roleWords = map[support.Role]string{support.Lead: "Lead", support.Engineer: "Engineer"}

// owes says what somebody owes, and for what they wait.
func (v *roomView) owes(role support.Role, holder string) []string {
	var notes []string
	if p := v.story.Promise; p != nil && role == support.Lead {
		notes = append(notes, "Owes the update by "+v.site.clock(p.Due, v.now))
	}
	if role == support.Lead && !v.story.Care.Proposed.IsZero() {
		notes = append(notes, "Owes an answer: is it over?")
	}
	for _, p := range v.site.API.proposals(&v.story.Incident) {
		if p.Done {
			continue
		}
		for _, c := range p.waitsFor() {
			switch holder {
			case c.Person:
				notes = append(notes, "Owes an answer to the proposal")
			case p.By:
				notes = append(notes, "Waits for "+cmp.Or(v.site.somebody(c.Person), "a "+consentWords[c.As]))
			}
		}
	}
	return notes
}

// consentWords name who agrees.
var consentWords = map[string]string{"lead": "Lead", "stakeholder": "stakeholder"}

// mayTake lists who can take a role over.
func (v *roomView) mayTake(role support.Role) []choice {
	holders := v.story.Care.Holders
	var all []choice
	for _, p := range v.site.API.People {
		if slices.Contains(p.May, string(role)) && p.ID != holders.Lead && p.ID != holders.Engineer {
			all = append(all, choice{p.ID, cmp.Or(p.Name, p.ID)})
		}
	}
	return all
}

// turnView is what waits for who looks.
type turnView struct {
	Kind  string // take, agree, fix, end or stakeholder
	Title string
	Text  string // of the proposal, or who is on call
	Role  roleView
	Of    int // the proposal
	As    string
}

// calledFor says of each role that nobody has taken whom the rotas have for it
// now; nothing of an incident that is over.
func (s *Site) calledFor(ctx context.Context, story *IncidentStory, who access.Principal, now time.Time) (map[support.Role]string, error) {
	holders := story.Care.Holders
	if !story.Open() || holders.Lead != "" && holders.Engineer != "" || !who.May(access.WriteIncidents) {
		return nil, nil
	}
	rotas, err := s.API.Rotas.OnCall(ctx, now)
	if err != nil {
		return nil, err
	}
	notes := map[support.Role]string{}
	for _, role := range support.Roles() {
		var names []string
		for _, rota := range rotas {
			person := map[support.Role]string{support.Lead: rota.Lead, support.Engineer: rota.Engineer}[role]
			switch name := s.somebody(person); {
			case person == who.Person:
				notes[role] = "It is your turn: you are on call as " + roleWords[role] + "."
			case person != "" && !slices.Contains(names, name):
				names = append(names, name)
			}
		}
		if notes[role] == "" && len(names) > 0 {
			notes[role] = "On call as " + roleWords[role] + ": " + strings.Join(names, ", ") + "."
		}
	}
	return notes, nil
}

// turns lists what waits for who looks, the most pressing first.
func (v *roomView) turns() []turnView {
	i := &v.story.Incident
	me := v.who.Person
	var all []turnView
	for _, role := range v.roles() {
		if role.Free {
			all = append(all, turnView{Kind: "take", Title: "Nobody is " + role.Title + " yet: will you be?", Text: v.onCall[support.Role(role.Role)], Role: role})
		}
	}
	name := v.site.somebody(me)
	for _, p := range v.site.API.proposals(i) {
		if p.Done {
			continue
		}
		turn := turnView{Of: p.Number, Text: v.textOf(p.Number)}
		waits := p.waitsFor()
		for _, c := range waits {
			if c.Person == me && p.By != me {
				turn.Kind, turn.As = "agree", consentWords[c.As]
				turn.Title = name + ", your turn: " + v.site.somebody(p.By) + " proposes a fix"
			}
		}
		if len(waits) == 0 && i.Care.Holders.Engineer == me {
			turn.Kind, turn.Title = "fix", name+", your turn: the fix is agreed"
		}
		if turn.Kind != "" {
			all = append(all, turn)
		}
	}
	if !i.Care.Proposed.IsZero() && i.Care.Holders.Lead == me {
		all = append(all, turnView{Kind: "end", Title: name + ", your turn: is it over?"})
	}
	return all
}

// textOf gives the text of an entry.
func (v *roomView) textOf(number int) string {
	for _, e := range v.story.Entries {
		if e.Number == number {
			return e.Text
		}
	}
	return ""
}
