package hook

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"daymark/notify"
)

// What PagerDuty takes, in characters.
const (
	pagerDutySummary = 1024
	pagerDutyKey     = 255
)

type pagerDutyEvent struct {
	RoutingKey  string            `json:"routing_key"`
	EventAction string            `json:"event_action"` // trigger, acknowledge or resolve
	DedupKey    string            `json:"dedup_key"`
	Client      string            `json:"client,omitempty"`
	ClientURL   string            `json:"client_url,omitempty"`
	Links       []pagerDutyLink   `json:"links,omitempty"`
	Payload     *pagerDutyPayload `json:"payload,omitempty"` // of a trigger
}

type pagerDutyLink struct {
	Href string `json:"href"`
	Text string `json:"text"`
}

type pagerDutyPayload struct {
	Summary   string            `json:"summary"`
	Source    string            `json:"source"`
	Severity  string            `json:"severity"`
	Timestamp string            `json:"timestamp,omitempty"`
	Details   map[string]string `json:"custom_details,omitempty"`
}

// event writes a notice as an event of PagerDuty, which holds those of one
// matter together by their key. An entry of a room is none.
func (h *Hooks) event(_ context.Context, m *notify.Message, t *target) ([]byte, http.Header, error) {
	n := m.Notice
	switch {
	case n == nil:
		return nil, nil, errors.New("PagerDuty takes notices alone, and this is an update")
	case n.Kind == notify.EntryNotice:
		return nil, nil, errors.New("PagerDuty takes no entries of an incident's room")
	}
	e := pagerDutyEvent{RoutingKey: t.key, EventAction: "trigger", DedupKey: dedupKey(n.Key, m.ID)}
	switch {
	case n.Over:
		e.EventAction = "resolve"
	case n.Taken:
		e.EventAction = "acknowledge"
	default:
		e.Client, e.ClientURL = h.opts.Page.Name, h.opts.Page.URL
		e.Payload = &pagerDutyPayload{
			Summary: plainly(m.Subject, pagerDutySummary), Source: strings.TrimPrefix(strings.TrimPrefix(h.opts.Page.URL, "https://"), "http://"),
			Severity: pagerDutySeverity(n),
		}
		if m.Text != "" {
			e.Payload.Details = map[string]string{"text": plainly(m.Text, 10_000)}
		}
		if !m.Created.IsZero() {
			e.Payload.Timestamp = m.Created.UTC().Format(time.RFC3339)
		}
		for _, l := range links(link{n.LinkText, n.Link}) {
			e.Links = append(e.Links, pagerDutyLink{Href: l.url, Text: plainly(l.text, 255)})
		}
	}
	body, err := encode(e)
	return body, nil, err
}

// dedupKey is the matter's key; of a notice without one, the delivery is the
// matter. One that is too long is named by its hash.
func dedupKey(key, delivery string) string {
	if key == "" {
		key = delivery
	}
	if len(key) <= pagerDutyKey {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// pagerDutySeverities are PagerDuty's words for ours.
var pagerDutySeverities = map[string]string{"P1": "critical", "P2": "error", "P3": "warning", "P4": "info"}

func pagerDutySeverity(n *notify.Notice) string {
	if word := pagerDutySeverities[n.Severity.String()]; word != "" {
		return word
	}
	if n.Kind == notify.TroubleNotice {
		return "warning"
	}
	return "info"
}

// toldByPagerDuty reads what PagerDuty says of an event.
func toldByPagerDuty(a *answer) told {
	var said struct {
		Status   string   `json:"status"`
		Message  string   `json:"message"`
		DedupKey string   `json:"dedup_key"`
		Errors   []string `json:"errors"`
	}
	if json.Unmarshal(a.body, &said) != nil {
		return told{} // it is not PagerDuty's
	}
	t := told{words: notify.Brief(strings.Join(append([]string{said.Message}, said.Errors...), "; "))}
	if a.status/100 == 2 {
		t.provider = notify.Brief(said.DedupKey)
	}
	return t
}
