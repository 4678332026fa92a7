package browser

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"daymark/checker"
)

func TestValidate(t *testing.T) {
	login := open("https://shop.example/login")
	for _, test := range []struct {
		name, want string // empty: valid
		journey    *checker.Browser
	}{
		{"valid", "", &checker.Browser{Viewport: "800x600", AllowOrigins: []string{"https://id.example"}, Steps: []checker.BrowserStep{login, press("Shift+Tab"), press("+"), press("Control++"), press("é")}}},
		{"none", "no browser journey", nil},
		{"no steps", "at least one step", &checker.Browser{}},
		{"empty step", "it has 0", &checker.Browser{Steps: []checker.BrowserStep{{}}}},
		{"two in one", "step 2: a step has exactly one of", &checker.Browser{Steps: []checker.BrowserStep{login, {Click: "a", See: "b"}}}},
		{"viewport", `viewport "1280": must be WIDTHxHEIGHT`, &checker.Browser{Viewport: "1280", Steps: []checker.BrowserStep{login}}},
		{"huge viewport", `viewport "99999x99999"`, &checker.Browser{Viewport: "99999x99999", Steps: []checker.BrowserStep{login}}},
		{"scheme", `"javascript:alert(1)" is no http or https address`, &checker.Browser{Steps: []checker.BrowserStep{open("javascript:alert(1)")}}},
		{"origin", `allow_origins: "shop.example"`, &checker.Browser{AllowOrigins: []string{"shop.example"}, Steps: []checker.BrowserStep{login}}},
		{"modifier", `"Hyper" is none of`, &checker.Browser{Steps: []checker.BrowserStep{press("Hyper+A")}}},
		{"negative wait", "must not be negative", &checker.Browser{Steps: []checker.BrowserStep{{Wait: -1}}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := Validate(test.journey)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

func TestAllowedOrigins(t *testing.T) {
	tab := &tab{origins: map[string]bool{"http://shop.example:80": true, "https://id.example:8443": true, "http://[::1]:8080": true}}
	for address, want := range map[string]bool{
		"http://shop.example/a":       true,
		"http://SHOP.example:80/":     true,
		"https://shop.example/":       true, // the same host, made safe
		"https://shop.example:8443/":  false,
		"http://www.shop.example/":    false,
		"https://id.example:8443/x":   true,
		"http://id.example:8443/":     false,
		"http://[::1]:8080/":          true,
		"file:///etc/passwd":          false,
		"chrome://settings":           false,
		"http://shop.example@evil.io": false,
	} {
		if tab.allowed(address) != want {
			t.Errorf("%s: allowed %t", address, !want)
		}
	}
}

func TestGuardWords(t *testing.T) {
	for text, want := range map[string]string{
		"no": "address 10.0.0.1 is refused: no (see agents.private)",
		"10.0.0.1 is private; agents.private allows": "10.0.0.1 is private; agents.private allows",
	} {
		if got := (&refused{netip.MustParseAddr("10.0.0.1"), errors.New(text)}).Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestProfileOfSomebodyElse(t *testing.T) {
	base := filepath.Join(shortDir(t), "base")
	if err := os.Symlink(t.TempDir(), base); err != nil {
		t.Fatal(err)
	}
	if _, err := newProfile(base); err == nil || !strings.Contains(err.Error(), "is not a directory of this user") {
		t.Error(err)
	}
	long := filepath.Join(t.TempDir(), strings.Repeat("x", 80))
	if _, err := newProfile(long); err == nil || !strings.Contains(err.Error(), "too long for Chromium's socket") {
		t.Error(err)
	}
	if left := profilesIn(t, long); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// conversation is a client that says what it says whatever it is told.
type conversation struct {
	net.Conn
	says *bytes.Reader
	told bytes.Buffer
}

func (c *conversation) Read(p []byte) (int, error)  { return c.says.Read(p) }
func (c *conversation) Write(p []byte) (int, error) { return c.told.Write(p) }

func TestGreet(t *testing.T) {
	for says, want := range greetings() {
		target, err := greet(&conversation{says: bytes.NewReader([]byte(says))})
		if target != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q %v, want %q", says, target, err, want)
		}
	}
}

// greetings gives what clients say, and where they get; nowhere when empty.
func greetings() map[string]string {
	return map[string]string{
		"\x05\x01\x00\x05\x01\x00\x03\x0cshop.example\x01\xbb":                       "shop.example:443",
		"\x05\x01\x00\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50":                       "127.0.0.1:80",
		"\x05\x01\x00\x05\x01\x00\x04" + strings.Repeat("\x00", 15) + "\x01\x1f\x90": "[::1]:8080",
		"\x04\x01\x00\x50\x7f\x00\x00\x01\x00":                                       "", // SOCKS4
		"\x05\x01\x00\x05\x02\x00\x01\x7f\x00\x00\x01\x00\x50":                       "", // wants to listen
		"\x05\x01\x00\x05\x01\x00\x09":                                               "",
		"GET / HTTP/1.1\r\n\r\n":                                                     "",
	}
}

func FuzzGreet(f *testing.F) {
	for says := range greetings() {
		f.Add([]byte(says))
	}
	f.Fuzz(func(t *testing.T, says []byte) {
		target, err := greet(&conversation{says: bytes.NewReader(says)})
		if err != nil {
			return
		}
		_, port, err := net.SplitHostPort(target)
		if err != nil {
			return // a host with brackets or the like: the dialler refuses it
		}
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			t.Errorf("%q: %v", target, err)
		}
	})
}
