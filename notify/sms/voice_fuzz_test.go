package sms_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"daymark/notify"
	"daymark/notify/notifytest"
	"daymark/notify/sms"
)

// FuzzSpokenText: whatever an alert says, Twilio gets a document that it
// understands, or none.
func FuzzSpokenText(f *testing.F) {
	for _, text := range []string{"Sign in is down.", "a < b & c > d ]]> \"x\"", "</Say><Hangup/>", "\x00\x01\ufffe\xff", "naïve ☎ 🙂", strings.Repeat("&", 3000)} {
		f.Add(text)
	}
	tw, err := notifytest.NewTwilio(notifytest.TwilioOptions{AccountSID: accountSID, AuthToken: authToken, MessagingServiceSID: serviceSID, Keep: 1})
	if err != nil {
		f.Fatal(err)
	}
	if err := tw.Start(f.Context(), "127.0.0.1:0"); err != nil {
		f.Fatal(err)
	}
	opts := options(tw.URL())
	opts.SMS.Twilio.VoiceFrom = callFrom
	v, err := sms.NewVoice(opts)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		v.Close()
		if err := tw.Close(); err != nil {
			f.Error(err)
		}
	})
	f.Fuzz(func(t *testing.T, text string) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		m := call()
		m.Text = text
		sent := v.Send(ctx, m)
		if sent.Class != notify.Taken && (sent.Class != notify.Refused || strings.Contains(sent.Reason, "Twilio answered")) {
			t.Errorf("%q: %+v", text, sent)
		}
	})
}
