package incident

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Publish writes a public update. When the next word comes is added to it.
type Publish struct {
	Incident string    `json:"incident"`
	Phase    Phase     `json:"phase"`            // where the incident stands now; "": as before. Resolved ends it
	Template string    `json:"template"`         // an id of incidents.templates, for what is not said otherwise
	What     string    `json:"what"`             // what is so, in what users notice
	Doing    string    `json:"doing"`            // what we do about it; may be empty
	YouCan   string    `json:"you_can"`          // what users can do meanwhile; may be empty
	NextBy   time.Time `json:"next_by,omitzero"` // when the next word comes, at the latest when the SLA says; zero: then
	Ordered  bool      `json:"ordered"`          // it is refused where there is a newer update than After
	After    int       `json:"after"`            // the number of the last one that its writer has seen; 0: none
}

func (c Publish) act() (action, object string) { return "update published", c.Incident }

func (c Publish) apply(d *decider, by By) (string, error) {
	inc, err := d.open(c.Incident)
	if err != nil {
		return "", err
	}
	if err := d.mayFollow(inc, c); err != nil {
		return "", err
	}
	if c.Template != "" {
		template, err := d.policy.template(c.Template)
		if err != nil {
			return "", err
		}
		if strings.TrimSpace(c.What) == "" {
			c.What = d.fill(inc, template.Text)
		}
		c.Phase = cmp.Or(c.Phase, Phase(template.State))
	}
	text, err := compose(c.What, c.Doing, c.YouCan)
	switch {
	case err != nil:
		return "", err
	case !inc.Public():
		return "", refuse(Conflict, "incident %s is %s, which is for staff alone: revise its severity first, and then publish", inc.ID, inc.Severity)
	case c.Phase == Resolved:
		return inc.ID, d.resolve(inc, by, text)
	}
	if err := d.mayMove(inc, c.Phase); err != nil {
		return "", err
	}
	if err := d.mayPromise(inc, c.NextBy); err != nil {
		return "", err
	}
	if c.Phase != "" && c.Phase != inc.Phase {
		d.move(inc, c.Phase)
	}
	d.publish(inc, Update{Kind: d.opening(inc), Text: text, By: by.String(), NextBy: c.NextBy})
	return inc.ID, nil
}

// mayFollow refuses an update whose writer has not seen the one before it: two
// that cross contradict one another.
func (d *decider) mayFollow(inc *Incident, c Publish) error {
	if !c.Ordered || len(inc.Updates) <= c.After {
		return nil
	}
	last := &inc.Updates[len(inc.Updates)-1]
	whose := "Daymark from what it measured"
	if id, _, _ := strings.Cut(last.By, " "); !last.Auto && id != "" {
		whose = d.policy.person(id)
	}
	return refuse(Conflict, "update %d was published at %s, by %s, since this one was begun. Read it first: “%s”", last.Number, d.policy.clock(last.At, d.now), whose, shortened(last.Text, 300))
}

// shortened cuts a text to so many characters.
func shortened(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

func (p *Policy) template(id string) (Template, error) {
	for _, t := range p.rules.Templates {
		if t.ID == id {
			return t, nil
		}
	}
	return Template{}, refuse(NotFound, "there is no template %q in incidents.templates", id)
}

// compose joins the parts of an update, each a paragraph.
func compose(what, doing, youCan string) (string, error) {
	var parts []string
	for _, part := range []struct{ field, text string }{{"what", what}, {"doing", doing}, {"you_can", youCan}} {
		if part.field != "what" && strings.TrimSpace(part.text) == "" {
			continue
		}
		text, err := written(part.field, part.text)
		if err != nil {
			return "", err
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "\n\n"), nil
}

// mayMove refuses a phase that does not follow, or that the facts deny.
func (d *decider) mayMove(inc *Incident, phase Phase) error {
	switch {
	case phase == "" || phase == inc.Phase:
		return nil
	case !slices.Contains(phases[inc.Phase], phase):
		return refuse(Invalid, "an incident that is %s does not become %q", inc.Phase, phase)
	}
	if failing := d.failing(inc); phase == Monitoring && failing != "" {
		return refuse(Conflict, "incident %s cannot be monitoring yet: %s", inc.ID, failing)
	}
	return nil
}

// mayPromise refuses a time for the next word that is over, or later than the
// SLA promises.
func (d *decider) mayPromise(inc *Incident, at time.Time) error {
	if at.IsZero() {
		return nil
	}
	if !at.After(d.now) {
		return refuse(Invalid, "the next word cannot be due at %s, which is over", d.policy.clock(at, d.now))
	}
	if due := d.policy.dues(inc, inc.Severity, d.now).update; !due.IsZero() && at.After(due) {
		return refuse(Invalid, "the SLA promises the next word by %s: %s is later", d.policy.clock(due, d.now), d.policy.clock(at, d.now))
	}
	return nil
}

// move takes an incident to a phase that the table allows.
func (d *decider) move(inc *Incident, phase Phase) {
	if inc.to(phase) && phase == Monitoring {
		inc.Monitoring = d.now
	}
}

// failing says what of an incident fails by its checks, or "".
func (d *decider) failing(inc *Incident) string {
	for _, a := range d.policy.ordered(inc.Affected) {
		c := d.policy.components[a.Component]
		if c == nil || d.state.Components[a.Component].Status == Maintenance || d.policy.elsewhere(inc, a.Component, d.state) {
			continue
		}
		status := d.policy.status(c, d.state, d.now)
		if o := d.state.Overrides[c.ID]; o != nil && o.Incident == inc.ID {
			status = d.policy.measured(c, d.state, d.now) // what was set with it ends with it
		}
		if status.Status.Badness() > 0 {
			text := c.Name + " " + being(status.Status)
			if status.Reason != "" {
				text += ": " + status.Reason
			}
			return text
		}
	}
	return ""
}

// Resolve ends an incident. Its last update, which is public where the
// incident is, tells what was so.
type Resolve struct {
	Incident string `json:"incident"`
	Text     string `json:"text"` // may be empty: then the facts are told
}

func (c Resolve) act() (action, object string) { return "incident resolved", c.Incident }

func (c Resolve) apply(d *decider, by By) (string, error) {
	inc, err := d.open(c.Incident)
	if err != nil {
		return "", err
	}
	text := ""
	if c.Text != "" {
		if text, err = written("the text", c.Text); err != nil {
			return "", err
		}
	}
	return inc.ID, d.resolve(inc, by, text)
}

// resolve ends an incident for a person; text "" tells the facts.
func (d *decider) resolve(inc *Incident, by By, text string) error {
	if failing := d.failing(inc); failing != "" {
		return refuse(Conflict, "incident %s is not over: %s", inc.ID, failing)
	}
	d.dropOverrides(func(o *Override) bool { return o.Incident == inc.ID })
	d.judge(nil, true)
	d.refresh(inc)
	for i := range inc.Affected {
		a := &inc.Affected[i]
		if a.Until.IsZero() { // not measured: a person says that it works
			a.Until = d.now
		}
		if a.Status == Unmeasured {
			a.Status = Operational
		}
	}
	d.end(inc)
	if inc.Public() {
		update := Update{Kind: Ended, Text: text, By: by.String()}
		if text == "" {
			update.Findings = d.policy.endFindings(inc, d.state)
			update.Text = cmp.Or(d.policy.public.say(update.Findings, d.now), d.policy.public.Language.Text("incident.over", nil))
		}
		d.publish(inc, update)
	} else {
		d.endPromise(inc, Over)
	}
	d.endClocks(inc, ByPerson)
	d.closeReports(inc)
	d.askReview(inc)
	d.note(inc, Entry{Kind: Event, By: by.Person, Text: "Resolved by " + d.policy.byName(by) + "."})
	return nil
}

// end takes an incident to its end.
func (d *decider) end(inc *Incident) {
	inc.to(Resolved)
	inc.Resolved = d.now
	inc.Care.Proposed = time.Time{}
	d.dropOverrides(func(o *Override) bool { return o.Incident == inc.ID })
	if !inc.ByHand() {
		inc.Name = d.policy.public.tell(inc, true)
	}
}

// byName names who gave a command, for people.
func (p *Policy) byName(by By) string { return p.person(cmp.Or(by.Person, by.Via)) }

// EditUpdate puts the text of an update right. What was told before is kept.
type EditUpdate struct {
	Incident string `json:"incident"`
	Number   int    `json:"number"`
	Text     string `json:"text"`
}

func (c EditUpdate) act() (action, object string) {
	return "update " + strconv.Itoa(c.Number) + " edited", c.Incident
}

func (c EditUpdate) apply(d *decider, by By) (string, error) {
	inc := d.incident(c.Incident)
	if inc == nil {
		return "", refuse(NotFound, "there is no incident %q", c.Incident)
	}
	text, err := written("the text", c.Text)
	if err != nil {
		return "", err
	}
	at := c.Number - 1
	if at < 0 || at >= len(inc.Updates) {
		return "", refuse(NotFound, "incident %s has no update %d", inc.ID, c.Number)
	}
	update := &inc.Updates[at]
	if update.Text == text {
		return inc.ID, nil
	}
	d.Edits = append(d.Edits, Edit{Update: update.ID, At: d.now, By: by.String(), Before: update.Text, Text: text})
	update.Text, update.Edited = text, d.now
	d.note(inc, Entry{Kind: Event, By: by.Person, Text: "Put update " + strconv.Itoa(c.Number) + " right."})
	return inc.ID, nil
}

// Edit is a change of an update's text.
type Edit struct {
	Update string
	At     time.Time
	By     string
	Before string // what was told until then
	Text   string
}
