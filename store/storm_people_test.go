package store_test

import (
	"fmt"
	"testing"

	"daymark/incident"
	"daymark/store"
)

// TestStormHoldsNoPersonsWord: what was to go out at once and gives way to an
// automatic update is not held back with that one: it goes in its place. Whoever
// has heard already waits for a person, as always.
func TestStormHoldsNoPersonsWord(t *testing.T) {
	s := newSea(t)
	for i := range stormCap {
		s.publish(fmt.Sprint("i", i), incident.Opened, true)
	}
	s.claimed()
	s.publish("outage", incident.Opened, false)
	one, err := s.store.Claim(t.Context(), "email", 1, s.time()) // the other is still to hear
	if err != nil || len(one) != 1 {
		t.Fatal(one, err)
	}
	s.settle(one[0].ID, "accepted")
	s.publish("outage", incident.Worsened, true)
	storm, err := s.store.Storm(t.Context(), s.time())
	if err != nil || storm.Held != 1 {
		t.Errorf("the storm is %+v, %v; want one held, for who has heard of the outage", storm, err)
	}
	s.publish("outage", incident.Worsened, true) // gives way once more
	if n := s.claimed(); n != 1 {
		t.Errorf("%d hear at once of what a person published, want 1", n)
	}
	if n, err := s.end(store.Dropped); n != 1 || err != nil {
		t.Errorf("%d were dropped, %v", n, err)
	}
}

// TestStormHoldsNothingInPlaceOfARetry: nor is it, where the earlier one was
// under way when the automatic update came, and was not taken.
func TestStormHoldsNothingInPlaceOfARetry(t *testing.T) {
	s := newSea(t)
	for i := range stormCap {
		s.publish(fmt.Sprint("i", i), incident.Opened, true)
	}
	s.claimed()
	s.publish("outage", incident.Opened, false)
	sending := s.claim("email")
	s.publish("outage", incident.Worsened, true)
	s.settle(sending[0].ID, "retry")
	s.settle(sending[1].ID, "accepted")
	if n := s.claimed(); n != 1 {
		t.Errorf("%d hear at once of what a person published, want 1", n)
	}
}
