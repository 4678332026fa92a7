package incident

import (
	"testing"

	"daymark/checker"
)

// Two components whose checks go to one host may fail for one cause, by
// whatever protocol they are asked.
func TestSharedHosts(t *testing.T) {
	checks := map[string]checker.Check{
		"https":       {HTTP: &checker.HTTP{Request: checker.Request{URL: "https://shop.example/health"}}},
		"tls":         {TLS: &checker.TLS{Address: "shop.example:443"}},
		"tcp":         {TCP: &checker.TCP{Address: "shop.example:443"}},
		"grpc":        {GRPC: &checker.GRPC{Address: "shop.example:443"}},
		"wss":         {WebSocket: &checker.WebSocket{URL: "wss://shop.example/stream"}},
		"mail":        {SMTP: &checker.SMTP{Address: "mail.example:587"}},
		"port":        {TCP: &checker.TCP{Address: "mail.example:587"}},
		"other port":  {TCP: &checker.TCP{Address: "mail.example:25"}},
		"other https": {HTTP: &checker.HTTP{Request: checker.Request{URL: "https://pay.example/"}}},
	}
	for _, test := range []struct {
		a, b    string
		related bool
	}{
		{"https", "tls", true},
		{"https", "tcp", true},
		{"https", "grpc", true},
		{"wss", "https", true},
		{"wss", "tls", true},
		{"mail", "port", true},
		{"mail", "other port", false},
		{"mail", "https", false},
		{"other https", "tls", false},
	} {
		t.Run(test.a+" and "+test.b, func(t *testing.T) {
			w := newWorld(t, func(o *PolicyOptions) {
				o.Components = nil
				for _, name := range []string{test.a, test.b} {
					check := checks[name]
					check.ID, check.Schedule = "check-"+name, "@every 1m"
					o.Components = append(o.Components, Component{ID: name, Name: name, Checks: []checker.Check{check}})
				}
			})
			if got := w.policy.related(test.a, test.b); got != test.related {
				t.Errorf("related is %t", got)
			}
		})
	}
}
