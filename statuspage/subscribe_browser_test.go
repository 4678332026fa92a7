package statuspage_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/internal/web"
	"daymark/statuspage"
)

// subscriptions stand in for those of the server. What a token shows is in it.
type subscriptions struct {
	mu    sync.Mutex
	taken []statuspage.SignUp
	did   []string
	shows map[string]*statuspage.Subscription
}

func newSubscriptions() *subscriptions {
	wishes := statuspage.Wishes{Components: []string{"sign-in"}, Severity: incident.P2, Edges: true, Maintenance: true}
	address := "sam.with.a.very.long.name.indeed.and.then.some@mail.harbour.example"
	return &subscriptions{shows: map[string]*statuspage.Subscription{
		"confirm": {Confirms: true, Channel: "email", Address: address, Wishes: wishes},
		"change":  {Confirms: true, Channel: "email", Address: address, Confirmed: true, Wishes: statuspage.Wishes{}},
		"manage":  {Channel: "email", Address: address, Confirmed: true, Wishes: wishes},
		"one":     {Channel: "slack", Address: "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX", Confirmed: true, Wishes: statuspage.Wishes{Incident: "7q2", Edges: true}},
		"webhook": {Channel: "webhook", Address: "https://hooks.harbour.example/…", Confirmed: true, Secret: "whsec_" + strings.Repeat("QUJD", 11)},
		"failing": {Channel: "webhook", Address: "https://hooks.harbour.example/…", Confirmed: true, Ended: noon, Because: "It took nothing for a day."},
		"ended":   {Channel: "sms", Address: "+447700900123", Confirmed: true, Ended: noon},
		"waiting": {Channel: "sms", Address: "+447700900123"},
	}}
}

func (s *subscriptions) note(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.did = append(s.did, what)
}

func (s *subscriptions) done() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.did, " ")
}

func (s *subscriptions) SignUp(_ context.Context, up statuspage.SignUp) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !strings.ContainsAny(up.Address, "@+") {
		return "", &statuspage.Rejection{Field: "address", Message: "The part after @ needs a dot, as in sam@mail.example."}
	}
	s.taken = append(s.taken, up)
	return "handle", nil
}

func (s *subscriptions) Code(_ context.Context, _, code string) (string, error) {
	if code != "123456" {
		return "", statuspage.ErrWrongCode
	}
	return "manage", nil
}

func (s *subscriptions) Open(_ context.Context, token string) (*statuspage.Subscription, error) {
	if shown := s.shows[token]; shown != nil {
		again := *shown
		return &again, nil
	}
	return nil, statuspage.ErrNoLink
}

func (s *subscriptions) act(what, token string) (string, error) {
	if s.shows[token] == nil {
		return "", statuspage.ErrNoLink
	}
	s.note(what + " " + token)
	return "manage", nil
}

func (s *subscriptions) Confirm(_ context.Context, token string) (string, error) {
	return s.act("confirm", token)
}

func (s *subscriptions) Renew(_ context.Context, token string) (string, error) {
	return s.act("renew", token)
}

func (s *subscriptions) Change(_ context.Context, token string, w statuspage.Wishes) error {
	_, err := s.act(fmt.Sprint("change ", w.Components), token)
	return err
}

func (s *subscriptions) End(_ context.Context, token string) error {
	_, err := s.act("end", token)
	return err
}

func (s *subscriptions) Erase(_ context.Context, token string, never bool) error {
	_, err := s.act(fmt.Sprint("erase ", never), token)
	return err
}

func (s *subscriptions) Export(context.Context, string) (any, error) {
	return map[string]string{"address": "sam@mail.example"}, nil
}

// subscribing is the page of the bank with subscriptions, served.
func subscribing(t *testing.T) (*subscriptions, string) {
	t.Helper()
	all := newSubscriptions()
	p := harbour(t, failing(t))
	p.Subscribe = &statuspage.Subscribing{Channels: []string{"email", "sms", "webhook", "slack", "teams", "discord"}, Subscriptions: all}
	p.Options.Languages = []string{"en", "cy"}
	server := httptest.NewServer(web.Secure(handler(newPage(t, p))))
	t.Cleanup(server.Close)
	return all, server.URL
}

// soundForm says that a page can be used: labels, descriptions, sizes, and no
// way to the side at 360 pixels.
const soundForm = `(() => {
	const faults = [];
	if (document.documentElement.scrollWidth > innerWidth) faults.push("it is " + document.documentElement.scrollWidth + " wide");
	const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
	if (new Set(ids).size !== ids.length) faults.push("an id is there twice");
	for (const e of document.querySelectorAll("[aria-describedby], [aria-labelledby]"))
		for (const id of ((e.getAttribute("aria-describedby") || "") + " " + (e.getAttribute("aria-labelledby") || "")).trim().split(/\s+/))
			if (!document.getElementById(id)) faults.push("nothing has the id " + id);
	for (const e of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
		if (!e.labels.length) faults.push("no label: " + e.outerHTML);
	for (const e of document.querySelectorAll("main button, main input[type=text], main select"))
		if (e.checkVisibility() && e.getBoundingClientRect().height < 44) faults.push("too low: " + e.outerHTML);
	for (const e of document.querySelectorAll("main fieldset")) if (!e.querySelector("legend")) faults.push("no legend");
	if (document.querySelectorAll("h1").length !== 1) faults.push("not one h1");
	if (document.querySelector("style, [style], script:not([src])")) faults.push("something is inline");
	return faults.join("; ");
})()`

func (b tab) says(expression string) string {
	b.t.Helper()
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return text
}

// TestSubscribePagesAreSound looks at each page of subscriptions on a phone.
func TestSubscribePagesAreSound(t *testing.T) {
	testkit.Beside(t)
	all, url := subscribing(t)
	b := browser(t)
	open := failing(t).snapshot.Open[0].ID
	for _, path := range []string{
		"/subscribe", "/subscribe?channel=sms&component=sign-in", "/subscribe?incident=" + open, "/subscription/confirm", "/subscription/change",
		"/subscription/manage?done=confirmed", "/subscription/one", "/subscription/ended", "/subscription/waiting", "/subscription/webhook", "/subscription/failing",
		"/subscription/manage/unsubscribe", "/subscription/ended/unsubscribe", "/subscription/nothing",
	} {
		b.visit(url + path)
		if faults := b.says(soundForm); faults != "" {
			t.Errorf("%s: %s", path, faults)
		}
		b.faultless()
	}
	if did := all.done(); did != "" || len(all.taken) > 0 {
		t.Errorf("looking did %s, %v", did, all.taken)
	}
}

// TestSubscribeByKeyboard signs up without a mouse: what is wrong is said, what
// was typed stays, and what is sent is what was chosen.
func TestSubscribeByKeyboard(t *testing.T) {
	testkit.Beside(t)
	all, url := subscribing(t)
	b := browser(t)
	b.visit(url + "/subscribe")
	keys := func(keys string) {
		t.Helper()
		if _, err := chromedp.Run(b.ctx, chromedp.KeyEvent(keys)); err != nil {
			t.Fatal(err)
		}
	}
	b.is(`document.querySelector("[name=channel]").focus() || true`)
	keys(kb.ArrowDown) // the text message
	keys("\t")
	if !b.is(`document.activeElement.id === "address" && document.querySelector("[name=channel]:checked").value === "sms"`) {
		t.Fatalf("the focus is on %s", b.says(`document.activeElement.outerHTML`))
	}
	keys("harbour\r")
	b.becomes(`!!document.getElementById("address-error")`)
	if faults := b.says(soundForm); faults != "" {
		t.Error(faults)
	}
	if !b.is(`document.getElementById("address").value === "harbour" && document.getElementById("address").getAttribute("aria-invalid") === "true" && document.getElementById("summary").getAttribute("role") === "alert"`) {
		t.Error("the fault is not where it belongs")
	}
	b.is(`document.getElementById("address").select() || document.getElementById("address").focus() || true`)
	keys("+447700900123\t \r")
	b.becomes(`!!document.getElementById("code")`)
	if faults := b.says(soundForm); faults != "" {
		t.Error(faults)
	}
	if len(all.taken) != 1 || all.taken[0].Channel != "sms" || all.taken[0].Address != "+447700900123" || len(all.taken[0].Wishes.Components) != 1 || !all.taken[0].Wishes.Edges {
		t.Errorf("taken %+v", all.taken)
	}
	b.is(`document.getElementById("code").focus() || true`)
	keys("111\r")
	b.becomes(`!!document.getElementById("code-error")`)
	b.is(`document.getElementById("code").focus() || true`)
	keys("123456\r")
	b.becomes(`location.pathname === "/subscription/manage" && location.search === "?done=confirmed"`)
	b.becomes(`!!document.querySelector("form[action$=unsubscribe] button")`)
	b.is(`document.querySelector("form[action$=unsubscribe] button").focus() || true`)
	keys("\r")
	b.becomes(`location.pathname === "/subscription/manage/unsubscribe"`)
	if did := all.done(); did != "end manage" {
		t.Errorf("did %s", did)
	}
	b.faultless()
}

// TestSubscribeRoutes: there is none where nobody can subscribe, and links to
// the form are where they belong.
func TestSubscribeRoutes(t *testing.T) {
	_, url := subscribing(t)
	open, recent := failing(t).snapshot.Open[0].ID, failing(t).snapshot.Recent
	get := func(address string) (int, string) {
		t.Helper()
		return fetch(t, address)
	}
	if _, page := get(url + "/"); !strings.Contains(page, `href="/subscribe"`) {
		t.Error("the page does not link to the form")
	}
	if _, page := get(url + "/incidents/" + open); !strings.Contains(page, `href="/subscribe?incident=`+open+`"`) {
		t.Error("the incident does not link to the form")
	}
	for _, i := range recent {
		if _, page := get(url + "/incidents/" + i.ID); strings.Contains(page, "?incident=") {
			t.Error("an incident that is over links to the form")
		}
		if status, _ := get(url + "/subscribe?incident=" + i.ID); status != http.StatusNotFound {
			t.Errorf("the form for an incident that is over: %d", status)
		}
	}
	plain := httptest.NewServer(handler(newPage(t, harbour(t, working(t)))))
	t.Cleanup(plain.Close)
	if status, _ := get(plain.URL + "/subscribe"); status != http.StatusNotFound {
		t.Errorf("the form where there is none: %d", status)
	}
	if _, page := get(plain.URL + "/"); strings.Contains(page, "/subscribe") {
		t.Error("the page links to no form")
	}
	if _, page := get(url + "/subscribe"); !strings.Contains(page, `<option value="cy" lang="cy">Cymraeg</option>`) {
		t.Error("no language can be chosen")
	}
	if _, page := get(url + "/subscription/webhook"); !strings.Contains(page, "<code>whsec_QUJD") {
		t.Error("the secret of a webhook is not shown")
	}
	if _, page := get(url + "/subscription/failing"); !strings.Contains(page, "It took nothing for a day. Nothing more comes") {
		t.Error("it is not said why it ended")
	}
	// Nothing of a token may leave for others.
	answer, err := http.Get(url + "/subscription/manage")
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	for header, want := range map[string]string{"Referrer-Policy": "same-origin", "Cache-Control": "no-store", "X-Robots-Tag": "noindex"} {
		if got := answer.Header.Get(header); got != want {
			t.Errorf("%s is %q; want %q", header, got, want)
		}
	}
}

// fetch gets a page.
func fetch(t *testing.T, address string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var page strings.Builder
	if err := answer.Write(&page); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, page.String()
}
