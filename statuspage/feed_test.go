package statuspage_test

import (
	"encoding/xml"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"
	"github.com/mmcdole/gofeed"

	"daymark/incident"
	"daymark/statuspage"
)

// busy is the bank while payments fail, with work of every stage: one was moved
// twice, one cancelled, and one comes again by a rule.
func busy(t testing.TB) (*source, statuspage.Params) {
	s := failing(t)
	works := maintained(t).snapshot.Maintenances
	zone := london(t)
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 12, day, hour, minute, 0, 0, zone) }
	works[3].Moves = []incident.Move{{At: at(1, 7, 0), From: at(3, 23, 0), To: at(4, 0, 0)}, {At: at(1, 12, 30), From: at(4, 0, 0), To: at(4, 1, 0)}}
	works[3].Updated = at(1, 12, 30)
	s.snapshot.Maintenances = works
	s.gone = []incident.PlannedMaintenance{{
		ID: "work00000005", Title: "Move of the archive", Components: []string{"batch"}, Stage: incident.Cancelled, Announce: at(1, 8, 0), Starts: at(5, 22, 0), Ends: at(5, 23, 0),
		Made: at(1, 8, 0), Announced: at(1, 8, 0), Done: at(1, 11, 0), Updated: at(1, 11, 0), Why: "for staff alone",
	}}
	s.learned = "A reminder was sent to everybody at once.\n\nWe send it in groups now."
	p := harbour(t, s)
	p.Recurring = []incident.Recurring{
		{ID: "statements-move", Name: "Statements move", Components: []string{"batch"}, Starts: "2026-12-01T14:00", Lasts: 2 * time.Hour, RRule: "FREQ=WEEKLY;COUNT=4"},
		{ID: "secret", Name: "Not public yet", Components: []string{"batch"}, Starts: "2026-12-24T14:00", Lasts: 2 * time.Hour, RRule: "FREQ=WEEKLY"},
	}
	return s, p
}

func TestGoldenFeeds(t *testing.T) {
	_, p := busy(t)
	h := handler(newPage(t, p))
	for path, file := range map[string]string{
		"/history.atom":                  "history.atom",
		"/history.rss":                   "history.rss",
		"/components/batch/history.atom": "component.atom",
		"/components/batch/history.rss":  "component.rss",
		"/calendar.ics":                  "calendar.ics",
		"/calendar.ics?component=batch":  "component.ics",
		"/maintenance/work00000004.ics":  "maintenance.ics",
	} {
		answer, body := get(t, h, path, "Origin", "https://elsewhere.example")
		if answer.StatusCode != http.StatusOK || answer.Header.Get("Access-Control-Allow-Origin") != "*" || answer.Header.Get("Etag") == "" {
			t.Fatalf("%s: %d %v: %s", path, answer.StatusCode, answer.Header, body)
		}
		golden(t, file, body)
		again, body := get(t, h, path, "If-None-Match", answer.Header.Get("Etag"))
		if again.StatusCode != http.StatusNotModified || body != "" {
			t.Errorf("%s is sent again: %d", path, again.StatusCode)
		}
		if packed, _ := get(t, h, path, "Accept-Encoding", "gzip"); packed.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%s is not compressed", path)
		}
	}
	for _, path := range []string{"/components/none/history.atom", "/calendar.ics?component=none", "/maintenance/none.ics", "/maintenance/none"} {
		if answer, _ := get(t, h, path); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, answer.StatusCode)
		}
	}
}

// What is read is read by somebody else's parser.
func TestFeedsAreUnderstood(t *testing.T) {
	s, p := busy(t)
	h := handler(newPage(t, p))
	read := func(path string) *gofeed.Feed {
		t.Helper()
		_, body := get(t, h, path)
		feed, err := gofeed.NewParser().ParseString(body)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		return feed
	}
	strong := regexp.MustCompile(`<strong>([^<]*)</strong>`)
	state := map[string]string{
		"Payments are failing": "Identified", "Signing in was slow": "Postmortem", "New network": "Completed",
		"Check of the archive": "Verifying", "Statements move": "In progress", "New disks": "Scheduled", "Move of the archive": "Cancelled",
	}
	atom, rss := read("/history.atom"), read("/history.rss")
	for _, feed := range []*gofeed.Feed{atom, rss} {
		if feed.Title != "Harbour Bank Status - Incident History" || feed.Link != "https://status.harbour.example/history" || len(feed.Items) != len(state) {
			t.Fatalf("%q %q %d entries", feed.Title, feed.Link, len(feed.Items))
		}
		for _, item := range feed.Items {
			content := item.Content + item.Description
			if found := strong.FindStringSubmatch(content); found == nil || found[1] != state[item.Title] {
				t.Errorf("%s: the first <strong> is %q, want %q", item.Title, found, state[item.Title])
			}
			if strings.Contains(content, "staff alone") {
				t.Errorf("%s tells what is for staff", item.Title)
			}
		}
	}
	byTitle := func(feed *gofeed.Feed, title string) *gofeed.Item {
		for _, item := range feed.Items {
			if item.Title == title {
				return item
			}
		}
		t.Fatalf("%q is in no entry", title)
		return nil
	}
	failing := byTitle(atom, "Payments are failing")
	if failing.GUID != "tag:status.harbour.example,2005:Incident/open00000001" || failing.Link != "https://status.harbour.example/incidents/open00000001" ||
		failing.Published != "2026-12-01T13:43:00Z" || failing.Updated != "2026-12-01T14:00:00Z" {
		t.Errorf("%q %q %q %q", failing.GUID, failing.Link, failing.Published, failing.Updated)
	}
	disks := byTitle(rss, "New disks")
	if disks.GUID != disks.Link || disks.Link != "https://status.harbour.example/maintenance/work00000004" || !disks.PublishedParsed.Equal(time.Date(2026, 12, 3, 22, 0, 0, 0, time.UTC)) ||
		disks.Custom["maintenanceEndDate"] != "Fri, 04 Dec 2026 01:00:00 +0000" {
		t.Errorf("%q %q %v %v", disks.GUID, disks.Link, disks.PublishedParsed, disks.Custom)
	}
	if ordinary := byTitle(rss, "Signing in was slow"); ordinary.Custom["maintenanceEndDate"] != "" {
		t.Error("an incident has the end of a maintenance")
	}
	if len(read("/components/sign-in/history.atom").Items) != 4 || len(read("/components/batch/history.rss").Items) != 2 {
		t.Error("the feed of a component has what is not its own, or lacks what is")
	}

	// A new update moves updated, and nothing else of the entry's head.
	s.change(func(snap *statuspage.Snapshot) {
		one := snap.Open[0].Clone()
		one.Updates = append(one.Updates, incident.Update{ID: "open-3", Number: 3, Kind: incident.Progress, Phase: incident.Identified, At: noon, Text: "Still moving."})
		snap.Open = []incident.Incident{one}
	})
	h = handler(newPage(t, p))
	moved := byTitle(read("/history.atom"), "Payments are failing")
	if moved.GUID != failing.GUID || moved.Published != failing.Published || moved.Updated != "2026-12-01T14:18:18Z" {
		t.Errorf("%q %q %q", moved.GUID, moved.Published, moved.Updated)
	}
	if labels := strong.FindAllStringSubmatch(moved.Content, -1); len(labels) != 3 || labels[0][1] != "Identified" || labels[1][1] != "Identified" || labels[2][1] != "Investigating" {
		t.Errorf("labels %q", labels)
	}
}

// Programs get the page's first language, or the one that the address says,
// whatever the browser's is.
func TestFeedsSpeakTheFirstLanguage(t *testing.T) {
	_, p := busy(t)
	p.Options.Languages = []string{"en", "cy"}
	made, err := statuspage.NewSite(p)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for _, r := range made.Routes() {
		mux.Handle(r.Pattern, r.Handler)
	}
	h := made.Errors().Router(mux)
	for _, path := range []string{"/history.atom", "/history.rss", "/components/batch/history.atom", "/calendar.ics", "/maintenance/work00000004.ics"} {
		_, plain := get(t, h, path)
		if _, body := get(t, h, path, "Accept-Language", "cy", "Cookie", "lang=cy"); body != plain {
			t.Errorf("%s follows the browser's language", path)
		}
		answer, body := get(t, h, path+"?lang=cy")
		if answer.StatusCode != http.StatusOK || body == plain || !strings.Contains(body, "cynnal") && !strings.Contains(body, "Efallai") {
			t.Errorf("%s?lang=cy: %d %.300s", path, answer.StatusCode, body)
		}
	}
	if _, body := get(t, h, "/history", "Cookie", "lang=cy"); !strings.Contains(body, `href="/history.atom?lang=cy"`) || !strings.Contains(body, `href="/calendar.ics?lang=cy"`) {
		t.Error("the Welsh page leads to feeds in English")
	}
}

// hostileText tries to end what it stands in: markup, CDATA, lines and fields.
const hostileText = "<script>alert(1)</script>]]>&<!--\r\nEND:VEVENT\r\nBEGIN:VALARM\nSet-Cookie: a=b\r\x00\x1b[31m\x7f\u0085\u2028\xff;,\\n\"' " +
	"\U0001F6A2 long enough that it must be folded: ŵŷ ŵŷ ŵŷ ŵŷ ŵŷ ŵŷ ŵŷ ŵŷ ŵŷ ŵŷ ŵŷ ŵŷ ŵŷ ŵŷ ŵŷ ŵŷ ŵŷ ŵŷ ŵŷ ŵŷ ŵŷ ŵŷ ŵŷ ŵŷ"

func TestHostileTextInFeedsAndCalendars(t *testing.T) {
	s, p := busy(t)
	s.change(func(snap *statuspage.Snapshot) {
		one := snap.Open[0].Clone()
		one.Name = hostileText
		one.Updates[0].Text, one.Updates[1].Text = hostileText, hostileText
		snap.Open = []incident.Incident{one}
		snap.Maintenances[3].Title, snap.Maintenances[3].Text = hostileText, hostileText
	})
	p.Options.Name, p.Components[0].Name = hostileText, hostileText
	h := handler(newPage(t, p))
	for _, path := range []string{"/history.atom", "/history.rss", "/components/core-api/history.atom", "/components/core-api/history.rss"} {
		_, body := get(t, h, path)
		strict := xml.NewDecoder(strings.NewReader(body))
		for {
			if _, err := strict.Token(); err != nil {
				if err.Error() != "EOF" {
					t.Errorf("%s is no XML: %v", path, err)
				}
				break
			}
		}
		feed, err := gofeed.NewParser().ParseString(body)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, item := range feed.Items {
			content := item.Content + item.Description
			if strings.Contains(content, "<script") || strings.Contains(content, "<!--") || strings.ContainsAny(body, "\x00\x1b\x7f\r") {
				t.Errorf("%s: hostile text got through: %q", path, content)
			}
		}
		if !strings.Contains(body, "&amp;lt;script&amp;gt;alert(1)") {
			t.Errorf("%s: the text is not there at all", path)
		}
	}
	for _, path := range []string{"/calendar.ics", "/maintenance/work00000004.ics"} {
		_, body := get(t, h, path)
		for line := range strings.SplitSeq(strings.TrimSuffix(body, "\r\n"), "\r\n") {
			if len(line) > 75 || strings.ContainsAny(line, "\r\n\x00\x1b\x7f") || line != strings.ToValidUTF8(line, "") {
				t.Errorf("%s: the line %q", path, line)
			}
		}
		calendar, err := ics.ParseCalendar(strings.NewReader(body))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if strings.Contains(body, "\r\nBEGIN:VALARM") || strings.Count(body, "\r\nBEGIN:VEVENT") != len(calendar.Events()) {
			t.Errorf("%s: text became a component", path)
		}
		for _, event := range calendar.Events() {
			if event.Id() != "work00000004@status.harbour.example" {
				continue
			}
			said := event.GetProperty(ics.ComponentPropertyDescription).Value
			if !strings.HasPrefix(said, "<script>alert(1)</script>]]>&<!--\nEND:VEVENT\nBEGIN:VALARM\nSet-Cookie: a=b\n[31m\n\n\uFFFD;,\\n\"' \U0001F6A2 long") {
				t.Errorf("%s: it says %q", path, said)
			}
		}
	}
	for _, path := range []string{"/maintenance/work00000004", "/history?q=%3Cscript%3Ealert(1)%3C/script%3E%22%27&component=%22%3E%3Cscript%3E", "/history"} {
		_, body := get(t, h, path)
		if strings.Contains(body, "<script>") || strings.Contains(body, `value="<`) {
			t.Errorf("%s: hostile text got through", path)
		}
		if !strings.Contains(body, "&lt;script&gt;alert(1)") {
			t.Errorf("%s: the text is not there at all", path)
		}
	}
}

// TestNoFeeds: where there are to be none, nothing serves them, and no page and
// no copy leads there; the calendar stays.
func TestNoFeeds(t *testing.T) {
	p := harbour(t, failing(t))
	p.NoFeeds = true
	p.Subscribe = &statuspage.Subscribing{Channels: []string{"email"}, Subscriptions: newSubscriptions()}
	page := newPage(t, p)
	h := handler(page)
	for _, path := range []string{"/history.atom", "/history.rss", "/components/sign-in/history.atom", "/components/sign-in/history.rss"} {
		if answer, _ := get(t, h, path); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s is answered with %d", path, answer.StatusCode)
		}
	}
	for _, path := range []string{"/", "/history", "/components/sign-in", "/subscribe"} {
		answer, body := get(t, h, path)
		if answer.StatusCode != http.StatusOK || strings.Contains(body, ".atom") || strings.Contains(body, ".rss") || !strings.Contains(body, `href="/calendar.ics"`) {
			t.Errorf("%s is answered with %d and has feeds, or no calendar", path, answer.StatusCode)
		}
	}
	if lost := page.NotServed(); len(lost) != 0 {
		t.Errorf("a copy would have %v, which nothing serves", lost)
	}
}
