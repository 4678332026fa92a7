package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/store"
)

func TestAVisitorReportsAndFollows(t *testing.T) {
	testkit.Beside(t)
	r := newReading(t)
	if answer := r.ask("/report", url.Values{"contact": {"sam"}, "text": {" "}}); answer.Code != http.StatusUnprocessableEntity || !strings.Contains(answer.Body.String(), `id="text-error"`) {
		t.Errorf("an empty report: %d", answer.Code)
	}
	evil := "<script>alert(1)</script>"
	sent := r.ask("/report", url.Values{"text": {evil}, "contact": {"sam@mail.example"}})
	link := sent.Header().Get("Location")
	if sent.Code != http.StatusSeeOther || !strings.HasPrefix(link, "/reports/") {
		t.Fatalf("sent: %d, to %q: %s", sent.Code, link, sent.Body)
	}
	all, err := r.store.Reports(t.Context(), store.ReportQuery{Most: 10})
	if err != nil || len(all) != 1 || all[0].Text != evil || strings.Contains(link, all[0].Link) || all[0].Source != incident.SourcePage {
		t.Fatalf("kept %+v, %v", all, err)
	}
	if _, err := r.engine.Command(t.Context(), incident.By{Via: "command line"}, "", incident.AnswerReport{Report: all[0].ID, Text: "Try again now."}); err != nil {
		t.Fatal(err)
	}
	if answer := r.ask(link, url.Values{"act": {"works"}}); answer.Code != http.StatusSeeOther {
		t.Errorf("it works: %d %s", answer.Code, answer.Body)
	}
	page := r.ask(link, nil)
	for _, want := range []string{"Try again now.", "It works again for me", "&lt;script&gt;"} {
		if !strings.Contains(page.Body.String(), want) {
			t.Errorf("the link does not show %q", want)
		}
	}
	if strings.Contains(page.Body.String(), evil) || page.Header().Get("Referrer-Policy") != "same-origin" || page.Header().Get("Cache-Control") != "no-store" || page.Header().Get("X-Robots-Tag") != "noindex" {
		t.Errorf("the link is not private: %v", page.Header())
	}
	if answer := r.ask(link, url.Values{"act": {"all"}, "sure": {"yes"}}); answer.Code != http.StatusSeeOther {
		t.Errorf("erasing: %d", answer.Code)
	}
	if after := r.ask(link, nil).Body.String(); strings.Contains(after, "alert(1)") || !strings.Contains(after, "Try again now.") {
		t.Error("it is not erased, or more than it is")
	}
	if answer := r.ask("/reports/"+strings.Repeat("A", 34), nil); answer.Code != http.StatusNotFound {
		t.Errorf("a wrong link: %d", answer.Code)
	}
	if answer := r.ask("/report", url.Values{"text": {"spam"}, "website": {"x"}}); answer.Code != http.StatusSeeOther {
		t.Errorf("a program is told: %d", answer.Code)
	}
	for n := range 20 {
		r.ask("/report", url.Values{"text": {fmt.Sprint(n)}})
	}
	if all, _ = r.store.Reports(t.Context(), store.ReportQuery{Most: 100}); len(all) != 10 {
		t.Errorf("one network made %d reports", len(all))
	}
}
