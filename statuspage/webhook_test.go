package statuspage_test

import (
	"errors"
	"testing"

	"daymark/incident"
	"daymark/statuspage"
)

// TestWebhookIsNoOlderThanItsUpdate: a message goes out at once, when the page
// may not have been rendered since the commit; it tells how things are.
func TestWebhookIsNoOlderThanItsUpdate(t *testing.T) {
	s := working(t)
	page, err := statuspage.New(harbour(t, s))
	if err != nil {
		t.Fatal(err)
	}
	before := failing(t).snapshot
	past := s.snapshot.Recent[0]
	w, err := page.Webhook(t.Context(), &past)
	if err != nil || w.Page.StatusIndicator != "none" || w.Incident.ResolvedAt == nil || len(w.Incident.Updates) != 2 || w.Incident.Updates[0].Status != "resolved" {
		t.Fatalf("of one that is over: %+v, %v", w, err)
	}

	s.change(func(snapshot *statuspage.Snapshot) {
		seq := snapshot.Seq
		*snapshot = before
		snapshot.Seq = seq
	})
	open := before.Open[0]
	reads := s.reads
	for range 3 {
		w, err = page.Webhook(t.Context(), &open)
		if err != nil {
			t.Fatal(err)
		}
		if w.Page.StatusIndicator != "major" || w.Page.StatusDescription != "Partial System Outage" {
			t.Errorf("the page is %+v", w.Page)
		}
		if len(w.Incident.Components) != 2 || w.Incident.Components[0].Status != incident.Down || w.Incident.Impact != "critical" || w.Incident.ScheduledFor != nil {
			t.Errorf("the incident is %+v", w.Incident)
		}
		if u := w.Incident.Updates; len(u) != 2 || u[0].ID == u[1].ID || len(u[1].AffectedComponents) != 2 || u[1].AffectedComponents[0].Name != "Online banking - Payments API" || !u[1].DeliverNotifications {
			t.Errorf("its updates are %+v", w.Incident.Updates)
		}
	}
	if s.reads != reads+1 {
		t.Errorf("it was read %d times for three messages of one update, want once", s.reads-reads)
	}

	s.fault = errors.New("the disk is gone")
	open.Updates = append(open.Updates, incident.Update{ID: "open-3", At: noon})
	if _, err := page.Webhook(t.Context(), &open); err == nil {
		t.Error("what cannot be read is told of")
	}
}
