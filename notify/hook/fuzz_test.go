package hook

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"daymark/notify"
)

// halfEscape is an escape of Slack's that was cut through.
var halfEscape = regexp.MustCompile(`&(?:[^agl]|a[^m]|l[^t]|g[^t]|$)`)

// FuzzFit: whatever a text is, it fits, is UTF-8, and no escape is cut.
func FuzzFit(f *testing.F) {
	f.Add("Nobody can <sign> in & out: https://wiki.example/a?b=1&c=2 …", 20)
	f.Add("👩‍👩‍👧🚨\xff&&&&", 7)
	f.Add("https://x https://y", 12)
	f.Fuzz(func(t *testing.T, text string, most int) {
		most = 1 + max(most, -most)%200
		for name, got := range map[string]string{"Slack": slackEscape(text, most), "Slack's header": slackPlain(text, most), "Discord": discordEscape(text, most), "plain": plainly(text, most)} {
			if units(got) > most || !utf8.ValidString(got) {
				t.Errorf("%s: %q became %q, of %d units where %d fit", name, text, got, units(got), most)
			}
		}
		if got := slackEscape(text, most); halfEscape.MatchString(got) || strings.Count(got, "<") != strings.Count(got, ">") {
			t.Errorf("%q became %q", text, got)
		}
		if got := plainly(text, 10_000); len(text) < 2000 && got != strings.ToValidUTF8(text, "\uFFFD") {
			t.Errorf("%q became %q, and it had room", text, got)
		}
	})
}

// FuzzAnswers: whatever a remote answers, there is a class, the wait has its
// bounds, and the reason is short and shows no secret.
func FuzzAnswers(f *testing.F) {
	f.Add(429, "1.5", `{"message":"x","retry_after":1e300,"global":true}`)
	f.Add(503, "-1", "")
	f.Add(503, "Thu, 26 Nov 2026 17:00:00 GMT", "")
	f.Add(404, "Inf", `no_service`)
	f.Add(404, "", `{"message":"/hooks/SECRETSECRET","code":10015}`)
	f.Add(400, "", `{"status":"x","errors":["routing SECRETSECRET"]}`)
	f.Add(200, "", `{"id":"SECRET…"}`)
	f.Fuzz(func(t *testing.T, status int, retry, body string) {
		status = 200 + max(status, -status)%400
		address, err := url.Parse("https://hooks.example/hooks/SECRETSECRET?sig=SECRETSECRET")
		if err != nil {
			t.Fatal(err)
		}
		a := answer{status: status, header: http.Header{"Retry-After": {retry}}, body: []byte(body), written: true, began: true}
		for name, read := range map[string]func(*answer) told{"webhook": toldByWebhook, "slack": toldBySlack, "teams": toldByTeams, "discord": toldByDiscord, "pagerduty": toldByPagerDuty} {
			sent := classify(&a, read(&a), &target{address: address, key: "SECRETSECRET"}, time.Now())
			switch sent.Class {
			case notify.Taken, notify.NotNow, notify.Refused, notify.Unclear:
			default:
				t.Errorf("%s: %q is no class", name, sent.Class)
			}
			if (sent.Class == notify.Taken) != (status < 300) || sent.Remote || sent.RetryAfter < 0 || sent.RetryAfter > longestWait {
				t.Errorf("%s: %d is %+v", name, status, sent)
			}
			if utf8.RuneCountInString(sent.Reason) > 300 || strings.Contains(sent.Reason, "SECRETSECRET") || !utf8.ValidString(sent.Reason+sent.Provider) {
				t.Errorf("%s: it says %q", name, sent.Reason)
			}
		}
	})
}
