package notify_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daymark/incident"
	"daymark/internal/lang"
	"daymark/notify"
)

var update = flag.Bool("update", false, "write the golden files anew")

func london(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func clockAt(hour, minute int) time.Time {
	return time.Date(2026, 7, 2, hour-1, minute, 0, 0, time.UTC)
}

func renderer(t *testing.T, now time.Time) *notify.Renderer {
	t.Helper()
	return managed(t, now, nil)
}

// managed is a renderer that knows where subscriptions are managed.
func managed(t *testing.T, now time.Time, manage func(subscriber string) string) *notify.Renderer {
	t.Helper()
	var of func(notify.Subscriber) string
	if manage != nil {
		of = func(s notify.Subscriber) string { return manage(s.ID) }
	}
	r, err := notify.NewRenderer(notify.RendererOptions{
		Manage: of,
		Page: notify.PageInfo{
			Name: "Harbour Bank", URL: "https://status.harbour.example/", Zone: london(t), Contact: "support@harbour.example",
		},
		Regions:    []notify.Named{{ID: "eu", Name: "London"}},
		Components: []notify.Named{{ID: "pay", Name: "Payments API"}, {ID: "sign-in", Name: "Sign in", Names: map[string]string{"cy": "Mewngofnodi"}}, {ID: "cards", Name: "Cards & <loans>"}},
		Now:        func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// opening is a P1 as its first update tells it.
func opening(channel string) notify.Delivery {
	return notify.Delivery{
		ID: "u1-s1", Channel: channel, Created: clockAt(14, 2), Expires: clockAt(18, 2),
		Subscriber: notify.Subscriber{Address: "sam@mail.example", Name: "Sam Field", Components: []string{"pay", "sign-in"}},
		Incident: incident.Incident{
			ID: "7q2", Name: "Sign in is not available", Phase: incident.Investigating, Severity: incident.P1, Worst: incident.P1,
			Since: clockAt(14, 1),
			Affected: []incident.Affected{
				{Component: "sign-in", Status: incident.Down, Worst: incident.Down, From: clockAt(14, 1)},
				{Component: "pay", Status: incident.Slow, Worst: incident.Slow, From: clockAt(14, 2)},
			},
		},
		Update: incident.Update{
			ID: "u1", Incident: "7q2", Number: 1, Kind: incident.Opened, Phase: incident.Investigating, Severity: incident.P1,
			At: clockAt(14, 2), NextBy: clockAt(14, 32), Auto: true,
			Text: "Sign in is not available from any region that we measure since 14:01. Payments API is slow from London since 14:02.",
		},
	}
}

func progress(channel string) notify.Delivery {
	d := opening(channel)
	d.Update = incident.Update{
		ID: "u4", Number: 4, Kind: incident.Progress, Phase: incident.Identified, At: clockAt(14, 27),
		Promised: clockAt(14, 30), NextBy: clockAt(14, 57).AddDate(0, 0, 1),
		Text: "We are moving the payments database back to its first machine. <b>A payment</b> that failed has not left your account.\n\nPayments should start to work again by about 14:45.",
	}
	d.Incident.Affected = append(d.Incident.Affected,
		incident.Affected{Component: "cards", Status: incident.PartlyDown, From: clockAt(14, 20)},
		incident.Affected{Component: "gone", Status: incident.Unmeasured, From: clockAt(14, 20)})
	d.Subscriber.Components = nil
	return d
}

func ending(channel string) notify.Delivery {
	d := opening(channel)
	d.Subscriber.Edges = true
	d.Incident.Phase = incident.Resolved
	for i := range d.Incident.Affected {
		d.Incident.Affected[i].Status, d.Incident.Affected[i].Until = incident.Operational, clockAt(14, 40+i)
	}
	d.Update = incident.Update{
		ID: "u5", Number: 5, Kind: incident.Ended, Phase: incident.Resolved, At: clockAt(14, 45), Promised: clockAt(14, 57),
		Text: "Sign in works again since 14:40. It was not available for 39m.",
	}
	return d
}

// TestRenderMerged: an incident that became part of another is not over for
// that, and every channel leads to the other one.
func TestRenderMerged(t *testing.T) {
	merged := func(channel, tag string) notify.Delivery {
		d := opening(channel)
		d.Subscriber.Language = tag
		d.Incident.Phase, d.Incident.Care.MergedInto = incident.Resolved, "other"
		for i := range d.Incident.Affected {
			d.Incident.Affected[i].Until = clockAt(14, 20)
		}
		d.Update = incident.Update{
			ID: "u2", Number: 2, Kind: incident.Ended, Phase: incident.Resolved, At: clockAt(14, 20),
			Text: "We go on with this as part of another incident: Payments are down.",
		}
		return d
	}
	for _, tag := range lang.Tags() {
		for _, channel := range []string{"email", "sms", "slack", "webhook"} {
			m, err := renderer(t, clockAt(14, 21)).Render(merged(channel, tag))
			if err != nil {
				t.Fatal(err)
			}
			said := m.Subject + m.Text + m.HTML + m.SMS
			if m.Card != nil {
				said += m.Card.Title + m.Card.Link
				if m.Card.Status != incident.Down {
					t.Errorf("%s shows %s", channel, m.Card.Status)
				}
			}
			over, _, _ := strings.Cut(lang.Or(tag).Text("notify.over", nil), "{")
			if strings.Contains(said, over) || strings.Contains(said, "work again") {
				t.Errorf("%s in %s says that it is over: %s", channel, tag, said)
			}
			if !strings.Contains(said, "https://status.harbour.example/incidents/other") || strings.Contains(said, "/incidents/7q2") {
				t.Errorf("%s in %s does not lead to where it goes on: %s", channel, tag, said)
			}
			if channel == "sms" && tag != "ar" {
				if n, _ := notify.Segments(m.SMS); n != 1 {
					t.Errorf("%d segments: %s", n, m.SMS)
				}
			}
		}
	}
	m, err := renderer(t, clockAt(14, 21)).Render(merged("sms", "en"))
	const want = "Harbour Bank: Payments API and Sign in: this goes on as part of another incident. https://status.harbour.example/incidents/other?of=7q2&u=2"
	if err != nil || m.SMS != want || !strings.HasSuffix(want, m.Mark) {
		t.Errorf("said %q, %v; want %q", m.SMS, err, want)
	}
	d := merged("email", "en")
	d.Incident.Affected = nil
	if m, err = renderer(t, clockAt(14, 21)).Render(d); err != nil || m.Subject != "It goes on as part of another incident" {
		t.Errorf("about no component: %q, %v", m.Subject, err)
	}
}

// TestRenderWhyOne: who follows one incident asked for no other.
func TestRenderWhyOne(t *testing.T) {
	d := opening("email")
	d.Subscriber = notify.Subscriber{ID: "s", Address: "sam@mail.example", Incident: "7q2"}
	for edges, want := range map[bool]string{false: "asked for every update on this incident.", true: "asked for the beginning, worsening and end of this incident."} {
		d.Subscriber.Edges = edges
		m, err := renderer(t, clockAt(14, 21)).Render(d)
		if err != nil || !strings.Contains(strings.Join(strings.Fields(m.Text), " "), want) {
			t.Errorf("says %s, %v; want %q", m.Text, err, want)
		}
	}
}

func TestRenderGolden(t *testing.T) {
	for name, make := range map[string]func(string) notify.Delivery{"opening": opening, "progress": progress, "ending": ending} {
		t.Run(name, func(t *testing.T) {
			d := make("email")
			m, err := renderer(t, d.Update.At).Render(d)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+".html", m.HTML)
			golden(t, name+".txt", "Subject: "+m.Subject+"\n\n"+m.Text)
			for line := range strings.SplitSeq(m.Text, "\n") {
				if len([]rune(line)) > 78 {
					t.Errorf("a line of %d characters: %s", len([]rune(line)), line)
				}
			}
			d = make("sms")
			if m, err = renderer(t, d.Update.At).Render(d); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".sms", m.SMS+"\n")
			if n, encoding := notify.Segments(m.SMS); n != 1 || encoding != notify.GSM7 {
				t.Errorf("%d segments of %s", n, encoding)
			}
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test -update writes it anew); got:\n%s", name, got)
	}
}

func TestRenderSubject(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*notify.Delivery)
		want   string
	}{
		"opened":       {func(*notify.Delivery) {}, "Sign in is not available: next update by 14:32"},
		"no promise":   {func(d *notify.Delivery) { d.Update.NextBy = time.Time{} }, "Sign in is not available"},
		"reopened":     {func(d *notify.Delivery) { d.Update.Kind = incident.Reopened }, "Back again: Sign in is not available: next update by 14:32"},
		"monitoring":   {func(d *notify.Delivery) { d.Update.Phase = incident.Monitoring }, "Sign in is not available: we watch whether it holds, next update by 14:32"},
		"over, two":    {func(d *notify.Delivery) { d.Update.Kind = incident.Ended }, "Over: Payments API and Sign in work again"},
		"header lines": {func(d *notify.Delivery) { called(d, "Down\r\nBcc: all@mail.example") }, "Down Bcc: all@mail.example: next update by 14:32"},
		"over, three": {func(d *notify.Delivery) {
			d.Update.Kind = incident.Ended
			d.Incident.Affected = append(d.Incident.Affected, incident.Affected{Component: "cards"})
		}, "Over: Payments API, Sign in and 1 more work again"},
	} {
		t.Run(name, func(t *testing.T) {
			d := opening("email")
			tc.change(&d)
			m, err := renderer(t, clockAt(14, 2)).Render(d)
			if err != nil || m.Subject != tc.want {
				t.Errorf("got %q, %v; want %q", m.Subject, err, tc.want)
			}
		})
	}
}

// called lets a person have named the incident.
func called(d *notify.Delivery, name string) {
	d.Incident.Name, d.Incident.Care.OpenedBy = name, "ana"
}

func TestRenderSMSKeepsToOneSegment(t *testing.T) {
	long := strings.Repeat("x", 78)
	for name, tc := range map[string]struct {
		name     string
		segments int
		encoding notify.Encoding
		without  string
	}{
		"fits":                         {"Sign in is not available", 1, notify.GSM7, ""},
		"typography is spelt plainly":  {"Sam’s “sign in” – down…", 1, notify.GSM7, "’"},
		"leaves the page's name out":   {"Sign in " + long, 1, notify.GSM7, "Harbour"},
		"leaves nothing out in vain":   {"Sign in " + long + long, 2, notify.GSM7, ""},
		"a name beyond GSM-7 may cost": {"Přihlášení nefunguje", 2, notify.UCS2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := opening("sms")
			called(&d, tc.name)
			m, err := renderer(t, clockAt(14, 2)).Render(d)
			if err != nil {
				t.Fatal(err)
			}
			n, encoding := notify.Segments(m.SMS)
			if n != tc.segments || encoding != tc.encoding {
				t.Errorf("%d segments of %s: %s", n, encoding, m.SMS)
			}
			if tc.without != "" && strings.Contains(m.SMS, tc.without) {
				t.Errorf("%q is in %s", tc.without, m.SMS)
			}
			if !strings.Contains(m.SMS, "Next update by 14:32.") || !strings.HasSuffix(m.SMS, " "+m.Mark) ||
				m.Mark != "https://status.harbour.example/incidents/7q2?u=1" {
				t.Errorf("without promise or mark %s: %s", m.Mark, m.SMS)
			}
		})
	}
}

func TestRenderRefuses(t *testing.T) {
	page := notify.PageInfo{Name: "P", URL: "https://p.example", Zone: time.UTC, Contact: "c@p.example"}
	for name, spoil := range map[string]func(*notify.PageInfo){
		"no address":  func(p *notify.PageInfo) { p.URL = "p.example" },
		"no name":     func(p *notify.PageInfo) { p.Name = "" },
		"no zone":     func(p *notify.PageInfo) { p.Zone = nil },
		"no contact":  func(p *notify.PageInfo) { p.Contact = "" },
		"not the web": func(p *notify.PageInfo) { p.URL = "javascript:alert(1)" },
	} {
		t.Run(name, func(t *testing.T) {
			p := page
			spoil(&p)
			if _, err := notify.NewRenderer(notify.RendererOptions{Page: p}); err == nil {
				t.Errorf("took %+v", p)
			}
		})
	}
	d := opening("pigeon")
	if m, err := renderer(t, clockAt(14, 2)).Render(d); err == nil {
		t.Errorf("rendered %+v", m)
	}
}
