package main

import (
	"slices"
	"testing"
	"time"

	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/support"
)

// TestAnOfferOfATurnIsMailed: to whom it is offered, as soon as it is.
func TestAnOfferOfATurnIsMailed(t *testing.T) {
	testkit.Beside(t)
	r := newRooms(t)
	from := time.Now().Add(14 * 24 * time.Hour)
	roster := slices.IndexFunc(support.Roles(), func(role support.Role) bool {
		_, err := r.engine.Command(t.Context(), incident.By{Person: "ana", Via: "test"}, "", incident.OfferSwap{Rota: "shop", Role: role, Taker: "chi", From: from, To: from.Add(time.Minute)})
		return err == nil
	})
	if roster < 0 {
		from = from.Add(7 * 24 * time.Hour) // a week in which she is what chi may be
		r.do("ana", incident.OfferSwap{Rota: "shop", Role: support.Engineer, Taker: "chi", From: from, To: from.Add(time.Minute)})
	}
	told := slices.IndexFunc(staffQueue(t, r.app), func(d notify.Delivery) bool {
		person, _ := notify.PersonOf(d.Subscriber.Address)
		return d.Notice != nil && d.Notice.Kind == notify.SwapNotice && person == "chi"
	})
	if told < 0 {
		t.Error("chi is not told")
	}
}
