package statuspage

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"daymark/incident"
	"daymark/internal/lang"
)

// channelWord names a way in which readers can be told.
func (s speech) channelWord(channel string) string {
	switch channel {
	case "email", "sms":
		return s.sentence("channel-" + channel)
	case "webhook":
		return "Webhook"
	case "slack":
		return "Slack"
	case "teams":
		return "Teams"
	}
	return "Discord"
}

// addressLabel names the one field for the address of any of these channels.
func (s speech) addressLabel(channels []string) string {
	var words []string
	hooks := false
	for _, c := range channels {
		if c == "email" || c == "sms" {
			words = append(words, s.sentence("address-"+c))
		} else {
			hooks = true
		}
	}
	switch {
	case hooks && len(channels) == 1:
		words = []string{s.sentence("address-" + channels[0])}
	case hooks:
		words = append(words, s.sentence("address-hook"))
	}
	first, size := utf8.DecodeRuneInString(words[0])
	words[0] = string(unicode.ToUpper(first)) + words[0][size:]
	return s.Or(words)
}

// severities are from when on readers are told, by the values of the form.
var severities = []struct {
	value    string
	severity incident.Severity
	id       string
}{{"all", 0, "severity-all"}, {"P2", incident.P2, "severity-2"}, {"P1", incident.P1, "severity-1"}}

// wishLines say wishes, a line each.
func (l *Layout) wishLines(w Wishes, incidentName string) []string {
	var lines []string
	switch {
	case w.Incident != "":
		lines = append(lines, l.with("wish-one", lang.Values{"name": incidentName}))
	case len(w.Components) == 0:
		lines = append(lines, l.sentence("wish-all"))
	default:
		var names []string
		for _, c := range l.Components {
			if slices.Contains(w.Components, c.ID) {
				names = append(names, l.name(c.ID))
			}
		}
		lines = append(lines, l.with("wish-some", lang.Values{"names": l.together(names)}))
	}
	for _, o := range severities {
		if w.Severity != 0 && o.severity == w.Severity {
			lines = append(lines, l.sentence(o.id))
		}
	}
	if w.Edges {
		lines = append(lines, l.sentence("pace-ends"))
	} else {
		lines = append(lines, l.sentence("wish-every"))
	}
	if w.Maintenance {
		lines = append(lines, l.sentence("wish-maintenance"))
	}
	return lines
}

// sentPage is what follows a sign-up: the same, whatever is known of the
// address.
type sentPage struct {
	Frame    frame
	Sentence string
	Follow   string
	Hint     string
	Code     bool   // a code is asked for
	Handle   string // of the browser
	Error    string
}

func (s speech) sentOf(channel string) sentPage {
	id := "sent-hook"
	switch channel {
	case "email":
		id = "sent-mail"
	case "sms":
		id = "sent-sms"
	}
	return sentPage{Sentence: s.sentence(id), Follow: s.sentence(id + "-follow"), Hint: s.sentence(id + "-hint"), Code: channel == "sms"}
}

// english says whether the rules' own words can be shown: they are English,
// and more exact than what stands for them elsewhere.
func (s speech) english() bool { return s.Tag == lang.English().Tag }

// rejected says what is wrong with one answer of a form.
func (s speech) rejected(r *Rejection) string {
	switch {
	case s.english():
		return r.Message
	case r.Field == "address":
		return s.sentence("bad-address")
	}
	return s.sentence("choose-answer")
}
