package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/notify"
)

// consenting is the rules of consent over a real store.
type consenting struct {
	*fixture
	*notify.Consent
}

func newConsenting(t *testing.T) *consenting {
	t.Helper()
	f := newFixture(t)
	return &consenting{f, newConsent(t, f)}
}

// newConsent is the rules of consent over a fixture's store.
func newConsent(t testing.TB, f *fixture) *notify.Consent {
	t.Helper()
	c, err := notify.NewConsent(notify.ConsentOptions{
		Store: f.store, Key: testKey, Channels: []string{"email", "sms"}, Countries: []string{"GB"}, Languages: []string{"en"},
		Components: []notify.Named{{ID: "sign-in", Name: "Sign in"}}, Page: notify.PageInfo{Name: "Shop", URL: "https://status.shop.example"},
		Patience: time.Nanosecond, Now: f.time,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *consenting) signUp(address, from string, w notify.Wishes) (handle string) {
	c.t.Helper()
	channel := "email"
	if strings.HasPrefix(address, "+") {
		channel = "sms"
	}
	handle, err := c.SignUp(context.Background(), notify.SignUpRequest{Channel: channel, Address: address, From: from, Wishes: w})
	if err != nil {
		c.t.Fatal(err)
	}
	return handle
}

// of gives the subscription of an address; nil: there is none.
func (c *consenting) of(address string) (s *notify.Subscription) {
	c.t.Helper()
	channel := "email"
	if strings.HasPrefix(address, "+") {
		channel = "sms"
	}
	c.consent(func(ctx context.Context, tx notify.SubscriptionTx) (err error) {
		s, err = tx.FindSubscription(ctx, channel, address)
		return err
	})
	return s
}

func (c *consenting) confirmToken(address string) string {
	c.t.Helper()
	s := c.of(address)
	return notify.ConfirmToken(testKey, s.ID, s.Round)
}

func (c *consenting) queued() int {
	c.t.Helper()
	return c.count("SELECT count(*) FROM deliveries WHERE id LIKE 'consent-%'")
}

// TestConsent goes the whole way of a subscription.
func TestConsent(t *testing.T) {
	c := newConsenting(t)
	ctx := t.Context()
	c.signUp("Sam@Mail.Example", "203.0.113.9:1", notify.Wishes{Components: []string{"sign-in"}, Severity: incident.P2, Edges: true, Maintenance: true})
	s := c.of("sam@mail.example")
	if s == nil || s.State() != notify.Waiting || c.queued() != 1 {
		t.Fatalf("after the sign-up %+v", s)
	}
	// No secret is in the database.
	token := c.confirmToken("sam@mail.example")
	secret := token[len(token)-20:]
	if n := c.count("SELECT count(*) FROM deliveries WHERE notice LIKE ?", "%"+secret+"%"); n != 0 {
		t.Error("the link is in the database")
	}
	for range 3 { // scanners look
		if o, err := c.Open(ctx, token); err != nil || !o.Confirms || o.State() != notify.Waiting {
			t.Fatalf("opened %+v, %v", o, err)
		}
	}
	manage, err := c.Confirm(ctx, token)
	if err != nil {
		t.Fatal(err)
	}
	if s = c.of("sam@mail.example"); s.State() != notify.Active || !s.Edges || s.Severity != incident.P2 || !s.Maintenance || len(s.Components) != 1 {
		t.Errorf("confirmed %+v", s)
	}
	if _, err := c.Confirm(ctx, token); !errors.Is(err, notify.ErrNoLink) {
		t.Errorf("a link confirmed twice: %v", err)
	}
	if err := c.Change(ctx, manage, notify.Wishes{}); err != nil {
		t.Fatal(err)
	}
	if s = c.of("sam@mail.example"); len(s.Components) != 0 || s.Severity != 0 {
		t.Errorf("changed to %+v", s)
	}
	if data, err := c.Export(ctx, manage); err != nil || data.Address != "sam@mail.example" || len(data.Deliveries) != 1 {
		t.Errorf("exported %+v, %v", data, err)
	}
	for range 2 {
		if err := c.End(ctx, manage); err != nil {
			t.Errorf("ended: %v", err)
		}
	}
	if err := c.Change(ctx, manage, notify.Wishes{}); !errors.Is(err, notify.ErrNoLink) {
		t.Errorf("changed what ended: %v", err)
	}
	// They come back by themselves, and old links open nothing of it.
	c.signUp("sam@mail.example", "203.0.113.9:1", notify.Wishes{})
	if s = c.of("sam@mail.example"); s.State() != notify.Waiting {
		t.Errorf("signed up again: %s", s.State())
	}
	if _, err := c.Open(ctx, manage); !errors.Is(err, notify.ErrNoLink) {
		t.Errorf("an old link opens: %v", err)
	}
	if manage, err = c.Confirm(ctx, c.confirmToken("sam@mail.example")); err != nil {
		t.Fatal(err)
	}
	if n := c.count("SELECT count(*) FROM suppressions"); n != 0 {
		t.Errorf("%d suppressions of who came back", n)
	}
	if err := c.Erase(ctx, manage, true); err != nil {
		t.Fatal(err)
	}
	if c.of("sam@mail.example") != nil || c.count("SELECT count(*) FROM suppressions WHERE hard = 1 AND reason = 'never'") != 1 {
		t.Error("erased, but not all, or the wish is not kept")
	}
	before := c.queued()
	c.signUp("sam@mail.example", "203.0.113.9:1", notify.Wishes{})
	if c.of("sam@mail.example") != nil || c.queued() != before {
		t.Error("who never wants to hear of us again was written to")
	}
}

// TestConsentOfTheSubscribed: a stranger changes nothing; the owner may.
func TestConsentOfTheSubscribed(t *testing.T) {
	c := newConsenting(t)
	c.subscriber(notify.Subscriber{Channel: "email", Address: "sam@mail.example"})
	c.signUp("sam@mail.example", "203.0.113.9:1", notify.Wishes{Edges: true})
	if s := c.of("sam@mail.example"); s.State() != notify.Active || s.Edges {
		t.Errorf("a stranger changed %+v", s)
	}
	if n := c.count("SELECT count(*) FROM deliveries WHERE notice LIKE '%subscribed to Shop already%'"); n != 1 {
		t.Errorf("%d messages", n)
	}
	if _, err := c.Confirm(t.Context(), c.confirmToken("sam@mail.example")); err != nil {
		t.Fatal(err)
	}
	if s := c.of("sam@mail.example"); !s.Edges {
		t.Errorf("confirmed, but %+v", s)
	}
}

// TestConsentLinksEnd: with time, by a later sign-up, and by renewal.
func TestConsentLinksEnd(t *testing.T) {
	c := newConsenting(t)
	ctx := t.Context()
	c.signUp("sam@mail.example", "203.0.113.9:1", notify.Wishes{})
	first := c.confirmToken("sam@mail.example")
	c.signUp("sam@mail.example", "203.0.113.9:1", notify.Wishes{})
	second := c.confirmToken("sam@mail.example")
	if _, err := c.Confirm(ctx, first); !errors.Is(err, notify.ErrNoLink) {
		t.Errorf("an earlier sign-up's link works: %v", err)
	}
	c.pass(24 * time.Hour)
	if _, err := c.Confirm(ctx, second); !errors.Is(err, notify.ErrNoLink) {
		t.Errorf("a link works after a day: %v", err)
	}
	c.signUp("sam@mail.example", "203.0.113.9:1", notify.Wishes{})
	manage, err := c.Confirm(ctx, c.confirmToken("sam@mail.example"))
	if err != nil {
		t.Fatal(err)
	}
	renewed, err := c.Renew(ctx, manage)
	if err != nil || renewed == manage {
		t.Fatalf("renewed %v", err)
	}
	if err := c.End(ctx, manage); !errors.Is(err, notify.ErrNoLink) {
		t.Errorf("the old link works: %v", err)
	}
	for _, bad := range []string{"", "m", "m-", "x" + renewed[1:], "c" + renewed[1:], renewed[:len(renewed)-1], renewed + "A", strings.Repeat("m", 5000)} {
		if _, err := c.Open(ctx, bad); !errors.Is(err, notify.ErrNoLink) {
			t.Errorf("%.40q opens: %v", bad, err)
		}
	}
}

// TestConsentByCode: five tries, fifteen minutes, and only the browser that
// asked.
func TestConsentByCode(t *testing.T) {
	const phone = "+447700900123"
	code := func(c *consenting) string { s := c.of(phone); return notify.ConfirmCode(testKey, s.ID, s.Round) }
	wrong := func(c *consenting) string { return fmt.Sprintf("%06d", (int(code(c)[0]-'0')*100_000+77)%1_000_000) }
	for name, test := range map[string]struct {
		tries int
		after time.Duration
		other bool
		want  error
	}{
		"at once":        {},
		"the fifth":      {tries: 4},
		"the sixth":      {tries: 5, want: notify.ErrWrongCode},
		"too late":       {after: 15 * time.Minute, want: notify.ErrWrongCode},
		"in time":        {after: 15*time.Minute - time.Second},
		"from elsewhere": {other: true, want: notify.ErrWrongCode},
	} {
		t.Run(name, func(t *testing.T) {
			c := newConsenting(t)
			handle := c.signUp(phone, "203.0.113.9:1", notify.Wishes{Edges: true})
			for range test.tries {
				if _, err := c.ConfirmCode(t.Context(), handle, wrong(c)); !errors.Is(err, notify.ErrWrongCode) {
					t.Fatalf("a wrong code: %v", err)
				}
			}
			c.pass(test.after)
			if test.other {
				handle = strings.ToUpper(handle)
			}
			if _, err := c.ConfirmCode(t.Context(), handle, code(c)); !errors.Is(err, test.want) {
				t.Errorf("%v; want %v", err, test.want)
			}
			if confirmed := c.of(phone).State() == notify.Active; confirmed != (test.want == nil) {
				t.Errorf("confirmed: %t", confirmed)
			}
		})
	}
}

// TestStopAndStart: STOP ends it and holds against whoever signs up; START of
// the phone itself brings it back.
func TestStopAndStart(t *testing.T) {
	const phone = "+447700900123"
	c := newConsenting(t)
	ctx := t.Context()
	c.subscriber(notify.Subscriber{Channel: "sms", Address: phone})
	for range 2 {
		if err := c.Stop(ctx, phone); err != nil {
			t.Fatal(err)
		}
	}
	c.signUp(phone, "203.0.113.9:1", notify.Wishes{})
	if s := c.of(phone); s.State() != notify.Ended || s.Reason != notify.EndedByStop || c.queued() != 0 {
		t.Errorf("after STOP %+v, %d messages", s, c.queued())
	}
	if err := c.Start(ctx, phone); err != nil {
		t.Fatal(err)
	}
	if s := c.of(phone); s.State() != notify.Active {
		t.Errorf("after START %s", s.State())
	}
	// Of a phone that never was here both are kept, too.
	if err := errors.Join(c.Stop(ctx, "+447700900124"), c.Start(ctx, "+447700900124"), c.Start(ctx, "+447700900125")); err != nil {
		t.Error(err)
	}
	if n := c.count("SELECT count(*) FROM suppressions"); n != 0 {
		t.Errorf("%d suppressions", n)
	}
}

// TestSignUpsAreBounded: whoever signs up a victim, and from however many
// networks, the victim gets few messages, and the tables stay small.
func TestSignUpsAreBounded(t *testing.T) {
	tries := testkit.Count(1000, 10_000)
	send := func(c *consenting, address, from string) bool {
		_, err := c.SignUp(context.Background(), notify.SignUpRequest{Channel: "email", Address: address, From: from})
		var many *notify.TooManyError
		if err != nil && !errors.As(err, &many) {
			c.t.Fatal(err)
		}
		return err == nil
	}
	for name, test := range map[string]struct {
		address, from func(i int) string
		messages      int // at most, of an hour
	}{
		"one victim from one network": {
			func(int) string { return "sam@mail.example" }, func(i int) string { return fmt.Sprintf("203.0.113.%d:9", i%256) }, 3,
		},
		"one victim under many names": {
			func(i int) string { return fmt.Sprintf("SAM+%d@mail.example", i) }, func(i int) string { return fmt.Sprintf("10.%d.%d.1:9", i/256, i%256) }, 3,
		},
		"many victims from one network": {
			func(i int) string { return fmt.Sprintf("sam%d@mail.example", i) }, func(i int) string { return fmt.Sprintf("[2001:db8::%x]:9", i) }, 10,
		},
		"one victim from many networks": {
			func(int) string { return "sam@mail.example" }, func(i int) string { return fmt.Sprintf("[2001:db8:%x:%x::1]:9", i/65536, i%65536) }, 3,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newConsenting(t)
			taken := 0
			for i := range tries {
				if send(c, test.address(i), test.from(i)) {
					taken++
				}
			}
			if n := c.queued(); n != test.messages {
				t.Errorf("%d messages for %d sign-ups; want %d", n, tries, test.messages)
			}
			if n := c.count("SELECT count(*) FROM sign_ups"); n != 2*taken {
				t.Errorf("%d rows for %d sign-ups that were taken", n, taken)
			}
			t.Logf("%d of %d sign-ups taken, %d messages", taken, tries, c.queued())
			// An hour later the next may come, and four hours later nothing of this is kept.
			c.pass(4*time.Hour + time.Second)
			if !send(c, "other@mail.example", "203.0.113.9:9") || c.count("SELECT count(*) FROM sign_ups") != 2 {
				t.Error("what is over is not forgotten")
			}
		})
	}
}

// TestOneIncident: who subscribes to one incident hears of it at once, of its
// end, and of no other; a week later nothing of them is kept.
func TestOneIncident(t *testing.T) {
	c := newConsenting(t)
	c.rounds(4, checker.Failed)
	open := c.snapshot().Open
	if len(open) != 1 {
		t.Fatalf("%d incidents", len(open))
	}
	c.signUp("sam@mail.example", "203.0.113.9:1", notify.Wishes{Incident: open[0].ID, Edges: true})
	if told := c.carryAll("email"); len(told) != 1 {
		t.Fatalf("asked %q", told)
	}
	if _, err := c.Confirm(t.Context(), c.confirmToken("sam@mail.example")); err != nil {
		t.Fatal(err)
	}
	claimed := c.claim("email")
	if len(claimed) != 1 || claimed[0].Update.Number != open[0].Updates[len(open[0].Updates)-1].Number || claimed[0].Subscriber.Incident != open[0].ID {
		t.Fatalf("at once %+v", claimed)
	}
	c.settle(claimed[0].ID, notify.Accepted)
	c.rounds(8, checker.OK)
	if ends := c.claim("email"); len(ends) != 1 || ends[0].Update.Kind != incident.Ended {
		t.Fatalf("at the end %+v", ends)
	} else {
		c.settle(ends[0].ID, notify.Accepted)
	}
	c.pass(time.Hour)
	c.rounds(4, checker.Failed)
	if others := c.claim("email"); len(c.snapshot().Open) != 1 || c.snapshot().Open[0].ID == open[0].ID || len(others) != 0 {
		t.Errorf("of another incident %+v", others)
	}
	if _, err := c.store.SweepSubscriptions(t.Context(), c.time().Add(8*24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if c.of("sam@mail.example") != nil || c.count("SELECT count(*) FROM subscribers WHERE reason = 'over'") != 1 {
		t.Error("the address is still kept")
	}
}
