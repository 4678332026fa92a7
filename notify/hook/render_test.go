package hook_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"daymark/incident"
	"daymark/notify"
	"daymark/notify/hook"
	"daymark/notify/notifytest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// generated is the one thing that differs each time.
var generated = regexp.MustCompile(`"generated_at": "[^"]*"`)

var platforms = []notifytest.HookPlatform{
	notifytest.HookWebhook, notifytest.HookSlack, notifytest.HookTeams, notifytest.HookDiscord, notifytest.HookPagerDuty,
}

// configured adds the stand-in as a staff channel of its kind, duty.
func configured(t *testing.T, platform notifytest.HookPlatform) *receiver {
	t.Helper()
	r := stand(t, platform)
	duty := notify.StaffChannel{ID: "duty"}
	switch platform {
	case notifytest.HookWebhook:
		duty.Webhook = &notify.Webhook{URL: r.address(), Secret: notify.WebhookSecret(key, subscriber)}
	case notifytest.HookSlack:
		duty.Slack = r.address()
	case notifytest.HookTeams:
		duty.Teams = r.address()
	case notifytest.HookDiscord:
		duty.Discord = r.address()
	default:
		duty.PagerDuty = &notify.PagerDuty{RoutingKey: routingKey}
	}
	r.opts.Staff = []notify.StaffChannel{duty}
	var err error
	r.opts.Now = time.Now
	if r.hooks, err = hook.New(r.opts); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.hooks.CloseIdle)
	return r
}

// golden is what is told, by name.
func golden(channel, address string) map[string]notify.Delivery {
	over := opening(channel, address)
	over.Update.Kind, over.Update.Phase, over.Update.Number, over.Update.Text = incident.Ended, incident.Resolved, 4, "The database is back."
	over.Incident.Phase, over.Incident.Affected[0].Status, over.Incident.Affected[0].Until = incident.Resolved, incident.Operational, clock(15, 0)
	entry := alert(channel, "duty")
	entry.Notice = &notify.Notice{
		Kind: notify.EntryNotice, Title: "Ana Reyes in 7q2, 14:05", Text: "Database *failover* done, see <https://wiki.example>\nand wait.\n\n@here",
		Link: page + "/console/incidents/7q2", LinkText: "Open the room",
	}
	trouble := alert(channel, "duty")
	trouble.Notice = &notify.Notice{Kind: notify.TroubleNotice, Title: "Email cannot be sent since 14:00", Text: "The mail server refuses our password."}
	taken, ended := alert(channel, "duty"), alert(channel, "duty")
	takenNotice, endedNotice := *taken.Notice, *ended.Notice
	takenNotice.Taken, takenNotice.Title = true, "Ana Reyes has taken it"
	endedNotice.Over, endedNotice.Title = true, "Over: sign in works again"
	taken.Notice, ended.Notice = &takenNotice, &endedNotice
	several := opening(channel, address)
	for i := range notify.Together(channel) - 1 {
		with := notify.Beside{ID: fmt.Sprint("w", i), Incident: several.Incident, Update: several.Update}
		with.Incident.ID = fmt.Sprint("other", i)
		several.With = append(several.With, with)
	}
	all := map[string]notify.Delivery{"opening": opening(channel, address), "over": over, "alert": alert(channel, "duty"), "entry": entry, "trouble": trouble, "taken": taken, "ended": ended}
	if len(several.With) > 0 {
		all["several"] = several
	}
	if channel == "pagerduty" {
		delete(all, "opening")
		delete(all, "over")
		delete(all, "entry")
	}
	return all
}

// TestGolden: what each platform gets, taken by its stand-in.
func TestGolden(t *testing.T) {
	for _, platform := range platforms {
		r := configured(t, platform)
		for name, d := range golden(string(platform), r.address()) {
			t.Run(string(platform)+", "+name, func(t *testing.T) {
				before := len(r.Posts())
				if sent := r.channel(t, platform).Send(limited(t), rendered(t, d)); sent.Class != notify.Taken {
					t.Fatalf("it is %+v", sent)
				}
				posts := r.Posts()
				if len(posts) != before+1 || posts[before].Calls {
					t.Fatalf("%d came, and it calls people: %v", len(posts)-before, posts[before].Calls)
				}
				var indented bytes.Buffer
				if err := json.Indent(&indented, posts[before].Body, "", " "); err != nil {
					t.Fatal(err)
				}
				got := generated.ReplaceAllString(strings.ReplaceAll(indented.String(), routingKey, "ROUTING-KEY"), `"generated_at": "NOW"`)
				file := filepath.Join("testdata", string(platform)+"-"+name+".json")
				if *update {
					if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil || got != string(want) {
					t.Errorf("%v: it moved (-update writes it anew):\n%s", err, got)
				}
			})
		}
	}
}

// TestTooMuch: whatever length and characters a text has, the platform takes
// it, cut where it must be, and nobody is called by it.
func TestTooMuch(t *testing.T) {
	for name, piece := range map[string]string{
		"letters": "Nobody can sign in. ", "markup": "<!channel>&*_~`|[x](https://y) @everyone ", "emoji": "🚨👩‍👩‍👧", "Welsh": "Ŵŷ ŵyl ", "addresses": "https://wiki.example/a_b?c=1&d=2 ",
		"not UTF-8": "\xff\xfe ", "backslashes": `\\`, "one word": "xxxxxxxxxx",
	} {
		for _, platform := range platforms {
			t.Run(string(platform)+", "+name, func(t *testing.T) {
				r := configured(t, platform)
				long := strings.Repeat(piece, 1500)
				public, staff := opening(string(platform), r.address()), alert(string(platform), "duty")
				public.Incident.Name, public.Update.Text = long, long+"\n\n"+long
				for range 60 {
					public.Incident.Affected = append(public.Incident.Affected, incident.Affected{Component: long[:len(piece)*30], Status: incident.Down})
				}
				staff.Notice.Title, staff.Notice.Text, staff.Notice.Why, staff.Notice.LinkText = long, long, long, long
				staff.Notice.Key = strings.Repeat("incident-", 50)
				entry := staff
				notice := *staff.Notice
				notice.Kind = notify.EntryNotice
				entry.Notice = &notice
				for _, d := range []notify.Delivery{public, staff, entry} {
					if platform == notifytest.HookPagerDuty && (d.Notice == nil || d.Notice.Kind == notify.EntryNotice) {
						continue
					}
					if sent := r.channel(t, platform).Send(limited(t), rendered(t, d)); sent.Class != notify.Taken {
						t.Errorf("it is %+v", sent)
					}
				}
				for _, p := range r.Posts() {
					if p.Calls || bytes.Contains(p.Body, []byte("\\u0000")) {
						t.Errorf("%.300s calls people", p.Body)
					}
				}
			})
		}
	}
}

// TestPagerDutyHoldsOneMatterTogether: an alert, its acknowledgement and its
// end are one thing there.
func TestPagerDutyHoldsOneMatterTogether(t *testing.T) {
	r := configured(t, notifytest.HookPagerDuty)
	c := r.channel(t, notifytest.HookPagerDuty)
	all := golden("pagerduty", "")
	for _, step := range []struct{ name, state string }{{"alert", "triggered"}, {"alert", "triggered"}, {"taken", "acknowledged"}, {"alert", "acknowledged"}, {"ended", "resolved"}, {"taken", "resolved"}} {
		if sent := c.Send(limited(t), rendered(t, all[step.name])); sent.Class != notify.Taken || sent.Provider != "incident-7q2" {
			t.Fatalf("it is %+v", sent)
		}
		if got := r.Matter("incident-7q2"); got != step.state {
			t.Errorf("after %s it is %s, want %s", step.name, got, step.state)
		}
	}
	for severity, want := range map[incident.Severity]string{incident.P1: "critical", incident.P2: "error", incident.P3: "warning", incident.P4: "info"} {
		d := alert("pagerduty", "duty")
		d.Notice.Severity = severity
		c.Send(limited(t), rendered(t, d))
		if posts := r.Posts(); !bytes.Contains(posts[len(posts)-1].Body, []byte(`"severity":"`+want+`"`)) {
			t.Errorf("%s is\n%s", severity, posts[len(posts)-1].Body)
		}
	}
	for name, d := range map[string]notify.Delivery{"an entry": golden("slack", "")["entry"], "an update": opening("slack", "")} {
		m := rendered(t, d)
		m.Channel, m.Audience, m.To = "pagerduty", notify.Staff, "duty"
		if sent := c.Send(limited(t), m); sent.Class != notify.Refused || !strings.Contains(sent.Reason, "PagerDuty takes no") {
			t.Errorf("%s is %+v", name, sent)
		}
	}
}
