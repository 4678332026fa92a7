package main_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	_ "modernc.org/sqlite"

	"daymark/internal/testkit"
)

// TestEndToEnd starts everything as `make run` does, breaks the shop's
// sign-in and mends it again, and looks at all that people would see. It holds
// the page to a second, and nothing runs beside it until then.
func TestEndToEnd(t *testing.T) {
	port, data := freePorts(t), t.TempDir()
	page, shop := fmt.Sprintf("http://127.0.0.1:%d", port), fmt.Sprintf("http://127.0.0.1:%d", port+1)
	sample := begin(t, "demo", "--run", "--port", fmt.Sprint(port), "--data", data)
	eventually(t, "the sample to run", func() bool { return strings.Contains(sample.out.String(), "Daymark runs with its sample") })
	eventually(t, "everything to work", func() bool {
		s := getJSON[summary](t, page+"/api/v2/summary.json")
		return s.statusOf("Sign in") == "operational" && s.statusOf("Shop API") == "operational"
	})
	browser := openBrowser(t, page)
	if got := browser.read(`document.querySelector("h1").textContent`); strings.Contains(got, "not available") {
		t.Fatalf("before anything broke the page says %q", got)
	}

	flip(t, shop, "sign-in-broken")
	browser.waitFor("the failure on the open page", `document.querySelector("h1").textContent.includes("Sign in is not available")`)
	browser.waitFor("the promise on the open page", `document.querySelector(".promise .due").textContent.includes("by")`)
	s := getJSON[summary](t, page+"/api/v2/summary.json")
	if len(s.Incidents) != 1 || s.Incidents[0].Impact != "critical" || s.Incidents[0].Status != "investigating" || len(s.Incidents[0].Updates) != 1 {
		t.Fatalf("incidents %+v", s.Incidents)
	}
	if s.statusOf("Sign in") != "major_outage" || s.statusOf("Shop API") != "operational" || s.Status.Indicator != "major" {
		t.Errorf("summary %+v", s)
	}
	db := openData(t, filepath.Join(data, "data", "daymark.db"))
	db.check("the severity and its reason", "SELECT count(*) FROM incidents i JOIN severity_decisions d ON d.incident = i.id WHERE i.severity = 1 AND d.reason LIKE 'P1: Sign in is not available: 2 regions failing%' AND d.clause <> ''", 1)
	browser.withinASecond(db)
	t.Parallel() // what follows waits, and the tests that are beside one another may begin
	messages := waitForMessages(t, shop, 1)
	checkEmail(t, messages.Emails[0].Raw, "Sign in is not available")

	flip(t, shop, "working")
	browser.waitFor("the recovery on the open page", `!document.querySelector("h1").textContent.includes("not available")`)
	eventually(t, "the incident to end", func() bool {
		return len(getJSON[summary](t, page+"/api/v2/summary.json").Incidents) == 0
	})
	messages = waitForMessages(t, shop, 2)
	checkEmail(t, messages.Emails[0].Raw, "works again")
	if browser.read(`window.mark`) != "here" {
		t.Error("the page was loaded again")
	}
	db.check("deliveries", "SELECT count(*) FROM deliveries", 4)
	db.check("incidents", "SELECT count(*) FROM incidents WHERE phase = 'resolved'", 1)
	browser.close()

	sample.interrupt()
	if sample.err != nil {
		t.Errorf("the sample ended with %v", sample.err)
	}
	if left := processesOf(t, data); len(left) > 0 {
		t.Errorf("processes are left: %v", left)
	}
}

// waitForMessages waits for so many emails and texts, and for a moment longer
// for one too many.
func waitForMessages(t *testing.T, shop string, n int) outboxes {
	t.Helper()
	eventually(t, fmt.Sprintf("%d emails and texts", n), func() bool {
		got := getJSON[outboxes](t, shop+"/outbox.json")
		return len(got.Emails) >= n && len(got.SMS) >= n
	})
	<-time.After(3 * time.Second)
	got := getJSON[outboxes](t, shop+"/outbox.json")
	if len(got.Emails) != n || len(got.SMS) != n {
		t.Fatalf("%d emails and %d texts; want %d each", len(got.Emails), len(got.SMS), n)
	}
	if got.Emails[0].To[0] != "sam@mail.example" || got.SMS[0].To != "+447700900123" {
		t.Errorf("sent to %v and %s", got.Emails[0].To, got.SMS[0].To)
	}
	return got
}

// checkEmail reads a message as a mail program does.
func checkEmail(t *testing.T, raw, says string) {
	t.Helper()
	message, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	for _, header := range []string{"Message-Id", "Date", "Auto-Submitted", "Subject"} {
		if message.Header.Get(header) == "" {
			t.Errorf("the email has no %s", header)
		}
	}
	kind, params, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("the email is %s, %v", kind, err)
	}
	parts := multipart.NewReader(message.Body, params["boundary"])
	var kinds []string
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := strings.Cut(part.Header.Get("Content-Type"), ";")
		kinds = append(kinds, kind)
		if !strings.Contains(strings.ToLower(string(body)), strings.ToLower(says)) {
			t.Errorf("the %s part does not say %q: %s", kind, says, tail(string(body), 500))
		}
	}
	if strings.Join(kinds, " ") != "text/plain text/html" {
		t.Errorf("the email has the parts %v", kinds)
	}
}

// data reads the server's database beside it.
type data struct {
	t  *testing.T
	db *sql.DB
}

func openData(t *testing.T, path string) *data {
	t.Helper()
	return openDataAs(t, path, "ro")
}

// openDataAs is openData in a mode: rw writes too.
func openDataAs(t *testing.T, path, mode string) *data {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode="+mode+"&_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return &data{t, db}
}

func (d *data) number(query string, args ...any) int64 {
	d.t.Helper()
	var n int64
	if err := d.db.QueryRow(query, args...).Scan(&n); err != nil {
		d.t.Fatalf("%s: %v", query, err)
	}
	return n
}

// numbers gives all of a query's one column.
func (d *data) numbers(query string, args ...any) (all []int64) {
	d.t.Helper()
	rows, err := d.db.Query(query, args...)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			d.t.Fatal(err)
		}
		all = append(all, n)
	}
	if err := rows.Err(); err != nil {
		d.t.Fatal(err)
	}
	return all
}

func (d *data) check(what, query string, want int64) {
	d.t.Helper()
	if got := d.number(query); got != want {
		d.t.Errorf("%s: %d; want %d", what, got, want)
	}
}

// openPage is a page in Chromium that stays open.
type openPage struct {
	t      *testing.T
	ctx    context.Context
	cancel context.CancelFunc
}

func openBrowser(t *testing.T, url string) *openPage {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(testkit.ChromiumPath()), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()))
	for name, value := range testkit.ChromiumFlags() {
		options = append(options, chromedp.Flag(name, value))
	}
	allocator, cancelAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancelPage := chromedp.NewContext(allocator)
	ctx, cancelTime := context.WithTimeout(ctx, 4*time.Minute)
	p := &openPage{t: t, ctx: ctx, cancel: func() { cancelTime(); cancelPage(); cancelAllocator() }}
	t.Cleanup(p.cancel)
	// When the sentence last changed, by the clock that the server has too.
	const watch = `window.mark = "here"; window.changed = 0;
		new MutationObserver(() => { if (document.querySelector("h1").textContent.includes("not available") && !window.changed) window.changed = Date.now() })
		.observe(document.querySelector("main"), {subtree: true, childList: true, characterData: true})`
	if err := chromedp.Do(ctx, chromedp.Navigate(url), chromedp.Evaluate[chromedp.Void](watch)); err != nil {
		t.Fatal(err)
	}
	p.waitFor("the live connection", `document.querySelector(".live").textContent.includes("by itself")`)
	return p
}

func (p *openPage) close() { p.cancel() }

func (p *openPage) read(script string) string {
	p.t.Helper()
	text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](script))
	if err != nil {
		p.t.Fatalf("%s: %v", script, err)
	}
	return text
}

func (p *openPage) waitFor(what, script string) {
	p.t.Helper()
	eventually(p.t, what, func() bool {
		holds, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](script))
		return err == nil && holds
	})
}

// withinASecond holds the moment of the commit against that of the change.
func (p *openPage) withinASecond(db *data) {
	p.t.Helper()
	changed, err := chromedp.Run(p.ctx, chromedp.Evaluate[int64](`window.changed`))
	if err != nil {
		p.t.Fatal(err)
	}
	took := time.Duration(changed-db.number("SELECT at FROM updates WHERE number = 1")) * time.Millisecond
	p.t.Logf("the open page changed %v after the decision", took)
	if took > time.Second || took < 0 {
		p.t.Errorf("the open page changed %v after the decision; want within a second", took)
	}
}
