package notifytest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"daymark/notify/notifytest"
)

// TestHooksAreStrict: what a platform refuses, its stand-in does, in the
// platform's words, and keeps nothing of it.
func TestHooksAreStrict(t *testing.T) {
	const (
		slack, teams, discord, duty, web = notifytest.HookSlack, notifytest.HookTeams, notifytest.HookDiscord, notifytest.HookPagerDuty, notifytest.HookWebhook
		card                             = `{"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","contentUrl":null,"content":{"type":"AdaptiveCard","version":"1.4","body":[BODY]}}]}`
		event                            = `{"routing_key":"R1","event_action":"trigger","dedup_key":"k","payload":{"summary":"s","source":"x","severity":"critical"}}`
	)
	section := func(text string) string {
		return `{"text":"x","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"` + text + `"}}]}`
	}
	run := func(element string) string { return strings.Replace(card, "BODY", element, 1) }
	for _, test := range []struct {
		name     string
		platform notifytest.HookPlatform
		body     string
		status   int
		says     string
	}{
		{"a section", slack, section("fine &amp; good <https://a.example|here>"), 200, "ok"},
		{"a text alone", slack, `{"text":"x"}`, 200, "ok"},
		{"no JSON", slack, `hello`, 400, "invalid_payload"},
		{"an unknown key", slack, `{"text":"x","chanel":"y"}`, 400, "invalid_payload"},
		{"nothing to say", slack, `{"blocks":[]}`, 400, "no_text"},
		{"an unknown block", slack, `{"text":"x","blocks":[{"type":"banner","text":{"type":"plain_text","text":"x"}}]}`, 400, "invalid_blocks"},
		{"a section of 3000", slack, section(strings.Repeat("x", 3000)), 200, "ok"},
		{"a section of 3001", slack, section(strings.Repeat("x", 3001)), 400, "invalid_blocks"},
		{"a header of 151", slack, `{"text":"x","blocks":[{"type":"header","text":{"type":"plain_text","text":"` + strings.Repeat("x", 151) + `"}}]}`, 400, "invalid_blocks"},
		{"a header with markup", slack, `{"text":"x","blocks":[{"type":"header","text":{"type":"mrkdwn","text":"x"}}]}`, 400, "invalid_blocks"},
		{"an empty section", slack, section(""), 400, "invalid_blocks"},
		{"half an escape", slack, section("a &am"), 200, "ok"}, // Slack shows it as it is
		{"a bare bracket", slack, section("a < b"), 400, "invalid_blocks"},
		{"51 blocks", slack, `{"text":"x","blocks":[` + strings.Repeat(`{"type":"section","text":{"type":"mrkdwn","text":"x"}},`, 50) + `{"type":"section","text":{"type":"mrkdwn","text":"x"}}]}`, 400, "invalid_blocks"},
		{"a button to nowhere", slack, `{"text":"x","blocks":[{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"x"},"url":"here"}]}]}`, 400, "invalid_blocks"},

		{"a card", teams, run(`{"type":"RichTextBlock","inlines":[{"type":"TextRun","text":"x"}]}`), 202, ""},
		{"an unknown element", teams, run(`{"type":"Marquee","inlines":[{"type":"TextRun","text":"x"}]}`), 400, "BadRequest"},
		{"an empty run", teams, run(`{"type":"RichTextBlock","inlines":[{"type":"TextRun","text":""}]}`), 400, "BadRequest"},
		{"a card without a body", teams, run(``), 400, "BadRequest"},
		{"a text in place of the envelope", teams, `{"text":"x"}`, 400, "InvalidRequestContent"},
		{"more than 28 KB", teams, run(`{"type":"RichTextBlock","inlines":[{"type":"TextRun","text":"` + strings.Repeat("x", 28<<10) + `"}]}`), 413, "RequestEntityTooLarge"},

		{"a content", discord, `{"content":"x"}`, 204, ""},
		{"nothing at all", discord, `{"allowed_mentions":{"parse":[]}}`, 400, "50006"},
		{"a content of 2001", discord, `{"content":"` + strings.Repeat("x", 2001) + `"}`, 400, "50035"},
		{"a title of 257", discord, `{"embeds":[{"title":"` + strings.Repeat("x", 257) + `"}]}`, 400, "50035"},
		{"a description of 4097", discord, `{"embeds":[{"title":"x","description":"` + strings.Repeat("x", 4097) + `"}]}`, 400, "50035"},
		{"emoji count twice", discord, `{"embeds":[{"title":"` + strings.Repeat("🚨", 129) + `"}]}`, 400, "50035"},
		{"6001 in all", discord, `{"embeds":[{"title":"x","description":"` + strings.Repeat("x", 4000) + `","footer":{"text":"` + strings.Repeat("x", 2000) + `"}}]}`, 400, "50035"},
		{"an empty field", discord, `{"embeds":[{"title":"x","fields":[{"name":"","value":"x"}]}]}`, 400, "50035"},
		{"no JSON for Discord", discord, `hello`, 400, "50109"},

		{"an event", duty, event, 202, `"dedup_key":"k"`},
		{"another key", duty, strings.Replace(event, "R1", "R2", 1), 400, "Invalid routing key"},
		{"an unknown action", duty, strings.Replace(event, "trigger", "page", 1), 400, "event_action"},
		{"an unknown severity", duty, strings.Replace(event, "critical", "P1", 1), 400, "payload.severity"},
		{"no source", duty, strings.Replace(event, `"x"`, `""`, 1), 400, "payload.source"},
		{"a summary of 1025", duty, strings.Replace(event, `"s"`, `"`+strings.Repeat("x", 1025)+`"`, 1), 400, "payload.summary"},
		{"the end of nothing", duty, `{"routing_key":"R1","event_action":"resolve"}`, 400, "dedup_key"},
		{"a trigger of nothing", duty, `{"routing_key":"R1","event_action":"trigger","dedup_key":"k"}`, 400, "payload"},

		{"no signature", web, `{}`, 401, "webhook-id"},
	} {
		t.Run(string(test.platform)+", "+test.name, func(t *testing.T) {
			h, err := notifytest.NewHook(notifytest.HookOptions{Platform: test.platform, Path: "/in", RoutingKey: "R1", Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
			if err != nil {
				t.Fatal(err)
			}
			path := "/in"
			if test.platform == duty {
				path = "/v2/enqueue"
			}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(test.body))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != test.status || !strings.Contains(w.Body.String(), test.says) {
				t.Errorf("answered %d %s, want %d %s", w.Code, w.Body, test.status, test.says)
			}
			if kept := len(h.Posts()); kept != map[bool]int{true: 1}[test.status/100 == 2] {
				t.Errorf("kept %d", kept)
			}
		})
	}
}

// TestHooksKnowOneAddress: another is answered as the platform does.
func TestHooksKnowOneAddress(t *testing.T) {
	for platform, says := range map[notifytest.HookPlatform]string{
		notifytest.HookSlack: "no_service", notifytest.HookDiscord: "10015", notifytest.HookTeams: "WorkflowNotFound", notifytest.HookWebhook: "not found", notifytest.HookPagerDuty: "not found",
	} {
		h, err := notifytest.NewHook(notifytest.HookOptions{Platform: platform, Path: "/in"})
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/out", strings.NewReader("{}")))
		if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), says) {
			t.Errorf("%s answered %d %s", platform, w.Code, w.Body)
		}
	}
	if _, err := notifytest.NewHook(notifytest.HookOptions{Platform: "pigeon", Path: "/in"}); err == nil {
		t.Error("a pigeon is a platform")
	}
}
