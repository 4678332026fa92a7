package store_test

import (
	"context"
	"errors"
	"testing"

	"daymark/incident"
	"daymark/notify"
)

// TestFollowingOneKeepsTheRest: who hears of more loses nothing by following
// one incident, and is told so.
func TestFollowingOneKeepsTheRest(t *testing.T) {
	c := newConsenting(t)
	p := &publishing{tb: t, store: c.store, now: c.time()}
	p.save(p.update("i1", 1, incident.Opened, 1, "email"))
	p.save(p.update("i2", 1, incident.Opened, 1, "email"))
	c.subscriber(notify.Subscriber{Channel: "email", Address: "wide@mail.example", Severity: incident.P2, Maintenance: true})
	c.subscriber(notify.Subscriber{Channel: "email", Address: "one@mail.example", Incident: "i1"})
	for _, address := range []string{"wide@mail.example", "one@mail.example"} {
		c.signUp(address, "203.0.113.9:1", notify.Wishes{Incident: "i2"})
		if _, err := c.Confirm(t.Context(), c.confirmToken(address)); err != nil {
			t.Fatal(err)
		}
	}
	if s := c.of("wide@mail.example"); s.Incident != "" || s.Severity != incident.P2 || !s.Maintenance || s.State() != notify.Active {
		t.Errorf("who heard of all now has %+v", s)
	}
	if s := c.of("one@mail.example"); s.Incident != "i2" {
		t.Errorf("who followed one incident follows %q, not the other", s.Incident)
	}
	if n := c.count("SELECT count(*) FROM deliveries WHERE notice LIKE '%That stays as it is%'"); n != 1 {
		t.Errorf("%d messages say that it stays as it is", n)
	}
}

// TestNoSuchIncident: nothing tells whether an address is known, and nobody
// comes to hear of an incident that is none.
func TestNoSuchIncident(t *testing.T) {
	c := newConsenting(t)
	c.subscriber(notify.Subscriber{Channel: "email", Address: "known@mail.example"})
	for _, address := range []string{"new@mail.example", "known@mail.example"} {
		c.signUp(address, "203.0.113.9:1", notify.Wishes{Incident: "nope"})
	}
	if c.of("new@mail.example") != nil || c.queued() != 0 {
		t.Errorf("%d messages about an incident that is none", c.queued())
	}
	known := c.of("known@mail.example")
	err := c.Change(t.Context(), notify.ManageToken(testKey, known.ID, known.Generation), notify.Wishes{Incident: "nope"})
	if rejection := (*notify.Rejection)(nil); !errors.As(err, &rejection) || rejection.Field != "incident" {
		t.Errorf("changed to an incident that is none: %v", err)
	}
}

// TestImportKeepsWhatAFileDoesNotSay: a file without a column changes nothing
// of it, and what was exported is read back.
func TestImportKeepsWhatAFileDoesNotSay(t *testing.T) {
	c := newConsenting(t)
	p := &publishing{tb: t, store: c.store, now: c.time()}
	p.save(p.update("i1", 1, incident.Opened, 1, "email"))
	was := notify.Subscriber{Channel: "email", Address: "a@mail.example", Language: "en", Maintenance: true, Components: []string{"sign-in"}}
	one := notify.Subscriber{Channel: "email", Address: "one@mail.example", Language: "en", Incident: "i1"}
	bring := func(s notify.Subscriber, unsaid notify.Unsaid) *notify.Subscription {
		t.Helper()
		c.consent(func(ctx context.Context, tx notify.SubscriptionTx) error {
			_, _, err := c.Import(ctx, tx, s, unsaid)
			return err
		})
		return c.of(s.Address)
	}
	c.subscriber(was)
	c.subscriber(one)
	bare := notify.Subscriber{Channel: "email", Address: was.Address, Components: []string{"sign-in"}}
	if s := bring(bare, notify.Unsaid{Language: true, Incident: true, Maintenance: true}); s.Language != "en" || !s.Maintenance {
		t.Errorf("an old file made of it %+v", s)
	}
	bare = notify.Subscriber{Channel: "email", Address: one.Address, Components: []string{"sign-in"}}
	if s := bring(bare, notify.Unsaid{Language: true, Incident: true, Maintenance: true}); s.Incident != "i1" || len(s.Components) != 0 || s.Language != "en" {
		t.Errorf("an old file made of one incident %+v", s)
	}
	if s := bring(bare, notify.Unsaid{}); s.Incident != "" || s.Language != "" || s.Maintenance {
		t.Errorf("a file that says all made of it %+v", s)
	}
}
