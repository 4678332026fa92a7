package sms

import (
	"errors"
	"net/http"
	"slices"

	"daymark/notify"
)

// Twilio's error codes that mean something else than "not this message".
const (
	codeOptedOut = 21610 // the recipient has sent STOP
	codeTooMany  = 20429
)

// ours are the codes of our account and its settings, which staff can mend:
// credentials, a suspended account, a sender or a service that is not there.
func ours(code int) bool {
	return slices.Contains([]int{20003, 20005, 20008, 21210, 21212, 21213, 21603, 21606, 21701, 21703, 21704, 21705}, code)
}

// classify says what is certain after a request to send that failed. Twilio
// can be asked, so whatever it may have taken is unclear: sending that again
// at once could tell somebody twice.
func classify(err error, written bool) notify.Sent {
	var answer *answerError
	if !errors.As(err, &answer) {
		return unanswered(err, written)
	}
	sent := notify.Sent{Class: notify.Refused, Reason: answer.Error(), RetryAfter: answer.retryAfter}
	switch {
	case answer.status == http.StatusTooManyRequests || answer.code == codeTooMany || answer.status == http.StatusServiceUnavailable:
		sent.Class, sent.Remote = notify.NotNow, true
	case answer.status < 400 || answer.status >= 500 || answer.status == http.StatusRequestTimeout:
		sent.Class, sent.Remote = notify.Unclear, true
	case answer.code == codeOptedOut:
		sent.OptedOut = true
		sent.Reason = "opted out: the recipient has sent STOP (Twilio's error 21610)"
	case answer.code == 0 || answer.status == http.StatusUnauthorized || ours(answer.code):
		// Without a code something stands between Twilio and us.
		sent.Class, sent.Remote = notify.NotNow, true
	}
	return sent
}

// unanswered is the class where no answer came, or none that can be read.
func unanswered(err error, written bool) notify.Sent {
	sent := notify.Sent{Class: notify.NotNow, Remote: true, Reason: notify.Brief("Twilio cannot be reached: " + err.Error())}
	if written {
		sent.Class = notify.Unclear
		sent.Reason = notify.Brief("no answer that can be read came after the request: " + err.Error())
	}
	return sent
}
