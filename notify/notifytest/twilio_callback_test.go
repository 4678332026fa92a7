package notifytest_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/twilio/twilio-go/client"

	"daymark/notify/notifytest"
)

// callbackServer records the forms posted to it and answers as told.
type callbackServer struct {
	*httptest.Server

	mu     sync.Mutex
	forms  []url.Values
	answer func(n int) int // n counts from 1
}

func startCallbacks(t *testing.T, answer func(n int) int) *callbackServer {
	t.Helper()
	s := &callbackServer{answer: answer}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *callbackServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	validator := client.NewRequestValidator(authToken)
	if err := r.ParseForm(); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	params := map[string]string{}
	for name, values := range r.PostForm {
		params[name] = values[0]
	}
	if !validator.Validate(s.URL+r.URL.RequestURI(), params, r.Header.Get("X-Twilio-Signature")) {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	s.mu.Lock()
	s.forms = append(s.forms, r.PostForm)
	n := len(s.forms)
	s.mu.Unlock()
	w.WriteHeader(s.answer(n))
}

func (s *callbackServer) statuses() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, f := range s.forms {
		out = append(out, f.Get("MessageStatus"))
	}
	return out
}

func always(code int) func(int) int { return func(int) int { return code } }

func TestTwilioCallbacksAreSignedAndInOrder(t *testing.T) {
	for name, tc := range map[string]struct {
		changes []string
		want    []string
	}{
		"by a service": {nil, []string{"queued", "sent", "delivered"}},
		"by a number":  {[]string{"MessagingServiceSid", "", "From", "+15005550006"}, []string{"sent", "delivered"}},
	} {
		t.Run(name, func(t *testing.T) {
			callbacks := startCallbacks(t, always(204))
			tw := startTwilio(t, notifytest.TwilioOptions{})
			changes := append(tc.changes, "StatusCallback", callbacks.URL+"/callbacks/twilio/x.y?a=b%20c")
			_, body := ask(t, "POST", messagesURL(tw), good(changes...))
			if err := tw.Await(limited(t), func() bool { return len(tw.Callbacks()) == len(tc.want) }); err != nil {
				t.Fatalf("%v: %+v", err, tw.Callbacks())
			}
			for i, c := range tw.Callbacks() {
				if c.Status != tc.want[i] || c.Code != 204 || c.Attempts != 1 || c.Err != nil || c.SID != body["sid"] {
					t.Errorf("callback %d: %+v", i, c)
				}
			}
			form := callbacks.forms[0]
			if form.Get("To") != reader || form.Get("MessageSid") != body["sid"] || form.Get("AccountSid") != accountSID || form.Get("From") != "+15005550006" {
				t.Errorf("form %v", form)
			}
		})
	}
}

func TestTwilioCallbacksAreTriedABoundedNumberOfTimes(t *testing.T) {
	for name, tc := range map[string]struct {
		answer   func(int) int
		attempts int
		failed   bool
		code     int
	}{
		"once more":       {func(n int) int { return map[bool]int{true: 500, false: 200}[n == 1] }, 2, false, 200},
		"never":           {always(500), 3, true, 500},
		"redirects count": {always(302), 3, true, 302},
	} {
		t.Run(name, func(t *testing.T) {
			callbacks := startCallbacks(t, tc.answer)
			tw := startTwilio(t, notifytest.TwilioOptions{CallbackBackoff: time.Millisecond})
			ask(t, "POST", messagesURL(tw), good("StatusCallback", callbacks.URL+"/x"))
			if err := tw.Await(limited(t), func() bool { return len(tw.Callbacks()) == 3 }); err != nil {
				t.Fatal(err)
			}
			if c := tw.Callbacks()[0]; c.Attempts != tc.attempts || c.Code != tc.code || (c.Err != nil) != tc.failed {
				t.Errorf("got %+v", c)
			}
			if m := tw.Messages()[0]; m.Status != notifytest.StatusDelivered {
				t.Errorf("status %s", m.Status)
			}
		})
	}
}

func TestTwilioCallbackTellsOfFailure(t *testing.T) {
	callbacks := startCallbacks(t, always(200))
	tw := startTwilio(t, notifytest.TwilioOptions{Fate: func(notifytest.SMS) (string, int) {
		return notifytest.StatusUndelivered, 30003
	}})
	ask(t, "POST", messagesURL(tw), good("StatusCallback", callbacks.URL+"/x"))
	if err := tw.Await(limited(t), func() bool { return len(tw.Callbacks()) == 3 }); err != nil {
		t.Fatal(err)
	}
	if last := callbacks.forms[2]; last.Get("MessageStatus") != "undelivered" || last.Get("ErrorCode") != "30003" {
		t.Errorf("form %v", last)
	}
}

func TestTwilioCloseWaitsForCallbacks(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(entered)
		<-leave
	}))
	defer slow.Close()
	defer close(leave)
	tw := startTwilio(t, notifytest.TwilioOptions{})
	ask(t, "POST", messagesURL(tw), good("StatusCallback", slow.URL))
	<-entered
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	// Close has returned, so the callback's end is on record.
	if c := tw.Callbacks(); len(c) != 1 || c[0].Err == nil {
		t.Errorf("callbacks %+v", c)
	}
}

func TestTwilioGoesOnWithWhatItKept(t *testing.T) {
	callbacks := startCallbacks(t, always(200))
	restored := notifytest.SMS{SID: "SM1", AccountSID: accountSID, To: reader, Body: "x", Status: notifytest.StatusSent, StatusCallback: callbacks.URL + "/x"}
	tw := startTwilio(t, notifytest.TwilioOptions{Restore: []notifytest.SMS{restored}})
	if err := tw.Await(limited(t), func() bool { return len(tw.Callbacks()) == 1 }); err != nil {
		t.Fatal(err)
	}
	if got := callbacks.statuses(); len(got) != 1 || got[0] != "delivered" {
		t.Errorf("callbacks %v", got)
	}
}
