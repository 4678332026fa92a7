package notifytest

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"daymark/statuspage/wire"
)

// webhookAge is how old, or early, a signed message may be.
const webhookAge = 5 * time.Minute

// takeWebhook verifies the signature by the text of Standard Webhooks, and
// reads the message strictly.
func takeWebhook(h *Hook, r *http.Request, body []byte) (HookPost, *hookRefusal) {
	p := HookPost{ID: r.Header.Get("webhook-id"), Header: r.Header.Clone(), Body: body}
	if err := h.verify(r.Header, body); err != nil {
		return p, refusedBy(http.StatusUnauthorized, "%v", err)
	}
	if !isJSON(r) {
		return p, refusedBy(http.StatusUnsupportedMediaType, "the content is not application/json")
	}
	if err := checkWebhook(body); err != nil {
		return p, refusedBy(http.StatusUnprocessableEntity, "%v", err)
	}
	return p, nil
}

func answerWebhook(w http.ResponseWriter, _ *http.Request, _ *HookPost) {
	w.WriteHeader(http.StatusNoContent)
}

func (h *Hook) verify(header http.Header, body []byte) error {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(h.opts.Secret, "whsec_"))
	if err != nil || len(key) < 24 {
		return fmt.Errorf("the receiver's own secret is none: %q", h.opts.Secret)
	}
	seconds, err := strconv.ParseInt(header.Get("webhook-timestamp"), 10, 64)
	if err != nil || header.Get("webhook-id") == "" {
		return fmt.Errorf("webhook-id or webhook-timestamp is missing")
	}
	if age := h.opts.Now().Sub(time.Unix(seconds, 0)); age > webhookAge || age < -webhookAge {
		return fmt.Errorf("the message was signed %s ago", age)
	}
	mac := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(mac, "%s.%d.", header.Get("webhook-id"), seconds) // a hash never fails
	_, _ = mac.Write(body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for signature := range strings.SplitSeq(header.Get("webhook-signature"), " ") {
		if hmac.Equal([]byte(signature), []byte(want)) {
			return nil
		}
	}
	return fmt.Errorf("no signature is right")
}

// checkWebhook wants exactly one of the forms, and of it every key.
func checkWebhook(body []byte) error {
	var top map[string]json.RawMessage
	if err := json.Unmarshal(body, &top); err != nil {
		return err
	}
	_, incident := top["incident"]
	_, notice := top["notice"]
	if incident == notice || len(top) != 3 {
		return fmt.Errorf("the message has none of the forms, or more than one")
	}
	if notice {
		return keysOf(top, map[string][]string{
			"meta": {"unsubscribe", "documentation", "generated_at"}, "page": {"id", "name", "url"},
			"notice": {"id", "kind", "title", "text", "link", "severity", "key", "incident", "taken", "over"},
		})
	}
	var w wire.Webhook
	strict := json.NewDecoder(bytes.NewReader(body))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&w); err != nil {
		return err
	}
	if len(w.Incident.Updates) == 0 || w.Incident.ID == "" || w.Page.StatusIndicator == "" {
		return fmt.Errorf("the incident has no updates, no id, or its page no status")
	}
	return keysOf(top, map[string][]string{
		"meta": {"unsubscribe", "documentation", "generated_at"}, "page": {"id", "status_indicator", "status_description"},
		"incident": {
			"id", "page_id", "name", "status", "impact", "impact_override", "created_at", "updated_at", "monitoring_at", "resolved_at",
			"shortlink", "backfilled", "scheduled_for", "scheduled_until", "scheduled_remind_prior", "scheduled_reminded_at",
			"scheduled_auto_in_progress", "scheduled_auto_completed", "postmortem_body", "postmortem_body_last_updated_at",
			"postmortem_published_at", "postmortem_ignored", "postmortem_notified_subscribers", "postmortem_notified_twitter",
			"incident_updates", "components",
		},
	})
}

// keysOf wants these keys of each object and no others.
func keysOf(top map[string]json.RawMessage, want map[string][]string) error {
	for name, keys := range want {
		var object map[string]json.RawMessage
		if err := json.Unmarshal(top[name], &object); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for _, key := range keys {
			if _, ok := object[key]; !ok {
				return fmt.Errorf("%s.%s is missing", name, key)
			}
		}
		if len(object) != len(keys) {
			return fmt.Errorf("%s has %d keys, and %d are known", name, len(object), len(keys))
		}
	}
	return nil
}

func isJSON(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Content-Type"), "application/json")
}

// strictly reads JSON that has no keys beside those of v.
func strictly(body []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("something stands after the message")
	}
	return nil
}
