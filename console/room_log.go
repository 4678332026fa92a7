package console

import (
	"cmp"
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"daymark/incident"
	"daymark/internal/prose"
)

// logView is all that happened, newest first.
type logView struct {
	Kinds  []logKind // to choose from
	Chosen string    // one of them; empty: all
	Rows   []logRow
	Total  int
	More   string // the address of all of it; empty: it is all here
}

// logKind is one kind of entry that the log has.
type logKind struct {
	Kind, Name string
	Count      int
}

type logRow struct {
	ID, Kind, Name string
	at             time.Time
	At             instant
	By             string
	Text           string
	HTML           template.HTML // of an update
	Of             string        // the id of the row that it is about
	State          string        // "Waits for Ana."
	Asks           string        // who may be asked by a link to agree to it; empty: nobody
	Done           bool
	Update         *updateView
}

// updateView is what else there is of a public update.
type updateView struct {
	Number   int
	Text     string // to be put right
	Phase    string
	Kept     string // what became of its promise
	Edited   instant
	Told     []toldView // before it was put right, newest first
	Channels string
}

type toldView struct {
	Text  string
	Until instant
	By    string
}

// mostRows is how much of a log is shown at first.
const mostRows = 60

// kindWords name the kinds of the log, in the order in which they are offered.
var kindWords = []logKind{
	{Kind: "update", Name: "Update"},
	{Kind: "hypothesis", Name: "Hypothesis"},
	{Kind: "test", Name: "Test"},
	{Kind: "action", Name: "Action"},
	{Kind: "proposal", Name: "Proposal"},
	{Kind: "agreement", Name: "Agreement"},
	{Kind: "decision", Name: "Decision"},
	{Kind: "note", Name: "Note"},
	{Kind: "event", Name: "Event"},
	{Kind: "severity", Name: "Severity"},
}

func kindWord(kind string) string {
	for _, k := range kindWords {
		if k.Kind == kind {
			return k.Name
		}
	}
	return kind
}

func (v *roomView) log(address *url.URL) logView {
	rows := slices.Concat(v.entries(), v.updates(), v.severities())
	slices.SortStableFunc(rows, func(a, b logRow) int { return b.at.Compare(a.at) })
	view := logView{}
	query := address.Query()
	for _, k := range kindWords {
		for i := range rows {
			if rows[i].Kind == k.Kind {
				k.Count++
			}
		}
		if k.Count > 0 {
			view.Kinds = append(view.Kinds, k)
		}
		if k.Kind == query.Get("kind") {
			view.Chosen = k.Kind
		}
	}
	if view.Chosen != "" {
		rows = slices.DeleteFunc(rows, func(r logRow) bool { return r.Kind != view.Chosen })
	}
	if view.Total = len(rows); view.Total > mostRows && query.Get("log") != "all" {
		rows = rows[:mostRows]
		query.Set("log", "all")
		query.Del("done")
		view.More = "?" + query.Encode() + "#log"
	}
	view.Rows = rows
	return view
}

func (v *roomView) entries() []logRow {
	proposals := map[int]proposalRow{}
	for _, p := range v.site.API.proposals(&v.story.Incident) {
		proposals[p.Number] = p
	}
	var rows []logRow
	for _, e := range slices.Backward(v.story.Entries) {
		row := logRow{
			ID: "entry-" + strconv.Itoa(e.Number), Kind: string(e.Kind), Name: kindWord(string(e.Kind)), at: e.At, At: v.at(e.At),
			By: cmp.Or(v.site.somebody(e.By), "Daymark"), Text: e.Text, Done: e.Done,
		}
		if e.Of != 0 {
			row.Of = strconv.Itoa(e.Of)
		}
		if p, proposed := proposals[e.Number]; proposed && e.Kind == incident.Propose {
			row.State, row.Asks = v.stateOf(&p), v.askable(&p)
		}
		rows = append(rows, row)
	}
	return rows
}

// stateOf says how a proposal stands.
func (v *roomView) stateOf(p *proposalRow) string {
	waits := p.waitsFor()
	switch {
	case p.Done:
		return "Done."
	case len(waits) == 0:
		return "Agreed."
	}
	var names []string
	for _, c := range waits {
		names = append(names, cmp.Or(v.site.somebody(c.Person), "a "+consentWords[c.As]+", who is nobody yet"))
	}
	return "Waits for " + strings.Join(names, " and ") + "."
}

// askable names who may be asked by a link to agree to a proposal.
func (v *roomView) askable(p *proposalRow) string {
	for _, c := range p.waitsFor() {
		if c.As == "stakeholder" && c.Person != "" && c.Person != p.By && !p.Done {
			return v.site.nameOf(c.Person)
		}
	}
	return ""
}

// askForm is what the form needs by which somebody is asked to agree.
type askForm struct {
	Form     formView
	Incident string
	Number   string
	Whom     string
}

// AskForm gives the form of a proposal.
func (p *roomPage) AskForm(row logRow) askForm {
	number := strings.TrimPrefix(row.ID, "entry-")
	return askForm{Form: p.Form("ask-" + number), Incident: p.ID, Number: number, Whom: row.Asks}
}

func (v *roomView) updates() []logRow {
	var rows []logRow
	for i := range slices.Backward(v.story.Updates) {
		u := &v.story.Updates[i]
		row := logRow{
			ID: "update-" + strconv.Itoa(u.Number), Kind: "update", Name: "Update " + strconv.Itoa(u.Number), at: u.At, At: v.at(u.At),
			By: v.site.writer(u), HTML: prose.HTML(u.Text),
			Update: &updateView{Number: u.Number, Text: u.Text, Phase: phaseWords[u.Phase], Edited: v.at(u.Edited), Channels: strings.Join(u.Channels, ", ")},
		}
		if u.Auto {
			row.HTML = prose.Plain(u.Text)
		}
		switch {
		case u.Promised.IsZero():
		case u.At.After(u.Promised):
			row.Update.Kept = "Promised by " + v.site.clock(u.Promised, v.now) + ", " + lasted(u.At.Sub(u.Promised)) + " late."
		default:
			row.Update.Kept = "Promised by " + v.site.clock(u.Promised, v.now) + ": kept."
		}
		for _, e := range slices.Backward(v.story.Edits) {
			if e.Update == u.ID {
				row.Update.Told = append(row.Update.Told, toldView{e.Before, v.at(e.At), v.site.byName(e.By)})
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// writer names who wrote an update.
func (s *Site) writer(u *incident.Update) string {
	if u.Auto {
		return "Daymark with the facts"
	}
	return cmp.Or(s.byName(u.By), "Daymark")
}

// byName names who did something, by what is kept of it: a person, or else how
// it was done.
func (s *Site) byName(by string) string {
	id, _, _ := strings.Cut(by, " ")
	if p := s.person(id); p != nil {
		return p.Name
	}
	return by
}

// severities are those that the facts gave. What people chose is an entry.
func (v *roomView) severities() []logRow {
	var rows []logRow
	for i, d := range slices.Backward(v.story.Severities) {
		if d.By == "" {
			rows = append(rows, logRow{ID: "severity-" + strconv.Itoa(i+1), Kind: "severity", Name: "Severity", at: d.At, At: v.at(d.At), By: "the facts", Text: d.Reason})
		}
	}
	return rows
}

// updateForm is an update with the form that puts it right.
type updateForm struct {
	*updateView
	Incident string
	Edits    bool
	Form     formView
}

// Update gives what the log says below an update.
func (p *roomPage) Update(row logRow) updateForm {
	return updateForm{row.Update, p.ID, p.Edits, p.Form("edit-" + strconv.Itoa(row.Update.Number))}
}
