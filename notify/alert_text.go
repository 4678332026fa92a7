package notify

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"
	"time"

	"daymark/incident"
	"daymark/support"
)

// about words an alert: what, since when, what is promised next.
func (s *Staffing) about(a *incident.Alert, inc *incident.Incident, now time.Time) *Notice {
	n := &Notice{Kind: AlertNotice, Role: string(a.Role), Key: a.Incident, Why: whyOf(a)}
	text := sentenceOf(a.Text)
	if inc == nil {
		n.Title, n.Text = oneLine(cmp.Or(strings.TrimSuffix(text, "."), string(a.Kind)), maxSentence), text
		if a.Component != "" {
			n.Key = "component/" + a.Component
		}
		return n
	}
	n.Severity = inc.Severity
	n.Title = oneLine(inc.Severity.String()+": "+s.what(inc), maxSentence)
	if ask := asks(a); ask != "" {
		n.Title += ": " + ask
	}
	parts := []string{s.sinceLine(inc, now), text}
	if next := s.nextPromise(inc, now); next != "" && a.Kind != incident.NudgeAlert {
		parts = append(parts, next)
	}
	n.Text = joined(parts)
	n.Link, n.LinkText = s.link(inc), "Open the incident"
	if a.Kind == incident.AskAlert {
		n.Ask, n.Link, n.LinkText = &AskRef{inc.ID, a.Proposal, a.Ask}, "", "See the proposal and answer"
	}
	return n
}

// answerable adds to an alert for a person how they answer, and shortens it
// where it is a text message or is spoken.
func (s *Staffing) answerable(n *Notice, a *incident.Alert, way string, p *support.Person, inc *incident.Incident, now time.Time) {
	if inc == nil {
		return
	}
	switch way {
	case "email":
		if a.Kind == incident.CallAlert {
			n.Text = joined([]string{n.Text, "To take it: daymark incident acknowledge " + inc.ID + " --role " + cmp.Or(string(a.Role), "ROLE") + " --as " + p.ID})
		}
	case "sms":
		n.SMS = s.short(n, a, inc, now)
	case "voice":
		n.Text = s.spoken(a, inc, now)
	}
}

// short is an alert as a text message: in one segment, where the names allow it.
func (s *Staffing) short(n *Notice, a *incident.Alert, inc *incident.Incident, now time.Time) string {
	begin := oneLine(s.opts.Page.Name, maxName) + " " + inc.Severity.String() + ": "
	what := oneLine(s.what(inc), maxSentence) + " since " + timeOfDay(inc.Since, now, s.opts.Page.Zone) + "."
	ask := ""
	switch {
	case a.Kind == incident.CallAlert && a.Role != "":
		ask = " " + a.Role.Title() + " wanted."
	case a.Kind == incident.CallAlert:
		ask = " Help is wanted."
	default:
		ask = " " + oneLine(sentenceOf(a.Text), 200)
	}
	promise := ""
	if next := s.nextPromise(inc, now); next != "" && a.Kind == incident.CallAlert {
		promise = " " + next
	}
	link := ""
	if n.Link != "" {
		link = " " + n.Link
	}
	full := plain.Replace(begin + what + ask + promise + link)
	for _, text := range []string{full, plain.Replace(begin + what + ask + link), plain.Replace(inc.Severity.String() + ": " + what + ask + link)} {
		if n, _ := Segments(text); n <= 1 {
			return text
		}
	}
	return full
}

// spoken is an alert as a voice reads it out. How it is answered is the
// channel's to say.
func (s *Staffing) spoken(a *incident.Alert, inc *incident.Incident, now time.Time) string {
	parts := []string{
		fmt.Sprintf("This is %s. Priority %d: %s since %s.", oneLine(s.opts.Page.Name, maxName), inc.Severity, oneLine(s.what(inc), 200), timeOfDay(inc.Since, now, s.opts.Page.Zone)),
	}
	switch {
	case a.Kind == incident.CallAlert && a.Role != "":
		parts = append(parts, "A "+a.Role.Title()+" is wanted.")
	case a.Kind == incident.CallAlert:
		parts = append(parts, "Help is wanted.")
	default:
		parts = append(parts, oneLine(sentenceOf(a.Text), 300))
	}
	if next := s.nextPromise(inc, now); next != "" {
		parts = append(parts, next)
	}
	return strings.Join(parts, " ")
}

// asks says what an alert wants, for its title.
func asks(a *incident.Alert) string {
	switch a.Kind {
	case incident.CallAlert:
		if a.Role == "" {
			return "help is wanted"
		}
		return "a " + a.Role.Title() + " is wanted"
	case incident.HelpAlert:
		return "you are asked for help"
	case incident.NudgeAlert:
		return "a promise is due soon"
	case incident.EndAlert:
		return "is it over?"
	case incident.ProposalAlert, incident.AskAlert:
		return "a fix waits for your agreement"
	}
	return ""
}

func whyOf(a *incident.Alert) string {
	switch {
	case a.Person == "":
		return ""
	case a.Kind == incident.CallAlert && a.Rota != "":
		return "You get this because the escalation of the rota " + a.Rota + " calls you."
	case a.Kind == incident.HelpAlert:
		return "You get this because somebody asked for you by name."
	case a.Kind == incident.NudgeAlert || a.Kind == incident.EndAlert || a.Kind == incident.ReportsAlert:
		return "You get this because you are Support Lead, or on call as such."
	}
	return "You get this because you are named in the incident's record."
}

// sinceLine says what is so, since when and for how long.
func (s *Staffing) sinceLine(inc *incident.Incident, now time.Time) string {
	if !inc.Open() {
		return oneLine(s.what(inc), maxSentence) + "."
	}
	line := oneLine(s.what(inc), maxSentence) + " since " + timeOfDay(inc.Since, now, s.opts.Page.Zone)
	if d := now.Sub(inc.Since); d >= time.Minute {
		line += ", for " + lasting(d)
	}
	return line + "."
}

// nextPromise says what is owed next, and whether that is late; "" for nothing.
func (s *Staffing) nextPromise(inc *incident.Incident, now time.Time) string {
	next := inc.Promise
	for i := range inc.Clocks {
		if next == nil || inc.Clocks[i].Due.Before(next.Due) {
			next = &inc.Clocks[i]
		}
	}
	if next == nil || !inc.Open() {
		return ""
	}
	is := " is due by "
	if next.Due.Before(now) {
		is = " was due by "
	}
	return next.Kind.Title() + is + timeOfDay(next.Due, now, s.opts.Page.Zone) + "."
}

// what says in the words of staff what is so, or was.
func (s *Staffing) what(inc *incident.Incident) string {
	if s.opts.Wording == nil {
		return inc.Name
	}
	return cmp.Or(s.opts.Wording.Sentence(inc), inc.Name)
}

// link is the page of an incident; what visitors do not see has none.
func (s *Staffing) link(inc *incident.Incident) string {
	if s.opts.Page.URL == "" || !inc.Public() {
		return ""
	}
	return s.opts.Page.URL + "/incidents/" + url.PathEscape(inc.ID)
}

// name gives a person's name, for who wrote something.
func (s *Staffing) name(id string) string {
	if id == "" {
		return "Daymark"
	}
	return oneLine(cmp.Or(s.people[id].Name, id), maxName)
}

// timeOfDay writes a time in a zone, with the date unless it is today.
func timeOfDay(at, now time.Time, zone *time.Location) string {
	at, now = at.In(zone), now.In(zone)
	if at.YearDay() == now.YearDay() && at.Year() == now.Year() {
		return at.Format("15:04")
	}
	return at.Format("15:04 on 2 January")
}

// lasting writes a time that has passed: 12 minutes, 2 hours 5 minutes, 3 days.
func lasting(d time.Duration) string {
	count := func(n int, what string) string {
		if n == 1 {
			return "1 " + what
		}
		return fmt.Sprintf("%d %ss", n, what)
	}
	hours, minutes := int(d/time.Hour), int(d/time.Minute)%60
	switch {
	case hours >= 48:
		return count(hours/24, "day")
	case hours == 0:
		return count(minutes, "minute")
	case minutes == 0:
		return count(hours, "hour")
	}
	return count(hours, "hour") + " " + count(minutes, "minute")
}

// sentenceOf ends a text as a sentence.
func sentenceOf(text string) string {
	text = strings.TrimSpace(cut(text, maxText))
	if text == "" || strings.ContainsAny(text[len(text)-1:], ".!?") {
		return text
	}
	return text + "."
}

// joined makes paragraphs of the parts that say something.
func joined(parts []string) string {
	var all []string
	for _, part := range parts {
		if part != "" {
			all = append(all, part)
		}
	}
	return strings.Join(all, "\n\n")
}
