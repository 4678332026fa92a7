package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"daymark/access"
	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/notify/notifytest"
	"daymark/store"
)

// mailed is a visitor before a server whose mail arrives.
type mailed struct {
	*reading
	box *notifytest.Mailbox
}

func newMailed(t *testing.T) *mailed {
	t.Helper()
	box, err := notifytest.NewMailbox(notifytest.MailboxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := box.Start(context.Background(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	a := newTestAppFor(t, box.Addr(), "")
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); a.sender.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return &mailed{&reading{app: a, t: t, http: a.handler(), from: "203.0.113.9:1234"}, box}
}

// report makes one, and gives its private path and its id.
func (m *mailed) report(form url.Values, headers ...string) (link, id string) {
	m.t.Helper()
	link = m.ask("/report", form, headers...).Header().Get("Location")
	found, err := m.store.ReportByLink(context.Background(), access.HashToken(strings.TrimPrefix(link, "/reports/")), m.now())
	if err != nil {
		m.t.Fatal(link, err)
	}
	return link, found.ID
}

func (m *mailed) give(by string, c incident.Command) {
	m.t.Helper()
	if _, err := m.engine.Command(context.Background(), incident.By{Person: by, Via: "test"}, "", c); err != nil {
		m.t.Fatal(err)
	}
}

// queued says in which states mail about a report is, and where it goes.
func (m *mailed) queued(id string) (all []store.Flight) {
	m.t.Helper()
	for n := range 20 {
		if f, err := m.store.Flight(context.Background(), fmt.Sprintf("report-%s-%d", id, n)); err == nil {
			all = append(all, *f)
		}
	}
	return all
}

func (m *mailed) mails(n int) notifytest.Mail {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	all, err := m.box.Wait(ctx, n)
	if err != nil || len(all) != n {
		m.t.Fatalf("%d mails, %v; want %d", len(all), err, n)
	}
	return all[n-1]
}

var reportPattern = regexp.MustCompile(`http://status\.example(/reports/[\w-]+)(/unsubscribe)?`)

// TestAReporterIsMailedAnswers: nothing before a person of staff answered, then
// one email an answer, in the language of the report, with nothing of what was
// reported; its link opens the report, and one click ends the mail.
func TestAReporterIsMailedAnswers(t *testing.T) {
	testkit.Beside(t)
	m := newMailed(t)
	link, id := m.report(url.Values{"text": {"Call this number now"}, "contact": {"Sam@Mail.Example"}}, "Accept-Language", "de")
	if page := m.ask(link, nil).Body.String(); !strings.Contains(page, "mailed to you too") {
		t.Error("the page does not say that answers are mailed")
	}
	m.give("", incident.AnswerReport{Report: id, Text: "Said by no person."})
	if q := m.queued(id); len(q) != 0 {
		t.Fatalf("mail before a person answered: %+v", q)
	}
	m.give("ana", incident.TriageReport{Report: id, Priority: incident.P3})
	mail := m.mails(1)
	text := mail.Text
	for _, want := range []string{"Eine Antwort auf das Problem", "Wir haben uns Ihre Meldung angesehen", "Statusseite", "Keine E-Mails mehr zu dieser Meldung"} {
		if !strings.Contains(mail.Subject+"\n"+strings.Join(strings.Fields(text), " "), want) {
			t.Errorf("%q is not in %s", want, text)
		}
	}
	if strings.Contains(text+mail.HTML, "Call this") || strings.Contains(text, strings.TrimPrefix(link, "/reports/")) {
		t.Error("the mail holds what was reported, or the reporter's own token")
	}
	found := reportPattern.FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("no link in %s", text)
	}
	private := found[1]
	if page := m.ask(private, nil); page.Code != http.StatusOK || !strings.Contains(page.Body.String(), "Call this number now") {
		t.Fatalf("the link of the mail: %d", page.Code)
	}
	for _, wrong := range []string{private + "x", private[:len(private)-1], strings.Replace(private, "/reports/r", "/reports/m", 1)} {
		if answer := m.ask(wrong, nil); answer.Code != http.StatusNotFound {
			t.Errorf("%s: %d", wrong, answer.Code)
		}
	}
	// A second answer within the minute waits, and is taken back with the address.
	m.give("ana", incident.AnswerReport{Report: id, Text: "Try again now."})
	if q := m.queued(id); len(q) != 2 || q[1].State != notify.Pending {
		t.Fatalf("queued %+v", q)
	}
	stop := private + "/unsubscribe"
	if !strings.Contains(mail.Header.Get("List-Unsubscribe"), stop) {
		t.Errorf("List-Unsubscribe is %q", mail.Header.Get("List-Unsubscribe"))
	}
	if page := m.ask(stop, nil); page.Code != http.StatusOK || m.contact(id) == "" {
		t.Errorf("looking at the way out: %d", page.Code)
	}
	if page := m.ask(stop, url.Values{"something": {"else"}}); page.Code != http.StatusBadRequest || m.contact(id) == "" {
		t.Errorf("a POST of something else: %d", page.Code)
	}
	for range 2 { // mail programs send it from anywhere, and twice is once
		if page := m.ask(stop, url.Values{"List-Unsubscribe": {"One-Click"}}, "Origin", "https://mail.example"); page.Code != http.StatusOK || m.contact(id) != "" {
			t.Errorf("one click: %d", page.Code)
		}
	}
	if q := m.queued(id); q[1].State != notify.Suppressed {
		t.Errorf("what waited is %+v", q[1])
	}
	m.give("ana", incident.AnswerReport{Report: id, Text: "It is done.", Close: true})
	if q := m.queued(id); len(q) != 2 {
		t.Errorf("mail after the address was deleted: %+v", q)
	}
	if page := m.ask(link, nil).Body.String(); !strings.Contains(page, "It is done.") || strings.Contains(page, "mailed to you") {
		t.Error("the page of the report is not as it should be")
	}
}

func (m *mailed) contact(id string) string {
	m.t.Helper()
	r, err := m.store.UserReport(context.Background(), id)
	if err != nil {
		m.t.Fatal(err)
	}
	return r.Contact
}

// TestWhoIsNotMailedAboutAReport: an address that is left alone, one that had
// as much as it may have in a day, whatever it writes behind its name, and who
// was written down by staff.
func TestWhoIsNotMailedAboutAReport(t *testing.T) {
	testkit.Beside(t)
	m := newMailed(t)
	m.inTx(func(ctx context.Context, tx notify.SubscriptionTx) error {
		return tx.Suppress(ctx, "email", "eve@mail.example", notify.EndedByWish, true, m.now())
	})
	_, left := m.report(url.Values{"text": {"a"}, "contact": {"Eve@mail.example"}})
	m.give("ana", incident.AnswerReport{Report: left, Text: "Seen."})
	if q := m.queued(left); len(q) != 0 {
		t.Errorf("an address that is left alone: %+v", q)
	}
	sent := 0
	for n := range store.ReportMailsADay + 2 {
		_, id := m.report(url.Values{"text": {fmt.Sprint(n)}, "contact": {fmt.Sprintf("vic+%d@mail.example", n)}})
		m.give("ana", incident.AnswerReport{Report: id, Text: "Seen."})
		sent += len(m.queued(id))
	}
	if sent != store.ReportMailsADay {
		t.Errorf("%d mails to one mailbox in a day; want %d", sent, store.ReportMailsADay)
	}
	m.give("ana", incident.FileReport{Component: m.doc.Components[0].ID, Text: "By phone.", Contact: "tim@mail.example"})
	all, err := m.store.Reports(t.Context(), store.ReportQuery{Most: 100})
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		if r := &all[i]; r.Source == "" {
			m.give("ana", incident.AnswerReport{Report: r.ID, Text: "Seen."})
			if q := m.queued(r.ID); len(q) != 0 {
				t.Errorf("who was written down by staff: %+v", q)
			}
		}
	}
}
