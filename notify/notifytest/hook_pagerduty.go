package notifytest

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// pagerDutyMost is what an event may weigh, in bytes.
const pagerDutyMost = 512 << 10

// takePagerDuty reads an event of the Events API v2.
func takePagerDuty(h *Hook, r *http.Request, body []byte) (HookPost, *hookRefusal) {
	p := HookPost{Header: r.Header.Clone(), Body: body}
	var e struct {
		RoutingKey  string `json:"routing_key"`
		EventAction string `json:"event_action"`
		DedupKey    string `json:"dedup_key"`
		Client      string `json:"client"`
		ClientURL   string `json:"client_url"`
		Links       []struct {
			Href string `json:"href"`
			Text string `json:"text"`
		} `json:"links"`
		Payload *struct {
			Summary   string            `json:"summary"`
			Source    string            `json:"source"`
			Severity  string            `json:"severity"`
			Timestamp string            `json:"timestamp"`
			Details   map[string]string `json:"custom_details"`
		} `json:"payload"`
	}
	if len(body) > pagerDutyMost {
		return p, &hookRefusal{http.StatusRequestEntityTooLarge, "text/plain", ""}
	}
	if err := strictly(body, &e); err != nil || !isJSON(r) {
		return p, pagerDutyRefusal("Unrecognized object")
	}
	p.ID = e.DedupKey
	switch {
	case subtle.ConstantTimeCompare([]byte(e.RoutingKey), []byte(h.opts.RoutingKey)) != 1:
		return p, pagerDutyRefusal("Invalid routing key")
	case length(e.DedupKey) > 255:
		return p, pagerDutyRefusal("Length of 'dedup_key' is incorrect (should be less than or equal to 255)")
	case !slices.Contains([]string{"trigger", "acknowledge", "resolve"}, e.EventAction):
		return p, pagerDutyRefusal("'event_action' is invalid")
	case e.EventAction != "trigger" && e.DedupKey == "":
		return p, pagerDutyRefusal("'dedup_key' is missing or blank")
	}
	for _, l := range e.Links {
		if u, err := url.Parse(l.Href); err != nil || u.Host == "" {
			return p, pagerDutyRefusal("'links' is invalid")
		}
	}
	if e.EventAction == "trigger" {
		switch {
		case e.Payload == nil:
			return p, pagerDutyRefusal("'payload' is missing or blank")
		case e.Payload.Summary == "" || length(e.Payload.Summary) > 1024:
			return p, pagerDutyRefusal("'payload.summary' is missing or blank, or too long")
		case e.Payload.Source == "":
			return p, pagerDutyRefusal("'payload.source' is missing or blank")
		case !slices.Contains([]string{"critical", "error", "warning", "info"}, e.Payload.Severity):
			return p, pagerDutyRefusal("'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')")
		}
		if _, err := time.Parse(time.RFC3339, e.Payload.Timestamp); e.Payload.Timestamp != "" && err != nil {
			return p, pagerDutyRefusal("'payload.timestamp' is invalid")
		}
	}
	p.Header.Set("Event-Action", e.EventAction)
	return p, nil
}

func answerPagerDuty(w http.ResponseWriter, _ *http.Request, p *HookPost) {
	writeJSON(w, http.StatusAccepted, map[string]string{"status": "success", "message": "Event processed", "dedup_key": p.ID})
}

func pagerDutyRefusal(why string) *hookRefusal {
	body := `{"status":"invalid event","message":"Event object is invalid","errors":["` + why + `"]}`
	return &hookRefusal{http.StatusBadRequest, "application/json", body}
}

// settle moves a matter of PagerDuty on: one that was resolved, or never
// began, is acknowledged by nobody. h.mu is held.
func (h *Hook) settle(p *HookPost) {
	before := h.matters[p.ID]
	switch p.Header.Get("Event-Action") {
	case "trigger":
		if before != "acknowledged" {
			h.matters[p.ID] = "triggered"
		}
	case "acknowledge":
		if before == "triggered" {
			h.matters[p.ID] = "acknowledged"
		}
	case "resolve":
		if before != "" {
			h.matters[p.ID] = "resolved"
		}
	}
}
