package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"daymark/internal/web"
)

// TestClients: who asks is whom the last proxy that we trust was called by,
// whatever stands before that.
func TestClients(t *testing.T) {
	c, err := web.NewClients([]string{"127.0.0.1", "10.0.0.0/8", "2001:db8:aa::/48"})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		remote    string
		headers   []string
		want      string
		forwarded bool
	}{
		"nobody between":                 {remote: "203.0.113.9:1234", want: "203.0.113.9:1234"},
		"a header of a stranger":         {remote: "203.0.113.9:1234", headers: []string{"198.51.100.7"}, want: "203.0.113.9:1234"},
		"a proxy that says nothing":      {remote: "127.0.0.1:1234", want: "127.0.0.1:1234"},
		"an empty header":                {remote: "127.0.0.1:1234", headers: []string{" "}, want: "127.0.0.1:1234"},
		"a proxy":                        {remote: "127.0.0.1:1234", headers: []string{"198.51.100.7"}, want: "198.51.100.7:0", forwarded: true},
		"what the client made up":        {remote: "127.0.0.1:1234", headers: []string{"192.0.2.66, 198.51.100.7"}, want: "198.51.100.7:0", forwarded: true},
		"made up in a header of its own": {remote: "127.0.0.1:1234", headers: []string{"192.0.2.66", "198.51.100.7"}, want: "198.51.100.7:0", forwarded: true},
		"made up as one of ours":         {remote: "127.0.0.1:1234", headers: []string{"10.0.0.1, 198.51.100.7"}, want: "198.51.100.7:0", forwarded: true},
		"two proxies":                    {remote: "127.0.0.1:1234", headers: []string{"192.0.2.66, 198.51.100.7, 10.1.2.3"}, want: "198.51.100.7:0", forwarded: true},
		"proxies alone":                  {remote: "127.0.0.1:1234", headers: []string{"10.9.9.9,10.1.2.3"}, want: "10.9.9.9:0", forwarded: true},
		"a proxy that is not trusted":    {remote: "127.0.0.1:1234", headers: []string{"198.51.100.7, 192.0.2.1"}, want: "192.0.2.1:0", forwarded: true},
		"IPv6":                           {remote: "[2001:db8:aa::1]:443", headers: []string{"2001:db8:bb::7"}, want: "[2001:db8:bb::7]:0", forwarded: true},
		"IPv6 in brackets, with a port":  {remote: "127.0.0.1:1", headers: []string{"[2001:db8:bb::7]:4711"}, want: "[2001:db8:bb::7]:0", forwarded: true},
		"IPv6 in brackets":               {remote: "127.0.0.1:1", headers: []string{"[2001:db8:bb::7]"}, want: "[2001:db8:bb::7]:0", forwarded: true},
		"IPv4 with a port":               {remote: "127.0.0.1:1", headers: []string{"198.51.100.7:4711"}, want: "198.51.100.7:0", forwarded: true},
		"IPv4 written as IPv6":           {remote: "[::ffff:10.1.1.1]:1", headers: []string{"::ffff:198.51.100.7"}, want: "198.51.100.7:0", forwarded: true},
		"garbage":                        {remote: "10.1.1.1:1", headers: []string{"198.51.100.7, unknown"}, want: "10.1.1.1:0", forwarded: true},
		"garbage further back":           {remote: "127.0.0.1:1", headers: []string{"198.51.100.7, <script>, 10.1.1.1"}, want: "10.1.1.1:0", forwarded: true},
		"nothing between commas":         {remote: "10.1.1.1:1", headers: []string{"198.51.100.7,"}, want: "10.1.1.1:0", forwarded: true},
		"a chain without end":            {remote: "127.0.0.1:1", headers: []string{strings.Repeat("10.0.0.2,", 5000) + "10.0.0.3"}, want: "10.0.0.2:0", forwarded: true},
		"no address at all":              {remote: "@", headers: []string{"198.51.100.7"}, want: "@"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr, r.Header["X-Forwarded-For"] = test.remote, test.headers
			c.Behind(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if r.RemoteAddr != test.want || web.Forwarded(r) != test.forwarded {
					t.Errorf("it is %q, forwarded %t; want %q, %t", r.RemoteAddr, web.Forwarded(r), test.want, test.forwarded)
				}
			})).ServeHTTP(httptest.NewRecorder(), r)
		})
	}
	for _, bad := range []string{"", "proxy", "10.0.0.0/33", "10.0.0.1:80", "0.0.0.0/0", "::/0"} {
		if _, err := web.NewClients([]string{bad}); err == nil {
			t.Errorf("%q is trusted", bad)
		}
	}
}

func FuzzClients(f *testing.F) {
	f.Add("198.51.100.7, 10.0.0.1")
	f.Add("[::1]:5,,x")
	c, err := web.NewClients([]string{"127.0.0.0/8"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, header string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr, r.Header["X-Forwarded-For"] = "127.0.0.1:5", []string{header}
		if client, _ := c.Of(r); !client.IsValid() || client.Zone() != "" || client.Is4In6() {
			t.Errorf("%q gives %s", header, client)
		}
	})
}
