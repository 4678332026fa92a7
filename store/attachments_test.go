package store_test

import (
	"bytes"
	"testing"
	"time"

	"daymark/notify"
	"daymark/store"
)

// An attachment is kept once, and for a month.
func TestAttachmentsAreKept(t *testing.T) {
	f := newFixture(t)
	kept := notify.Attachment{Key: "sla-gold-2026-10", Name: "gold.pdf", MediaType: "application/pdf", Data: []byte("%PDF-\x00")}
	other := kept
	other.Data = []byte("another")
	for _, a := range []*notify.Attachment{&kept, &other} {
		if err := f.store.KeepAttachment(t.Context(), a, f.time()); err != nil {
			t.Fatal(err)
		}
	}
	if a, err := f.store.Attachment(t.Context(), "nothing"); a != nil || err != nil {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := f.store.Sweep(t.Context(), store.Retention{}, f.time().AddDate(0, 0, 29)); err != nil {
		t.Fatal(err)
	}
	if a, err := f.store.Attachment(t.Context(), kept.Key); err != nil || a == nil || a.Name != kept.Name || !bytes.Equal(a.Data, kept.Data) {
		t.Errorf("after 29 days: %+v, %v", a, err)
	}
	if _, err := f.store.Sweep(t.Context(), store.Retention{}, f.time().Add(30*24*time.Hour+time.Second)); err != nil {
		t.Fatal(err)
	}
	if a, err := f.store.Attachment(t.Context(), kept.Key); a != nil || err != nil {
		t.Errorf("after a month: %+v, %v", a, err)
	}
}
