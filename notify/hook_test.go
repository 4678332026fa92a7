package notify_test

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"

	"daymark/notify"
)

func TestWebhookSecret(t *testing.T) {
	key := []byte("a key of sixteen bytes")
	secret := notify.WebhookSecret(key, "s1")
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(raw) != 32 || !strings.HasPrefix(secret, "whsec_") {
		t.Errorf("%q is no secret of Standard Webhooks: %v", secret, err)
	}
	if secret != notify.WebhookSecret(key, "s1") || secret == notify.WebhookSecret(key, "s2") || secret == notify.WebhookSecret([]byte("another key of bytes"), "s1") {
		t.Error("it does not follow from key and subscriber alone")
	}
	if strings.Contains(secret, notify.SignID(key, "s1")) {
		t.Error("it is what signs callbacks")
	}
}

func TestGiveUp(t *testing.T) {
	first := clockAt(14, 0)
	for _, test := range []struct {
		name        string
		first, last time.Time
		reason      string
		want        bool
	}{
		{"it never failed", time.Time{}, first, "", false},
		{"once", first, first, "hooks.example answered 500", false},
		{"for nearly a day", first, first.Add(notify.GiveUpAfter - time.Second), "hooks.example answered 500", false},
		{"for a day", first, first.Add(notify.GiveUpAfter), "hooks.example answered 500", true},
		{"it is gone", first, first, notify.Gone + ": hooks.example answered 410", true},
		{"a clock that went back", first, first.Add(-time.Hour), "", false},
	} {
		if got := notify.GiveUp(test.first, test.last, test.reason); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

func TestChannelsOf(t *testing.T) {
	for word, want := range map[string][]string{
		"page": nil, "chat": {"slack", "teams", "discord"}, "email": {"email"}, "sms": {"sms"}, "webhook": {"webhook"},
	} {
		if got := notify.ChannelsOf(word); !slices.Equal(got, want) {
			t.Errorf("%s stands for %v, want %v", word, got, want)
		}
	}
	for kind, s := range map[string]notify.StaffChannel{
		"slack": {Slack: "x"}, "teams": {Teams: "x"}, "discord": {Discord: "x"}, "pagerduty": {PagerDuty: &notify.PagerDuty{}}, "webhook": {Webhook: &notify.Webhook{}},
	} {
		if got := s.Kind(); got != kind {
			t.Errorf("%q is of kind %q", kind, got)
		}
	}
	for _, test := range []struct {
		channel, host string
		want          bool
	}{
		{"slack", "hooks.slack.com", true},
		{"slack", "Hooks.Slack.com", true},
		{"slack", "hooks.slack.com.evil.example", false},
		{"slack", "chat.harbour.example", false},
		{"discord", "ptb.discord.com", true},
		{"discord", "evildiscord.com", false},
		{"pagerduty", "events.eu.pagerduty.com", true},
		{"teams", "prod-07.uksouth.logic.azure.com", false},
		{"webhook", "hooks.slack.com", false},
	} {
		if got := notify.ServiceHost(test.channel, test.host); got != test.want {
			t.Errorf("%s is the service of %s: %v", test.host, test.channel, got)
		}
	}
}
