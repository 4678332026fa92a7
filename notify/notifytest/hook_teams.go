package notifytest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
)

// teamsMost is what a workflow takes, in bytes.
const teamsMost = 28 << 10

type teamsRun struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	Size     string `json:"size"`
	Weight   string `json:"weight"`
	Color    string `json:"color"`
	IsSubtle bool   `json:"isSubtle"`

	SelectAction *teamsAction `json:"selectAction"`
}

type teamsAction struct {
	Type  string `json:"type"`
	Title string `json:"title"`
	URL   string `json:"url"`
}

// leads says whether an action opens an address.
func (a *teamsAction) leads() bool {
	u, err := url.Parse(a.URL)
	return a.Type == "Action.OpenUrl" && err == nil && u.Host != ""
}

type teamsElement struct {
	Type      string         `json:"type"`
	Inlines   []teamsRun     `json:"inlines"`
	Items     []teamsElement `json:"items"`
	Style     string         `json:"style"`
	Spacing   string         `json:"spacing"`
	Separator bool           `json:"separator"`
	Bleed     bool           `json:"bleed"`
}

type teamsCard struct {
	Schema       string         `json:"$schema"`
	Type         string         `json:"type"`
	Version      string         `json:"version"`
	FallbackText string         `json:"fallbackText"`
	Body         []teamsElement `json:"body"`
	Actions      []teamsAction  `json:"actions"`
	Teams        struct {
		Width string `json:"width"`
	} `json:"msteams"`
}

// takeTeams reads the envelope that a workflow waits for, and the Adaptive
// Card in it by the schema of version 1.4.
func takeTeams(_ *Hook, r *http.Request, body []byte) (HookPost, *hookRefusal) {
	p := HookPost{Header: r.Header.Clone(), Body: body}
	if len(body) > teamsMost {
		return p, teamsRefusal(http.StatusRequestEntityTooLarge, "RequestEntityTooLarge")
	}
	var m struct {
		Type        string `json:"type"`
		Attachments []struct {
			ContentType string    `json:"contentType"`
			ContentURL  *string   `json:"contentUrl"`
			Content     teamsCard `json:"content"`
		} `json:"attachments"`
	}
	if err := strictly(body, &m); err != nil || !isJSON(r) || m.Type != "message" || len(m.Attachments) != 1 {
		return p, teamsRefusal(http.StatusBadRequest, "InvalidRequestContent")
	}
	a := m.Attachments[0]
	if a.ContentType != "application/vnd.microsoft.card.adaptive" || a.ContentURL != nil || checkCard(&a.Content) != nil {
		return p, teamsRefusal(http.StatusBadRequest, "BadRequest")
	}
	return p, nil
}

func answerTeams(w http.ResponseWriter, _ *http.Request, _ *HookPost) {
	w.WriteHeader(http.StatusAccepted)
}

func teamsRefusal(status int, code string) *hookRefusal {
	body, _ := json.Marshal(map[string]any{"error": map[string]string{"code": code, "message": code}}) // strings can always be encoded
	return &hookRefusal{status, "application/json", string(body)}
}

func checkCard(c *teamsCard) error {
	if c.Type != "AdaptiveCard" || c.Version != "1.4" || len(c.Body) == 0 || !slices.Contains([]string{"", "Full"}, c.Teams.Width) {
		return fmt.Errorf("no card of version 1.4")
	}
	for i := range c.Body {
		if err := checkElement(&c.Body[i]); err != nil {
			return err
		}
	}
	if len(c.Actions) > 6 {
		return fmt.Errorf("more actions than Teams shows")
	}
	for _, a := range c.Actions {
		if a.Title == "" || !a.leads() {
			return fmt.Errorf("an action that does nothing")
		}
	}
	return nil
}

func checkElement(e *teamsElement) error {
	switch e.Type {
	case "RichTextBlock":
		if len(e.Inlines) == 0 || e.Items != nil || e.Style != "" || e.Bleed {
			return fmt.Errorf("a RichTextBlock that is none")
		}
		for _, run := range e.Inlines {
			if run.Type != "TextRun" || run.Text == "" || run.SelectAction != nil && !run.SelectAction.leads() ||
				!slices.Contains([]string{"", "Small", "Default", "Medium", "Large", "ExtraLarge"}, run.Size) ||
				!slices.Contains([]string{"", "Lighter", "Default", "Bolder"}, run.Weight) {
				return fmt.Errorf("a TextRun that is none")
			}
		}
		return nil
	case "Container":
		if len(e.Items) == 0 || e.Inlines != nil || !slices.Contains([]string{"", "default", "emphasis", "good", "attention", "warning", "accent"}, e.Style) {
			return fmt.Errorf("a Container that is none")
		}
		for i := range e.Items {
			if err := checkElement(&e.Items[i]); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("an element %q", e.Type)
}
