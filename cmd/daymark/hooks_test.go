package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"daymark/internal/pause"
	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/notify/notifytest"
)

const hookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// hookStand is a receiver of staff's messages on loopback.
func hookStand(t *testing.T, platform notifytest.HookPlatform) (*notifytest.Hook, string) {
	t.Helper()
	h, err := notifytest.NewHook(notifytest.HookOptions{Platform: platform, Path: "/secretpath", Secret: hookSecret})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return h, server.URL + "/secretpath"
}

// TestHooksOfTheServer: staff hear by their own addresses, on loopback; a
// stranger's address that leads there is not dialled, and one that is gone
// ends its subscription, of which staff are told on all their channels.
func TestHooksOfTheServer(t *testing.T) {
	testkit.Beside(t)
	slack, slackURL := hookStand(t, notifytest.HookSlack)
	bridge, bridgeURL := hookStand(t, notifytest.HookWebhook)
	trap, trapURL := hookStand(t, notifytest.HookWebhook)
	dir := t.TempDir()
	path := filepath.Join(dir, "daymark.yaml")
	document := fmt.Sprintf(`version: 1
page: {name: A, url: "http://status.example", contact: a@mail.example}
server: {listen: "127.0.0.1:0", data: %q}
components:
  - {id: batch, name: Batch, checks: [{id: nightly, heartbeat: {every: 24h, grace: 1m}}]}
slas:
  - {id: gold, P1: {first: 10m, update: 1h, channels: [page, webhook, chat]}}
notify:
  staff:
    - {id: ops, slack: %q}
    - {id: bridge, webhook: {url: %q, secret: %q}}
`, dir, slackURL, bridgeURL, hookSecret)
	if err := os.WriteFile(path, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	doc, err := loadRunnable(path)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	a, err := newApp(context.Background(), doc, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if got := hookChannels(doc); len(got) != 2 || got[0] != "webhook" || got[1] != "slack" {
		t.Fatalf("the channels are %v", got)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "daymark.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for id, address := range map[string]string{"inwards": strings.Replace(trapURL, "http://", "https://", 1), "gone": "https://hooks.invalid/secretpath"} {
		if _, err := db.Exec("INSERT INTO subscribers (id, channel, address, name, components, severity, updates, confirmed, created) VALUES (?, 'webhook', ?, '', '[]', 0, 'all', 1, 1)", id, address); err != nil {
			t.Fatal(err)
		}
		d := notify.Delivery{
			ID: "to-" + id, Channel: "webhook", Audience: notify.Public, Expires: time.Now().Add(time.Hour),
			Subscriber: notify.Subscriber{ID: id}, Notice: &notify.Notice{Kind: notify.TrialNotice, Title: "x"},
		}
		if err := a.store.QueueNotice(t.Context(), &d, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Exec("INSERT INTO hook_failures (subscriber, first, last, reason) VALUES ('gone', 1, 1, ?)", notify.Gone+": hooks.invalid answered 410"); err != nil {
		t.Fatal(err)
	}

	a.endFailingHooks(t.Context(), time.Now())
	ctx, end := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { a.sender.Run(ctx) })
	defer func() { end(); running.Wait() }()
	reasonOf := func(id string) (state, reason string) {
		if err := db.QueryRow("SELECT state, reason FROM deliveries WHERE id = ?", id).Scan(&state, &reason); err != nil {
			t.Fatal(err)
		}
		return state, reason
	}
	waiting, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		state, _ := reasonOf("to-inwards")
		if len(slack.Posts()) == 1 && len(bridge.Posts()) == 1 && state == string(notify.Dead) {
			break
		}
		if err := pause.For(waiting, 20*time.Millisecond); err != nil {
			t.Fatalf("Slack has %d messages, the webhook %d, the stranger's is %s\n%s", len(slack.Posts()), len(bridge.Posts()), state, log.String())
		}
	}
	if _, reason := reasonOf("to-inwards"); reason != "127.0.0.1 leads to 127.0.0.1, which is no public address: nothing was sent" {
		t.Errorf("the stranger's ended because %q", reason)
	}
	if state, reason := reasonOf("to-gone"); state != string(notify.Suppressed) {
		t.Errorf("what waited for the one that is gone is %s, %q", state, reason)
	}
	if trap.Asked() != 0 {
		t.Error("the stranger's address was called")
	}
	for name, post := range map[string][]byte{"Slack": slack.Posts()[0].Body, "the webhook": bridge.Posts()[0].Body} {
		if !bytes.Contains(post, []byte("A subscription by webhook ended: its address takes nothing")) || !bytes.Contains(post, []byte("hooks.invalid answered 410")) || bytes.Contains(post, []byte("secretpath")) {
			t.Errorf("%s got\n%s", name, post)
		}
	}
	end()
	running.Wait()
	if strings.Contains(log.String(), "secretpath") || strings.Contains(log.String(), hookSecret) {
		t.Errorf("the log shows a secret:\n%s", log.String())
	}
}
