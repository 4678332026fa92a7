package hook_test

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/notify/hook"
	"daymark/notify/notifytest"
)

func answering(status int, more ...func(*notifytest.HookAction)) notifytest.HookAction {
	a := notifytest.HookAction{Status: status, Header: http.Header{}}
	for _, change := range more {
		change(&a)
	}
	return a
}

func saying(body string) func(*notifytest.HookAction) {
	return func(a *notifytest.HookAction) { a.Body = body }
}

func heading(name, value string) func(*notifytest.HookAction) {
	return func(a *notifytest.HookAction) { a.Header.Set(name, value) }
}

func accepting(a *notifytest.HookAction) { a.Accept = true }

// brief is a time-out for rows in which nothing comes; there is time for all
// that does come, on a busy machine too.
const brief = 3 * time.Second

type failure struct {
	name     string
	platform notifytest.HookPlatform
	action   notifytest.HookAction
	timeout  time.Duration
	class    notify.Class
	state    notify.State // after the first attempt
	remote   bool
	least    time.Duration // of RetryAfter
	most     time.Duration
	reason   string // a part of it
	accepted int
}

func failures() []failure {
	const (
		web, slack, teams, discord, duty = notifytest.HookWebhook, notifytest.HookSlack, notifytest.HookTeams, notifytest.HookDiscord, notifytest.HookPagerDuty
		taken, notNow, refused, unclear  = notify.Taken, notify.NotNow, notify.Refused, notify.Unclear
		accepted, retry, dead, unknown   = notify.Accepted, notify.Retry, notify.Dead, notify.Unknown
	)
	date := time.Now().Add(90 * time.Second).UTC().Format(http.TimeFormat)
	return []failure{
		{name: "a webhook is taken", platform: web, class: taken, state: accepted, accepted: 1},
		{name: "Slack takes it", platform: slack, class: taken, state: accepted, accepted: 1},
		{name: "Teams takes it", platform: teams, class: taken, state: accepted, accepted: 1},
		{name: "Discord takes it", platform: discord, class: taken, state: accepted, accepted: 1},
		{name: "PagerDuty takes it", platform: duty, class: taken, state: accepted, accepted: 1},

		{name: "400", platform: web, action: answering(400, saying("xoxoSECRETxoxo")), class: refused, state: dead, reason: "127.0.0.1 answered 400"},
		{name: "401", platform: web, action: answering(401), class: refused, state: dead, reason: "answered 401"},
		{name: "404", platform: web, action: answering(404), class: refused, state: dead, reason: "answered 404"},
		{name: "410 is gone", platform: web, action: answering(410), class: refused, state: dead, reason: notify.Gone + ": 127.0.0.1 answered 410"},
		{name: "408", platform: web, action: answering(408), class: notNow, state: retry, reason: "answered 408"},
		{name: "425", platform: web, action: answering(425), class: notNow, state: retry, reason: "answered 425"},
		{name: "429 with seconds", platform: web, action: answering(429, heading("Retry-After", "7")), class: notNow, state: retry, least: 7 * time.Second, most: 7 * time.Second},
		{name: "429 with a date", platform: web, action: answering(429, heading("Retry-After", date)), class: notNow, state: retry, least: time.Minute, most: 91 * time.Second},
		{name: "429 that asks for a year", platform: web, action: answering(429, heading("Retry-After", "31536000")), class: notNow, state: retry, least: time.Hour, most: time.Hour},
		{name: "429 with nonsense", platform: web, action: answering(429, heading("Retry-After", "NaN")), class: notNow, state: retry},
		{name: "503 with seconds", platform: web, action: answering(503, heading("Retry-After", "3")), class: notNow, state: retry, least: 3 * time.Second, most: 3 * time.Second},
		{name: "500", platform: web, action: answering(500), class: unclear, state: unknown, reason: "answered 500"},
		{name: "500 after accepting", platform: web, action: answering(500, accepting), class: unclear, state: unknown, accepted: 1},
		{name: "502", platform: web, action: answering(502), class: unclear, state: unknown},
		{name: "504", platform: web, action: answering(504), class: unclear, state: unknown},
		{name: "301", platform: web, action: answering(301, heading("Location", "/elsewhere")), class: refused, state: dead, reason: "it redirects; give the address itself"},
		{name: "307 inwards", platform: web, action: answering(307, heading("Location", "http://169.254.169.254/latest/meta-data")), class: refused, state: dead, reason: "it redirects"},
		{name: "304", platform: web, action: answering(304), class: refused, state: dead, reason: "it redirects"},
		{name: "lost before it was accepted", platform: web, action: notifytest.HookAction{Drop: notifytest.DropBefore}, class: unclear, state: unknown, reason: "no answer came from 127.0.0.1 after the message was written"},
		{name: "lost after it was accepted", platform: web, action: notifytest.HookAction{Drop: notifytest.DropAfter}, class: unclear, state: unknown, accepted: 1},
		{name: "time-out after it was accepted", platform: web, timeout: brief, action: notifytest.HookAction{Hold: time.Minute}, class: unclear, state: unknown, accepted: 1},
		{name: "slow by the byte", platform: web, timeout: brief, action: answering(200, saying(strings.Repeat("x", 5000)), accepting, func(a *notifytest.HookAction) { a.Slow = 50 * time.Millisecond }), class: taken, state: accepted, accepted: 1},
		{name: "a refusal slow by the byte", platform: web, timeout: brief, action: answering(403, saying(strings.Repeat("x", 5000)), func(a *notifytest.HookAction) { a.Slow = 50 * time.Millisecond }), class: refused, state: dead},
		{name: "an answer without an end", platform: web, action: answering(200, accepting, func(a *notifytest.HookAction) { a.Endless = true }), class: taken, state: accepted, accepted: 1},
		{name: "an endless refusal", platform: web, action: answering(400, func(a *notifytest.HookAction) { a.Endless = true }), class: refused, state: dead},
		{name: "headers without an end", platform: web, action: answering(200, accepting, heading("X-Long", strings.Repeat("x", 80<<10))), class: unclear, state: unknown, accepted: 1},

		{name: "Slack: invalid_payload", platform: slack, action: answering(400, saying("invalid_payload")), class: refused, state: dead, reason: "answered 400: invalid_payload"},
		{name: "Slack: channel_not_found", platform: slack, action: answering(404, saying("channel_not_found")), class: refused, state: dead, reason: notify.Gone + ": 127.0.0.1 answered 404: channel_not_found"},
		{name: "Slack: no_service", platform: slack, action: answering(404, saying("no_service")), class: refused, state: dead, reason: notify.Gone},
		{name: "Slack: a page in place of a word", platform: slack, action: answering(403, saying("<html>xoxoSECRETxoxo</html>")), class: refused, state: dead, reason: "answered 403"},
		{name: "Slack: 429", platform: slack, action: answering(429, heading("Retry-After", "30")), class: notNow, state: retry, least: 30 * time.Second, most: 30 * time.Second},
		{name: "Slack: 500", platform: slack, action: answering(500, saying("rollup_error")), class: unclear, state: unknown, remote: true, reason: "rollup_error"},
		{name: "Slack: 503", platform: slack, action: answering(503), class: notNow, state: retry, remote: true},
		{name: "Discord: 429 says how long", platform: discord, action: answering(429, saying(`{"message":"You are being rate limited.","retry_after":1.5,"global":false}`), heading("Retry-After", "1")), class: notNow, state: retry, least: 1500 * time.Millisecond, most: 1500 * time.Millisecond},
		{name: "Discord: 429 of everything", platform: discord, action: answering(429, saying(`{"message":"You are being rate limited.","retry_after":2.25,"global":true}`)), class: notNow, state: retry, remote: true, least: 2250 * time.Millisecond, most: 2250 * time.Millisecond},
		{name: "Discord: unknown webhook", platform: discord, action: answering(404, saying(`{"message":"Unknown Webhook","code":10015}`)), class: refused, state: dead, reason: notify.Gone + ": 127.0.0.1 answered 404: Unknown Webhook (10015)"},
		{name: "Discord: invalid form", platform: discord, action: answering(400, saying(`{"message":"Invalid Form Body","code":50035}`)), class: refused, state: dead, reason: "Invalid Form Body (50035)"},
		{name: "Teams: the workflow is gone", platform: teams, action: answering(404, saying(`{"error":{"code":"WorkflowNotFound","message":"xoxoSECRETxoxo"}}`)), class: refused, state: dead, reason: notify.Gone},
		{name: "Teams: 429", platform: teams, action: answering(429, heading("Retry-After", "5")), class: notNow, state: retry, least: 5 * time.Second, most: 5 * time.Second},
		{name: "PagerDuty: 400", platform: duty, action: answering(400, saying(`{"status":"invalid event","message":"Event object is invalid","errors":["Invalid routing key `+routingKey+`"]}`)), class: refused, state: dead, reason: "Event object is invalid; Invalid routing key"},
		{name: "PagerDuty: 429", platform: duty, action: answering(429), class: notNow, state: retry},
		{name: "PagerDuty: 500", platform: duty, action: answering(500), class: unclear, state: unknown, remote: true},
		{name: "PagerDuty: lost after it was accepted", platform: duty, action: notifytest.HookAction{Drop: notifytest.DropAfter}, class: unclear, state: unknown, remote: true, accepted: 1},
	}
}

// TestEachFailureHasItsClass has the stand-ins fail in every way.
func TestEachFailureHasItsClass(t *testing.T) {
	testkit.NoLeaks(t)
	for _, f := range failures() {
		t.Run(f.name, func(t *testing.T) {
			if f.timeout != 0 {
				t.Parallel() // they wait
			}
			r := stand(t, f.platform, func(o *hook.Options) {
				if f.timeout != 0 {
					o.Timeout = f.timeout
				}
			})
			r.Act(func(int) notifytest.HookAction { return f.action })
			sent := r.channel(t, f.platform).Send(limited(t), r.message(t, f.platform))
			if sent.Class != f.class || sent.Remote != f.remote || !strings.Contains(sent.Reason, f.reason) {
				t.Errorf("it is %+v", sent)
			}
			if sent.RetryAfter < f.least || sent.RetryAfter > f.most {
				t.Errorf("to be left alone for %s, want %s to %s", sent.RetryAfter, f.least, f.most)
			}
			if n := len(r.Posts()); n != f.accepted || r.Asked() != 1 {
				t.Errorf("accepted %d of %d requests, want %d of 1", n, r.Asked(), f.accepted)
			}
			if want := providers[f.platform]; f.class == notify.Taken && f.action.Status == 0 && sent.Provider != want {
				t.Errorf("its id there is %q, want %q", sent.Provider, want)
			}
			tellsNoSecret(t, sent)
		})
	}
}

// providers are the ids that the platforms give; the others give none.
var providers = map[notifytest.HookPlatform]string{notifytest.HookDiscord: "1234567890123456789", notifytest.HookPagerDuty: "incident-7q2"}

// TestEachFailureHasItsState has the sender carry the same, and sees what
// becomes of a message whose second attempt is treated as usual.
func TestEachFailureHasItsState(t *testing.T) {
	testkit.NoLeaks(t)
	for _, f := range failures() {
		t.Run(f.name, func(t *testing.T) {
			if f.timeout != 0 {
				t.Parallel() // they wait
			}
			r := stand(t, f.platform, func(o *hook.Options) {
				if f.timeout != 0 {
					o.Timeout = f.timeout
				}
			})
			r.Act(func(n int) notifytest.HookAction {
				if n == 1 {
					return f.action
				}
				return notifytest.HookAction{}
			})
			outbox := &noting{Outbox: notifytest.NewOutbox()}
			d := opening(string(f.platform), r.address())
			if f.platform == notifytest.HookPagerDuty {
				d = alert("pagerduty", "duty")
			}
			d.Created, d.Expires = time.Now(), time.Now().Add(time.Hour)
			outbox.Put(d)
			s, err := notify.NewSender(notify.SenderOptions{
				Outbox: outbox, Lanes: []notify.Lane{{Channel: r.channel(t, f.platform)}}, Render: renderer(t).Render,
				Poll: 5 * time.Millisecond, RetryFirst: time.Millisecond, RetryMost: time.Millisecond, PauseLeast: time.Millisecond, PauseMost: time.Millisecond,
			})
			if err != nil {
				t.Fatal(err)
			}
			ctx := limited(t)
			done := make(chan struct{})
			running, end := context.WithCancel(ctx)
			go func() { defer close(done); s.Run(running) }()
			defer func() { end(); <-done }()
			if err := outbox.Await(ctx, func() bool {
				row := outbox.Row(d.ID)
				// What asked to be left alone is not waited for.
				return row.State == notify.Accepted || row.State == notify.Dead || row.State == notify.Retry && f.least > 0
			}); err != nil {
				t.Fatalf("%v: it is %+v", err, outbox.Row(d.ID))
			}
			if got := outbox.first(); got != f.state {
				t.Errorf("it was %s first, want %s", got, f.state)
			}
			if f.state != notify.Dead && f.least == 0 && (f.platform == notifytest.HookWebhook || f.platform == notifytest.HookPagerDuty) && r.Distinct() != 1 {
				t.Errorf("%d different messages came", r.Distinct())
			}
		})
	}
}

// noting is an outbox that notes what became of the first attempt.
type noting struct {
	*notifytest.Outbox
	mu    sync.Mutex
	state notify.State
}

// Settle records outcomes.
func (n *noting) Settle(ctx context.Context, outcomes []notify.Outcome, now time.Time) error {
	n.mu.Lock()
	if n.state == "" {
		n.state = outcomes[0].To
	}
	n.mu.Unlock()
	return n.Outbox.Settle(ctx, outcomes, now)
}

func (n *noting) first() notify.State {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.state
}

// TestWhatCannotBeReached is not the whole channel's failure where the host is
// a stranger's, and is where it is the channel's one service.
func TestWhatCannotBeReached(t *testing.T) {
	testkit.NoLeaks(t)
	slams, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer slams.Close()
	go func() { // ends when the listener does
		for {
			conn, err := slams.Accept()
			if err != nil {
				return
			}
			_ = conn.Close() // before anything could be written
		}
	}()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := closed.Addr().String()
	_ = closed.Close()
	for _, test := range []struct{ name, address string }{
		{"nobody listens", nobody},
		{"it hangs up before the handshake", slams.Addr().String()},
		{"its certificate is for another", ""},
		{"its name does not exist", "hooks.invalid:443"},
	} {
		for _, channel := range []string{"webhook", "slack", "teams", "discord"} {
			t.Run(test.name+", "+channel, func(t *testing.T) {
				r := stand(t, notifytest.HookPlatform(channel))
				address := test.address
				if address == "" {
					r = stand(t, notifytest.HookPlatform(channel), func(o *hook.Options) { o.Roots = nil })
					address = strings.TrimPrefix(r.server.URL, "https://")
				}
				sent := r.hooks.Channel(channel).Send(limited(t), rendered(t, opening(channel, "https://"+address+secretPath)))
				host, _, _ := net.SplitHostPort(address)
				if sent.Class != notify.NotNow || sent.Remote != (channel == "slack" || channel == "discord") || !strings.HasPrefix(sent.Reason, host+" cannot be reached: ") {
					t.Errorf("it is %+v", sent)
				}
				tellsNoSecret(t, sent)
			})
		}
	}
}

// TestManyAtOnce: every message arrives, each with an id of its own.
func TestManyAtOnce(t *testing.T) {
	testkit.NoLeaks(t)
	r := stand(t, notifytest.HookWebhook)
	c := r.channel(t, notifytest.HookWebhook)
	var all sync.WaitGroup
	for i := range testkit.Count(50, 500) {
		all.Go(func() {
			d := opening("webhook", r.address())
			d.ID = "u" + strconv.Itoa(i) + "-s1"
			if sent := c.Send(limited(t), rendered(t, d)); sent.Class != notify.Taken {
				t.Errorf("it is %+v", sent)
			}
		})
	}
	all.Wait()
	if n := testkit.Count(50, 500); r.Distinct() != n {
		t.Errorf("%d came, want %d", r.Distinct(), n)
	}
}
