package demo_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"daymark/demo"
)

type state struct {
	Mode               demo.Mode
	Since              string
	Shop, SMTP, Twilio string
	Emails, SMS        int
}

func TestSwitchIsFlippedByFormAndByCurl(t *testing.T) {
	s := start(t, demo.Options{})
	for given, want := range map[string]demo.Mode{
		"errors": demo.Errors, "Sign-in broken": demo.SignInBroken, "slow": demo.Slow, "down": demo.Down, "working": demo.Working,
	} {
		t.Run(given, func(t *testing.T) {
			a := post(t, browser(t), s.URL()+"/switch", url.Values{"mode": {given}})
			if a.StatusCode != 200 || a.Request.URL.Path != "/switch" || a.Request.Method != http.MethodGet {
				t.Errorf("%d at %s %s", a.StatusCode, a.Request.Method, a.Request.URL)
			}
			contains(t, a, `value="`+string(want)+`" aria-pressed="true"`)
			if n := strings.Count(a.body, `aria-pressed="true"`); n != 1 {
				t.Errorf("%d are pressed", n)
			}
			if got := decode[state](t, get(t, browser(t), s.URL()+"/state.json")); got.Mode != want || got.Since == "" || got.Shop != s.URL() || got.SMTP != s.SMTPAddr() || got.Twilio != s.TwilioURL() {
				t.Errorf("state %+v", got)
			}
		})
	}
}

func TestSwitchSaysSinceWhenAndHow(t *testing.T) {
	var days atomic.Int64
	s := start(t, demo.Options{Now: func() time.Time {
		return time.Date(2026, 3, 2+int(days.Load()), 14, 30, 0, 0, time.UTC)
	}})
	a := get(t, browser(t), s.URL()+"/switch")
	contains(t, a, "It has been in this state since <time", ">14:30:00</time>", "<code>curl -d mode=errors "+strings.TrimPrefix(s.URL(), "http://")+"/switch</code>")
	days.Add(1)
	contains(t, get(t, browser(t), s.URL()+"/switch"), ">14:30:00 on 2 March</time>")
}

func TestSwitchRefuses(t *testing.T) {
	s := start(t, demo.Options{})
	for name, tc := range map[string]struct {
		mode, origin string
		status       int
	}{
		"an unknown mode": {"sideways", "", 400},
		"nothing":         {"", "", 400},
		"another's page":  {"down", "https://elsewhere.example", 403},
	} {
		t.Run(name, func(t *testing.T) {
			a := post(t, browser(t), s.URL()+"/switch", url.Values{"mode": {tc.mode}}, func(r *http.Request) {
				if tc.origin != "" {
					r.Header.Set("Origin", tc.origin)
				}
			})
			if a.StatusCode != tc.status || s.Mode() != demo.Working {
				t.Errorf("status %d, mode %s", a.StatusCode, s.Mode())
			}
			if tc.status == 400 {
				contains(t, a, "working, slow, errors, sign-in-broken, down")
			}
		})
	}
}

func TestSwitchIsKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "new", "switch.json")
	s := start(t, demo.Options{StateFile: file})
	flip(t, s, demo.Errors)
	stop(t, s)
	if got := start(t, demo.Options{StateFile: file}).Mode(); got != demo.Errors {
		t.Errorf("mode %s", got)
	}
}

func TestSwitchThatCannotBeKeptStays(t *testing.T) {
	file := filepath.Join(t.TempDir(), "dir", "switch.json")
	s := start(t, demo.Options{StateFile: file})
	if err := os.WriteFile(filepath.Dir(file), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if a := post(t, browser(t), s.URL()+"/switch", url.Values{"mode": {"down"}}); a.StatusCode != 500 || s.Mode() != demo.Working {
		t.Errorf("status %d, mode %s", a.StatusCode, s.Mode())
	}
}

func TestBrokenStateFileIsSaid(t *testing.T) {
	for name, content := range map[string]string{"no json": "x", "unknown mode": `{"mode":"sideways"}`} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "switch.json")
			if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := demo.New(demo.Options{StateFile: file})
			if err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), "delete the file") {
				t.Errorf("got %v", err)
			}
		})
	}
}
