package demo_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"daymark/demo"
)

func credentials() url.Values {
	return url.Values{"email": {"sam@mail.example"}, "password": {"correct horse"}}
}

type health struct{ Status, Database string }

func TestShopSignsIn(t *testing.T) {
	s := start(t, demo.Options{})
	c := browser(t)
	contains(t, get(t, c, s.URL()+"/"), "Corner Shop (sample)", `<a href="/sign-in">Sign in</a>`, "Sourdough loaf", "£3.40")
	form := get(t, c, s.URL()+"/sign-in")
	contains(t, form, `<label for="email">Email</label>`, `<label for="password">Password</label>`,
		"<button>Sign in</button>", demo.Password, "<title>Sign in</title>")
	if strings.Contains(form.body, `>Sign in</a>`) {
		t.Error("a link and the button have the same name")
	}
	a := post(t, c, s.URL()+"/sign-in", credentials())
	contains(t, a, "<h1>Welcome back</h1>", "<title>Your account</title>", "sam@mail.example")
	if a.StatusCode != 200 || a.Request.URL.Path != "/account" {
		t.Errorf("%d at %s", a.StatusCode, a.Request.URL)
	}
	contains(t, get(t, c, s.URL()+"/"), "Your account")
	if a := get(t, browser(t), s.URL()+"/account"); a.Request.URL.Path != "/sign-in" {
		t.Errorf("a stranger's account is at %s", a.Request.URL)
	}
}

func TestShopRefusesWrongSignIns(t *testing.T) {
	s := start(t, demo.Options{})
	for name, tc := range map[string]struct {
		email, password string
		status          int
		says            string
	}{
		"wrong password": {"sam@mail.example", "guess", 401, "That is not the password."},
		"no email":       {"", "correct horse", 422, "Enter an email address"},
		"no address":     {`"><script>`, "correct horse", 422, "&#34;&gt;&lt;script&gt;"},
	} {
		t.Run(name, func(t *testing.T) {
			c := browser(t)
			a := post(t, c, s.URL()+"/sign-in", url.Values{"email": {tc.email}, "password": {tc.password}})
			if a.StatusCode != tc.status {
				t.Errorf("status %d", a.StatusCode)
			}
			contains(t, a, tc.says, `role="alert"`, `aria-describedby="wrong"`)
			if a := get(t, c, s.URL()+"/account"); a.Request.URL.Path != "/sign-in" {
				t.Error("signed in")
			}
		})
	}
}

func TestModeWorking(t *testing.T) {
	s := start(t, demo.Options{})
	a := get(t, browser(t), s.URL()+"/api/health")
	if h := decode[health](t, a); a.StatusCode != 200 || h != (health{"ok", "up"}) {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	contains(t, get(t, browser(t), s.URL()+"/api/products"), `"pence":340`)
	if a := get(t, browser(t), s.URL()+"/nothing"); a.StatusCode != 404 {
		t.Errorf("status %d", a.StatusCode)
	}
}

func TestModeSlowIsLateAndRight(t *testing.T) {
	for path, want := range map[string]time.Duration{
		"/": 1200 * time.Millisecond, "/sign-in": 1200 * time.Millisecond, "/api/health": 1200 * time.Millisecond,
		"/switch": 0, "/outbox": 0, "/outbox.json": 0, "/state.json": 0, "/demo.css": 0,
	} {
		t.Run(path, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, err := demo.New(demo.Options{})
				if err != nil {
					t.Fatal(err)
				}
				defer stop(t, s)
				flip(t, s, demo.Slow)
				began, rec := time.Now(), httptest.NewRecorder()
				s.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
				took := time.Since(began)
				if rec.Code != 200 || rec.Body.Len() == 0 {
					t.Errorf("status %d, %d bytes", rec.Code, rec.Body.Len())
				}
				if took < want || took > want+600*time.Millisecond || (want == 0 && took > 0) {
					t.Errorf("took %s", took)
				}
			})
		})
	}
}

func TestModeSlowEndsWithTheShop(t *testing.T) {
	s := start(t, demo.Options{SlowMin: time.Hour, SlowMax: time.Hour})
	flip(t, s, demo.Slow)
	done := make(chan error, 1)
	reached := make(chan struct{})
	go func() {
		close(reached)
		_, err := tryGet(t, browser(t), s.URL()+"/")
		done <- err
	}()
	<-reached
	stop(t, s)
	if err := <-done; err == nil {
		t.Error("an answer came")
	}
}

func TestModeErrorsFailsTheAPIAlone(t *testing.T) {
	s := start(t, demo.Options{})
	flip(t, s, demo.Errors)
	a := get(t, browser(t), s.URL()+"/api/health")
	if h := decode[health](t, a); a.StatusCode != 503 || h != (health{"error", "starting"}) {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	var failed, fine int
	for range 20 {
		switch a := get(t, browser(t), s.URL()+"/api/products"); a.StatusCode {
		case 500:
			failed++
		case 200:
			fine++
		default:
			t.Errorf("status %d", a.StatusCode)
		}
	}
	if failed != 16 || fine != 4 {
		t.Errorf("%d failed, %d did not", failed, fine)
	}
	contains(t, get(t, browser(t), s.URL()+"/"), "The shelf cannot be shown")
	contains(t, post(t, browser(t), s.URL()+"/sign-in", credentials()), "Welcome back")
}

func TestModeSignInBrokenLeavesTheAPIHealthy(t *testing.T) {
	s := start(t, demo.Options{})
	flip(t, s, demo.SignInBroken)
	a := post(t, browser(t), s.URL()+"/sign-in", credentials())
	contains(t, a, "Something went wrong")
	if a.StatusCode != 500 || strings.Contains(a.body, "Welcome back") || len(a.Cookies()) != 0 {
		t.Errorf("status %d, cookies %v", a.StatusCode, a.Cookies())
	}
	contains(t, get(t, browser(t), s.URL()+"/sign-in"), "<button>Sign in</button>")
	if a := get(t, browser(t), s.URL()+"/api/health"); a.StatusCode != 200 {
		t.Errorf("health %d", a.StatusCode)
	}
	flip(t, s, demo.Working)
	contains(t, post(t, browser(t), s.URL()+"/sign-in", credentials()), "Welcome back")
}

func TestModeDownAnswersNobodyButTheSwitch(t *testing.T) {
	s := start(t, demo.Options{})
	sendMail(t, s)
	flip(t, s, demo.Down)
	for _, path := range []string{"/", "/sign-in", "/account", "/api/health", "/api/products", "/nothing"} {
		if a, err := tryGet(t, browser(t), s.URL()+path); err == nil {
			t.Errorf("%s answered %d", path, a.StatusCode)
		} else if !strings.Contains(err.Error(), "EOF") && !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, path := range []string{"/switch", "/outbox", "/outbox.json", "/outbox/mail/1", "/state.json", "/demo.css"} {
		if a := get(t, browser(t), s.URL()+path); a.StatusCode != 200 {
			t.Errorf("%s answered %d", path, a.StatusCode)
		}
	}
	post(t, browser(t), s.URL()+"/switch", url.Values{"mode": {"working"}})
	if a := get(t, browser(t), s.URL()+"/"); a.StatusCode != 200 {
		t.Errorf("after: %d", a.StatusCode)
	}
}

func TestEveryPageHasItsHeadersAndNoScript(t *testing.T) {
	s := start(t, demo.Options{})
	sendMail(t, s)
	for _, path := range []string{"/", "/sign-in", "/switch", "/outbox", "/outbox/mail/1"} {
		a := get(t, browser(t), s.URL()+path)
		policy := a.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || a.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, a.Header)
		}
		for _, never := range []string{"<script", "<style", "style=", "onclick", "http://", "https://"} {
			if strings.Contains(a.body, never) {
				t.Errorf("%s has %q", path, never)
			}
		}
	}
}
