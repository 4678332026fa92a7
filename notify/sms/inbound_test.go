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

	"daymark/notify/notifytest"
	"daymark/notify/sms"
)

// heard is what phones want, in the order in which they said it.
type heard struct {
	all []string
	err error
}

func (h *heard) Stop(_ context.Context, phone string) error {
	h.all = append(h.all, "stop "+phone)
	return h.err
}

func (h *heard) Start(_ context.Context, phone string) error {
	h.all = append(h.all, "start "+phone)
	return h.err
}

func answered(form url.Values, sign string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, sms.InboundPath, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Twilio-Signature", notifytest.Sign(sign, page+sms.InboundPath, form))
	return r
}

func TestInbound(t *testing.T) {
	const phone = "+447700900123"
	for name, test := range map[string]struct {
		body, kind, sign, want string
		fails                  error
		status                 int
	}{
		"STOP":               {body: "STOP", want: "stop " + phone, status: http.StatusOK},
		"stop":               {body: " stop\n", want: "stop " + phone, status: http.StatusOK},
		"a word of Twilio's": {body: "Arrêt", kind: "STOP", want: "stop " + phone, status: http.StatusOK},
		"START":              {body: "Unstop", want: "start " + phone, status: http.StatusOK},
		"HELP":               {body: "HELP", status: http.StatusOK},
		"chat":               {body: "please stop", status: http.StatusOK},
		"kind before word":   {body: "STOP", kind: "HELP", status: http.StatusOK},
		"forged":             {body: "STOP", sign: "another token", status: http.StatusForbidden},
		"not recorded":       {body: "STOP", fails: errors.New("disk full"), want: "stop " + phone, status: http.StatusInternalServerError},
	} {
		t.Run(name, func(t *testing.T) {
			h := &heard{err: test.fails}
			inbound, err := sms.NewInbound(sms.InboundOptions{Consent: h, AuthToken: authToken, PageURL: page + "/"})
			if err != nil {
				t.Fatal(err)
			}
			form := url.Values{"From": {phone}, "Body": {test.body}, "MessageSid": {"SM1"}}
			if test.kind != "" {
				form.Set("OptOutType", test.kind)
			}
			sign := test.sign
			if sign == "" {
				sign = authToken
			}
			answer := httptest.NewRecorder()
			inbound.ServeHTTP(answer, answered(form, sign))
			if answer.Code != test.status || strings.Join(h.all, ";") != test.want {
				t.Errorf("%d, heard %q; want %d, %q", answer.Code, h.all, test.status, test.want)
			}
			if test.status == http.StatusOK && (!strings.HasSuffix(answer.Body.String(), "<Response></Response>") || !strings.HasPrefix(answer.Header().Get("Content-Type"), "text/xml")) {
				t.Errorf("answered %q", answer.Body)
			}
		})
	}
}

func TestInboundIsBounded(t *testing.T) {
	inbound, err := sms.NewInbound(sms.InboundOptions{Consent: &heard{}, AuthToken: authToken, PageURL: page})
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	inbound.ServeHTTP(answer, answered(url.Values{"Body": {strings.Repeat("x", 100_000)}}, authToken))
	if answer.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("answered %d", answer.Code)
	}
	answer = httptest.NewRecorder()
	inbound.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, sms.InboundPath, http.NoBody))
	if answer.Code != http.StatusMethodNotAllowed {
		t.Errorf("answered %d", answer.Code)
	}
	if _, err := sms.NewInbound(sms.InboundOptions{}); err == nil {
		t.Error("made of nothing")
	}
}

// TestOptedOutByCallback: Twilio says after taking a message that its
// recipient has sent STOP.
func TestOptedOutByCallback(t *testing.T) {
	var ended []string
	outbox := claimed(t)
	c, err := sms.NewCallback(sms.CallbackOptions{
		Reporter: outbox, AuthToken: authToken, PageURL: page, Key: key,
		OptedOut: func(_ context.Context, delivery string, _ time.Time) error {
			ended = append(ended, delivery)
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{"30003", "21610"} {
		answer := httptest.NewRecorder()
		c.ServeHTTP(answer, told("undelivered", code))
		if answer.Code != http.StatusNoContent {
			t.Errorf("answered %d", answer.Code)
		}
	}
	if strings.Join(ended, " ") != "u1-s1" {
		t.Errorf("ended %v", ended)
	}
}
