package notify_test

import (
	"strings"
	"testing"
	"time"

	"daymark/incident"
	"daymark/internal/lang"
	"daymark/notify"
)

func TestParseAddress(t *testing.T) {
	for name, test := range map[string]struct{ channel, text, want, fault string }{
		"email":             {"email", " Sam@Mail.Example ", "sam@mail.example", ""},
		"email, no dot":     {"email", "sam@harbour", "", "needs a dot"},
		"email, none":       {"email", "", "", "is missing"},
		"email, two":        {"email", "a@b.example,c@d.example", "", "no email address"},
		"email, header":     {"email", "a@b.example\r\nBcc: c@d.example", "", "beyond ASCII"},
		"phone":             {"sms", "+44 7700 900123", "+447700900123", ""},
		"phone, elsewhere":  {"sms", "+12025550123", "", "does not allow"},
		"webhook":           {"webhook", "https://Hooks.Harbour.Example/A?b=C", "https://hooks.harbour.example/A?b=C", ""},
		"webhook, plain":    {"webhook", "http://hooks.harbour.example/", "", "begins with https://"},
		"webhook, user":     {"webhook", "https://sam:pw@hooks.harbour.example/", "", "user's name"},
		"webhook, fragment": {"webhook", "https://hooks.harbour.example/#x", "", "#"},
		"webhook, long":     {"webhook", "https://hooks.harbour.example/" + strings.Repeat("x", 1000), "", "longer"},
		"webhook, file":     {"webhook", "file:///etc/passwd", "", "begins with https://"},
		"slack":             {"slack", "https://hooks.slack.com/services/T0/B0/xY", "https://hooks.slack.com/services/T0/B0/xY", ""},
		"slack, elsewhere":  {"slack", "https://hooks.slack.com.harbour.example/x", "", "Slack"},
		"teams":             {"teams", "https://prod-1.westeurope.logic.azure.com:443/workflows/1", "https://prod-1.westeurope.logic.azure.com:443/workflows/1", ""},
		"teams, elsewhere":  {"teams", "https://logic.azure.com.evil.example/", "", "Teams"},
		"discord":           {"discord", "https://discord.com/api/webhooks/1/x", "https://discord.com/api/webhooks/1/x", ""},
		"no channel":        {"pigeon", "x", "", "no channel"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := notify.ParseAddress(test.channel, test.text, []string{"GB"})
			if test.fault == "" && (err != nil || got != test.want) {
				t.Errorf("%q, %v; want %q", got, err, test.want)
			}
			if test.fault != "" && (err == nil || !strings.Contains(err.Error(), test.fault)) {
				t.Errorf("%q, %v; want a fault with %q", got, err, test.fault)
			}
		})
	}
}

func TestNetworkOf(t *testing.T) {
	for from, want := range map[string]string{
		"203.0.113.9:4711": "203.0.113.0/24", "203.0.113.200": "203.0.113.0/24", "[::ffff:203.0.113.9]:1": "203.0.113.0/24",
		"[2001:db8:1:2:3::4]:443": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64", "": "unknown", "@": "unknown",
	} {
		if got := notify.NetworkOf(from); got != want {
			t.Errorf("%q is of %s; want %s", from, got, want)
		}
	}
}

// TestShownAddress: that of a chat is a secret by which anybody can post there.
func TestShownAddress(t *testing.T) {
	for _, test := range [][3]string{
		{"email", "sam@mail.example", "sam@mail.example"},
		{"sms", "+447700900123", "+447700900123"},
		{"slack", "https://hooks.slack.com/services/T0/B0/secret", "https://hooks.slack.com/…"},
		{"webhook", "https://hooks.harbour.example/secret", "https://hooks.harbour.example/…"},
	} {
		if got := notify.ShownAddress(test[0], test[1]); got != test[2] {
			t.Errorf("%s is shown as %s; want %s", test[1], got, test[2])
		}
	}
}

// TestTokens: what differs in any of key, kind, subscriber and number is
// another secret.
func TestTokens(t *testing.T) {
	key, other := []byte("sixteen bytes of key"), []byte("another sixteen bytes")
	seen := map[string]bool{}
	for _, k := range [][]byte{key, other} {
		for _, id := range []string{"s1", "s11"} {
			for n := range 3 {
				for _, token := range []string{notify.ConfirmToken(k, id, n), notify.ManageToken(k, id, n)} {
					if seen[token] || len(token) < 32 || strings.ContainsAny(token, "/+=%") {
						t.Errorf("%q is there twice, too short, or not fit for an address", token)
					}
					seen[token] = true
				}
				if code := notify.ConfirmCode(k, id, n); len(code) != 6 || strings.Trim(code, "0123456789") != "" {
					t.Errorf("the code is %q", code)
				}
			}
		}
	}
}

// TestRenderConsent: link and code are in the message, and nowhere before.
func TestRenderConsent(t *testing.T) {
	r, err := notify.NewRenderer(notify.RendererOptions{
		Page: notify.PageInfo{Name: "Harbour Bank", URL: "https://status.harbour.example", Zone: london(t), Contact: "support@harbour.example"},
		Confirm: func(s notify.Subscriber, round int) (string, string) {
			return "https://status.harbour.example/subscription/c" + s.ID, "042917"
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	notice := &notify.Notice{Kind: notify.ConsentNotice, Title: "Confirm", Text: "Press it.", LinkText: "See it", SMS: "{code} is your code.", Confirm: 1}
	for channel, want := range map[string]string{"email": "/subscription/cs1", "sms": "042917 is your code.", "slack": "/subscription/cs1", "webhook": "/subscription/cs1"} {
		m, err := r.Render(notify.Delivery{ID: "d", Channel: channel, Subscriber: notify.Subscriber{ID: "s1", Address: "x"}, Notice: notice})
		if err != nil {
			t.Fatal(err)
		}
		said := m.Text + m.SMS + m.Notice.Link
		if !strings.Contains(said, want) {
			t.Errorf("%s says %q; want %q in it", channel, said, want)
		}
	}
	if notice.Link != "" || notice.SMS != "{code} is your code." {
		t.Errorf("the notice itself has them: %+v", notice)
	}
}

// TestRenderMaintenance: what is told of planned work leads to its own
// page.
func TestRenderMaintenance(t *testing.T) {
	r := renderer(t, clockAt(14, 3))
	m := incident.PlannedMaintenance{ID: "7q2", Title: "New disks", Text: "Sign in may be slow.", Stage: incident.Scheduled, Announced: clockAt(9, 0), Starts: clockAt(22, 0), Ends: clockAt(24, 30)}
	for stage, want := range map[incident.Stage][2]string{
		incident.Scheduled:  {"announced", "From 22:00 on 2 July to 00:30 on 3 July, London time."},
		incident.InProgress: {"begun", "It is planned until 00:30 on 3 July, London time."},
		incident.Verifying:  {"", ""},
		incident.Completed:  {"done", "The work is done"},
		incident.Cancelled:  {"cancelled", "does not take place"},
	} {
		m.Stage = stage
		step, notice := notify.TellMaintenance(&m, lang.English(), london(t))
		if step != want[0] || (notice == nil) != (step == "") {
			t.Errorf("%s is told as %q", stage, step)
		}
		if notice == nil {
			continue
		}
		for _, channel := range []string{"email", "sms", "slack"} {
			told, err := r.Render(notify.Delivery{ID: "d", Channel: channel, Subscriber: notify.Subscriber{Address: "x"}, Notice: notice})
			if err != nil {
				t.Fatal(err)
			}
			said := told.Text + told.SMS
			if channel != "slack" && !strings.Contains(said, "https://status.harbour.example/maintenance/7q2") || channel == "slack" && told.Notice.Link == "" {
				t.Errorf("%s by %s has no link: %s", stage, channel, said)
			}
			if n, _ := notify.Segments(told.SMS); channel == "sms" && n > 1 {
				t.Errorf("%s takes %d segments: %s", stage, n, told.SMS)
			}
			if channel == "email" && !strings.Contains(said, want[1]) {
				t.Errorf("%s says %s; want %q", stage, said, want[1])
			}
		}
	}
	m.Stage, m.Announced = incident.Scheduled, time.Time{}
	if step, _ := notify.TellMaintenance(&m, lang.English(), london(t)); step != "" {
		t.Error("what is not announced is told")
	}
}
