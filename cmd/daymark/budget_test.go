package main

import (
	"strings"
	"testing"
	"time"

	"daymark/notify/notifytest"
)

// TestDailyBudget: past the day's segments nothing goes to the public, alerts
// of staff go a fifth further, staff hear of it once each by another channel,
// and the next day of the page begins anew.
func TestDailyBudget(t *testing.T) {
	o := newOnCall(t, func(notifytest.Call) notifytest.Pickup { return notifytest.Pickup{} }, "    daily_budget: 5\n")
	b := &smsBudget{app: o.app, most: o.app.doc.Notify.SMS.DailyBudget}
	spend := func(segments int, staff, want bool) {
		t.Helper()
		wait, ok, err := b.Spend(t.Context(), segments, staff)
		if err != nil || ok != want || !ok && wait != 11*time.Hour {
			t.Errorf("%d segments, of staff %v: %v, %s, %v", segments, staff, ok, wait, err)
		}
	}
	spend(3, false, true)
	spend(3, false, false)
	spend(2, false, true)
	spend(1, false, false)
	spend(1, true, true)
	spend(1, true, false)
	if err := b.Refund(t.Context(), 2, o.now()); err != nil {
		t.Fatal(err)
	}
	spend(1, false, true)
	day, _ := b.day(o.now())
	if n, err := o.app.store.SpentSMS(t.Context(), day); err != nil || n != 5 {
		t.Errorf("%d segments are counted, %v", n, err)
	}
	o.wait("word to who may mend it", func() bool { return len(o.mailTo("ana@harbour.example")) == 2 })
	for _, raw := range o.mailTo("ana@harbour.example") {
		if !strings.Contains(raw, "budget of 5 segments") {
			t.Errorf("staff are told\n%s", raw)
		}
	}
	o.settled()
	o.mu.Lock()
	o.at = o.at.Add(11 * time.Hour)
	o.mu.Unlock()
	if _, ok, err := b.Spend(t.Context(), 5, false); !ok || err != nil {
		t.Errorf("the next day: %v, %v", ok, err)
	}
	if n := len(o.mailTo("ana@harbour.example")); n != 2 {
		t.Errorf("staff were told %d times", n)
	}
}
