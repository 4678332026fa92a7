package statuspage

import (
	"slices"
	"strings"

	"daymark/incident"
)

const (
	subscribeTitle = "Get updates"
	confirmTitle   = "Confirm your subscription"
	manageTitle    = "Your subscription"
	leaveTitle     = "Stop these messages"

	incidentOver = "This incident is over, or not public: there is nothing left to tell of it."
	formBad      = "One thing to put right: "
	tooOften     = "Too many sign-ups came from your network lately. Please try again in a few hours."
	crossSite    = "This came from another site. Please use the form on this page."
	codeWrong    = "That is not the code, or it is too old, or there were too many tries. You can ask for a new one."
	noFormRead   = "The form could not be read. Please try again."
)

// channelWords name the ways in which readers can be told.
var channelWords = map[string]string{
	"email": "Email", "sms": "Text message", "webhook": "Webhook", "slack": "Slack", "teams": "Teams", "discord": "Discord",
}

// addressWords say what each way asks for.
var addressWords = map[string]string{
	"email": "email address", "sms": "phone number with its country code",
	"webhook": "https:// address of a webhook", "slack": "https:// address of an incoming webhook in Slack",
	"teams": "https:// address of a workflow in Teams", "discord": "https:// address of a webhook in Discord",
}

// addressLabel names the one field for the address of any of these channels.
func addressLabel(channels []string) string {
	var words []string
	hooks := false
	for _, c := range channels {
		if c == "email" || c == "sms" {
			words = append(words, addressWords[c])
		} else {
			hooks = true
		}
	}
	switch {
	case hooks && len(channels) == 1:
		words = []string{addressWords[channels[0]]}
	case hooks:
		words = append(words, "the https:// address of your channel")
	}
	label := words[0]
	if len(words) > 1 {
		label = strings.Join(words[:len(words)-1], ", ") + ", or " + words[len(words)-1]
	}
	return strings.ToUpper(label[:1]) + label[1:]
}

// severityWords say from when on readers are told.
var severityWords = []option{
	{Value: "all", Word: "Everything that this page tells"},
	{Value: "P2", Word: "Serious trouble: something that people need does not work"},
	{Value: "P1", Word: "Only the most serious trouble"},
}

var severityOf = map[string]incident.Severity{"": 0, "all": 0, "P2": incident.P2, "P1": incident.P1}

// wishLines say wishes, a line each.
func (l *Layout) wishLines(w Wishes, incidentName string) []string {
	var lines []string
	switch {
	case w.Incident != "":
		lines = append(lines, "About one incident: "+incidentName)
	case len(w.Components) == 0:
		lines = append(lines, "About everything on this page")
	default:
		var names []string
		for _, c := range l.Components {
			if slices.Contains(w.Components, c.ID) {
				names = append(names, c.Name)
			}
		}
		lines = append(lines, "About "+together(names))
	}
	if w.Severity != 0 {
		for _, o := range severityWords {
			if severityOf[o.Value] == w.Severity {
				lines = append(lines, o.Word)
			}
		}
	}
	if w.Edges {
		lines = append(lines, "When it begins, gets worse, and ends")
	} else {
		lines = append(lines, "Every update")
	}
	if w.Maintenance {
		lines = append(lines, "Planned maintenance too")
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

func sentOf(channel string) sentPage {
	switch channel {
	case "email":
		return sentPage{
			Sentence: "Look into your mail.",
			Follow:   "A message is on its way. Follow its link and press the button there: nothing else comes before that.",
			Hint:     "Nothing came after ten minutes? Look among the unwanted mail, and whether the address was right. You can ask three times an hour.",
		}
	case "sms":
		return sentPage{
			Sentence: "Enter the code.",
			Follow:   "A text message with six digits is on its way. It works for 15 minutes.",
			Hint:     "Nothing came? Look whether the number was right. You can ask three times an hour.",
			Code:     true,
		}
	}
	return sentPage{
		Sentence: "Look into your channel.",
		Follow:   "A message is on its way there. Follow its link and press the button: nothing else comes before that.",
		Hint:     "Nothing came after ten minutes? Look whether the address was right. You can ask three times an hour.",
	}
}
