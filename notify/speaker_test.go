package notify_test

import (
	"strings"
	"testing"

	"daymark/incident"
	"daymark/internal/lang"
	"daymark/notify"
)

// TestRenderLanguages: a subscriber is told in their language, in every
// channel, and an update that Daymark wrote is said anew.
func TestRenderLanguages(t *testing.T) {
	for _, tag := range lang.Tags()[1:] {
		t.Run(tag, func(t *testing.T) {
			r := managed(t, clockAt(14, 3), func(string) string { return "https://status.harbour.example/subscription/x" })
			d := measured("email", tag)
			m, err := r.Render(d)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "opening."+tag+".html", m.HTML)
			golden(t, "opening."+tag+".txt", "Subject: "+m.Subject+"\n\n"+m.Text)
			for _, english := range []string{"not available", "update", "Sent at", "You get", "subscription<", "since"} {
				if strings.Contains(m.Subject+m.Text+m.HTML, english) {
					t.Errorf("%q is English", english)
				}
			}
			m, err = r.Render(measured("sms", tag))
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "opening."+tag+".sms", m.SMS+"\n")
			checkSegments(t, tag, m.SMS)
			for _, kind := range []incident.UpdateKind{incident.Reopened, incident.Ended} {
				d = measured("sms", tag)
				d.Update.Kind = kind
				if m, err = r.Render(d); err != nil {
					t.Fatal(err)
				}
				checkSegments(t, tag, m.SMS)
			}
			if m, err = r.Render(measured("slack", tag)); err != nil || m.Card == nil || strings.Contains(m.Card.Title+strings.Join(m.Card.Foot, " ")+m.Card.LinkText, "update") {
				t.Errorf("the card is %+v, %v", m.Card, err)
			}
		})
	}
}

// measured is an opening with what was found, to a reader of a language.
func measured(channel, tag string) notify.Delivery {
	d := opening(channel)
	d.Subscriber.Language, d.Subscriber.ID = tag, "s1"
	d.Update.Findings = []incident.Finding{
		{Component: "pay", Status: incident.Slow, Since: clockAt(14, 2), Regions: []string{"eu"}},
		{Component: "sign-in", Status: incident.Down, Since: clockAt(14, 1), Everywhere: true},
	}
	return d
}

// TestRenderWordsOfPeople: what a person wrote, or put right, stays as it is.
func TestRenderWordsOfPeople(t *testing.T) {
	r := renderer(t, clockAt(14, 3))
	for name, change := range map[string]func(*notify.Delivery){
		"written":   func(d *notify.Delivery) { d.Update.Findings, d.Update.Text = nil, "A key expired." },
		"put right": func(d *notify.Delivery) { d.Update.Edited, d.Update.Text = clockAt(14, 2), "A key expired." },
	} {
		d := measured("email", "de")
		change(&d)
		if m, err := r.Render(d); err != nil || !strings.Contains(m.Text, "A key expired.") {
			t.Errorf("%s: %s, %v", name, m.Text, err)
		}
	}
}

// checkSegments: our own words cost no more than English ones where the
// language's letters allow it.
func checkSegments(t *testing.T, tag, text string) {
	t.Helper()
	n, encoding := notify.Segments(text)
	if tag == "ar" && n == 2 && encoding == notify.UCS2 || tag != "ar" && n == 1 && encoding == notify.GSM7 {
		return
	}
	t.Errorf("%d segments of %s: %s", n, encoding, text)
}
