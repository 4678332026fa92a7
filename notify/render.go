package notify

import (
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strings"
	texttemplate "text/template"
	"time"

	"daymark/internal/lang"
)

// PageInfo is what messages say of the page that they come from.
type PageInfo struct {
	Name    string
	URL     string         // public address, http or https
	Zone    *time.Location // times of day are in it
	Contact string         // where readers write to stop messages
}

// Named is a component or a region under the names that readers know.
type Named struct {
	ID, Name string
	Names    map[string]string // by language, where it is not Name
}

// RendererOptions sets up a Renderer. All of Page is required.
type RendererOptions struct {
	Page       PageInfo
	Components []Named // in the page's order
	Regions    []Named
	Language   string // the page's first, in which those are told who chose none; English when empty
	// Manage gives the address of the page where a subscriber manages their
	// subscription; under it, /unsubscribe ends it by one POST. Nil: mail says
	// to write to Page.Contact instead.
	Manage func(s Subscriber) string
	// Confirm gives the link and the code that confirm a sign-up of a round.
	Confirm func(s Subscriber, round int) (link, code string)
	// Report gives the address of the page where somebody follows the report
	// that they made; under it, /unsubscribe ends the mail about it.
	Report func(report string) string
	// Agree gives the address at which somebody answers who is asked to agree.
	Agree func(ask AskRef) string
	// Attachment gives the file of a key; nil where there is none.
	Attachment func(key string) (*Attachment, error)
	Now        func() time.Time // default: time.Now
}

// Renderer writes deliveries as people read them. It may be used from several
// goroutines.
type Renderer struct {
	opts     RendererOptions
	names    map[string]Named
	order    map[string]int
	regions  map[string]string
	speakers map[string]*speaker // by language
	html     *template.Template
	text     *texttemplate.Template
}

// NewRenderer returns a Renderer, or an error that says what of the page is
// missing.
func NewRenderer(opts RendererOptions) (*Renderer, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	opts.Page.URL = strings.TrimRight(opts.Page.URL, "/")
	u, err := url.Parse(opts.Page.URL)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return nil, fmt.Errorf("render: %q is no public address of a page (page.url)", opts.Page.URL)
	case opts.Page.Name == "" || opts.Page.Zone == nil:
		return nil, errors.New("render: a page needs a name and a time zone")
	case opts.Page.Contact == "":
		return nil, errors.New("render: page.contact is missing: messages tell readers where to write to stop them")
	}
	r := &Renderer{opts: opts, names: map[string]Named{}, order: map[string]int{}, regions: map[string]string{}, speakers: map[string]*speaker{}}
	for i, c := range opts.Components {
		r.names[c.ID], r.order[c.ID] = c, i
	}
	for _, region := range opts.Regions {
		r.regions[region.ID] = oneLine(region.Name, maxName)
	}
	r.opts.Language = lang.Or(opts.Language).Tag
	for _, tag := range lang.Tags() {
		r.speakers[tag] = r.speakerIn(tag)
	}
	if err := r.parse(); err != nil {
		return nil, err
	}
	return r, nil
}

// Bounds on what goes into a message, in characters.
const (
	maxName     = 100
	maxSentence = 300
	maxText     = 10_000
)

// Render writes a delivery for its channel.
func (r *Renderer) Render(d Delivery) (Message, error) {
	m := Message{
		ID: d.ID, Channel: d.Channel, Audience: d.Audience, Subscriber: d.Subscriber.ID, To: d.Subscriber.Address, Name: oneLine(d.Subscriber.Name, maxName),
		Incident: d.Incident.ID, Update: d.Update.Number, Created: d.Created, Expires: d.Expires,
	}
	if r.opts.Manage != nil && d.Subscriber.ID != "" {
		m.Unsubscribe = r.opts.Manage(d.Subscriber) + "/unsubscribe"
	}
	var err error
	switch {
	case d.Notice != nil:
		err = r.notice(&m, &d)
	case len(d.With) > 0:
		err = r.several(&m, &d)
	case d.Channel == "email":
		err = r.email(&m, &d)
	case d.Channel == "sms":
		r.sms(&m, &d)
	case slices.Contains(carded, d.Channel):
		m.Card = r.card(&d)
	default:
		err = fmt.Errorf("nothing is known of channel %q", d.Channel)
	}
	if err != nil {
		return m, fmt.Errorf("render delivery %s: %w", d.ID, err)
	}
	return m, nil
}

// follows is the address where what a delivery tells of goes on.
func (r *Renderer) follows(d *Delivery) string {
	if goesOn(d) {
		return r.link(d.Incident.Care.MergedInto)
	}
	return r.link(d.Incident.ID)
}

// link is the address of an incident.
func (r *Renderer) link(id string) string {
	return r.opts.Page.URL + "/incidents/" + url.PathEscape(id)
}

func (r *Renderer) region(id string) string { return cmp.Or(r.regions[id], id) }

func (r *Renderer) place(component string) int {
	if i, ok := r.order[component]; ok {
		return i
	}
	return len(r.order)
}

// ended is when the last component came back.
func ended(d *Delivery) time.Time {
	var last time.Time
	for _, a := range d.Incident.Affected {
		if a.Until.After(last) {
			last = a.Until
		}
	}
	if last.IsZero() {
		return d.Update.At
	}
	return last
}

// oneLine puts text on one line of at most so many characters.
func oneLine(text string, most int) string {
	return cut(strings.Join(strings.Fields(text), " "), most)
}

func cut(text string, most int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if runes := []rune(text); len(runes) > most {
		return strings.TrimRight(string(runes[:most-1]), " ") + "…"
	}
	return text
}
