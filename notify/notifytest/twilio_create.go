package notifytest

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"
	"unicode/utf16"

	"github.com/nyaruka/phonenumbers"

	"daymark/notify"
)

// refusal is why Twilio does not take a message: 400 and its code.
type refusal struct {
	code    int
	message string
}

func (e *refusal) Error() string { return fmt.Sprintf("%d: %s", e.code, e.message) }

func refuse(code int, format string, v ...any) error {
	return &refusal{code, fmt.Sprintf(format, v...)}
}

// Limits from the Messages resource's documentation.
const (
	maxBody     = 1600  // characters; counted as UTF-16 units, the stricter way
	maxValidity = 36000 // seconds
)

// create handles POST …/Messages.json.
func (t *Twilio) create(w http.ResponseWriter, r *http.Request) {
	// Anything but a form leaves PostForm empty: "To is required", as Twilio says.
	if err := r.ParseForm(); err != nil {
		writeError(w, http.StatusBadRequest, 20001, "The request body could not be read")
		return
	}
	m, err := t.parse(r.PostForm)
	if refused := (*refusal)(nil); errors.As(err, &refused) {
		writeError(w, http.StatusBadRequest, refused.code, refused.message)
		return
	}
	t.mu.Lock()
	hook := t.hook
	t.mu.Unlock()
	var action SMSAction
	if hook != nil {
		action = hook(m.To, m.Body)
	}
	t.courier.pause(action.Delay)
	if action.Drop == DropBefore {
		panic(http.ErrAbortHandler) // net/http closes the connection, answering nothing
	}
	if action.Status == 0 || action.Accept || action.Drop == DropAfter {
		m.Created = t.opts.Now()
		m.Updated = m.Created
		if err := t.accept(m); err != nil {
			writeError(w, http.StatusInternalServerError, 20500, err.Error())
			return
		}
	}
	t.courier.pause(action.Hold)
	if action.Drop == DropAfter {
		panic(http.ErrAbortHandler)
	}
	t.answer(w, render(m), action)
}

func (t *Twilio) answer(w http.ResponseWriter, resource any, a SMSAction) {
	if a.RetryAfter > 0 {
		seconds := (a.RetryAfter + time.Second - 1) / time.Second
		w.Header().Set("Retry-After", strconv.Itoa(int(seconds)))
	}
	switch {
	case a.Status == 0:
		writeJSON(w, http.StatusCreated, resource)
	case a.Body != "":
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(a.Status)
		_, _ = w.Write([]byte(a.Body)) // the caller has gone; there is nobody to tell
	default:
		writeError(w, a.Status, a.Code, a.Message)
	}
}

// parse checks the form in the order in which Twilio complains.
func (t *Twilio) parse(form url.Values) (SMS, error) {
	m := SMS{
		SID: "SM" + randomHex(), AccountSID: t.opts.AccountSID,
		To: form.Get("To"), From: form.Get("From"), MessagingServiceSID: form.Get("MessagingServiceSid"),
		Body: form.Get("Body"), StatusCallback: form.Get("StatusCallback"), Status: StatusQueued,
	}
	if m.To == "" {
		return m, refuse(21604, "A 'To' phone number is required.")
	}
	if !possibleNumber(m.To) {
		return m, refuse(21211, "The 'To' number %s is not a valid phone number.", m.To)
	}
	if err := t.checkSender(m); err != nil {
		return m, err
	}
	if m.From == "" {
		m.Status = StatusAccepted
	}
	if m.Body == "" {
		return m, refuse(21602, "Message body is required.")
	}
	if len(utf16.Encode([]rune(m.Body))) > maxBody {
		return m, refuse(21617, "The concatenated message body exceeds the 1600 character limit.")
	}
	if m.StatusCallback != "" && !absoluteURL(m.StatusCallback) {
		return m, refuse(21609, "The StatusCallback URL %s is not a valid URL.", m.StatusCallback)
	}
	if err := parseValidity(form, &m); err != nil {
		return m, err
	}
	t.mu.Lock()
	stopped := t.optedOut[m.To]
	t.mu.Unlock()
	if stopped {
		return m, refuse(21610, "Attempt to send to unsubscribed recipient")
	}
	m.Segments, _ = notify.Segments(m.Body)
	return m, nil
}

func (t *Twilio) checkSender(m SMS) error {
	switch {
	case m.From == "" && m.MessagingServiceSID == "":
		return refuse(21603, "A 'From' phone number is required.")
	case m.MessagingServiceSID != "" && !isSID("MG", m.MessagingServiceSID):
		return refuse(21705, "The Messaging Service Sid %s is invalid.", m.MessagingServiceSID)
	case m.MessagingServiceSID != "" && m.MessagingServiceSID != t.opts.MessagingServiceSID:
		return refuse(21701, "The Messaging Service %s does not exist.", m.MessagingServiceSID)
	case m.From != "" && !possibleNumber(m.From):
		return refuse(21212, "The 'From' number %s is not a valid phone number, shortcode, or alphanumeric sender ID.", m.From)
	case m.From != "" && !slices.Contains(t.opts.Numbers, m.From):
		return refuse(21606, "The 'From' phone number %s is not a valid, message-capable Twilio phone number.", m.From)
	}
	return nil
}

// parseValidity reads ValidityPeriod: 90014 if it is no positive whole number,
// 90007 if it is over ten hours.
func parseValidity(form url.Values, m *SMS) error {
	if !form.Has("ValidityPeriod") {
		return nil
	}
	seconds, err := strconv.Atoi(form.Get("ValidityPeriod"))
	switch {
	case err != nil || seconds < 1:
		return refuse(90014, "Validity Period should be a positive integer")
	case seconds > maxValidity:
		return refuse(90007, "Invalid validity period value: %d", seconds)
	}
	m.ValiditySeconds = seconds
	return nil
}

// possibleNumber accepts E.164 of a length that its country has. It does not
// ask whether the number is assigned, so that the ranges reserved for fiction
// pass.
func possibleNumber(s string) bool {
	if !regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`).MatchString(s) {
		return false
	}
	n, err := phonenumbers.Parse(s, "")
	return err == nil && phonenumbers.IsPossibleNumberWithReason(n) == phonenumbers.IS_POSSIBLE
}

func absoluteURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

func randomHex() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // documented never to fail
	return hex.EncodeToString(b[:])
}
