package hook

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"daymark/notify"
)

// teamsMost is what a message for Teams may weigh, in bytes.
const teamsMost = 28 << 10

// cardElement is an element of an Adaptive Card. Text stands in text runs,
// which know no markup: nobody's text makes a link or calls a person.
type cardElement struct {
	Type      string        `json:"type"`
	Inlines   []cardRun     `json:"inlines,omitempty"`
	Items     []cardElement `json:"items,omitempty"`
	Style     string        `json:"style,omitempty"`
	Spacing   string        `json:"spacing,omitempty"`
	Separator bool          `json:"separator,omitempty"`
	Bleed     bool          `json:"bleed,omitempty"`
}

type cardRun struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	Size     string `json:"size,omitempty"`
	Weight   string `json:"weight,omitempty"`
	IsSubtle bool   `json:"isSubtle,omitempty"`

	SelectAction *cardAction `json:"selectAction,omitempty"` // makes a link of it
}

type cardAction struct {
	Type  string `json:"type"`
	Title string `json:"title,omitempty"`
	URL   string `json:"url"`
}

type adaptiveCard struct {
	Schema       string        `json:"$schema"`
	Type         string        `json:"type"`
	Version      string        `json:"version"`
	FallbackText string        `json:"fallbackText"`
	Body         []cardElement `json:"body"`
	Actions      []cardAction  `json:"actions,omitempty"`
	Teams        teamsWidth    `json:"msteams"`
}

type teamsWidth struct {
	Width string `json:"width"`
}

type teamsMessage struct {
	Type        string            `json:"type"`
	Attachments []teamsAttachment `json:"attachments"`
}

type teamsAttachment struct {
	ContentType string       `json:"contentType"`
	ContentURL  *string      `json:"contentUrl"`
	Content     adaptiveCard `json:"content"`
}

// teams writes a message as a workflow of Teams takes it. Of a text that makes
// it too heavy less and less is kept.
func teams(_ context.Context, m *notify.Message, _ *target) ([]byte, http.Header, error) {
	s, err := tell(m)
	if err != nil {
		return nil, nil, err
	}
	for room := teamsMost; room > 0; room /= 2 {
		body, err := encode(teamsMessage{Type: "message", Attachments: []teamsAttachment{{
			ContentType: "application/vnd.microsoft.card.adaptive", Content: teamsCard(s, room),
		}}})
		if err != nil || len(body) <= teamsMost {
			return body, nil, err
		}
	}
	return nil, nil, fmt.Errorf("the message is too heavy for Teams")
}

func teamsCard(s *story, room int) adaptiveCard {
	card := adaptiveCard{
		Schema: "http://adaptivecards.io/schemas/adaptive-card.json", Type: "AdaptiveCard", Version: "1.4",
		FallbackText: plainly(s.title, min(room, 1000)), Teams: teamsWidth{Width: "Full"},
	}
	title := cardText(plainly(s.marked(), min(room, 1000)), cardRun{Weight: "Bolder", Size: "Large"})
	if s.entry {
		card.Body = append(card.Body, cardText(plainly(s.title, min(room, 1000)), cardRun{Weight: "Bolder"}))
	} else {
		card.Body = append(card.Body, cardElement{Type: "Container", Style: teamsStyle(s.look), Bleed: true, Items: []cardElement{title}})
	}
	used := 0
	for _, p := range s.paragraphs {
		if used >= room {
			break
		}
		p = plainly(p, room-used)
		used += len(p)
		card.Body = append(card.Body, cardText(p, cardRun{}))
	}
	for _, l := range s.entries {
		e := cardText(plainly(l.text, min(room, 400))+"\n", cardRun{})
		e.Separator = true
		e.Inlines = append(e.Inlines, cardRun{Type: "TextRun", Text: l.url, SelectAction: &cardAction{Type: "Action.OpenUrl", URL: l.url}})
		card.Body = append(card.Body, e)
	}
	for i, row := range s.rows {
		e := cardText(plainly(row, min(room, 400)), cardRun{})
		e.Separator = i == 0
		if i > 0 {
			e.Spacing = "Small"
		}
		card.Body = append(card.Body, e)
	}
	if len(s.foot) > 0 {
		card.Body = append(card.Body, cardText(plainly(strings.Join(s.foot, " · "), min(room, 1000)), cardRun{IsSubtle: true, Size: "Small"}))
	}
	for _, l := range s.links {
		card.Actions = append(card.Actions, cardAction{Type: "Action.OpenUrl", Title: plainly(l.text, 100), URL: l.url})
	}
	return card
}

func cardText(text string, run cardRun) cardElement {
	run.Type, run.Text = "TextRun", text
	return cardElement{Type: "RichTextBlock", Inlines: []cardRun{run}}
}

// teamsStyle is the card's own style that is nearest to a colour; Teams takes
// no colours.
func teamsStyle(look notify.Look) string {
	switch look {
	case (&notify.Notice{Over: true}).Look():
		return "good"
	case (&notify.Notice{Severity: 1}).Look(), (&notify.Notice{Severity: 2}).Look():
		return "attention"
	case (&notify.Notice{Severity: 3}).Look():
		return "warning"
	}
	return "emphasis"
}

// toldByTeams reads Azure's error body.
func toldByTeams(a *answer) told {
	var said struct {
		Error struct {
			Code string `json:"code"`
		} `json:"error"`
	}
	if json.Unmarshal(a.body, &said) != nil {
		return told{} // it is not Azure's
	}
	return told{words: said.Error.Code, gone: a.status == http.StatusNotFound && said.Error.Code == "WorkflowNotFound"}
}
