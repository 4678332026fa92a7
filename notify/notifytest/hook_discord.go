package notifytest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"time"
)

// discordCalls finds what would call people, were they allowed to be.
var discordCalls = regexp.MustCompile(`@everyone|@here|<@`)

type discordEmbed struct {
	Title       string `json:"title"`
	URL         string `json:"url"`
	Description string `json:"description"`
	Color       int    `json:"color"`
	Timestamp   string `json:"timestamp"`
	Fields      []struct {
		Name   string `json:"name"`
		Value  string `json:"value"`
		Inline bool   `json:"inline"`
	} `json:"fields"`
	Footer *struct {
		Text string `json:"text"`
	} `json:"footer"`
}

// takeDiscord reads a message as Execute Webhook has it.
func takeDiscord(_ *Hook, r *http.Request, body []byte) (HookPost, *hookRefusal) {
	p := HookPost{Header: r.Header.Clone(), Body: body}
	var m struct {
		Content  string         `json:"content"`
		Embeds   []discordEmbed `json:"embeds"`
		Username string         `json:"username"`
		Mentions *struct {
			Parse []string `json:"parse"`
		} `json:"allowed_mentions"`
	}
	if err := strictly(body, &m); err != nil || !isJSON(r) {
		return p, discordRefusal(50109, "The request body contains invalid JSON.")
	}
	p.Calls = (m.Mentions == nil || len(m.Mentions.Parse) > 0) && discordCalls.Match(body)
	if m.Content == "" && len(m.Embeds) == 0 {
		return p, discordRefusal(50006, "Cannot send an empty message")
	}
	if length(m.Content) > 2000 || len(m.Embeds) > 10 {
		return p, discordRefusal(50035, "Invalid Form Body")
	}
	total := 0
	for i := range m.Embeds {
		n, err := checkEmbed(&m.Embeds[i])
		if total += n; err != nil || total > 6000 {
			return p, discordRefusal(50035, "Invalid Form Body")
		}
	}
	return p, nil
}

// answerDiscord answers with the message only where it was asked to wait.
func answerDiscord(w http.ResponseWriter, r *http.Request, _ *HookPost) {
	if r.URL.Query().Get("wait") != "true" {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"id": "1234567890123456789", "type": 0})
}

func discordRefusal(code int, message string) *hookRefusal {
	body, _ := json.Marshal(map[string]any{"message": message, "code": code}) // strings can always be encoded
	return &hookRefusal{http.StatusBadRequest, "application/json", string(body)}
}

// checkEmbed says how many characters an embed has.
func checkEmbed(e *discordEmbed) (int, error) {
	total := length(e.Title) + length(e.Description)
	switch {
	case length(e.Title) > 256 || length(e.Description) > 4096 || len(e.Fields) > 25:
		return 0, fmt.Errorf("more than an embed takes")
	case e.Title == "" && e.Description == "":
		return 0, fmt.Errorf("an embed without anything")
	case e.Color < 0 || e.Color > 0xffffff:
		return 0, fmt.Errorf("a colour that is none")
	}
	if u, err := url.Parse(e.URL); e.URL != "" && (err != nil || u.Host == "") {
		return 0, fmt.Errorf("an address that is none")
	}
	if _, err := time.Parse(time.RFC3339, e.Timestamp); e.Timestamp != "" && err != nil {
		return 0, err
	}
	for _, f := range e.Fields {
		if f.Name == "" || f.Value == "" || length(f.Name) > 256 || length(f.Value) > 1024 {
			return 0, fmt.Errorf("a field that is none")
		}
		total += length(f.Name) + length(f.Value)
	}
	if e.Footer != nil {
		if e.Footer.Text == "" || length(e.Footer.Text) > 2048 {
			return 0, fmt.Errorf("a footer that is none")
		}
		total += length(e.Footer.Text)
	}
	return total, nil
}
