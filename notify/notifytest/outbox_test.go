package notifytest_test

import (
	"testing"

	"daymark/notify"
	"daymark/notify/notifytest"
)

func TestOutboxBehavesAsOne(t *testing.T) {
	for _, c := range notifytest.OutboxCases() {
		t.Run(c.Name, func(t *testing.T) {
			box := notifytest.NewOutbox()
			c.Run(t, box, func(d notify.Delivery) string {
				box.Put(d)
				return d.ID
			})
		})
	}
}
