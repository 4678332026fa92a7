package sms_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/notify/notifytest"
	"daymark/notify/sms"
)

// claimed is an outbox with one delivery under way.
func claimed(t *testing.T) *notifytest.Outbox {
	t.Helper()
	outbox := notifytest.NewOutbox()
	put(outbox, "u1-s1")
	if _, err := outbox.Claim(t.Context(), "sms", 1, time.Now()); err != nil {
		t.Fatal(err)
	}
	return outbox
}

func settle(t *testing.T, outbox *notifytest.Outbox, to notify.State) {
	t.Helper()
	if err := outbox.Settle(t.Context(), []notify.Outcome{{ID: "u1-s1", To: to, Called: true}}, time.Now()); err != nil {
		t.Fatal(err)
	}
}

func callback(t *testing.T, outbox sms.Reporter) *sms.Callback {
	t.Helper()
	c, err := sms.NewCallback(sms.CallbackOptions{Reporter: outbox, AuthToken: authToken, PageURL: page + "/", Key: key})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// told is a callback as Twilio makes it.
func told(status string, code string) *http.Request {
	query := url.Values{"d": {"u1-s1"}, "s": {notify.SignID(key, "u1-s1")}}
	address := sms.CallbackPath + "?" + query.Encode()
	form := url.Values{"MessageSid": {"SM1"}, "MessageStatus": {status}}
	if code != "" {
		form.Set("ErrorCode", code)
	}
	r := httptest.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Twilio-Signature", notifytest.Sign(authToken, page+address, form))
	return r
}

func TestCallbackReports(t *testing.T) {
	for name, tc := range map[string]struct {
		before notify.State // Sending where it overtakes our own record
		says   []string
		state  notify.State
		reason string
	}{
		"sent":                          {notify.Accepted, []string{"queued", "sent"}, notify.Accepted, ""},
		"delivered":                     {notify.Accepted, []string{"sent", "delivered"}, notify.Delivered, ""},
		"out of order":                  {notify.Accepted, []string{"delivered", "sent", "queued"}, notify.Delivered, ""},
		"doubled":                       {notify.Accepted, []string{"delivered", "delivered"}, notify.Delivered, ""},
		"undelivered":                   {notify.Accepted, []string{"undelivered 30003"}, notify.Undelivered, "switched off"},
		"failed without a code":         {notify.Accepted, []string{"failed"}, notify.Undelivered, "Twilio says failed"},
		"a code that is not known here": {notify.Accepted, []string{"failed 39999"}, notify.Undelivered, "39999"},
		"before our own record":         {notify.Sending, []string{"delivered"}, notify.Delivered, ""},
		"settles what was in doubt":     {notify.Unknown, []string{"sent"}, notify.Accepted, ""},
		"and its end":                   {notify.Unknown, []string{"delivered"}, notify.Delivered, ""},
		"a word that is no status":      {notify.Accepted, []string{"pondering"}, notify.Accepted, ""},
		"after the end":                 {notify.Dead, []string{"delivered"}, notify.Dead, ""},
	} {
		t.Run(name, func(t *testing.T) {
			outbox := claimed(t)
			if tc.before != notify.Sending {
				settle(t, outbox, tc.before)
			}
			c := callback(t, outbox)
			for _, s := range tc.says {
				status, code, _ := strings.Cut(s, " ")
				w := httptest.NewRecorder()
				c.ServeHTTP(w, told(status, code))
				if w.Code != http.StatusNoContent {
					t.Errorf("%s answered %d %s", s, w.Code, w.Body)
				}
			}
			if got := outbox.Row("u1-s1"); got.State != tc.state || !strings.Contains(got.Reason, tc.reason) {
				t.Errorf("it is %s (%s)", got.State, got.Reason)
			}
		})
	}
}

func TestCallbackRefuses(t *testing.T) {
	resign := func(r *http.Request, form url.Values) {
		r.Header.Set("X-Twilio-Signature", notifytest.Sign(authToken, page+r.URL.String(), form))
	}
	form := url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"delivered"}}
	for name, tc := range map[string]struct {
		make func() *http.Request
		code int
	}{
		"read":         {func() *http.Request { return httptest.NewRequest(http.MethodGet, sms.CallbackPath, nil) }, 405},
		"no signature": {func() *http.Request { r := told("delivered", ""); r.Header.Del("X-Twilio-Signature"); return r }, 403},
		"a signature with another token": {func() *http.Request {
			r := told("delivered", "")
			r.Header.Set("X-Twilio-Signature", notifytest.Sign("another", page+r.URL.String(), form))
			return r
		}, 403},
		"another delivery, signed by Twilio": {func() *http.Request {
			r := httptest.NewRequest(http.MethodPost, sms.CallbackPath+"?d=u1-s1&s=forged", strings.NewReader(form.Encode()))
			resign(r, form)
			return r
		}, 403},
		"a changed body": {func() *http.Request {
			signed := told("delivered", "")
			r := httptest.NewRequest(http.MethodPost, signed.URL.String(), strings.NewReader("MessageSid=SM1&MessageStatus=failed"))
			r.Header = signed.Header
			return r
		}, 403},
		"a second status hidden behind": {func() *http.Request {
			signed := told("delivered", "")
			r := httptest.NewRequest(http.MethodPost, signed.URL.String(), strings.NewReader(form.Encode()+"&MessageStatus=failed"))
			r.Header = signed.Header
			return r
		}, 403},
		"too long": {func() *http.Request {
			return httptest.NewRequest(http.MethodPost, sms.CallbackPath, strings.NewReader(strings.Repeat("x", 65<<10)))
		}, 413},
	} {
		t.Run(name, func(t *testing.T) {
			outbox := claimed(t)
			settle(t, outbox, notify.Accepted)
			w := httptest.NewRecorder()
			callback(t, outbox).ServeHTTP(w, tc.make())
			if w.Code != tc.code || outbox.Row("u1-s1").State != notify.Accepted {
				t.Errorf("answered %d; it is %s", w.Code, outbox.Row("u1-s1").State)
			}
		})
	}
}

func TestCallbackThatCannotBeRecorded(t *testing.T) {
	outbox := claimed(t)
	outbox.Fail(func(string) error { return errors.New("disk full") })
	w := httptest.NewRecorder()
	callback(t, outbox).ServeHTTP(w, told("delivered", ""))
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "disk") {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
}

// A whole way: sent, accepted, called back, delivered.
func TestDeliveredByCallback(t *testing.T) {
	testkit.NoLeaks(t)
	outbox := notifytest.NewOutbox()
	tw := standIn(t, notifytest.TwilioOptions{})
	opts := options(tw.URL())
	opts.PageURL = handler(t, outbox)
	put(outbox, "one")
	stop := process(t, outbox, channel(t, opts), time.Minute)
	defer stop()
	reaches(t, outbox, "one", notify.Delivered)
	if tw.Received() != 1 || outbox.Row("one").Provider != tw.Messages()[0].SID {
		t.Errorf("%d messages, provider %q", tw.Received(), outbox.Row("one").Provider)
	}
}

// dying is a channel whose process dies before the call or after it.
type dying struct {
	*sms.Channel
	before, after func()
}

func (d dying) Send(ctx context.Context, m notify.Message) notify.Sent {
	if d.before != nil {
		d.before()
		<-ctx.Done()
		return notify.Sent{Class: notify.Unclear}
	}
	defer d.after()
	return d.Channel.Send(ctx, m)
}

// Nobody is told twice by text message, wherever a process dies and whatever
// becomes of an answer.
func TestSenderNeverTellsTwice(t *testing.T) {
	for name, tc := range map[string]struct {
		dies   string
		action notifytest.SMSAction // of the first request
	}{
		"a kill before the call":          {"before", notifytest.SMSAction{}},
		"a kill after the acceptance":     {"after", notifytest.SMSAction{}},
		"an answer lost after acceptance": {"", notifytest.SMSAction{Drop: notifytest.DropAfter}},
		"an error after acceptance":       {"", notifytest.SMSAction{Status: 500, Code: 20500, Accept: true}},
		"no acceptance and no answer":     {"", notifytest.SMSAction{Drop: notifytest.DropBefore}},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			outbox := notifytest.NewOutbox()
			first := make(chan notifytest.SMSAction, 1)
			first <- tc.action
			tw := standIn(t, notifytest.TwilioOptions{ListDelay: 30 * time.Millisecond, Hook: func(string, string) notifytest.SMSAction {
				select {
				case a := <-first:
					return a
				default:
					return notifytest.SMSAction{}
				}
			}})
			c := channel(t, options(tw.URL()))
			put(outbox, "one")
			const askFor = 200 * time.Millisecond
			if tc.dies != "" {
				gone := make(chan struct{})
				die := func() {
					outbox.Fail(func(string) error { return errors.New("the process is gone") })
					close(gone)
				}
				d := dying{Channel: c, after: die}
				if tc.dies == "before" {
					d.before = die
				}
				stop := process(t, outbox, d, askFor)
				<-gone
				stop()
				outbox.Fail(nil)
			}
			stop := process(t, outbox, c, askFor)
			defer stop()
			if err := outbox.Await(limited(t), func() bool {
				s := outbox.Row("one").State
				return s == notify.Accepted || s == notify.Delivered
			}); err != nil {
				t.Fatalf("%v: it is %s (%s)", err, outbox.Row("one").State, outbox.Row("one").Reason)
			}
			if tw.Received() != 1 || outbox.Row("one").Provider != tw.Messages()[0].SID {
				t.Errorf("%d messages, provider %q", tw.Received(), outbox.Row("one").Provider)
			}
		})
	}
}
