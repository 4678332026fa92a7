package main

import (
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/notify/notifytest"
)

// reading is a reader with a browser before a server.
type reading struct {
	*app
	t    *testing.T
	http http.Handler
	from string
}

func newReading(t *testing.T) *reading {
	t.Helper()
	a := newTestApp(t)
	return &reading{app: a, t: t, http: a.handler(), from: "203.0.113.9:1234"}
}

// ask calls an address, by POST where there is a form.
func (r *reading) ask(path string, form url.Values, headers ...string) *httptest.ResponseRecorder {
	r.t.Helper()
	request := httptest.NewRequest(http.MethodGet, "http://status.example"+path, http.NoBody)
	if form != nil {
		request = httptest.NewRequest(http.MethodPost, "http://status.example"+path, strings.NewReader(form.Encode()))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	request.RemoteAddr = r.from
	answer := httptest.NewRecorder()
	r.http.ServeHTTP(answer, request)
	return answer
}

// of gives the subscription of an address; nil: there is none.
func (r *reading) of(channel, address string) (s *notify.Subscription) {
	r.t.Helper()
	r.inTx(func(ctx context.Context, tx notify.SubscriptionTx) (err error) {
		s, err = tx.FindSubscription(ctx, channel, address)
		return err
	})
	return s
}

func (r *reading) inTx(fn func(ctx context.Context, tx notify.SubscriptionTx) error) {
	r.t.Helper()
	if err := r.store.Consent(context.Background(), fn); err != nil {
		r.t.Fatal(err)
	}
}

// keep keeps a subscription as it is, and gives its manage link's path.
func (r *reading) keep(s *notify.Subscription) string {
	r.t.Helper()
	s.Generation = 1
	r.inTx(func(ctx context.Context, tx notify.SubscriptionTx) error {
		return tx.KeepSubscription(ctx, s, time.Now())
	})
	return "/subscription/" + notify.ManageToken(r.key, s.ID, s.Generation)
}

func subscribed(channel, address string) *notify.Subscription {
	return &notify.Subscription{Subscriber: notify.Subscriber{Channel: channel, Address: address, Confirmed: time.Now()}, Source: notify.BySelf}
}

var handlePattern = regexp.MustCompile(`name="handle" value="[^"]*"`)

// TestNoAnswerTellsWhoIsSubscribed signs up addresses of which different
// things are known: the answers are the same, byte for byte, and take alike.
func TestNoAnswerTellsWhoIsSubscribed(t *testing.T) {
	for _, channel := range []string{"email", "sms"} {
		t.Run(channel, func(t *testing.T) {
			testkit.Beside(t)
			r := newReading(t)
			address := func(i int) string {
				if channel == "sms" {
					return fmt.Sprintf("+4477009001%02d", i)
				}
				return fmt.Sprintf("sam%d@mail.example", i)
			}
			known, suppressed, left, muted := address(1), address(2), address(3), address(4)
			r.keep(subscribed(channel, known))
			gone := subscribed(channel, left)
			r.keep(gone)
			r.inTx(func(ctx context.Context, tx notify.SubscriptionTx) error {
				return tx.Suppress(ctx, channel, suppressed, notify.EndedByWish, true, time.Now())
			})
			r.inTx(func(ctx context.Context, tx notify.SubscriptionTx) error {
				return tx.EndSubscription(ctx, gone.ID, notify.EndedByReader, false, time.Now())
			})
			times := map[string][]time.Duration{}
			network, pages := 0, map[string]bool{}
			sign := func(what, to string) {
				network++
				r.from = fmt.Sprintf("10.0.%d.1:1", network)
				began := time.Now()
				answer := r.ask("/subscribe", url.Values{"channel": {channel}, "address": {to}, "pace": {"ends"}})
				times[what] = append(times[what], time.Since(began))
				if answer.Code != http.StatusOK {
					t.Errorf("%s: %d", what, answer.Code)
				}
				body := handlePattern.ReplaceAllStringFunc(answer.Body.String(), func(s string) string { return fmt.Sprint("handle of ", len(s)) })
				pages[body] = true
			}
			for i := range 3 {
				sign("known", known)
				sign("unknown", address(10+i))
				sign("suppressed", suppressed)
				sign("left", left)
				sign("often", muted)
			}
			for range 3 {
				sign("too often", muted)
			}
			if len(pages) != 1 {
				t.Errorf("there are %d different pages", len(pages))
			}
			shortest, longest := time.Hour, time.Duration(0)
			for what, all := range times {
				slices.Sort(all)
				t.Logf("%s: median %s", what, all[len(all)/2])
				shortest, longest = min(shortest, all[len(all)/2]), max(longest, all[len(all)/2])
			}
			// Each waits for the same time, which is longer than the work.
			if longest > 3*shortest {
				t.Errorf("medians from %s to %s", shortest, longest)
			}
		})
	}
}

// TestTheFormSaysWhatIsWrong in its place and on top, and keeps what was typed.
func TestTheFormSaysWhatIsWrong(t *testing.T) {
	testkit.Beside(t)
	r := newReading(t)
	for name, test := range map[string]struct {
		form url.Values
		want []string
	}{
		"the address": {
			url.Values{"channel": {"email"}, "address": {"sam@harbour"}, "component": {"checkout"}},
			[]string{`aria-describedby="address-error address-hint"`, `id="address-error"`, "needs a dot", `value="sam@harbour"`, `role="alert"`},
		},
		"the channel":     {url.Values{"channel": {"pigeon"}, "address": {"sam@mail.example"}}, []string{`id="channel-error"`, "Choose one of the ways"}},
		"the component":   {url.Values{"channel": {"email"}, "address": {"sam@mail.example"}, "component": {"nothing"}}, []string{`id="component-error"`}},
		"the severity":    {url.Values{"channel": {"email"}, "address": {"sam@mail.example"}, "severity": {"P9"}}, []string{`id="severity-error"`}},
		"another country": {url.Values{"channel": {"sms"}, "address": {"+12025550123"}}, []string{"does not allow"}},
		"nothing":         {url.Values{}, []string{`id="channel-error"`}},
	} {
		t.Run(name, func(t *testing.T) {
			answer := r.ask("/subscribe", test.form)
			if answer.Code != http.StatusUnprocessableEntity {
				t.Errorf("answered %d", answer.Code)
			}
			for _, want := range test.want {
				if !strings.Contains(html.UnescapeString(answer.Body.String()), want) {
					t.Errorf("%q is not in\n%s", want, answer.Body)
				}
			}
		})
	}
	if r.of("email", "sam@mail.example") != nil {
		t.Error("somebody was signed up")
	}
}

// TestWhoMayPostTheForm: our own pages and mail programs, and no other site.
func TestWhoMayPostTheForm(t *testing.T) {
	testkit.Beside(t)
	r := newReading(t)
	form := url.Values{"channel": {"email"}, "address": {"sam@mail.example"}}
	manage := r.keep(subscribed("email", "eve@mail.example"))
	for _, path := range []string{"/subscribe", "/subscribe/code", manage} {
		for _, headers := range [][]string{{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"}, {"Origin", "null"}} {
			if answer := r.ask(path, form, headers...); answer.Code != http.StatusForbidden {
				t.Errorf("%s with %v: %d", path, headers, answer.Code)
			}
		}
	}
	if answer := r.ask("/subscribe", form, "Origin", "http://status.example"); answer.Code != http.StatusOK {
		t.Errorf("our own page: %d", answer.Code)
	}
	large := url.Values{"address": {strings.Repeat("x", 40<<10)}}
	if answer := r.ask("/subscribe", large); answer.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a large form: %d", answer.Code)
	}
	r.from = "198.51.100.1:1"
	limited := 0
	for range 12 {
		answer := r.ask("/subscribe", form)
		if answer.Code == http.StatusTooManyRequests && answer.Header().Get("Retry-After") == "14400" {
			limited++
		}
	}
	if limited != 2 {
		t.Errorf("%d of 12 sign-ups of one network were refused; want 2", limited)
	}
}

// TestOneClick is RFC 8058: one POST ends it, a GET nothing, twice is once.
func TestOneClick(t *testing.T) {
	testkit.Beside(t)
	r := newReading(t)
	manage := r.keep(subscribed("email", "sam@mail.example"))
	path := manage + "/unsubscribe"
	for _, get := range []string{path, manage, manage + "/data"} {
		if answer := r.ask(get, nil); answer.Code != http.StatusOK || r.of("email", "sam@mail.example").State() != notify.Active || answer.Header().Get("Cache-Control") != "no-store" {
			t.Fatalf("GET %s: %d", get, answer.Code)
		}
	}
	if answer := r.ask(path, url.Values{"something": {"else"}}); answer.Code != http.StatusBadRequest || r.of("email", "sam@mail.example").State() != notify.Active {
		t.Errorf("a POST of something else: %d", answer.Code)
	}
	for range 2 {
		answer := r.ask(path, url.Values{"List-Unsubscribe": {"One-Click"}}, "Origin", "https://mail.example")
		if answer.Code != http.StatusOK || r.of("email", "sam@mail.example").State() != notify.Ended {
			t.Errorf("one click: %d", answer.Code)
		}
	}
	// As mail programs may send it, too.
	other := r.keep(subscribed("email", "tim@mail.example"))
	request := httptest.NewRequest(http.MethodPost, "http://status.example"+other+"/unsubscribe",
		strings.NewReader("--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n"))
	request.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	answer := httptest.NewRecorder()
	r.http.ServeHTTP(answer, request)
	if answer.Code != http.StatusOK || r.of("email", "tim@mail.example").State() != notify.Ended {
		t.Errorf("as multipart: %d %s", answer.Code, answer.Body)
	}
	wrong := map[bool]string{true: "y", false: "x"}[strings.HasSuffix(manage, "x")]
	for _, bad := range []string{"/subscription/nothing", manage[:len(manage)-1], manage[:len(manage)-1] + wrong, "/subscription/nothing/unsubscribe", "/subscription/nothing/data"} {
		if answer := r.ask(bad, nil); answer.Code != http.StatusNotFound {
			t.Errorf("GET %s: %d", bad, answer.Code)
		}
	}
}

// TestManage goes through the page of a subscription.
func TestManage(t *testing.T) {
	testkit.Beside(t)
	r := newReading(t)
	manage := r.keep(subscribed("email", "sam@mail.example"))
	component := r.doc.Components[0].ID
	answer := r.ask(manage, url.Values{"act": {"change"}, "component": {component}, "severity": {"P1"}, "pace": {"ends"}, "maintenance": {"yes"}})
	if answer.Code != http.StatusSeeOther || answer.Header().Get("Location") != manage+"?done=changed" {
		t.Fatalf("changed: %d %v", answer.Code, answer.Header())
	}
	if s := r.of("email", "sam@mail.example"); s.Severity != incident.P1 || !s.Edges || !s.Maintenance || len(s.Components) != 1 {
		t.Errorf("changed to %+v", s)
	}
	if answer = r.ask(manage+"?done=changed", nil); !strings.Contains(answer.Body.String(), "Saved.") || !strings.Contains(answer.Body.String(), `value="`+component+`" checked`) {
		t.Errorf("the page does not say so: %s", answer.Body)
	}
	if answer = r.ask(manage, url.Values{"act": {"change"}, "component": {"nothing"}}); answer.Code != http.StatusUnprocessableEntity {
		t.Errorf("a component that is none: %d", answer.Code)
	}
	if answer = r.ask(manage+"/data", nil); !strings.Contains(answer.Body.String(), `"address": "sam@mail.example"`) {
		t.Errorf("the data: %s", answer.Body)
	}
	answer = r.ask(manage, url.Values{"act": {"renew"}})
	renewed, _, _ := strings.Cut(answer.Header().Get("Location"), "?")
	if renewed == "" || renewed == manage || r.ask(manage, nil).Code != http.StatusNotFound {
		t.Fatalf("renewed: %d %v", answer.Code, answer.Header())
	}
	if answer = r.ask(renewed, url.Values{"act": {"nothing"}}); answer.Code != http.StatusBadRequest {
		t.Errorf("an act that is none: %d", answer.Code)
	}
	answer = r.ask(renewed, url.Values{"act": {"erase"}, "never": {"yes"}})
	if answer.Code != http.StatusOK || r.of("email", "sam@mail.example") != nil || r.ask(renewed, nil).Code != http.StatusNotFound {
		t.Errorf("erased: %d %s", answer.Code, answer.Body)
	}
}

// TestCodePage confirms a number by its code.
func TestCodePage(t *testing.T) {
	testkit.Beside(t)
	r := newReading(t)
	answer := r.ask("/subscribe", url.Values{"channel": {"sms"}, "address": {"+44 7700 900123"}, "pace": {"ends"}})
	handle := strings.TrimSuffix(strings.TrimPrefix(handlePattern.FindString(answer.Body.String()), `name="handle" value="`), `"`)
	s := r.of("sms", "+447700900123")
	if handle == "" || s == nil || s.State() != notify.Waiting || !strings.Contains(answer.Body.String(), `autocomplete="one-time-code"`) {
		t.Fatalf("the page after the form: %s", answer.Body)
	}
	code := notify.ConfirmCode(r.key, s.ID, s.Round)
	wrong := strings.Map(func(d rune) rune { return '0' + (d-'0'+1)%10 }, code)
	if answer = r.ask("/subscribe/code", url.Values{"handle": {handle}, "code": {wrong}}); answer.Code != http.StatusUnprocessableEntity || !strings.Contains(answer.Body.String(), `aria-describedby="code-error code-hint"`) {
		t.Errorf("a wrong code: %d", answer.Code)
	}
	unknown := r.ask("/subscribe/code", url.Values{"handle": {strings.Repeat("A", len(handle))}, "code": {wrong}})
	if got, want := handlePattern.ReplaceAllString(unknown.Body.String(), ""), handlePattern.ReplaceAllString(answer.Body.String(), ""); unknown.Code != answer.Code || got != want {
		t.Error("a code for nobody is answered otherwise than a wrong one")
	}
	answer = r.ask("/subscribe/code", url.Values{"handle": {handle}, "code": {code[:3] + " " + code[3:]}})
	if answer.Code != http.StatusSeeOther || r.of("sms", "+447700900123").State() != notify.Active {
		t.Errorf("the code: %d", answer.Code)
	}
	if page := r.ask(answer.Header().Get("Location"), nil); !strings.Contains(page.Body.String(), "You are subscribed.") {
		t.Errorf("the page: %s", page.Body)
	}
}

var linkPattern = regexp.MustCompile(`http://status\.example(/subscription/[\w-]+)`)

// TestSubscriptionEndToEnd: a reader signs up, confirms by the link of a mail,
// hears of an incident, and stops by the header of that mail.
func TestSubscriptionEndToEnd(t *testing.T) {
	testkit.NoLeaks(t)
	mailbox, err := notifytest.NewMailbox(notifytest.MailboxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := mailbox.Start(context.Background(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = mailbox.Close() })
	a := newTestAppFor(t, mailbox.Addr(), "")
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); a.sender.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	server := httptest.NewServer(a.handler())
	t.Cleanup(server.Close)
	post := func(path string, form url.Values, want string) {
		t.Helper()
		answer, err := server.Client().PostForm(server.URL+path, form)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK || !strings.Contains(string(body), want) {
			t.Fatalf("POST %s: %s, %v; want %q in %s", path, answer.Status, err, want, body)
		}
	}
	mails := func(n int) notifytest.Mail {
		t.Helper()
		waiting, stop := context.WithTimeout(ctx, 30*time.Second)
		defer stop()
		all, err := mailbox.Wait(waiting, n)
		if err != nil || len(all) != n {
			t.Fatalf("%d mails, %v; want %d", len(all), err, n)
		}
		return all[n-1]
	}
	command := func(c incident.Command) string {
		t.Helper()
		made, err := a.engine.Command(ctx, incident.By{Person: "ana", Via: "test"}, "", c)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}

	post("/subscribe", url.Values{"channel": {"email"}, "address": {"Sam@Mail.Example"}, "pace": {"all"}}, "Look into your mail.")
	first := mails(1)
	link := linkPattern.FindStringSubmatch(first.Text)
	if link == nil || first.To[0] != "sam@mail.example" || !strings.Contains(first.HTML, link[1]) {
		t.Fatalf("the mail to %v: %s", first.To, first.Text)
	}
	id := command(incident.Open{Name: "Nobody hears of this yet", Severity: incident.P1, What: "It began before.", Components: []incident.OpenComponent{{Component: a.doc.Components[0].ID, Status: incident.Down}}})
	for range 3 { // a scanner
		answer, err := server.Client().Get(server.URL + link[1])
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("GET %s: %v", link[1], err)
		}
		_ = answer.Body.Close()
	}
	command(incident.Publish{Incident: id, What: "Still nobody hears."})
	post(link[1], url.Values{"act": {"confirm"}}, "You are subscribed.")
	command(incident.Publish{Incident: id, What: "Now Sam hears."})
	second := mails(2)
	if !strings.Contains(second.Text, "Now Sam hears.") || strings.Contains(second.Text, "Still nobody") {
		t.Errorf("the mail says %s", second.Text)
	}
	manage := linkPattern.FindStringSubmatch(second.Text)
	if manage == nil {
		t.Fatalf("no link in %s", second.Text)
	}
	post(manage[1]+"/unsubscribe", url.Values{"List-Unsubscribe": {"One-Click"}}, "no longer subscribed")
	command(incident.Publish{Incident: id, What: "Nobody hears any more."})
	post("/subscribe", url.Values{"channel": {"email"}, "address": {"tim@mail.example"}}, "Look into your mail.")
	if third := mails(3); third.To[0] != "tim@mail.example" {
		t.Errorf("a mail to %v after the end: %s", third.To, third.Text)
	}
}
