package notify

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"slices"
	"strings"
	texttemplate "text/template"
	"unicode/utf8"

	"daymark/incident"
)

//go:embed templates
var templates embed.FS

// letter is what the templates of an email see.
type letter struct {
	Page, Subject, Preview, Sentence string
	Paragraphs                       []string
	NextBy, Zone                     string // empty: no update is promised
	Rows                             []row
	Look                             look
	Link, LinkText                   string
	Sent, Why, Stop, Manage          string
	Outlook                          template.HTML
}

// row is one component.
type row struct {
	Name, Padded, State string
	Look                look
}

// look is how a status is drawn where pictures are not.
type look struct{ Class, Colour, Sign string }

// outlook holds a comment that Outlook reads; html/template would drop it.
const outlook = `<!--[if mso]><style>table,td,p,h1,a{font-family:"Segoe UI",Arial,sans-serif !important}</style><![endif]-->`

// lineWidth is where plain text is broken.
const lineWidth = 66

func (r *Renderer) parse() error {
	html, err := template.ParseFS(templates, "templates/email.html")
	if err != nil {
		return fmt.Errorf("render: %w", err)
	}
	text, err := texttemplate.New("email.txt").
		Funcs(texttemplate.FuncMap{"upper": strings.ToUpper, "wrap": wrap}).
		ParseFS(templates, "templates/email.txt")
	if err != nil {
		return fmt.Errorf("render: %w", err)
	}
	r.html, r.text = html, text
	return nil
}

func (r *Renderer) email(m *Message, d *Delivery) error {
	sentence, over := r.sentence(d), d.Update.Kind == incident.Ended
	v := letter{
		Page: r.opts.Page.Name, Sentence: sentence + ".", Paragraphs: paragraphs(d.Update),
		Subject: r.subject(d, sentence), Rows: r.rows(d), Look: looks(worst(d)),
		Link: r.link(d.Incident.ID), LinkText: "Follow it live", Outlook: outlook,
		Sent: r.sentLine(d), Why: r.why(d), Stop: "To stop, write to " + r.opts.Page.Contact + ".",
	}
	if over {
		v.LinkText = "What happened"
	}
	if !d.Update.NextBy.IsZero() && !over {
		v.NextBy, v.Zone = r.clock(d.Update.NextBy), r.zone(d.Update.NextBy)
	}
	if m.Unsubscribe != "" {
		v.Stop, v.Manage = "", r.opts.Manage(d.Subscriber)
	}
	v.Preview = preview(&v)
	return r.write(m, &v)
}

// write puts a letter in both its forms.
func (r *Renderer) write(m *Message, v *letter) error {
	var html, text bytes.Buffer
	if err := r.html.Execute(&html, v); err != nil {
		return err
	}
	if err := r.text.Execute(&text, v); err != nil {
		return err
	}
	m.Subject, m.HTML, m.Text = v.Subject, html.String(), text.String()
	return nil
}

// subject says what, and when the next word comes.
func (r *Renderer) subject(d *Delivery, sentence string) string {
	subject := sentence
	switch d.Update.Kind {
	case incident.Ended:
		return "Over: " + sentence
	case incident.Reopened:
		subject = "Back again: " + sentence
	}
	var more []string
	switch d.Update.Phase {
	case incident.Identified:
		more = append(more, "cause found")
	case incident.Monitoring:
		more = append(more, "we watch whether it holds")
	}
	if !d.Update.NextBy.IsZero() {
		more = append(more, "next update by "+r.clock(d.Update.NextBy))
	}
	if len(more) == 0 {
		return subject
	}
	return subject + ": " + strings.Join(more, ", ")
}

// preview is what a list of mails shows beside the subject.
func preview(v *letter) string {
	var lines []string
	if len(v.Paragraphs) > 0 {
		lines = append(lines, cut(v.Paragraphs[0], 150))
	}
	if v.NextBy != "" {
		lines = append(lines, "We write again by "+v.NextBy+".")
	}
	return strings.Join(lines, " ")
}

// split gives the paragraphs of a text.
func split(text string) []string {
	var all []string
	for block := range strings.SplitSeq(strings.ReplaceAll(cut(text, maxText), "\r\n", "\n"), "\n\n") {
		if block = oneLine(block, maxText); block != "" {
			all = append(all, block)
		}
	}
	return all
}

func paragraphs(u incident.Update) []string {
	all := split(u.Text)
	if u.Auto {
		all = append(all, "Published by Daymark from what it measured.")
	}
	return all
}

func (r *Renderer) sentLine(d *Delivery) string {
	line := fmt.Sprintf("Sent at %s, update %d of this incident.", r.clock(r.opts.Now()), d.Update.Number)
	if !d.Update.Promised.IsZero() {
		line += " We promised it by " + r.clock(d.Update.Promised) + "."
	}
	return line
}

func (r *Renderer) why(d *Delivery) string {
	what := "every update"
	if d.Subscriber.Edges {
		what = "the beginning, worsening and end of incidents"
	}
	on := ""
	if len(d.Subscriber.Components) > 0 {
		var names []string
		for _, c := range d.Subscriber.Components {
			names = append(names, r.name(c))
		}
		on = " on " + listed(names)
	}
	return fmt.Sprintf("You get this because %s asked for %s%s.", d.Subscriber.Address, what, on)
}

func listed(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// affected is the incident's components in the page's order.
func (r *Renderer) affected(d *Delivery) []incident.Affected {
	all := slices.Clone(d.Incident.Affected)
	slices.SortStableFunc(all, func(a, b incident.Affected) int {
		return cmp.Compare(r.place(a.Component), r.place(b.Component))
	})
	return all
}

func (r *Renderer) place(component string) int {
	if i, ok := r.order[component]; ok {
		return i
	}
	return len(r.order)
}

func (r *Renderer) rows(d *Delivery) []row {
	var rows []row
	widest := 0
	for _, a := range r.affected(d) {
		w := row{Name: r.name(a.Component), State: r.state(a), Look: looks(a.Status)}
		widest = max(widest, utf8.RuneCountInString(w.Name))
		rows = append(rows, w)
	}
	for i := range rows {
		rows[i].Padded = rows[i].Name + strings.Repeat(" ", widest-utf8.RuneCountInString(rows[i].Name))
	}
	return rows
}

func (r *Renderer) state(a incident.Affected) string {
	switch {
	case a.Status == incident.Unmeasured:
		return "Not measured"
	case a.Status.Badness() > 0:
		return words[a.Status] + " since " + r.clock(a.From)
	case !a.Until.IsZero():
		return "Working since " + r.clock(a.Until)
	}
	return "Working"
}

// words is what readers read of a component that does not work.
var words = map[incident.Status]string{
	incident.Slow: "Slow", incident.PartlyDown: "Partly down", incident.Down: "Down",
}

// worst is what the bar on top shows.
func worst(d *Delivery) incident.Status {
	if d.Update.Kind == incident.Ended {
		return incident.Operational
	}
	status := incident.Unmeasured
	for _, a := range d.Incident.Affected {
		if status == incident.Unmeasured || a.Status.Badness() > status.Badness() {
			status = a.Status
		}
	}
	return status
}

// looks gives signs that are text, so that nothing is lost with images off;
// the selector after each asks for text, not for an emoji.
func looks(s incident.Status) look {
	switch s {
	case incident.Down:
		return look{"major", "#ae132b", "◆\uFE0E"}
	case incident.PartlyDown:
		return look{"partial", "#a63a06", "◆\uFE0E"}
	case incident.Slow:
		return look{"slow", "#825000", "▲\uFE0E"}
	case incident.Operational:
		return look{"working", "#17694a", "●\uFE0E"}
	}
	return look{"unknown", "#56626c", "○\uFE0E"}
}

// wrap breaks a paragraph into lines.
func wrap(text string) string {
	var b strings.Builder
	width := 0
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case width+1+n > lineWidth:
			b.WriteByte('\n')
			width = -1
		default:
			b.WriteByte(' ')
		}
		b.WriteString(word)
		width += n + 1
		if i == 0 {
			width--
		}
	}
	return b.String()
}
