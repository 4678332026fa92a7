package notify

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"strings"
	texttemplate "text/template"
	"unicode/utf8"

	"daymark/incident"
	"daymark/internal/lang"
)

//go:embed templates
var templates embed.FS

// letter is what the templates of an email see.
type letter struct {
	Lang, Dir                        string
	Page, Subject, Preview, Sentence string
	Paragraphs                       []string
	Next, By, NextBy                 string // empty: no update is promised
	Rows                             []row
	Entries                          []entry // where it tells of several incidents
	EntryText                        string  // of the link of each
	Look                             look
	Link, LinkText                   string
	Sent, Why, Stop                  string
	Manage, ManageText               string
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

const (
	lineWidth  = 66  // where plain text is broken
	maxPreview = 150 // in characters
)

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
	s := r.speaker(d.Subscriber.Language)
	sentence := s.sentence(d)
	v := s.letter(s.subject(d, sentence))
	v.Sentence, v.Paragraphs, v.Rows, v.Look = sentence+".", s.paragraphs(&d.Update), s.rows(d), looks(worst(d))
	v.Link, v.LinkText = r.follows(d), s.follow(d)
	v.Sent, v.Why, v.Stop = s.sentLine(d), s.why(d), s.Text("notify.stop", lang.Values{"contact": r.opts.Page.Contact})
	if next := d.Update.NextBy; !next.IsZero() && d.Update.Kind != incident.Ended {
		v.Next, v.By, v.NextBy = s.Text("notify.next", nil), s.at("notify.by", s.zoned(next)), s.at("notify.next-by", s.zoned(next))
		v.Preview = s.at("notify.again-by", s.clock(next))
	}
	if m.Unsubscribe != "" {
		v.Stop, v.Manage = "", r.opts.Manage(d.Subscriber)
	}
	return r.write(m, v)
}

// letter begins one.
func (s *speaker) letter(subject string) *letter {
	return &letter{
		Lang: s.Tag, Dir: s.Dir(), Page: s.Text("notify.page", lang.Values{"page": s.r.opts.Page.Name}), Subject: subject, Outlook: outlook,
		ManageText: s.Text("notify.manage", nil),
	}
}

// write puts a letter in both its forms.
func (r *Renderer) write(m *Message, v *letter) error {
	// What a list of mails shows beside the subject.
	if len(v.Paragraphs) > 0 {
		v.Preview = strings.TrimSpace(cut(v.Paragraphs[0], maxPreview) + " " + v.Preview)
	}
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

func (s *speaker) rows(d *Delivery) []row {
	var rows []row
	widest := 0
	for _, a := range s.r.affected(d) {
		w := row{Name: s.name(a.Component), State: s.state(a), Look: looks(a.Status)}
		widest = max(widest, utf8.RuneCountInString(w.Name))
		rows = append(rows, w)
	}
	for i := range rows {
		rows[i].Padded = rows[i].Name + strings.Repeat(" ", widest-utf8.RuneCountInString(rows[i].Name))
	}
	return rows
}

// worst is what the bar on top shows.
func worst(d *Delivery) incident.Status {
	if d.Update.Kind == incident.Ended && !goesOn(d) {
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
