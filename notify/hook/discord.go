package hook

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"daymark/notify"
)

// What Discord takes, in characters.
const (
	discordContent     = 2000
	discordTitle       = 256
	discordDescription = 4096
	discordField       = 1024
	discordFooter      = 300 // it takes 2048, but 6000 in all
	discordLink        = 100
)

type discordMessage struct {
	Content  string         `json:"content,omitempty"`
	Embeds   []discordEmbed `json:"embeds,omitempty"`
	Mentions mentions       `json:"allowed_mentions"`
}

// mentions that is empty lets no text call anybody.
type mentions struct {
	Parse []string `json:"parse"`
}

type discordEmbed struct {
	Title       string         `json:"title"`
	URL         string         `json:"url,omitempty"`
	Description string         `json:"description,omitempty"`
	Color       int64          `json:"color"`
	Fields      []discordPart  `json:"fields,omitempty"`
	Footer      *discordBottom `json:"footer,omitempty"`
	Timestamp   string         `json:"timestamp,omitempty"`
}

type discordPart struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type discordBottom struct {
	Text string `json:"text"`
}

// discord writes a message as an embed; an entry of a room as a plain message.
// It asks Discord to answer only when the message is kept, with its id.
func discord(_ context.Context, m *notify.Message, t *target) ([]byte, http.Header, error) {
	s, err := tell(m)
	if err != nil {
		return nil, nil, err
	}
	address := *t.address
	query := address.Query()
	query.Set("wait", "true")
	address.RawQuery = query.Encode()
	t.address = &address
	message := discordMessage{Mentions: mentions{Parse: []string{}}}
	text := strings.Join(s.said(), "\n\n")
	if s.entry {
		message.Content = "**" + discordEscape(s.title, discordTitle) + "**\n" + discordEscape(text, discordContent-discordTitle-10)
	} else {
		message.Embeds = []discordEmbed{discordEmbedOf(s, m, text)}
	}
	body, err := encode(message)
	return body, nil, err
}

func discordEmbedOf(s *story, m *notify.Message, text string) discordEmbed {
	e := discordEmbed{Title: discordEscape(s.marked(), discordTitle), Timestamp: m.Created.UTC().Format(time.RFC3339)}
	if m.Created.IsZero() {
		e.Timestamp = ""
	}
	e.Color, _ = strconv.ParseInt(strings.TrimPrefix(s.look.Colour, "#"), 16, 32) // black where there is none
	var below string
	for i, l := range s.links {
		if i == 0 {
			e.URL = l.url
		}
		if piece := "[" + discordEscape(l.text, discordLink) + "](" + discordTarget.Replace(l.url) + ")"; units(below)+units(piece) < discordDescription/2 {
			below = strings.TrimPrefix(below+" · "+piece, " · ")
		}
	}
	room := discordDescription
	if below != "" {
		room -= units(below) + 2
	}
	e.Description = strings.TrimPrefix(strings.TrimRight(discordEscape(text, room)+"\n\n"+below, "\n"), "\n\n")
	if len(s.rows) > 0 {
		e.Fields = []discordPart{{Name: "Components", Value: discordEscape(strings.Join(s.rows, "\n"), discordField)}}
	}
	if len(s.foot) > 0 {
		e.Footer = &discordBottom{Text: plainly(strings.Join(s.foot, " · "), discordFooter)}
	}
	return e
}

// discordTarget keeps an address inside the brackets of its link.
var discordTarget = strings.NewReplacer("(", "%28", ")", "%29", " ", "%20")

// discordEscape takes the characters of Discord's markup as they are written.
func discordEscape(text string, most int) string {
	return fit(text, most, func(r rune) string {
		if strings.ContainsRune("\\*_~`|>[]<#", r) {
			return `\` + string(r)
		}
		return string(r)
	}, func(address string) string { return address })
}

// unknownWebhook is Discord's code for an address that is no more.
const unknownWebhook = 10015

// toldByDiscord reads the message's id, or Discord's error body.
func toldByDiscord(a *answer) told {
	var said struct {
		ID         string  `json:"id"`
		Message    string  `json:"message"`
		Code       int     `json:"code"`
		RetryAfter float64 `json:"retry_after"`
		Global     bool    `json:"global"`
	}
	if json.Unmarshal(a.body, &said) != nil {
		return told{} // it is not Discord's
	}
	t := told{words: notify.Brief(said.Message), retryAfter: fromSeconds(said.RetryAfter), all: said.Global, gone: said.Code == unknownWebhook}
	if a.status/100 == 2 {
		t.provider = notify.Brief(said.ID)
	}
	if said.Code != 0 {
		t.words += " (" + strconv.Itoa(said.Code) + ")"
	}
	return t
}
