package web_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"daymark/internal/web"
)

func TestWhoseAddressItIs(t *testing.T) {
	for remote, want := range map[string]string{
		"203.0.113.9:1234":              "203.0.113.9",
		"[::ffff:203.0.113.9]:1":        "203.0.113.9",
		"[2001:db8:1:2:3:4:5:6]:443":    "2001:db8:1:2::/64",
		"[2001:db8:1:2::9]:443":         "2001:db8:1:2::/64",
		"[fe80::1%eth0]:443":            "fe80::/64",
		"@":                             "others",
		"":                              "others",
		"name.example:80":               "others",
		"203.0.113.9":                   "others",
		"[2001:db8:1:3:ffff::ffff]:443": "2001:db8:1:3::/64",
	} {
		if got := web.AddressOf(&http.Request{RemoteAddr: remote}); got != want {
			t.Errorf("%q is %q; want %q", remote, got, want)
		}
	}
	if got := web.AddressOf(httptest.NewRequest(http.MethodGet, "/", http.NoBody)); got != "192.0.2.1" {
		t.Error(got)
	}
}
