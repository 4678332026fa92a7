package main

import (
	"net/http"
	"strings"
	"testing"
)

// TestNobodyIsAddedWhomNothingReaches: a channel that carries nothing is
// refused at the door, with the key that switches it on.
func TestNobodyIsAddedWhomNothingReaches(t *testing.T) {
	k := newKeyring(t)
	k.doc.Notify.Subscriptions.Channels = []string{"email", "sms"}
	const want = "othing is sent by slack: slack in notify.subscriptions.channels switches it on"
	const address = "https://hooks.slack.com/services/T0/B0/X"
	if code, answer := post[looked](k, "/subscribers", object{"channel": "slack", "address": address, "confirmed": true}); code != http.StatusUnprocessableEntity || answer.Detail != "N"+want+"." {
		t.Errorf("added: %d %+v", code, answer)
	}
	csv := "channel,address,name,confirmed,components,severity\nslack," + address + ",,yes,,\n"
	if code, answer := post[looked](k, "/subscribers/import", object{"csv": csv}); code != http.StatusUnprocessableEntity || !strings.Contains(answer.Detail, want) {
		t.Errorf("imported: %d %+v", code, answer)
	}
	csv = "channel,address,name,confirmed,components,severity,incident\nemail,a@mail.example,,yes,,,nope\n"
	if code, answer := post[looked](k, "/subscribers/import", object{"csv": csv}); code != http.StatusUnprocessableEntity || !strings.Contains(answer.Detail, `here is no incident "nope"`) {
		t.Errorf("imported who hears of no incident: %d %+v", code, answer)
	}
	k.doc.Notify.SMS.Twilio.AccountSID, k.doc.Notify.Email.SMTP.Host = "", ""
	for channel, key := range map[string]string{"sms": "notify.sms.twilio", "email": "notify.email.smtp"} {
		if why := noLane(k.doc)[channel]; !strings.Contains(why, key) {
			t.Errorf("%s: %q", channel, why)
		}
	}
	// What is held about somebody is theirs all the same.
	if code, answer := post[looked](k, "/subscribers/erase", object{"channel": "slack", "address": address}); code != http.StatusOK {
		t.Errorf("erased: %d %+v", code, answer)
	}
}
