package store_test

import (
	"testing"

	"daymark/incident"
	"daymark/notify"
)

// TestMergeTakesSubscribersAlong: who follows one incident follows the other
// that it became part of, hears what is so there, and its end.
func TestMergeTakesSubscribersAlong(t *testing.T) {
	c := newConsenting(t)
	p := &publishing{tb: t, store: c.store, now: c.time()}
	p.save(p.update("one", 1, incident.Opened, 2, "email"))
	p.save(p.update("two", 1, incident.Opened, 1, "email"))
	c.subscriber(notify.Subscriber{Channel: "email", Address: "follows@mail.example", Incident: "one", Edges: true})
	c.subscriber(notify.Subscriber{Channel: "email", Address: "all@mail.example"})
	c.signUp("waits@mail.example", "203.0.113.9:1", notify.Wishes{Incident: "one"})
	waits := c.confirmToken("waits@mail.example")

	d := p.update("one", 2, incident.Ended, 2, "email")
	d.Incidents[0].Care.MergedInto, d.Incidents[0].Resolved = "two", p.now
	p.save(d)
	s := c.of("follows@mail.example")
	if s.Incident != "two" {
		t.Fatalf("follows incident %q", s.Incident)
	}
	if a := c.of("all@mail.example"); a.Incident != "" {
		t.Errorf("who hears of all now hears of %q alone", a.Incident)
	}
	queued := func(id string) int {
		return c.count("SELECT count(*) FROM deliveries WHERE id = ? AND state = 'pending'", id)
	}
	if queued("two-1-"+s.ID) != 1 {
		t.Error("is not told what is so in the other incident")
	}
	if _, err := c.Confirm(t.Context(), waits); err != nil {
		t.Fatal(err)
	}
	if w := c.of("waits@mail.example"); w.Incident != "two" || queued("two-1-"+w.ID) != 1 {
		t.Errorf("who confirmed after the merge follows %q", w.Incident)
	}
	if claimed, err := c.store.Claim(t.Context(), "email", 50, p.now); err != nil || len(claimed) == 0 {
		t.Fatalf("claimed %d, %v", len(claimed), err)
	}
	// A later change of the merged incident moves nobody.
	c.subscriber(notify.Subscriber{Channel: "email", Address: "late@mail.example", Incident: "one"})
	d = p.update("one", 2, incident.Ended, 2, "email")
	d.Incidents[0].Care.MergedInto, d.Updates = "two", nil
	p.save(d)
	if s := c.of("late@mail.example"); s.Incident != "one" {
		t.Errorf("a change of an incident that was merged long ago moved a subscriber to %q", s.Incident)
	}
	p.save(p.update("two", 2, incident.Ended, 1, "email"))
	if queued("two-2-"+s.ID) != 1 {
		t.Error("is not told the end of the other incident")
	}
}
