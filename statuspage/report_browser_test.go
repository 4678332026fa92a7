package statuspage_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/internal/web"
	"daymark/statuspage"
)

// visitors stand in for the server's reports. What a token shows is in it.
type visitors struct {
	mu     sync.Mutex
	filed  []statuspage.ProblemReport
	did    []string
	shows  map[string]*statuspage.ReportStory
	refuse error // of all
}

// told are reports in which text stands wherever somebody wrote something.
func told(text string) *visitors {
	story := func(state incident.ReportState) *statuspage.ReportStory {
		r := incident.Report{
			ID: "rep1", At: noon.Add(-minutes(50)), State: state, Text: text, Began: text, Contact: "sam@mail.example", Due: noon.Add(minutes(70)), Source: incident.SourcePage,
		}
		return &statuspage.ReportStory{Report: r, Answers: []incident.Answer{{State: incident.Received, At: r.At, Text: "We have your report, and answer it by 14:10."}}}
	}
	fresh, followed, closed := story(incident.Received), story(incident.Triaged), story(incident.Closed)
	followed.Incident = "open00000001"
	followed.Answers = append(followed.Answers,
		incident.Answer{By: "ana", State: incident.Triaged, At: noon.Add(-minutes(40)), Text: incident.WorkingAnswer},
		incident.Answer{Reporter: true, State: incident.Triaged, At: noon.Add(-minutes(20)), Text: text},
		incident.Answer{By: "ana", State: incident.Triaged, At: noon.Add(-minutes(5)), Text: text},
	)
	closed.Incident = "hidden" // merged into one that is not public
	closed.Answers = append(closed.Answers, incident.Answer{By: "ana", State: incident.Closed, At: noon, Text: "It is over since 12:00. Thank you for your report."})
	closed.Contact = ""
	return &visitors{shows: map[string]*statuspage.ReportStory{"fresh": fresh, "followed": followed, "closed": closed}}
}

func (v *visitors) act(what, token string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.refuse != nil {
		return v.refuse
	}
	if v.shows[token] == nil {
		return statuspage.ErrNoLink
	}
	v.did = append(v.did, what+" "+token)
	return nil
}

func (v *visitors) done() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return strings.Join(v.did, "; ")
}

func (v *visitors) taken() []statuspage.ProblemReport {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.filed)
}

func (v *visitors) File(_ context.Context, r statuspage.ProblemReport) (string, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.refuse != nil {
		return "", v.refuse
	}
	v.filed = append(v.filed, r)
	return "fresh", nil
}

func (v *visitors) Open(_ context.Context, token string) (*statuspage.ReportStory, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if shown := v.shows[token]; shown != nil {
		again := *shown
		return &again, nil
	}
	return nil, statuspage.ErrNoLink
}

func (v *visitors) Add(_ context.Context, token, text string, works bool) error {
	return v.act(fmt.Sprintf("add %q %t", text, works), token)
}

func (v *visitors) Erase(_ context.Context, token string, all bool) error {
	return v.act(fmt.Sprint("erase ", all), token)
}

const reported = "The transfer hangs at the last step.\n\nI tried it three times, with https://www.harbour.example/transfer?reference=2026-0000-0000-0000-0000-0000."

func reportable(p *statuspage.Params) { p.Reports, p.ReportsMailed = told(reported), true }

// reporting is the page of the bank with an open incident and reports, served.
func reporting(t *testing.T) (*visitors, http.Handler) {
	t.Helper()
	p, all := harbour(t, failing(t)), told(reported)
	p.Reports, p.ReportsMailed = all, true
	p.Options.Languages = []string{"en", "ar"}
	return all, web.Secure(handler(newPage(t, p)))
}

// TestReportByKeyboard reports, adds and erases on a phone without a mouse, with
// script and without: what is wrong is said where it is, what was typed stays,
// and nothing is erased before it was asked once more.
func TestReportByKeyboard(t *testing.T) {
	testkit.Beside(t)
	for _, script := range []bool{true, false} {
		t.Run(fmt.Sprint("script ", script), func(t *testing.T) {
			all, inner := reporting(t)
			server := httptest.NewServer(inner)
			t.Cleanup(server.Close)
			b := browser(t)
			b.script(script)
			b.size(360, 800)
			focus := func(selector string) {
				t.Helper()
				if !b.is(`(document.querySelector(` + "`" + selector + "`" + `).focus(), document.activeElement.matches(` + "`" + selector + "`" + `))`) {
					t.Fatalf("%s takes no focus", selector)
				}
			}
			sound := func() {
				t.Helper()
				if faults := b.says(soundForm); faults != "" {
					t.Error(faults)
				}
			}
			b.open(server.URL + "/")
			focus(`main a[href="/report"]`)
			b.key(kb.Enter)
			b.becomes(`location.pathname === "/report" && !!document.getElementById("contact")`)
			sound()
			focus("#text")
			b.key("It hangs")
			focus("#contact")
			b.key("sam@harbour" + kb.Enter)
			b.becomes(`!!document.getElementById("contact-error")`)
			sound()
			if !b.is(`document.getElementById("text").value === "It hangs" && document.getElementById("contact").value === "sam@harbour" && document.getElementById("contact").getAttribute("aria-invalid") === "true" && document.getElementById("summary").getAttribute("role") === "alert"`) {
				t.Error("what was typed is gone, or the fault is not where it belongs")
			}
			focus("#contact")
			b.key(kb.End + ".example" + kb.Enter)
			b.becomes(`location.pathname === "/reports/fresh"`)
			sound()
			if filed := all.taken(); len(filed) != 1 || filed[0].Text != "It hangs" || filed[0].Contact != "sam@harbour.example" || filed[0].Language != "en" {
				t.Errorf("filed %+v", filed)
			}
			focus(`button[value="add"]`)
			b.key(kb.Enter)
			b.becomes(`!!document.getElementById("text-error")`)
			sound()
			focus("#text")
			b.key("Now too\t" + kb.Enter)
			b.becomes(`!document.getElementById("text-error")`)
			focus(`a[href$="?erase=all"]`)
			b.key(kb.Enter)
			b.becomes(`location.search === "?erase=all" && document.querySelector("h1").textContent === "Delete all that you wrote?"`)
			sound()
			if did := all.done(); did != `add "Now too" false fresh` {
				t.Errorf("before the answer it did %s", did)
			}
			focus("main form button")
			b.key(kb.Enter)
			b.becomes(`location.pathname === "/reports/fresh" && location.search === ""`)
			if did := all.done(); !strings.HasSuffix(did, "; erase true fresh") {
				t.Errorf("it did %s", did)
			}
		})
	}
}

// asked posts a form, or gets a page where there is none.
func asked(h http.Handler, path string, form url.Values, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "http://status.example"+path, http.NoBody)
	if form != nil {
		r = httptest.NewRequest(http.MethodPost, "http://status.example"+path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, r)
	return answer
}

// TestWhoMayPostAReport: our own pages and no other site; and whoever fills in
// what nobody sees is not heard.
func TestWhoMayPostAReport(t *testing.T) {
	all, h := reporting(t)
	for path, form := range map[string]url.Values{
		"/report":           {"text": {"It hangs"}},
		"/reports/followed": {"act": {"all"}, "sure": {"yes"}},
	} {
		for _, headers := range [][]string{{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"}, {"Origin", "null"}} {
			if answer := asked(h, path, form, headers...); answer.Code != http.StatusForbidden {
				t.Errorf("%s with %v: %d", path, headers, answer.Code)
			}
		}
	}
	if answer := asked(h, "/report", url.Values{"text": {"It hangs"}, "website": {"x"}}); answer.Code != http.StatusSeeOther || asked(h, answer.Header().Get("Location"), nil).Code != http.StatusNotFound {
		t.Errorf("who fills in what nobody sees: %d", answer.Code)
	}
	if did := all.done(); did != "" || len(all.taken()) != 0 {
		t.Errorf("it did %s, filed %v", did, all.taken())
	}
	if answer := asked(h, "/report", url.Values{"text": {"It hangs"}}, "Origin", "http://status.example"); answer.Code != http.StatusSeeOther || len(all.taken()) != 1 {
		t.Errorf("our own page: %d", answer.Code)
	}
}

// TestWhatALinkOfAReportShows: nothing where it is none, and nothing of what is
// not public; asking to erase erases nothing.
func TestWhatALinkOfAReportShows(t *testing.T) {
	all, h := reporting(t)
	first, second := asked(h, "/reports/none", nil), asked(h, "/reports/other", nil)
	if first.Code != http.StatusNotFound || first.Body.String() != second.Body.String() {
		t.Errorf("links that are none: %d, %d", first.Code, second.Code)
	}
	closed := asked(h, "/reports/closed", nil).Body.String()
	if strings.Contains(closed, "/incidents/hidden") || strings.Contains(closed, `id="add"`) || strings.Contains(closed, "erase=contact") || !strings.Contains(closed, "It is over. Thank you for your report.") {
		t.Errorf("one that is closed: %s", closed)
	}
	followed := asked(h, "/reports/followed", nil).Body.String()
	for _, want := range []string{"/incidents/open00000001", "mailed to you too", "erase=contact", "erase=all"} {
		if !strings.Contains(followed, want) {
			t.Errorf("%q is not shown", want)
		}
	}
	for _, ask := range []*httptest.ResponseRecorder{
		asked(h, "/reports/followed?erase=all", nil), asked(h, "/reports/followed", url.Values{"act": {"all"}}), asked(h, "/reports/followed", url.Values{"act": {"contact"}}),
		asked(h, "/reports/followed/unsubscribe", nil),
	} {
		if ask.Code != http.StatusOK || !strings.Contains(ask.Body.String(), "?</h1>") || ask.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("asking once more: %d %s", ask.Code, ask.Body)
		}
	}
	if did := all.done(); did != "" {
		t.Errorf("it did %s", did)
	}
	if answer := asked(h, "/reports/followed", url.Values{"act": {"add"}, "text": {strings.Repeat("x", 4001)}}); answer.Code != http.StatusUnprocessableEntity || !strings.Contains(answer.Body.String(), strings.Repeat("x", 4001)+"</textarea>") || !strings.Contains(answer.Body.String(), `id="text-error"`) {
		t.Errorf("too long an addition: %d", answer.Code)
	}
	all.refuse = statuspage.ErrBusy
	if answer := asked(h, "/reports/followed", url.Values{"act": {"works"}}); answer.Code != http.StatusConflict {
		t.Errorf("no more is added: %d", answer.Code)
	}
	// What was typed stays.
	words := url.Values{"text": {"I see no prices"}, "began": {"since noon"}, "contact": {"kim@mail.example"}}
	keeps := func(status int, says string) {
		t.Helper()
		answer := asked(h, "/report", words)
		if answer.Code != status || answer.Header().Get("Retry-After") == "" {
			t.Errorf("%d, Retry-After %q; want %d", answer.Code, answer.Header().Get("Retry-After"), status)
		}
		for _, want := range []string{says, "I see no prices</textarea>", `value="since noon"`, `value="kim@mail.example"`} {
			if !strings.Contains(answer.Body.String(), want) {
				t.Errorf("%d: no %q", status, want)
			}
		}
	}
	keeps(http.StatusServiceUnavailable, "Too many reports wait at the moment.")
	all.refuse = &statuspage.TooMany{Wait: time.Hour}
	keeps(http.StatusTooManyRequests, "Too many reports came from your network lately.")
	if answer := asked(h, "/report", url.Values{"same": {"sign-in"}}); answer.Code != http.StatusTooManyRequests || !strings.Contains(answer.Body.String(), ">\n</textarea>") {
		t.Errorf("that it is the same: %d %s", answer.Code, answer.Body)
	}
}

// TestAReportIsShownAsItWasWritten: a reporter writes no Markdown, and what
// they sent is not changed before their eyes.
func TestAReportIsShownAsItWasWritten(t *testing.T) {
	p := harbour(t, failing(t))
	p.Reports = told("Code 2*3*4, _x_ and [a](https://b.example)\n# 7")
	_, body := get(t, handler(newPage(t, p)), "/reports/followed")
	if want := "Code 2*3*4, _x_ and [a](https://b.example)\n# 7</p>"; strings.Count(body, want) != 2 {
		t.Errorf("no %q twice in %s", want, body)
	}
}

// TestWhereAReportIsOffered: on the overview and on open incidents, and nowhere
// where nobody can report.
func TestWhereAReportIsOffered(t *testing.T) {
	_, h := reporting(t)
	for path, want := range map[string]string{
		"/":                       "Something wrong that is not here? Tell us",
		"/incidents/open00000001": "You have this too, or something else? Tell us",
	} {
		if page := asked(h, path, nil).Body.String(); !strings.Contains(page, `<a href="/report">`+want) {
			t.Errorf("%s does not say %q", path, want)
		}
	}
	if page := asked(h, "/incidents/past00000001", nil).Body.String(); strings.Contains(page, "You have this too") {
		t.Error("an incident that is over asks for reports")
	}
	if page := asked(handler(newPage(t, harbour(t, failing(t)))), "/", nil).Body.String(); strings.Contains(page, `"/report"`) {
		t.Error("a page without reports links to them")
	}
}
