package main_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"daymark/demo"
	"daymark/internal/testkit"
	"daymark/notify/notifytest"
)

// crashConfig is a page with one check from two regions that finds out
// quickly, so that many flips fit into a test.
const crashConfig = `version: 1
page: {name: Crash, url: "%[1]s", contact: help@shop.example}
server: {listen: "127.0.0.1:%[2]d", data: data}
regions: [{id: local, name: Here}, {id: second, name: There}]
agents: {private: {deny: true, allow: [127.0.0.0/8]}}
components:
  - id: api
    name: API
    criticality: critical
    sla: gold
    checks:
      - id: health
        schedule: "@every 1s"
        timeout: 20s
        down_when: {regions: 2, runs: 2}
        up_when: {runs: 2}
        http: {url: "%[3]s/api/health"}
severities: {P1: "true"}
incidents: {resolve_after: 1s, reopen_within: 1s}
slas: [{id: gold, P1: {first: 0s, update: 30m, channels: [page, email, sms]}}]
notify:
  email: {smtp: {host: 127.0.0.1, port: %[4]s, tls: none}, from: status@shop.example}
  sms: {twilio: {account_sid: %[5]s, auth_token: %[6]s, messaging_service_sid: %[7]s, base_url: "%[8]s"}, countries: [GB]}
`

// crash is a server and an agent that are killed again and again, while the
// shop and the stand-ins of this process survive and count.
type crash struct {
	t      *testing.T
	dir    string
	page   string
	shop   *demo.Server
	mu     sync.Mutex
	server *process
	agent  *process
	logs   []*lockedBuffer
	kills  int
}

// TestCrash kills the server and the agent with SIGKILL at random moments
// while the shop breaks and mends, and counts what is there afterwards.
func TestCrash(t *testing.T) {
	t.Parallel()
	c := newCrash(t)
	flips := testkit.Count(4, 30)
	stop := c.killing()
	for i := range flips {
		c.turn(demo.Errors)
		eventually(t, fmt.Sprintf("incident %d to open", i+1), func() bool { return c.open() == 1 })
		c.turn(demo.Working)
		eventually(t, fmt.Sprintf("incident %d to end", i+1), func() bool { return c.open() == 0 })
	}
	stop()
	c.begin(&c.server)
	c.begin(&c.agent)
	c.verify(flips)
}

func (c *crash) turn(mode demo.Mode) {
	c.t.Helper()
	if err := c.shop.SetMode(mode); err != nil {
		c.t.Fatal(err)
	}
}

func newCrash(t *testing.T) *crash {
	t.Helper()
	dir, port := t.TempDir(), freePorts(t)
	shop, err := demo.New(demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := shop.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = shop.Stop(context.Background()) })
	// The remotes take a moment, so that kills fall before and after they accept.
	delay := func() time.Duration { return rand.N(300 * time.Millisecond) }
	shop.Mailbox().SetHooks(notifytest.MailHooks{
		Data:  func(notifytest.Mail) notifytest.MailAction { return notifytest.MailAction{Delay: delay()} },
		Final: func(notifytest.Mail) notifytest.MailAction { return notifytest.MailAction{Delay: delay()} },
	})
	shop.Twilio().SetHook(func(string, string) notifytest.SMSAction {
		return notifytest.SMSAction{Delay: delay(), Hold: delay()}
	})
	c := &crash{t: t, dir: dir, page: fmt.Sprintf("http://127.0.0.1:%d", port), shop: shop}
	_, smtp, _ := strings.Cut(shop.SMTPAddr(), ":")
	config := fmt.Sprintf(crashConfig, c.page, port, shop.URL(), smtp, demo.SampleAccountSID, demo.SampleAuthToken, demo.SampleMessagingServiceSID, shop.TwilioURL())
	subscribers, err := demo.SampleSubscribers()
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"daymark.yaml": config, "subscribers.csv": string(subscribers)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// No server runs: these open the engine themselves.
	if out, code := run(t, "subscriber", "import", "--config", c.file("daymark.yaml"), c.file("subscribers.csv")); code != 0 {
		t.Fatal(out)
	}
	token, code := run(t, "agent", "token", "create", "--config", c.file("daymark.yaml"), "--region", "second")
	if code != 0 {
		t.Fatal(token)
	}
	if err := os.WriteFile(c.file("token"), []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	c.begin(&c.server)
	c.begin(&c.agent)
	eventually(t, "the API to be measured", func() bool {
		_, body, err := get(c.page + "/api/v2/summary.json")
		return err == nil && strings.Contains(string(body), `"name":"API","status":"operational"`)
	})
	return c
}

func (c *crash) file(name string) string { return filepath.Join(c.dir, name) }

// begin starts one of the two.
func (c *crash) begin(which **process) {
	args := []string{"serve", "--config", c.file("daymark.yaml"), "--log-level", "debug"}
	if which == &c.agent {
		args = []string{"agent", "--server", c.page, "--token-file", c.file("token"), "--data", c.file("second"), "--log-level", "debug"}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	*which = begin(c.t, args...)
	c.logs = append(c.logs, (*which).out)
}

// killing kills one or the other at random moments until stop, which leaves
// both dead.
func (c *crash) killing() (stop func()) {
	end, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			which := &c.server
			if rand.N(3) == 0 {
				which = &c.agent
			}
			select {
			case <-end:
				c.server.kill()
				c.agent.kill()
				return
			case <-time.After(time.Second + rand.N(4*time.Second)):
			}
			(*which).kill()
			c.kills++
			c.begin(which)
		}
	}()
	return func() { close(end); <-done }
}

// open counts the open incidents; -1 while the server is down.
func (c *crash) open() int {
	status, body, err := get(c.page + "/api/v2/summary.json")
	if err != nil || status != 200 {
		return -1
	}
	return strings.Count(string(body), `"incident_updates":`)
}

// verify counts everything once the dust has settled.
func (c *crash) verify(flips int) {
	t := c.t
	t.Helper()
	db := openData(t, c.file("data/daymark.db"))
	// A text message that may have been taken is asked about for two minutes.
	eventually(t, "all messages to settle", func() bool {
		return db.number("SELECT count(*) FROM deliveries WHERE state IN ('pending', 'sending', 'retry', 'unknown')") == 0
	})
	c.verifyResults(db)
	db.check("incidents begun", "SELECT count(*) FROM updates WHERE kind IN ('opened', 'reopened')", int64(flips))
	db.check("incidents ended", "SELECT count(*) FROM updates WHERE kind = 'ended'", int64(flips))
	db.check("incidents that overlap", `SELECT count(*) FROM incidents a JOIN incidents b ON a.id < b.id
		WHERE b.opened < coalesce(a.resolved, 9e18) AND a.opened < coalesce(b.resolved, 9e18)`, 0)
	db.check("updates without a delivery to each subscriber", "SELECT count(*) FROM updates, subscribers WHERE NOT EXISTS (SELECT 1 FROM deliveries WHERE update_id = updates.id AND subscriber = subscribers.id)", 0)
	c.verifyMessages(db)
}

var stored = regexp.MustCompile(`"a run is stored","check":"([^"]+)","at":"([^"]+)"`)

// verifyResults looks for every run that an agent had on disk.
func (c *crash) verifyResults(db *data) {
	c.t.Helper()
	eventually(c.t, "the spools to be empty", func() bool { return c.missing(db) == 0 })
	db.check("results that the rollups count differently",
		"SELECT (SELECT sum(ok + degraded + failed + unknown) FROM rollups WHERE grain = 86400) - (SELECT count(*) FROM results)", 0)
	c.t.Logf("%d results after %d kills", db.number("SELECT count(*) FROM results"), c.kills)
}

func (c *crash) missing(db *data) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	missing, seen := 0, 0
	for _, log := range c.logs {
		for _, run := range stored.FindAllStringSubmatch(log.String(), -1) {
			region := "local"
			if !strings.Contains(log.String(), "Daymark serves") {
				region = "second"
			}
			seen++
			at, err := time.Parse(time.RFC3339, run[2])
			if err != nil {
				c.t.Fatal(err)
			}
			if db.number("SELECT count(*) FROM results r JOIN series s ON s.id = r.series WHERE s.check_id = ? AND s.region = ? AND r.at = ?", run[1], region, at.UnixMilli()) != 1 {
				missing++
			}
		}
	}
	if seen == 0 {
		c.t.Fatal("no agent said what it stored")
	}
	return missing
}

// verifyMessages holds the deliveries against what arrived.
func (c *crash) verifyMessages(db *data) {
	t := c.t
	t.Helper()
	emails, texts := map[string]int{}, map[string]int{}
	for _, m := range c.shop.Mailbox().Messages() {
		emails[m.MessageID]++
	}
	for _, m := range c.shop.Twilio().Messages() {
		texts[m.Body]++
	}
	sent, doubled := 0, 0
	rows, err := db.db.Query("SELECT id, channel, state, doubted IS NOT NULL, reason FROM deliveries")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, channel, state, reason string
		var doubted bool
		if err := rows.Scan(&id, &channel, &state, &doubted, &reason); err != nil {
			t.Fatal(err)
		}
		if channel != "email" {
			continue
		}
		copies := emails["<"+id+"@shop.example>"]
		switch state {
		case "accepted":
			sent++
			if copies == 0 {
				t.Errorf("email %s is lost", id)
			}
			if copies > 1 {
				doubled++
			}
			if copies > 1 && !doubted {
				t.Errorf("email %s came %d times without a kill in between", id, copies)
			}
		case "superseded", "suppressed":
			if copies > 0 && !doubted {
				t.Errorf("email %s came, but is %s", id, state)
			}
		default:
			t.Errorf("email %s ended as %s: %s", id, state, reason)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for body, copies := range texts {
		if copies > 1 {
			t.Errorf("a text came %d times: %s", copies, body)
		}
	}
	accepted := db.number("SELECT count(*) FROM deliveries WHERE channel = 'sms' AND state IN ('accepted', 'delivered')")
	if accepted != int64(len(texts)) {
		t.Errorf("%d texts are recorded as taken, and %d came", accepted, len(texts))
	}
	db.check("texts that ended otherwise", "SELECT count(*) FROM deliveries WHERE channel = 'sms' AND state NOT IN ('accepted', 'delivered', 'superseded', 'suppressed')", 0)
	t.Logf("%d emails (%d of them twice, after a kill), %d texts", sent, doubled, len(texts))
}
