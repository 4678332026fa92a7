package email_test

import (
	"strings"
	"testing"

	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/notify/email"
	"daymark/notify/notifytest"
)

var bounceKey = []byte("0123456789abcdef0123456789abcdef")

func bouncing(o *email.Options) {
	o.Email.Bounces.Address, o.Key = "Bounce@harbour.example", bounceKey
}

// One click is offered by both headers, for https alone, on one line each.
func TestSendOffersOneClick(t *testing.T) {
	box := mailbox(t, notifytest.MailboxOptions{})
	c := channel(t, box.Addr(), nil)
	long := "https://status.harbour.example/manage/" + strings.Repeat("k", 300) + "/unsubscribe"
	for i, tc := range []struct{ address, header, post string }{
		{long, "<" + long + ">", "List-Unsubscribe=One-Click"},
		{"http://127.0.0.1:8080/manage/k/unsubscribe", "<http://127.0.0.1:8080/manage/k/unsubscribe>", ""},
		{"", "", ""},
	} {
		m := message()
		m.Unsubscribe = tc.address
		if sent := c.Send(limited(t), m); sent.Class != notify.Taken {
			t.Fatalf("sent %+v", sent)
		}
		got := box.Messages()[i]
		if got.Header.Get("List-Unsubscribe") != tc.header || got.Header.Get("List-Unsubscribe-Post") != tc.post {
			t.Errorf("%q: %q, %q", tc.address, got.Header.Get("List-Unsubscribe"), got.Header.Get("List-Unsubscribe-Post"))
		}
		if tc.header != "" && !strings.Contains(string(got.Raw), "List-Unsubscribe: "+tc.header+"\r\n") {
			t.Error("the header is not on one line")
		}
	}
	for _, address := range []string{"mailto:stop@harbour.example", "https://a.example/\r\nBcc: x@mail.example", "https://", "https://a.example/>", "https://a.example/" + strings.Repeat("x", 1000)} {
		m := message()
		m.Unsubscribe = address
		if sent := c.Send(limited(t), m); sent.Class != notify.Refused {
			t.Errorf("%.60q: %+v", address, sent)
		}
	}
}

// A notice that belongs to no incident starts no thread with others like it.
func TestSendWithoutIncident(t *testing.T) {
	box := mailbox(t, notifytest.MailboxOptions{})
	m := message()
	m.Incident = ""
	if sent := channel(t, box.Addr(), nil).Send(limited(t), m); sent.Class != notify.Taken {
		t.Fatalf("sent %+v", sent)
	}
	if h := box.Messages()[0].Header; h.Get("References") != "" || h.Get("In-Reply-To") != "" {
		t.Errorf("it answers %q", h.Get("References"))
	}
}

// The envelope names the delivery, the same at each attempt, within what a
// local part may hold.
func TestSendNamesTheDelivery(t *testing.T) {
	testkit.NoLeaks(t)
	box := mailbox(t, notifytest.MailboxOptions{})
	c := channel(t, box.Addr(), bouncing)
	ids := []string{"0mhw2k3x7abc-mhw2k3x7f0a1b2c3d4", "0mhw2k3x7abc-mhw2k3x7f0a1b2c3d4", "n1", strings.Repeat("x", 60), "Odd/ID"}
	for _, id := range ids {
		m := message()
		m.ID = id
		if sent := c.Send(limited(t), m); sent.Class != notify.Taken {
			t.Fatalf("sent %+v", sent)
		}
	}
	var paths []string
	for _, m := range box.Messages() {
		paths = append(paths, m.From)
		if local, _, _ := strings.Cut(m.From, "@"); len(local) > 64 {
			t.Errorf("%s has %d octets", m.From, len(local))
		}
		if !strings.Contains(string(m.Raw), `<status@harbour.example>`) {
			t.Error("From is not the sender of the configuration")
		}
	}
	if paths[0] != paths[1] || !strings.HasPrefix(paths[0], "bounce+"+ids[0]+".") || !strings.HasPrefix(paths[2], "bounce+n1.") {
		t.Errorf("%q", paths)
	}
	for i := 3; i < len(ids); i++ {
		if !strings.HasPrefix(paths[i], "bounce+"+notify.BounceName(ids[i])+".") {
			t.Errorf("an id that does not fit: %q", paths[i])
		}
	}
}
