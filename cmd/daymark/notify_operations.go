package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"daymark/config"
	"daymark/incident"
	"daymark/notify"
	"daymark/store"
)

// newRenderer makes what writes messages.
func newRenderer(doc *config.Document, c *core) (*notify.Renderer, error) {
	consent, err := newConsent(c, doc, nil)
	if err != nil {
		return nil, err
	}
	var regions []notify.Named
	for _, region := range doc.Regions {
		regions = append(regions, notify.Named{ID: region.ID, Name: region.Name})
	}
	return notify.NewRenderer(notify.RendererOptions{
		Page: pageInfo(c, doc), Components: namedOf(doc), Regions: regions, Language: doc.Page.Languages[0],
		Manage: consent.ManageLink, Confirm: consent.ConfirmLink, Report: reportLink(c, doc),
		Agree: agreeLink(c, doc), Attachment: attachments(c), Now: c.now,
	})
}

// attachmentWithin bounds how long a file is looked for that goes with an email.
const attachmentWithin = 10 * time.Second

func attachments(c *core) func(key string) (*notify.Attachment, error) {
	return func(key string) (*notify.Attachment, error) {
		ctx, cancel := context.WithTimeout(context.Background(), attachmentWithin)
		defer cancel()
		return c.store.Attachment(ctx, key)
	}
}

type previewAsked struct {
	Incident string `json:"incident"`
	Channel  string `json:"channel"`
	Language string `json:"language"`
}

// preview is a message as it would be sent.
type preview struct {
	Text string `json:"text"`
	HTML string `json:"html"` // of an email
}

// previewMessage writes the latest update of an incident for a channel.
func (o *operations) previewMessage(ctx context.Context, asked previewAsked) (preview, error) {
	story, err := o.showIncident(ctx, asked.Incident)
	if err != nil {
		return preview{}, err
	}
	if len(story.Updates) == 0 {
		return preview{}, usageError{fmt.Errorf("nothing was published of incident %s yet, so that subscribers get nothing", asked.Incident)}
	}
	renderer, err := newRenderer(o.doc, o.core)
	if err != nil {
		return preview{}, usageError{err}
	}
	m, err := renderer.Render(sampleDelivery(asked.Channel, asked.Language, &story.Incident, &story.Updates[len(story.Updates)-1]))
	if err != nil {
		return preview{}, err
	}
	switch {
	case m.SMS != "":
		n, encoding := notify.Segments(m.SMS)
		return preview{Text: fmt.Sprintf("%s\n\n%d segment(s), %s", m.SMS, n, encoding)}, nil
	case m.Card != nil:
		return preview{Text: cardText(m.Card)}, nil
	}
	return preview{Text: "Subject: " + m.Subject + "\n\n" + m.Text, HTML: m.HTML}, nil
}

// cardText writes the parts of a card, which each chat puts in its own form.
func cardText(c *notify.Card) string {
	lines := []string{c.Title}
	for _, p := range c.Paragraphs {
		lines = append(lines, "", p)
	}
	lines = append(lines, "")
	for _, r := range c.Rows {
		lines = append(lines, r.Sign+" "+r.Name+": "+r.State)
	}
	if c.More != "" {
		lines = append(lines, c.More)
	}
	lines = append(lines, c.Foot...)
	return strings.Join(append(lines, c.LinkText+": "+c.Link), "\n")
}

type trialAsked struct {
	Channel string `json:"channel"` // empty: To is a staff channel
	To      string `json:"to"`
}

// testMessage is a message that was queued to try a channel.
type testMessage struct {
	Delivery string `json:"delivery"`
	Channel  string `json:"channel"`
}

// sendTrial queues a message to try a channel, with an audit entry.
func (o *operations) sendTrial(ctx context.Context, asked trialAsked) (testMessage, error) {
	to, err := o.trialTo(asked)
	if err != nil {
		return testMessage{}, usageError{err}
	}
	at := o.core.now()
	d := notify.Delivery{
		ID: "trial-" + strings.ToLower(rand.Text()), Channel: to.Channel, Audience: notify.Staff, Subscriber: to, Created: at, Expires: at.Add(10 * time.Minute),
		Notice: trialNotice(o.doc, o.core.zone, at),
	}
	act := incident.Act{Actor: "command line", Action: "test message sent", Object: to.Channel + " " + notify.MaskAddress(to.Address)}
	err = o.engine.Do(ctx, act, func(ctx context.Context, tx incident.Tx, now time.Time) error {
		return tx.(*store.Tx).QueueNotice(ctx, &d, now)
	})
	return testMessage{Delivery: d.ID, Channel: d.Channel}, err
}

// trialNotice is a message that says of itself that it is a trial.
func trialNotice(doc *config.Document, zone *time.Location, at time.Time) *notify.Notice {
	return &notify.Notice{
		Kind: notify.TrialNotice, Title: "A test by Daymark at " + at.In(zone).Format("15:04:05"),
		Text: "This is a test by Daymark for " + doc.Page.Name + ". Nothing is wrong, and there is nothing to do.",
		Link: doc.Page.URL, LinkText: "Open the page", Why: "You get this because somebody tried whether messages arrive.",
	}
}

// trialTo reads to whom a trial goes.
func (o *operations) trialTo(asked trialAsked) (notify.Subscriber, error) {
	for i := range o.doc.Notify.Staff {
		if c := &o.doc.Notify.Staff[i]; c.ID == asked.To && (asked.Channel == "" || asked.Channel == c.Kind()) {
			return notify.Subscriber{Channel: c.Kind(), Address: c.ID, Name: c.ID}, nil
		}
	}
	to := notify.Subscriber{Channel: asked.Channel, Address: asked.To}
	if asked.Channel == "" {
		return to, fmt.Errorf("there is no staff channel %q in notify.staff: name --channel for an address or a number", asked.To)
	}
	if !slices.Contains(waysOf(o.doc), asked.Channel) {
		return to, fmt.Errorf("the configuration has no channel %s: fill in notify.email.smtp, or notify.sms.twilio (with voice_from for calls)", asked.Channel)
	}
	var err error
	if asked.Channel == "email" {
		to.Address, err = notify.ParseEmail(asked.To)
	} else {
		to.Address, err = notify.ParsePhone(asked.To, o.doc.Notify.SMS.Countries)
	}
	if err != nil {
		return to, fmt.Errorf("--to %w", err)
	}
	return to, nil
}

// flight says where a delivery stands.
func (o *operations) flight(ctx context.Context, id string) (store.Flight, error) {
	f, err := o.core.store.Flight(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return store.Flight{}, usageError{fmt.Errorf("there is no delivery %q", id)}
	}
	if err != nil {
		return store.Flight{}, err
	}
	return *f, nil
}

// controlNotify lets commands try and preview messages.
func controlNotify(mux *http.ServeMux, o *operations) {
	mux.HandleFunc("POST /notify/preview", question(o.previewMessage))
	mux.HandleFunc("POST /notify/test", question(o.sendTrial))
	mux.HandleFunc("POST /notify/flight", question(o.flight))
	mux.HandleFunc("POST /notify/canary", question(o.canaryNow))
	controlStorm(mux, o)
}
