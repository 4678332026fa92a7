package hook

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"daymark/notify"
)

// What Slack takes, in characters, and how many blocks.
const (
	slackHeader   = 150
	slackSection  = 3000
	slackContext  = 2000
	slackFallback = 4000
	slackBlocks   = 50
	slackButton   = 75
)

// slackText is a text object.
type slackText struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	Verbatim bool   `json:"verbatim,omitempty"` // names of channels and people in it are only words
}

// slackElement is what stands in a context or among actions.
type slackElement struct {
	Type     string `json:"type"`
	Text     any    `json:"text"` // of a text object the text, of a button an object
	Verbatim bool   `json:"verbatim,omitempty"`
	URL      string `json:"url,omitempty"`
	Style    string `json:"style,omitempty"`
}

type slackBlock struct {
	Type     string         `json:"type"`
	Text     *slackText     `json:"text,omitempty"`
	Elements []slackElement `json:"elements,omitempty"`
}

type slackMessage struct {
	Text        string       `json:"text"` // what notifications and screen readers say
	Blocks      []slackBlock `json:"blocks"`
	UnfurlLinks bool         `json:"unfurl_links"`
	UnfurlMedia bool         `json:"unfurl_media"`
}

// slack writes a message in Block Kit. The three characters of Slack's own
// markup are escaped, so that nobody's text calls a channel or a person.
func slack(_ context.Context, m *notify.Message, _ *target) ([]byte, http.Header, error) {
	s, err := tell(m)
	if err != nil {
		return nil, nil, err
	}
	message := slackMessage{Text: slackEscape(strings.Join(slices.Concat([]string{s.title}, s.said()), "\n"), slackFallback)}
	add := func(b slackBlock) {
		if len(message.Blocks) < slackBlocks-2 {
			message.Blocks = append(message.Blocks, b)
		}
	}
	if s.entry {
		add(slackBlock{Type: "section", Text: &slackText{Type: "mrkdwn", Text: "*" + slackPlain(strings.ReplaceAll(s.title, "*", "∗"), slackSection-2) + "*", Verbatim: true}})
	} else {
		add(slackBlock{Type: "header", Text: &slackText{Type: "plain_text", Text: slackPlain(s.marked(), slackHeader)}})
	}
	for _, p := range s.said() {
		add(slackSaid(p))
	}
	if len(s.rows) > 0 {
		add(slackSaid(strings.Join(s.rows, "\n")))
	}
	foot := slackEscape(strings.Join(s.foot, " · "), slackContext/2)
	if s.entry {
		for _, l := range s.links {
			foot = strings.TrimPrefix(foot+" · <"+slackAddress.Replace(l.url)+"|"+slackPlain(strings.ReplaceAll(l.text, "|", " "), slackButton)+">", " · ")
		}
	}
	if foot != "" {
		message.Blocks = append(message.Blocks, slackBlock{Type: "context", Elements: []slackElement{{Type: "mrkdwn", Text: foot, Verbatim: true}}})
	}
	if len(s.links) > 0 && !s.entry {
		message.Blocks = append(message.Blocks, slackBlock{Type: "actions", Elements: slackButtons(s.links)})
	}
	body, err := encode(message)
	return body, nil, err
}

// slackSaid is a section of text.
func slackSaid(text string) slackBlock {
	return slackBlock{Type: "section", Text: &slackText{Type: "mrkdwn", Text: slackEscape(text, slackSection), Verbatim: true}}
}

func slackButtons(links []link) []slackElement {
	var all []slackElement
	for i, l := range links {
		b := slackElement{Type: "button", Text: slackText{Type: "plain_text", Text: slackPlain(l.text, slackButton)}, URL: l.url}
		if i == 0 {
			b.Style = "primary"
		}
		all = append(all, b)
	}
	return all
}

// slackEscape escapes a text and makes its addresses links.
func slackEscape(text string, most int) string {
	return fit(text, most, slackRune, func(address string) string { return "<" + slackAddress.Replace(address) + ">" })
}

// slackPlain is for texts in which nothing becomes a link.
func slackPlain(text string, most int) string {
	return fit(text, most, slackRune, slackAddress.Replace)
}

var slackAddress = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func slackRune(r rune) string {
	switch r {
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	}
	return string(r)
}

// slackGone are Slack's words for an address that will never work again.
var slackGone = []string{"no_service", "no_service_id", "no_team", "team_disabled", "channel_not_found", "channel_is_archived", "invalid_token", "no_active_hooks", "user_not_found"}

// toldBySlack reads the one word that Slack answers.
func toldBySlack(a *answer) told {
	word := strings.TrimSpace(string(a.body))
	if !isWord(word) {
		return told{}
	}
	return told{words: word, gone: slices.Contains(slackGone, word)}
}

// isWord says whether a text is one of those words, and no page.
func isWord(text string) bool {
	return text != "" && len(text) <= 60 && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz_") == ""
}
