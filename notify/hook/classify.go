package hook

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"daymark/internal/guard"
	"daymark/internal/redact"
	"daymark/notify"
)

// longestWait is how long a remote may ask to be left alone.
const longestWait = time.Hour

// told is what a platform's answer says beyond its status.
type told struct {
	words      string // of the platform, for staff; empty: none that can be relied on
	provider   string // its id for the message
	gone       bool   // the address is there no more
	all        bool   // it is said of the whole service, not of this address
	retryAfter time.Duration
}

// classify says what is certain after a request. Service says that the host
// is the channel's one service, so that its failure is the channel's.
func classify(a *answer, t told, target *target, now time.Time) notify.Sent {
	if a.status == 0 {
		return unanswered(a, target)
	}
	sent := notify.Sent{Class: notify.Refused, Reason: target.answered(a.status, t.words)}
	switch {
	case a.status/100 == 2:
		return notify.Sent{Class: notify.Taken, Provider: target.hide(t.provider)}
	case a.status/100 == 3:
		sent.Reason = target.answered(a.status, "it redirects; give the address itself")
	case a.status == http.StatusTooManyRequests:
		sent.Class, sent.Remote = notify.NotNow, t.all && target.service
	case a.status == http.StatusRequestTimeout, a.status == http.StatusTooEarly:
		sent.Class = notify.NotNow
	case a.status == http.StatusServiceUnavailable:
		sent.Class, sent.Remote = notify.NotNow, target.service
	case a.status >= 500:
		// An error of its own may come after it took the message.
		sent.Class, sent.Remote = notify.Unclear, target.service
	case a.status == http.StatusGone || t.gone:
		sent.Reason = notify.Gone + ": " + sent.Reason
	}
	if sent.Class != notify.Refused {
		sent.RetryAfter = min(longestWait, max(t.retryAfter, retryAfter(a.header.Get("Retry-After"), now)))
	}
	return sent
}

// unanswered is the class where no answer came.
func unanswered(a *answer, target *target) notify.Sent {
	if refused, ok := errors.AsType[*guard.Refused](a.err); ok {
		where := cmp.Or(refused.Target, "a private address")
		return notify.Sent{Class: notify.Refused, Reason: notify.Brief(fmt.Sprintf("%s leads to %s, which is no public address: nothing was sent", target.address.Hostname(), where))}
	}
	cause := a.err
	if outer, ok := errors.AsType[*url.Error](cause); ok {
		cause = outer.Err // the address around it is a secret
	}
	why := target.hide(cause.Error())
	if lookup, ok := errors.AsType[*net.DNSError](cause); ok {
		why = "its name cannot be looked up: " + lookup.Err // which server was asked is nobody's business
	}
	switch {
	case !a.began:
		return notify.Sent{Class: notify.NotNow, Reason: "it was not begun: " + why}
	case a.written:
		return notify.Sent{Class: notify.Unclear, Remote: target.service, Reason: notify.Brief("no answer came from " + target.address.Hostname() + " after the message was written: " + why)}
	}
	return notify.Sent{Class: notify.NotNow, Remote: target.service, Reason: notify.Brief(target.address.Hostname() + " cannot be reached: " + why)}
}

// answered says what a remote answered.
func (t *target) answered(status int, words string) string {
	text := fmt.Sprintf("%s answered %d", t.address.Hostname(), status)
	if words != "" {
		text += ": " + t.hide(words)
	}
	return notify.Brief(text)
}

// hide takes out of a text what only we and the remote should know.
func (t *target) hide(text string) string {
	secrets := []string{t.address.String(), t.address.RequestURI(), t.key}
	for _, part := range strings.FieldsFunc(t.address.RequestURI(), func(r rune) bool { return strings.ContainsRune("/?&=", r) }) {
		if len(part) >= 8 {
			secrets = append(secrets, part)
		}
	}
	if password, ok := t.address.User.Password(); ok {
		secrets = append(secrets, password)
	}
	return redact.New(redact.Forms(secrets...)...).String(text)
}

// retryAfter reads seconds or a date; 0: neither is there, or it is past.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseFloat(header, 64); err == nil {
		return fromSeconds(seconds)
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// fromSeconds bounds first: what is no number, or too great for one, must not
// become one that is less.
func fromSeconds(seconds float64) time.Duration {
	if !(seconds > 0) {
		return 0
	}
	return time.Duration(min(seconds, longestWait.Seconds()) * float64(time.Second))
}
