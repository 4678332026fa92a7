package store_test

import (
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"time"

	"daymark/notify"
	"daymark/store"
)

const hookRefused = "hooks.example answered 500"

// hooks is a store with one subscriber of webhooks and one of email, who can
// be sent notices.
type hooks struct {
	*fixture
	sent int
	ids  map[string]string
}

func newHooks(t *testing.T) *hooks {
	t.Helper()
	f := newFixture(t)
	f.subscribe(
		notify.Subscriber{Channel: "webhook", Address: "https://hooks.example/in", Confirmed: f.time()},
		notify.Subscriber{Channel: "slack", Address: "https://hooks.slack.com/x", Confirmed: f.time()},
		notify.Subscriber{Channel: "email", Address: "sam@mail.example", Confirmed: f.time()},
	)
	h := &hooks{fixture: f, ids: map[string]string{}}
	for _, channel := range []string{"webhook", "slack", "email"} {
		h.ids[channel] = h.text("SELECT id FROM subscribers WHERE channel = '" + channel + "'")
	}
	return h
}

func (h *hooks) text(query string) string {
	h.t.Helper()
	return h.texts(query)[0]
}

// queue puts a message in the outbox and gives its id.
func (h *hooks) queue(channel string) string {
	h.t.Helper()
	h.sent++
	d := notify.Delivery{
		ID: fmt.Sprintf("n%d", h.sent), Channel: channel, Audience: notify.Public, Expires: h.time().Add(4 * time.Hour),
		Subscriber: notify.Subscriber{ID: h.ids[channel]}, Notice: &notify.Notice{Kind: notify.TrialNotice, Title: "x"},
	}
	if err := h.store.QueueNotice(h.t.Context(), &d, h.time()); err != nil {
		h.t.Fatal(err)
	}
	return d.ID
}

// tell queues a message, claims it and settles it.
func (h *hooks) tell(channel string, to notify.State, reason string) {
	h.t.Helper()
	id := h.queue(channel)
	if claimed := h.claim(channel); len(claimed) != 1 || claimed[0].ID != id {
		h.t.Fatalf("claimed %+v, want %s", claimed, id)
	}
	// Tried again only where the test says so.
	out := notify.Outcome{ID: id, To: to, Called: true, Due: h.time().Add(5 * time.Hour), Reason: reason}
	if err := h.store.Settle(h.t.Context(), []notify.Outcome{out}, h.time()); err != nil {
		h.t.Fatal(err)
	}
}

// sweep ends what is given up, telling one staff channel.
func (h *hooks) sweep() []store.FailingHook {
	h.t.Helper()
	ended, err := h.store.EndFailingHooks(h.t.Context(), h.time(), func(f store.FailingHook) []notify.Delivery {
		return []notify.Delivery{{
			ID: "gave-up-" + f.Subscriber, Channel: "discord", Audience: notify.Staff, Expires: h.time().Add(time.Hour),
			Subscriber: notify.Subscriber{Address: "ops"}, Notice: &notify.Notice{Kind: notify.TroubleNotice, Title: f.Reason},
		}}
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return ended
}

// TestAHookThatFailsForADay: its subscription ends once, with its reason and
// what waits for it; the others stay, and staff are told.
func TestAHookThatFailsForADay(t *testing.T) {
	h := newHooks(t)
	h.tell("webhook", notify.Retry, hookRefused)
	h.tell("slack", notify.Dead, "hooks.slack.com answered 400: invalid_payload")
	h.pass(notify.GiveUpAfter - time.Minute)
	h.tell("webhook", notify.Unknown, hookRefused)
	h.tell("email", notify.Accepted, "")
	if ended := h.sweep(); ended != nil {
		t.Fatalf("before a day it ended %+v", ended)
	}
	h.pass(time.Minute)
	h.tell("webhook", notify.Dead, hookRefused)
	waits := h.queue("webhook")
	ended := h.sweep()
	if len(ended) != 1 || ended[0].Subscriber != h.ids["webhook"] || ended[0].Channel != "webhook" || ended[0].Reason != hookRefused || ended[0].Last.Sub(ended[0].First) != notify.GiveUpAfter {
		t.Fatalf("it ended %+v", ended)
	}
	if at, reason, err := h.store.HookEnded(t.Context(), h.ids["webhook"]); err != nil || !at.Equal(h.time()) || reason != hookRefused {
		t.Errorf("it says %s, %q, %v", at, reason, err)
	}
	if _, _, err := h.store.HookEnded(t.Context(), h.ids["slack"]); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of the other it says %v", err)
	}
	if n := h.count("SELECT count(*) FROM subscribers WHERE ended IS NOT NULL"); n != 1 {
		t.Errorf("%d subscriptions ended, want 1", n)
	}
	if n := h.count("SELECT count(*) FROM deliveries WHERE id = ? AND state = 'suppressed'", waits); n != 1 {
		t.Error("what waited for it goes out")
	}
	if told := h.claim("discord"); len(told) != 1 || told[0].Audience != notify.Staff || told[0].Notice.Title != hookRefused {
		t.Errorf("staff are told %+v", told)
	}
	if again := h.sweep(); again != nil {
		t.Errorf("it ended again: %+v", again)
	}
}

// TestWhatIsNotGivenUp: what was taken in between, a time in which nobody
// reached anything, and what was never called.
func TestWhatIsNotGivenUp(t *testing.T) {
	for name, happens := range map[string]func(h *hooks){
		"it took something in between": func(h *hooks) {
			h.tell("webhook", notify.Dead, hookRefused)
			h.pass(20 * time.Hour)
			h.tell("webhook", notify.Accepted, "")
			h.pass(20 * time.Hour)
			h.tell("webhook", notify.Dead, hookRefused)
			h.tell("email", notify.Accepted, "")
		},
		"nobody reached anything": func(h *hooks) {
			h.tell("email", notify.Accepted, "")
			h.pass(time.Minute)
			h.tell("webhook", notify.Dead, "hooks.example cannot be reached: no route to host")
			h.pass(notify.GiveUpAfter)
			h.tell("webhook", notify.Dead, "hooks.example cannot be reached: no route to host")
		},
		"it failed once and then nothing was sent": func(h *hooks) {
			h.tell("webhook", notify.Dead, hookRefused)
			h.pass(90 * 24 * time.Hour)
			h.tell("email", notify.Accepted, "")
		},
		"it was under way when the server ended": func(h *hooks) {
			for range 2 {
				h.queue("webhook")
				h.claim("webhook")
				if _, err := h.store.Recover(h.t.Context(), h.time()); err != nil {
					h.t.Fatal(err)
				}
				h.pass(2 * notify.GiveUpAfter)
			}
			h.tell("email", notify.Accepted, "")
		},
		"another channel's address fails": func(h *hooks) {
			h.tell("email", notify.Dead, "mail.example refuses it")
			h.pass(2 * notify.GiveUpAfter)
			h.tell("email", notify.Dead, "mail.example refuses it")
			h.tell("webhook", notify.Accepted, "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHooks(t)
			happens(h)
			if ended := h.sweep(); ended != nil {
				t.Errorf("it ended %+v", ended)
			}
		})
	}
}

// TestAHookThatIsGone ends at once, whether or not anything else works.
func TestAHookThatIsGone(t *testing.T) {
	h := newHooks(t)
	h.tell("slack", notify.Dead, notify.Gone+": hooks.slack.com answered 404: no_service")
	if ended := h.sweep(); len(ended) != 1 || ended[0].Channel != "slack" {
		t.Errorf("it ended %+v", ended)
	}
}

// TestAHookThatIsSubscribedAgain starts anew.
func TestAHookThatIsSubscribedAgain(t *testing.T) {
	h := newHooks(t)
	h.tell("webhook", notify.Dead, hookRefused)
	h.pass(notify.GiveUpAfter)
	h.tell("webhook", notify.Dead, hookRefused)
	h.tell("email", notify.Accepted, "")
	if ended := h.sweep(); len(ended) != 1 {
		t.Fatalf("it ended %+v", ended)
	}
	h.execute("UPDATE subscribers SET ended = NULL WHERE channel = 'webhook'")
	h.tell("webhook", notify.Dead, hookRefused)
	if ended := h.sweep(); ended != nil {
		t.Errorf("by one failure it ended %+v", ended)
	}
	if _, _, err := h.store.HookEnded(t.Context(), h.ids["webhook"]); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("it still says that it ended: %v", err)
	}
}

// execute changes something beside the store.
func (h *hooks) execute(query string) {
	h.t.Helper()
	db := h.beside()
	if _, err := db.Exec(query); err != nil {
		h.t.Fatal(err)
	}
}

// texts reads one column beside the store.
func (h *hooks) texts(query string) []string {
	h.t.Helper()
	rows, err := h.beside().Query(query)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			h.t.Fatal(err)
		}
		all = append(all, text)
	}
	if err := rows.Err(); err != nil || len(all) == 0 {
		h.t.Fatalf("%d rows, %v", len(all), err)
	}
	return all
}

func (h *hooks) beside() *sql.DB {
	h.t.Helper()
	db, err := sql.Open("sqlite", "file:"+h.path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = db.Close() })
	return db
}
