package sms_test

import (
	"context"
	"net"
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

func TestSendArrivesAsItShould(t *testing.T) {
	testkit.NoLeaks(t)
	tw := standIn(t, notifytest.TwilioOptions{})
	opts := options(tw.URL())
	opts.PageURL = page
	now := time.Now()
	opts.Now = func() time.Time { return now }
	for name, tc := range map[string]struct {
		life    time.Duration
		seconds int
	}{
		"what is left of its life": {90 * time.Minute, 5400},
		"ten hours at most":        {48 * time.Hour, 36_000},
		"one second at least":      {1500 * time.Millisecond, 1},
	} {
		t.Run(name, func(t *testing.T) {
			m := message()
			m.Expires = now.Add(tc.life)
			sent := channel(t, opts).Send(limited(t), m)
			all := tw.Messages()
			got := all[len(all)-1]
			if sent.Class != notify.Taken || sent.Provider != got.SID {
				t.Fatalf("sent %+v", sent)
			}
			if got.To != reader || got.Body != m.SMS || got.MessagingServiceSID != serviceSID || got.ValiditySeconds != tc.seconds {
				t.Errorf("arrived %+v", got)
			}
			back, err := url.Parse(got.StatusCallback)
			if err != nil || !strings.HasPrefix(got.StatusCallback, page+sms.CallbackPath+"?") || !notify.VerifyID(key, back.Query().Get("d"), back.Query().Get("s")) {
				t.Errorf("the callback is %s, %v", got.StatusCallback, err)
			}
		})
	}
}

// Twilio's failures; what is certain afterwards differs.
func TestSendClassifiesFailures(t *testing.T) {
	code := func(status, code int) notifytest.SMSAction {
		return notifytest.SMSAction{Status: status, Code: code, Message: "told so"}
	}
	for name, tc := range map[string]struct {
		action  notifytest.SMSAction
		class   notify.Class
		remote  bool
		reason  string
		arrives int
	}{
		"too many":                     {notifytest.SMSAction{Status: 429, Code: 20429, RetryAfter: 7 * time.Second}, notify.NotNow, true, "20429", 0},
		"no time":                      {notifytest.SMSAction{Status: 503, Code: 20503, RetryAfter: 7 * time.Second}, notify.NotNow, true, "20503", 0},
		"no such number":               {code(400, 21211), notify.Refused, false, "21211", 0},
		"opted out":                    {code(400, 21610), notify.Refused, false, "opted out", 0},
		"an account suspended":         {code(401, 20005), notify.NotNow, true, "20005", 0},
		"a service that is not there":  {code(404, 21701), notify.NotNow, true, "21701", 0},
		"a proxy in between":           {notifytest.SMSAction{Status: 403, Body: "<h1>Proxy</h1>"}, notify.NotNow, true, "not Twilio's", 0},
		"a redirect":                   {notifytest.SMSAction{Status: 302, Body: "moved"}, notify.Unclear, true, "redirect", 0},
		"failed":                       {code(500, 20500), notify.Unclear, true, "20500", 0},
		"failed after accepting":       {notifytest.SMSAction{Status: 500, Code: 20500, Accept: true}, notify.Unclear, true, "20500", 1},
		"a gateway's time-out":         {notifytest.SMSAction{Status: 504, Body: "gateway", Accept: true}, notify.Unclear, true, "504", 1},
		"no SID":                       {notifytest.SMSAction{Status: 201, Body: `{"status":"queued"}`, Accept: true}, notify.Unclear, false, "names no message", 1},
		"an answer that is no JSON":    {notifytest.SMSAction{Status: 200, Body: `<html>`, Accept: true}, notify.Unclear, true, "no answer that can be read", 1},
		"an answer without end":        {notifytest.SMSAction{Status: 200, Body: strings.Repeat(" ", 5<<20), Accept: true}, notify.Unclear, true, "bytes", 1},
		"dropped before accepting":     {notifytest.SMSAction{Drop: notifytest.DropBefore}, notify.Unclear, true, "no answer", 0},
		"dropped after accepting":      {notifytest.SMSAction{Drop: notifytest.DropAfter}, notify.Unclear, true, "no answer", 1},
		"time-out before accepting":    {notifytest.SMSAction{Delay: time.Hour, Drop: notifytest.DropBefore}, notify.Unclear, true, "no answer", 0},
		"time-out after accepting":     {notifytest.SMSAction{Hold: time.Hour}, notify.Unclear, true, "no answer", 1},
		"slow, but within the time":    {notifytest.SMSAction{Delay: 20 * time.Millisecond}, notify.Taken, false, "", 1},
		"a wait that nobody could ask": {notifytest.SMSAction{Status: 429, Code: 20429, RetryAfter: 1000 * time.Hour}, notify.NotNow, true, "20429", 0},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			tw := standIn(t, notifytest.TwilioOptions{Hook: func(string, string) notifytest.SMSAction { return tc.action }})
			opts := options(tw.URL())
			if tc.action.Delay+tc.action.Hold >= time.Hour {
				opts.Timeout = 200 * time.Millisecond
			}
			sent := channel(t, opts).Send(limited(t), message())
			if sent.Class != tc.class || sent.Remote != tc.remote || !strings.Contains(sent.Reason, tc.reason) {
				t.Errorf("sent %+v", sent)
			}
			if want := tc.action.RetryAfter; want < time.Hour && sent.RetryAfter != want || want >= time.Hour && sent.RetryAfter != 0 {
				t.Errorf("wait for %s of %s", sent.RetryAfter, want)
			}
			if tw.Received() != tc.arrives {
				t.Errorf("%d arrived, want %d", tw.Received(), tc.arrives)
			}
		})
	}
}

func TestSendWithoutTwilio(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	closed := "http://" + l.Addr().String()
	tw := standIn(t, notifytest.TwilioOptions{})
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	for name, tc := range map[string]struct {
		base   string
		token  string
		cancel bool
		remote bool
		reason string
	}{
		"nobody listens":  {closed, authToken, false, true, "refused"},
		"no TLS there":    {strings.Replace(plain.URL, "http:", "https:", 1), authToken, false, true, "HTTP response to HTTPS"},
		"a wrong token":   {tw.URL(), "wrong", false, true, "20003"},
		"ended before it": {tw.URL(), authToken, true, false, "not begun"},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			opts := options(tc.base)
			opts.SMS.Twilio.AuthToken = tc.token
			ctx, cancel := context.WithCancel(limited(t))
			defer cancel()
			if tc.cancel {
				cancel()
			}
			sent := channel(t, opts).Send(ctx, message())
			if sent.Class != notify.NotNow || sent.Remote != tc.remote || !strings.Contains(sent.Reason, tc.reason) {
				t.Errorf("sent %+v", sent)
			}
			if strings.Contains(sent.Reason, tc.token) {
				t.Errorf("the reason tells the token: %s", sent.Reason)
			}
		})
	}
}

func TestSendRefusesWhatTwilioNeverTakes(t *testing.T) {
	tw := standIn(t, notifytest.TwilioOptions{})
	c := channel(t, options(tw.URL()))
	for name, tc := range map[string]struct {
		spoil func(*notify.Message)
		class notify.Class
	}{
		"no text":             {func(m *notify.Message) { m.SMS = "" }, notify.Refused},
		"too long":            {func(m *notify.Message) { m.SMS = strings.Repeat("x", 1601) }, notify.Refused},
		"a life that is over": {func(m *notify.Message) { m.Expires = time.Now() }, notify.NotNow},
	} {
		t.Run(name, func(t *testing.T) {
			m := message()
			tc.spoil(&m)
			if sent := c.Send(limited(t), m); sent.Class != tc.class || tw.Received() != 0 {
				t.Errorf("sent %+v, %d arrived", sent, tw.Received())
			}
		})
	}
}

func TestSendIgnoresRegionAndEdge(t *testing.T) {
	t.Setenv("TWILIO_REGION", "ie1")
	t.Setenv("TWILIO_EDGE", "dublin")
	var asked string
	opts := options("https://api.twilio.com/below")
	opts.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		asked = r.URL.String()
		return nil, net.ErrClosed
	})
	channel(t, opts).Send(limited(t), message())
	if want := "https://api.twilio.com/below/2010-04-01/Accounts/" + accountSID + "/Messages.json"; asked != want {
		t.Errorf("asked %s, want %s", asked, want)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestNewRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*sms.Options){
		"no account": func(o *sms.Options) { o.SMS.Twilio.AccountSID = "" },
		"no token":   func(o *sms.Options) { o.SMS.Twilio.AuthToken = "" },
		"no service": func(o *sms.Options) { o.SMS.Twilio.MessagingServiceSID = "" },
		"a weak key": func(o *sms.Options) { o.Key = []byte("short") },
		"no page":    func(o *sms.Options) { o.PageURL = "" },
		"a bad base": func(o *sms.Options) { o.SMS.Twilio.BaseURL = "ftp://twilio.example" },
	} {
		t.Run(name, func(t *testing.T) {
			o := options("")
			spoil(&o)
			if _, err := sms.New(o); err == nil {
				t.Errorf("took %+v", o)
			}
		})
	}
}
