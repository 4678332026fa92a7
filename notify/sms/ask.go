package sms

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"daymark/notify"
)

// Bounds on looking through the list of messages to one number.
const (
	pageSize = 100
	maxPages = 10
)

// clockSkew is how much earlier than our own time a message may be dated.
const clockSkew = time.Minute

// Ask looks for a message in Twilio's list of those to its recipient, newest
// first, back to when the delivery was queued. It is known by its date and by
// what its text ends with: the incident's link and the update's number.
func (c *Channel) Ask(ctx context.Context, m notify.Message) notify.Asked {
	if m.Mark == "" {
		return notify.Asked{State: notify.Unknown, Reason: "the message has nothing to know it by"}
	}
	since := m.Created.Add(-clockSkew).Truncate(time.Second)
	params := (&openapi.ListMessageParams{}).SetTo(m.To).SetPageSize(pageSize)
	token, number := "", ""
	for range maxPages {
		_, api := c.call(ctx)
		page, err := api.PageMessage(params, token, number)
		if err != nil {
			return unanswerable(err)
		}
		for i := range page.Messages {
			found := &page.Messages[i]
			created, err := time.Parse(time.RFC1123Z, value(found.DateCreated))
			if err != nil {
				return notify.Asked{State: notify.Unknown, Reason: notify.Brief("Twilio's list has a message with the date " + value(found.DateCreated))}
			}
			if created.Before(since) {
				return notify.Asked{State: notify.Retry}
			}
			if value(found.To) == m.To && strings.HasSuffix(value(found.Body), m.Mark) {
				return became(found)
			}
		}
		if value(page.NextPageUri) == "" {
			return notify.Asked{State: notify.Retry}
		}
		next, err := url.Parse(*page.NextPageUri)
		if err != nil {
			return notify.Asked{State: notify.Unknown, Reason: "Twilio's list names a next page that is no address"}
		}
		token, number = next.Query().Get("PageToken"), next.Query().Get("Page")
	}
	return notify.Asked{State: notify.Unknown, Reason: "Twilio's list of messages to this number is too long to look through"}
}

// became turns a message that was found into what is known of it.
func became(found *openapi.ApiV2010Message) notify.Asked {
	state, _ := stateOf(value(found.Status))
	if state == "" {
		state = notify.Accepted // it is there, whatever the word means
	}
	asked := notify.Asked{State: state, Provider: notify.Brief(value(found.Sid))}
	if state == notify.Undelivered {
		code := 0
		if found.ErrorCode != nil {
			code = *found.ErrorCode
		}
		asked.Reason = undelivered(value(found.Status), code)
	}
	return asked
}

// unanswerable is what is known where the list could not be read: nothing.
func unanswerable(err error) notify.Asked {
	asked := notify.Asked{State: notify.Unknown, Remote: true, Reason: notify.Brief("Twilio could not be asked: " + err.Error())}
	if answer := (*answerError)(nil); errors.As(err, &answer) {
		asked.RetryAfter = answer.retryAfter
	}
	return asked
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
