package notifytest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"unicode/utf16"
)

// slackCalls finds what would call people.
var slackCalls = regexp.MustCompile(`<(![a-z]|@|#)`)

// slackMarkup is the one use of < that is left: a link.
var slackMarkup = regexp.MustCompile(`<https?://[^<>|\s]+(\|[^<>|\n]*)?>`)

type slackObject struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	Emoji    *bool  `json:"emoji"`
	Verbatim *bool  `json:"verbatim"`
}

// takeSlack reads a message as Block Kit's reference has it.
func takeSlack(_ *Hook, r *http.Request, body []byte) (HookPost, *hookRefusal) {
	p := HookPost{Header: r.Header.Clone(), Body: body, Calls: slackCalls.Match(body)}
	var m struct {
		Text        string            `json:"text"`
		Blocks      []json.RawMessage `json:"blocks"`
		UnfurlLinks *bool             `json:"unfurl_links"`
		UnfurlMedia *bool             `json:"unfurl_media"`
	}
	if err := strictly(body, &m); err != nil || !isJSON(r) {
		return p, refusedBy(http.StatusBadRequest, "invalid_payload")
	}
	if m.Text == "" && len(m.Blocks) == 0 {
		return p, refusedBy(http.StatusBadRequest, "no_text")
	}
	if length(m.Text) > 40_000 {
		return p, refusedBy(http.StatusBadRequest, "msg_too_long")
	}
	if len(m.Blocks) > 50 {
		return p, refusedBy(http.StatusBadRequest, "invalid_blocks")
	}
	for _, raw := range m.Blocks {
		if err := slackBlock(raw); err != nil {
			return p, &hookRefusal{http.StatusBadRequest, "text/plain", "invalid_blocks"}
		}
	}
	return p, nil
}

func answerSlack(w http.ResponseWriter, _ *http.Request, _ *HookPost) {
	_, _ = io.WriteString(w, "ok") // the caller has gone; there is nobody to tell
}

func slackBlock(raw json.RawMessage) error {
	var b struct {
		Type     string            `json:"type"`
		BlockID  string            `json:"block_id"`
		Text     *slackObject      `json:"text"`
		Elements []json.RawMessage `json:"elements"`
	}
	if err := strictly(raw, &b); err != nil {
		return err
	}
	switch b.Type {
	case "header":
		return slackText(b.Text, 150, "plain_text")
	case "section":
		return slackText(b.Text, 3000, "plain_text", "mrkdwn")
	case "context":
		return slackElements(b.Elements, 10, func(raw json.RawMessage) error {
			var o slackObject
			if err := strictly(raw, &o); err != nil {
				return err
			}
			return slackText(&o, 2000, "plain_text", "mrkdwn")
		})
	case "actions":
		return slackElements(b.Elements, 25, slackButton)
	}
	return fmt.Errorf("a block %q", b.Type)
}

func slackElements(elements []json.RawMessage, most int, check func(json.RawMessage) error) error {
	if len(elements) == 0 || len(elements) > most {
		return fmt.Errorf("%d elements", len(elements))
	}
	for _, e := range elements {
		if err := check(e); err != nil {
			return err
		}
	}
	return nil
}

func slackButton(raw json.RawMessage) error {
	var b struct {
		Type     string       `json:"type"`
		Text     *slackObject `json:"text"`
		URL      string       `json:"url"`
		Style    string       `json:"style"`
		ActionID string       `json:"action_id"`
	}
	if err := strictly(raw, &b); err != nil {
		return err
	}
	if b.Type != "button" || !slices.Contains([]string{"", "primary", "danger"}, b.Style) || length(b.URL) > 3000 {
		return fmt.Errorf("a button that is none")
	}
	if u, err := url.Parse(b.URL); err != nil || u.Host == "" {
		return fmt.Errorf("a button that leads nowhere")
	}
	return slackText(b.Text, 75, "plain_text")
}

func slackText(o *slackObject, most int, kinds ...string) error {
	switch {
	case o == nil || !slices.Contains(kinds, o.Type):
		return fmt.Errorf("a text object of another kind")
	case o.Text == "" || length(o.Text) > most:
		return fmt.Errorf("a text of %d characters", length(o.Text))
	case o.Type == "plain_text" && o.Verbatim != nil, o.Type == "mrkdwn" && o.Emoji != nil:
		return fmt.Errorf("a key of another kind of text")
	case slackBare.MatchString(slackMarkup.ReplaceAllString(o.Text, "")):
		return fmt.Errorf("a character that is not escaped")
	}
	return nil
}

// slackBare is a character of the markup that was not escaped.
var slackBare = regexp.MustCompile(`[<>]|&(?:[^agl]|$)`)

// length counts UTF-16 units, the stricter way.
func length(text string) int { return len(utf16.Encode([]rune(text))) }
