package console

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"daymark/incident"
)

// Previews shows what has not been published yet.
type Previews interface {
	// PreviewUpdate gives an update as it would be published now, and how it
	// would reach people. It changes nothing. What is not allowed is an
	// *incident.Refusal.
	PreviewUpdate(ctx context.Context, by incident.By, publish incident.Publish) (*UpdatePreview, error)
}

// UpdatePreview is an update that nobody has published yet.
type UpdatePreview struct {
	Text     string // of the page, as it was written
	Phase    incident.Phase
	NextBy   time.Time      // when the next one is promised; zero: none is
	Subject  string         // of the email; empty: none is sent
	Email    string         // as plain text
	SMS      string         // the text message; empty: none is sent
	Segments int            // that it takes
	Encoding string         // in which it travels
	Readers  map[string]int // how many would be told, by channel
}

type previewRow struct {
	Text     string       `json:"text" doc:"What visitors would read."`
	Phase    string       `json:"phase" words:"investigating,identified,monitoring,resolved"`
	NextBy   Time         `json:"next_by,omitzero" doc:"When the next one would be promised."`
	Subject  string       `json:"email_subject,omitempty" doc:"Left out where no email is configured."`
	Email    string       `json:"email_text,omitempty" doc:"The email as plain text."`
	SMS      string       `json:"sms,omitempty" doc:"The text message; left out where none is configured."`
	Segments int          `json:"sms_segments,omitempty" doc:"How many messages it takes."`
	Encoding string       `json:"sms_encoding,omitempty" words:"GSM-7,UCS-2" doc:"In UCS-2 less fits."`
	Readers  []readersRow `json:"readers" doc:"How many would be told besides those who look at the page."`
	Total    int          `json:"readers_total"`
}

type readersRow struct {
	Channel string `json:"channel" words:"email,sms,voice,webhook,slack,teams,discord,pagerduty"`
	Count   int    `json:"count"`
}

func (a *API) previewUpdate(ctx context.Context, call Call, asked publishAsked) (previewRow, error) {
	publish, _ := asked.command().(incident.Publish)
	found, err := a.Previews.PreviewUpdate(ctx, byOf(call.Who), publish)
	if err != nil {
		return previewRow{}, err
	}
	row := previewRow{
		Text: found.Text, Phase: string(found.Phase), NextBy: Time{found.NextBy}, Subject: found.Subject, Email: strings.TrimSpace(found.Email),
		SMS: found.SMS, Segments: found.Segments, Encoding: found.Encoding, Readers: []readersRow{},
	}
	for _, channel := range slices.Sorted(maps.Keys(found.Readers)) {
		row.Readers = append(row.Readers, readersRow{channel, found.Readers[channel]})
		row.Total += found.Readers[channel]
	}
	return row, nil
}
