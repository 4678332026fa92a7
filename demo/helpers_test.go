package demo_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"daymark/demo"
)

const letter = "From: Shop <status@shop.example>\r\nTo: sam@mail.example\r\n" +
	"Date: Mon, 02 Mar 2026 14:30:00 +0000\r\nMessage-ID: <one@shop.example>\r\nSubject: Sign in is down <now>\r\n" +
	"MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=edge\r\n\r\n" +
	"--edge\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nNext update 14:30\r\n" +
	"--edge\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Next <script>alert(1)</script></p>\r\n--edge--\r\n"

// limited is the context that every wait in a test ends with.
func limited(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func start(t *testing.T, opts demo.Options) *demo.Server {
	t.Helper()
	if opts.SlowMax == 0 {
		opts.SlowMin, opts.SlowMax = time.Millisecond, 2*time.Millisecond
	}
	opts.StepDelay = time.Millisecond
	s, err := demo.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

func stop(t *testing.T, s *demo.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Error(err)
	}
}

// browser is a client with cookies.
func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Jar: jar, Transport: transport, Timeout: 20 * time.Second}
}

// answer is a response read to its end.
type answer struct {
	*http.Response

	body string
}

func do(t *testing.T, c *http.Client, req *http.Request) (answer, error) {
	t.Helper()
	res, err := c.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res, string(raw)}, nil
}

func tryGet(t *testing.T, c *http.Client, address string) (answer, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(limited(t), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	return do(t, c, req)
}

func get(t *testing.T, c *http.Client, address string) answer {
	t.Helper()
	a, err := tryGet(t, c, address)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func post(t *testing.T, c *http.Client, address string, form url.Values, set ...func(*http.Request)) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(limited(t), http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, f := range set {
		f(req)
	}
	a, err := do(t, c, req)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func decode[T any](t *testing.T, a answer) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
	return v
}

func flip(t *testing.T, s *demo.Server, m demo.Mode) {
	t.Helper()
	if err := s.SetMode(m); err != nil {
		t.Fatal(err)
	}
}

func sendMail(t *testing.T, s *demo.Server) {
	t.Helper()
	c, err := smtp.Dial(s.SMTPAddr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if err := c.SendMail("bounce+7@shop.example", []string{"sam@mail.example"}, strings.NewReader(letter)); err != nil {
		t.Fatal(err)
	}
}

func sendSMS(t *testing.T, s *demo.Server, body string) {
	t.Helper()
	address := s.TwilioURL() + "/2010-04-01/Accounts/" + demo.SampleAccountSID + "/Messages.json"
	form := url.Values{"To": {"+447700900123"}, "MessagingServiceSid": {demo.SampleMessagingServiceSID}, "Body": {body}}
	a := post(t, browser(t), address, form, func(r *http.Request) { r.SetBasicAuth(demo.SampleAccountSID, demo.SampleAuthToken) })
	if a.StatusCode != http.StatusCreated {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
}

func contains(t *testing.T, a answer, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(a.body, part) {
			t.Errorf("%s: no %q in\n%s", a.Request.URL.Path, part, a.body)
		}
	}
}
