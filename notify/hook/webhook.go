package hook

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"daymark/notify"
	"daymark/statuspage/wire"
)

// later is what keeps us from writing a message now, and may pass.
type later struct{ err error }

func (l *later) Error() string { return "it could not be written: " + l.err.Error() }

// asLater finds one.
func asLater(err error, l **later) bool { return errors.As(err, l) }

// noticeForm is a notice as webhooks get it. Receivers know the form by its
// key `notice`.
type noticeForm struct {
	Meta   wire.WebhookMeta `json:"meta"`
	Page   noticePage       `json:"page"`
	Notice noticeBody       `json:"notice"`
}

type noticePage struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	URL  string `json:"url"`
}

type noticeBody struct {
	ID       string  `json:"id"`   // of the delivery
	Kind     string  `json:"kind"` // alert, entry, consent, trouble or trial
	Title    string  `json:"title"`
	Text     string  `json:"text"`
	Link     *string `json:"link"`
	Severity *string `json:"severity"` // P1 to P4
	Key      *string `json:"key"`      // the same for all of one matter
	Incident *string `json:"incident"` // its id
	Taken    bool    `json:"taken"`
	Over     bool    `json:"over"`
}

// webhook writes an update in Statuspage's form, or a notice in ours, and
// signs it.
func (h *Hooks) webhook(ctx context.Context, m *notify.Message, t *target) ([]byte, http.Header, error) {
	now := h.opts.Now()
	meta := wire.WebhookMeta{
		Unsubscribe: wire.Text(strings.TrimSuffix(m.Unsubscribe, "/unsubscribe")), Documentation: h.opts.Page.URL, GeneratedAt: wire.Time{Time: now},
	}
	var content any
	switch {
	case m.Notice != nil:
		n := m.Notice
		form := noticeForm{
			Meta: meta, Page: noticePage{ID: wire.ID("page", h.opts.Page.URL), Name: h.opts.Page.Name, URL: h.opts.Page.URL},
			Notice: noticeBody{
				ID: m.ID, Kind: string(n.Kind), Title: m.Subject, Text: m.Text, Link: wire.Text(n.Link), Key: wire.Text(n.Key),
				Incident: wire.Text(m.Incident), Taken: n.Taken, Over: n.Over,
			},
		}
		if n.Severity != 0 {
			form.Notice.Severity = wire.Text(n.Severity.String())
		}
		content = form
	case m.Card != nil:
		described, err := h.opts.Describe(ctx, m.Card)
		if err != nil {
			return nil, nil, &later{err}
		}
		described.Meta = meta
		content = described
	default:
		return nil, nil, errors.New("the message says nothing that this channel can carry")
	}
	body, err := encode(content)
	if err != nil {
		return nil, nil, err
	}
	signature, err := Sign(t.key, m.ID, now, body)
	if err != nil {
		return nil, nil, err
	}
	header := http.Header{}
	header.Set(standardwebhooks.HeaderWebhookID, m.ID)
	header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	return body, header, nil
}

// Sign signs a message by Standard Webhooks, as its header webhook-signature
// has it. The error says what the form of a secret is.
func Sign(secret, id string, at time.Time, body []byte) (string, error) {
	sign, err := signer(secret)
	if err != nil {
		return "", err
	}
	return sign.Sign(id, at, body)
}

// signer reads a secret: whsec_ and the base64 of 24 to 64 bytes.
func signer(secret string) (*standardwebhooks.Webhook, error) {
	text, ok := strings.CutPrefix(secret, "whsec_")
	key, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || len(key) < 24 || len(key) > 64 {
		return nil, errors.New("a webhook's secret is whsec_ and the base64 of 24 to 64 bytes")
	}
	return standardwebhooks.NewWebhookRaw(key)
}

// toldByWebhook takes no words from a stranger's host into the ledger.
func toldByWebhook(*answer) told { return told{} }
