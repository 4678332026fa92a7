package notify_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"daymark/incident"
	"daymark/internal/lang"
	"daymark/notify"
)

// several is an opening with so many others in the same message.
func several(channel, language string, others int) notify.Delivery {
	d := opening(channel)
	d.Subscriber.Language = language
	for i := range others {
		with := notify.Beside{ID: fmt.Sprint("w", i), Incident: opening(channel).Incident, Update: opening(channel).Update}
		with.Incident.ID, with.Incident.Name = fmt.Sprint("other", i), "Cards & <loans> is partly not available"
		with.Incident.Affected = []incident.Affected{{Component: "cards", Status: incident.PartlyDown, Worst: incident.PartlyDown, From: clockAt(14, 1)}}
		with.Update.Incident, with.Update.Number, with.Update.NextBy = with.Incident.ID, 3, clockAt(14, 40+i)
		d.With = append(d.With, with)
	}
	return d
}

func TestRenderTogetherGolden(t *testing.T) {
	for _, tag := range []string{"en", "de", "ar"} {
		m, err := renderer(t, clockAt(14, 2)).Render(several("email", tag, 2))
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "together."+tag+".html", m.HTML)
		golden(t, "together."+tag+".txt", "Subject: "+m.Subject+"\n\n"+m.Text)
		if m, err = renderer(t, clockAt(14, 2)).Render(several("sms", tag, 2)); err != nil {
			t.Fatal(err)
		}
		golden(t, "together."+tag+".sms", m.SMS+"\n")
	}
}

// TestRenderTogether: in each language, by each channel that tells of several,
// every incident is named with its link and its next update, and nothing is cut
// off.
func TestRenderTogether(t *testing.T) {
	for _, tag := range lang.Tags() {
		for _, channel := range []string{"email", "sms", "slack", "teams", "discord"} {
			most := notify.Together(channel)
			d := several(channel, tag, most-1)
			m, err := renderer(t, clockAt(14, 2)).Render(d)
			if err != nil {
				t.Fatal(err)
			}
			said := m.Text + m.SMS
			if m.Card != nil {
				if len(m.Card.Entries) != most {
					t.Errorf("%s in %s: %d entries", channel, tag, len(m.Card.Entries))
				}
				for _, e := range m.Card.Entries {
					said += e.Text + " " + e.Link + "\n"
				}
			}
			for i, with := range d.With {
				if !strings.Contains(said, "https://status.harbour.example/incidents/"+with.Incident.ID) || !strings.Contains(said, fmt.Sprintf("14:%d", 40+i)) {
					t.Errorf("%s in %s says nothing of %s: %s", channel, tag, with.Incident.ID, said)
				}
			}
			if !strings.Contains(said, "/incidents/7q2") || !strings.Contains(said, "14:32") || m.Incident != "" {
				t.Errorf("%s in %s, of %q: %s", channel, tag, m.Incident, said)
			}
			if channel == "sms" {
				n, _ := notify.Segments(m.SMS)
				if !strings.HasSuffix(m.SMS, m.Mark) || !strings.HasSuffix(m.Mark, fmt.Sprintf("?u=3&n=%d", most)) || len([]rune(m.SMS)) > 1600 || n > 1500/67+1 {
					t.Errorf("%d segments in %s, known by %s: %s", n, tag, m.Mark, m.SMS)
				}
			}
		}
	}
	if _, err := renderer(t, clockAt(14, 2)).Render(several("webhook", "en", 1)); err == nil {
		t.Error("a webhook tells of several incidents")
	}
	if n := notify.Together("webhook"); n != 1 {
		t.Errorf("a webhook is said to tell of %d incidents", n)
	}
}

// TestRenderTogetherOfAFarAddress: where the page's own address is so long that
// five links do not fit, there is one.
func TestRenderTogetherOfAFarAddress(t *testing.T) {
	r, err := notify.NewRenderer(notify.RendererOptions{
		Page: notify.PageInfo{Name: "Harbour Bank", URL: "https://status.harbour.example/" + strings.Repeat("far/", 100), Zone: london(t), Contact: "support@harbour.example"},
		Now:  func() time.Time { return clockAt(14, 2) },
	})
	if err != nil {
		t.Fatal(err)
	}
	m, err := r.Render(several("sms", "en", notify.Together("sms")-1))
	if err != nil || len([]rune(m.SMS)) > 1600 || strings.Count(m.SMS, "https://") != 1 || !strings.HasSuffix(m.SMS, m.Mark) {
		t.Errorf("%v: %d characters: %s", err, len([]rune(m.SMS)), m.SMS)
	}
}
