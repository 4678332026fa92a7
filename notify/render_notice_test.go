package notify_test

import (
	"strings"
	"testing"

	"daymark/incident"
	"daymark/notify"
)

// TestRenderNotice: a notice is a message of its own, in its channel's form.
func TestRenderNotice(t *testing.T) {
	r := renderer(t, clockAt(14, 3))
	notice := &notify.Notice{
		Kind: notify.AlertNotice, Title: "P1: Sign in is down: take the Engineer's part", Text: "3 of 3 regions fail.\n\n<b>Since</b> 14:02.",
		Link: "https://status.harbour.example/console/incidents/7q2", LinkText: "Open the room", Why: "You are on call.", Severity: incident.P1,
	}
	d := notify.Delivery{ID: "n1", Audience: notify.Staff, Subscriber: notify.Subscriber{Address: "ana@harbour.example", Name: "Ana Reyes"}, Notice: notice}

	d.Channel = "email"
	m, err := r.Render(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"3 of 3 regions fail.", notice.Link, "You are on call."} {
		if !strings.Contains(m.Text, want) || !strings.Contains(m.HTML, want) {
			t.Errorf("%q is missing from\n%s\n%s", want, m.Text, m.HTML)
		}
	}
	if m.Subject != notice.Title || m.To != "ana@harbour.example" || m.Unsubscribe != "" || strings.Contains(m.HTML, "<b>Since") {
		t.Errorf("rendered %+v", m)
	}

	d.Channel = "sms"
	if m, err = r.Render(d); err != nil || m.SMS != "Harbour Bank: "+notice.Title+" "+notice.Link {
		t.Errorf("rendered %q, %v", m.SMS, err)
	}
	notice.SMS = "842 913 is your code"
	if m, err = r.Render(d); err != nil || m.SMS != notice.SMS {
		t.Errorf("rendered %q, %v", m.SMS, err)
	}
}

// TestRenderManage: who has a subscription can end it from the mail.
func TestRenderManage(t *testing.T) {
	const page = "https://status.harbour.example/subscription/"
	r := managed(t, clockAt(14, 3), func(subscriber string) string { return page + subscriber })
	d := opening("email")
	d.Subscriber.ID = "s1"
	m, err := r.Render(d)
	if err != nil {
		t.Fatal(err)
	}
	manage := page + "s1"
	if m.Unsubscribe != manage+"/unsubscribe" || !strings.Contains(m.Text, manage+"\n") || !strings.Contains(m.HTML, `href="`+manage+`"`) {
		t.Errorf("rendered %+v", m)
	}
}
