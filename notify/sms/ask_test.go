package sms_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/notify/notifytest"
)

func TestAsk(t *testing.T) {
	now := time.Date(2026, 7, 2, 14, 2, 0, 0, time.UTC)
	kept := func(change func(*notifytest.SMS)) []notifytest.SMS {
		m := notifytest.SMS{
			SID: "SM1", To: reader, Body: message().SMS, Status: notifytest.StatusDelivered, Created: now.Add(time.Second),
		}
		if change != nil {
			change(&m)
		}
		return []notifytest.SMS{m}
	}
	many := func(n int) []notifytest.SMS {
		all := kept(nil)
		for i := range n {
			all = append(all, kept(func(m *notifytest.SMS) { m.SID, m.Body = fmt.Sprint("SMx", i), "another" })...)
		}
		return all
	}
	for name, tc := range map[string]struct {
		list   []notifytest.SMS
		delay  time.Duration
		state  notify.State
		reason string
	}{
		"delivered":              {kept(nil), 0, notify.Delivered, ""},
		"under way":              {kept(func(m *notifytest.SMS) { m.Status = "sending-or-so" }), 0, notify.Accepted, ""},
		"failed":                 {kept(func(m *notifytest.SMS) { m.Status = "failed" }), 0, notify.Undelivered, "Twilio says failed"},
		"nothing":                {nil, 0, notify.Retry, ""},
		"not listed yet":         {kept(nil), time.Hour, notify.Retry, ""},
		"another update":         {kept(func(m *notifytest.SMS) { m.Body += "1" }), 0, notify.Retry, ""},
		"another number":         {kept(func(m *notifytest.SMS) { m.To = "+447700900124" }), 0, notify.Retry, ""},
		"dated by another clock": {kept(func(m *notifytest.SMS) { m.Created = now.Add(-time.Minute) }), 0, notify.Delivered, ""},
		"of another time":        {kept(func(m *notifytest.SMS) { m.Created = now.Add(-time.Minute - time.Second) }), 0, notify.Retry, ""},
		"on a later page":        {many(250), 0, notify.Delivered, ""},
		"too far down to look":   {many(1001), 0, notify.Unknown, "too long"},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			tw := standIn(t, notifytest.TwilioOptions{
				Restore: tc.list, Keep: 5000, ListDelay: tc.delay, StepDelay: time.Hour, Now: func() time.Time { return now.Add(time.Minute) },
			})
			m := message()
			m.Created = now
			asked := channel(t, options(tw.URL())).Ask(limited(t), m)
			found := tc.state != notify.Retry && tc.state != notify.Unknown
			if asked.State != tc.state || (asked.Provider == "SM1") != found || !strings.Contains(asked.Reason, tc.reason) {
				t.Errorf("asked %+v", asked)
			}
		})
	}
}

func TestAskWithoutAnAnswer(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		body   string
		wait   time.Duration
	}{
		"too many":          {429, `{"code":20429,"message":"slow down"}`, 9 * time.Second},
		"a wrong token":     {401, `{"code":20003}`, 0},
		"no JSON":           {200, "<html>", 0},
		"a date that is no": {200, `{"messages":[{"date_created":"yesterday"}]}`, 0},
		"a redirect":        {302, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if tc.wait > 0 {
					w.Header().Set("Retry-After", "9")
				}
				w.WriteHeader(tc.status)
				fmt.Fprint(w, tc.body)
			}))
			t.Cleanup(server.Close)
			asked := channel(t, options(server.URL)).Ask(limited(t), message())
			if asked.State != notify.Unknown || asked.Reason == "" || asked.RetryAfter != tc.wait {
				t.Errorf("asked %+v", asked)
			}
		})
	}
	if asked := channel(t, options("http://127.0.0.1:1")).Ask(limited(t), notify.Message{To: reader}); asked.State != notify.Unknown {
		t.Errorf("a message without a mark: %+v", asked)
	}
}
