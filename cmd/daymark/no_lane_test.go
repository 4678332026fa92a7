package main

import (
	"net/http"
	"strings"
	"testing"

	"daymark/internal/testkit"
)

// TestNobodyIsAddedWhomNothingReaches: a channel that carries nothing is
// refused at the door, with the key that switches it on.
func TestNobodyIsAddedWhomNothingReaches(t *testing.T) {
	testkit.Beside(t)
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

// TestFeedsAreAChannel: they are there unless the configuration names channels
// without them, and nobody subscribes by them.
func TestFeedsAreAChannel(t *testing.T) {
	testkit.Beside(t)
	doc := newKeyring(t).doc
	doc.Notify.Email.SMTP.Host = ""
	for _, test := range []struct {
		channels []string
		serves   bool
		by       string
	}{{nil, true, ""}, {[]string{"slack", "feeds"}, true, "slack"}, {[]string{"feeds"}, true, ""}, {[]string{"slack"}, false, "slack"}, {[]string{}, false, ""}} {
		doc.Notify.Subscriptions.Channels = test.channels
		if faults := notYet(doc); len(faults) != 0 {
			t.Errorf("%q is refused: %v", test.channels, faults)
		}
		if got := servesFeeds(doc); got != test.serves {
			t.Errorf("%q serves feeds: %v", test.channels, got)
		}
		if got := strings.Join(channelsOf(doc), " "); got != test.by {
			t.Errorf("by %q people subscribe by %q", test.channels, got)
		}
	}
}
