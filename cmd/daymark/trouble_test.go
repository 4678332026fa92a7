package main

import (
	"strings"
	"testing"
	"time"

	"daymark/notify"
	"daymark/notify/notifytest"
)

// TestChannelFails: that email fails is told by text message where staff have
// no channel of their own, and its end too, each once.
func TestChannelFails(t *testing.T) {
	o := newOnCall(t, func(notifytest.Call) notifytest.Pickup { return notifytest.Pickup{} }, "")
	trouble := notify.ChannelTrouble{Channel: "email", Since: o.now().Add(-2 * time.Minute), Reason: "connection refused"}
	for _, over := range []bool{false, false, true, true} {
		trouble.Over = over
		if err := o.app.channelFails(t.Context(), trouble); err != nil {
			t.Fatal(err)
		}
	}
	o.wait("both", func() bool { return len(o.twilio.Messages()) == 2 })
	o.settled()
	said := ""
	for _, m := range o.twilio.Messages() {
		if m.To != "+447700900001" {
			t.Errorf("told was %s", m.To)
		}
		said += m.Body + "\n"
	}
	if strings.Count(said, "Email cannot be sent since 12:58") != 1 || strings.Count(said, "Email can be sent again, after 2 minutes") != 1 || len(o.mailTo("ana@harbour.example")) != 0 {
		t.Errorf("told were\n%s", said)
	}
}
