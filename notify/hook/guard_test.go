package hook_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/miekg/dns"

	"daymark/internal/targets"
	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/notify/hook"
	"daymark/notify/notifytest"
)

// leads is a resolver for which every name leads to what to gives for the
// n-th question of a kind, from 1.
func leads(t *testing.T, to func(n int, kind uint16) string) *net.Resolver {
	t.Helper()
	var asked [2]atomic.Int64
	names, err := targets.DNS(func(_ string, q *dns.Msg) []byte {
		kind := q.Question[0].Qtype
		at := 0
		if kind == dns.TypeAAAA {
			at = 1
		}
		reply := new(dns.Msg)
		reply.SetReply(q)
		if text := to(int(asked[at].Add(1)), kind); text != "" {
			record, err := dns.NewRR(q.Question[0].Name + " 0 IN " + dns.TypeToString[kind] + " " + text)
			if err != nil {
				return nil
			}
			reply.Answer = append(reply.Answer, record)
		}
		packed, err := reply.Pack()
		if err != nil {
			return nil
		}
		return packed
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = names.Close() })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, names.Address)
	}}
}

// TestStrangersAddressesAreGuarded: whatever clothes a private address wears,
// it is not dialled, and nothing is sent.
func TestStrangersAddressesAreGuarded(t *testing.T) {
	testkit.NoLeaks(t)
	trap := trapOnLoopback(t)
	_, port, _ := net.SplitHostPort(trap.address)
	for name, host := range map[string]string{
		"loopback": "127.0.0.1", "loopback, another": "127.8.9.10", "loopback in IPv6": "[::1]", "unspecified": "0.0.0.0", "unspecified in IPv6": "[::]",
		"cloud metadata": "169.254.169.254", "private": "10.0.0.1", "IPv4 inside IPv6": "[::ffff:127.0.0.1]", "metadata inside IPv6": "[::ffff:a9fe:a9fe]",
		"compatible": "[::127.0.0.1]", "NAT64": "[64:ff9b::7f00:1]", "NAT64 of metadata": "[64:ff9b::a9fe:a9fe]", "6to4": "[2002:7f00:1::1]", "unique local": "[fd00::1]",
		"link-local": "[fe80::1]", "a name of it": "localhost", "one number": "2130706433", "octal": "0177.0.0.1", "hexadecimal": "0x7f.0.0.1", "short": "127.1",
	} {
		for _, channel := range []string{"webhook", "slack", "teams", "discord"} {
			t.Run(name+", "+channel, func(t *testing.T) {
				r := stand(t, notifytest.HookPlatform(channel), func(o *hook.Options) {
					o.Guard, o.Roots, o.Insecure = nil, nil, true
					o.Resolver = leads(t, func(int, uint16) string { return "" })
				})
				for _, scheme := range []string{"http://", "https://"} {
					sent := r.hooks.Channel(channel).Send(limited(t), rendered(t, opening(channel, scheme+host+":"+port+secretPath)))
					// What is no address to Go is a name, which does not exist.
					if sent.Class != notify.Refused && !strings.Contains(sent.Reason, "its name cannot be looked up") {
						t.Errorf("it is %+v", sent)
					}
					tellsNoSecret(t, sent)
				}
			})
		}
	}
	if n := trap.connections.Load(); n != 0 {
		t.Errorf("%d connections reached loopback", n)
	}
}

// trap counts connections.
type trap struct {
	address     string
	connections atomic.Int64
}

func trapOnLoopback(t *testing.T) *trap {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	tr := &trap{address: l.Addr().String()}
	go func() { // ends when the listener does
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			tr.connections.Add(1)
			_ = conn.Close()
		}
	}()
	return tr
}

// TestNamesThatLeadElsewhereTheSecondTime: a name was public when it was asked
// first, and is not when the next message goes. 127.0.0.1 plays the public
// host, and all else of loopback is private.
func TestNamesThatLeadElsewhereTheSecondTime(t *testing.T) {
	for name, test := range map[string]struct {
		v4, v6 string
		where  string
	}{
		"to loopback":                  {"127.0.0.2", "", "127.0.0.2"},
		"to metadata":                  {"169.254.169.254", "", "169.254.169.254"},
		"to IPv6's loopback":           {"", "::1", "::1"},
		"to IPv4 inside IPv6":          {"", "::ffff:127.0.0.2", "127.0.0.2"},
		"to NAT64 of a private host":   {"", "64:ff9b::a00:1", "64:ff9b::a00:1"},
		"to two addresses, both wrong": {"10.0.0.1", "::1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := stand(t, notifytest.HookWebhook, func(o *hook.Options) {
				o.Resolver = leads(t, func(n int, kind uint16) string {
					switch {
					case n == 1 && kind == dns.TypeA:
						return "127.0.0.1"
					case n == 1:
						return ""
					case kind == dns.TypeA:
						return test.v4
					}
					return test.v6
				})
			})
			c := r.channel(t, notifytest.HookWebhook)
			_, port, _ := net.SplitHostPort(strings.TrimPrefix(r.server.URL, "https://"))
			m := rendered(t, opening("webhook", "https://example.com:"+port+secretPath)) // the certificate is for it
			if sent := c.Send(limited(t), m); sent.Class != notify.Taken {
				t.Fatalf("the first is %+v", sent)
			}
			r.hooks.CloseIdle()
			sent := c.Send(limited(t), m)
			if sent.Class != notify.Refused || sent.Remote || !strings.Contains(sent.Reason, "example.com leads to "+test.where) {
				t.Errorf("the second is %+v", sent)
			}
			if n := len(r.Posts()); n != 1 {
				t.Errorf("%d messages came, want 1", n)
			}
		})
	}
}

// TestRedirectsInwards: they are not followed at all, even where their end
// could be dialled.
func TestRedirectsInwards(t *testing.T) {
	var inside atomic.Int64
	private := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { inside.Add(1) }))
	defer private.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, platform := range platforms {
			r := configured(t, platform)
			r.Act(func(int) notifytest.HookAction {
				return answering(status, heading("Location", private.URL+"/internal"))
			})
			sent := r.channel(t, platform).Send(limited(t), r.message(t, platform))
			if sent.Class != notify.Refused || !strings.Contains(sent.Reason, "it redirects; give the address itself") {
				t.Errorf("%d at %s is %+v", status, platform, sent)
			}
		}
	}
	if n := inside.Load(); n != 0 {
		t.Errorf("%d redirects were followed", n)
	}
}

// TestWhoIsAsked: strangers go by the guard and by https, staff where the
// operator says, and what is not known is not sent.
func TestWhoIsAsked(t *testing.T) {
	plain, err := notifytest.NewHook(notifytest.HookOptions{Platform: notifytest.HookWebhook, Path: secretPath, Secret: staffKey})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(plain)
	defer server.Close()
	r := stand(t, notifytest.HookWebhook, func(o *hook.Options) {
		o.Guard = nil
		o.Staff = append(o.Staff, notify.StaffChannel{ID: "bridge", Webhook: &notify.Webhook{URL: server.URL + secretPath, Secret: staffKey}})
	})
	staff := rendered(t, alert("webhook", "bridge"))
	for _, test := range []struct {
		name, channel string
		message       notify.Message
		class         notify.Class
		reason        string
	}{
		{"staff on loopback, by http", "webhook", staff, notify.Taken, ""},
		{"a stranger by http", "webhook", rendered(t, opening("webhook", server.URL+secretPath)), notify.Refused, "does not begin with https://"},
		{"a stranger on loopback", "webhook", rendered(t, opening("webhook", r.address())), notify.Refused, "127.0.0.1 leads to 127.0.0.1, which is no public address"},
		{"a stranger who names a staff channel", "webhook", rendered(t, opening("webhook", "bridge")), notify.Refused, "is none of the web"},
		{"staff of nobody", "webhook", rendered(t, alert("webhook", "gone")), notify.Refused, `no staff channel "gone"`},
		{"staff by an address", "webhook", rendered(t, alert("webhook", r.address())), notify.Refused, "no staff channel"},
		{"staff of another kind", "slack", rendered(t, alert("slack", "bridge")), notify.Refused, `no staff channel "bridge" for slack`},
		{"a stranger with PagerDuty", "pagerduty", rendered(t, opening("webhook", r.address())), notify.Refused, "for staff alone"},
		{"nothing to say", "webhook", notify.Message{Audience: notify.Staff, To: "bridge"}, notify.Refused, "says nothing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			sent := r.hooks.Channel(test.channel).Send(limited(t), test.message)
			if sent.Class != test.class || !strings.Contains(sent.Reason, test.reason) {
				t.Errorf("it is %+v", sent)
			}
		})
	}
	if n := len(plain.Posts()); n != 1 {
		t.Errorf("%d messages came to staff, want 1", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if sent := r.hooks.Channel("webhook").Send(ctx, staff); sent.Class != notify.NotNow || sent.Remote || !strings.HasPrefix(sent.Reason, "it was not begun") {
		t.Errorf("what was cut off is %+v", sent)
	}
}

// TestOptionsThatCannotWork are refused when the channels are made.
func TestOptionsThatCannotWork(t *testing.T) {
	good := stand(t, notifytest.HookWebhook).opts
	for name, change := range map[string]func(*hook.Options){
		"a short key":       func(o *hook.Options) { o.Key = []byte("short") },
		"no page":           func(o *hook.Options) { o.Page.Name = "" },
		"nobody describes":  func(o *hook.Options) { o.Describe = nil },
		"a channel of none": func(o *hook.Options) { o.Staff = []notify.StaffChannel{{ID: "x"}} },
		"a secret in no form": func(o *hook.Options) {
			o.Staff = []notify.StaffChannel{{ID: "x", Webhook: &notify.Webhook{URL: "https://hooks.example", Secret: "abc"}}}
		},
		"an address of another kind": func(o *hook.Options) { o.Staff = []notify.StaffChannel{{ID: "x", Slack: "ftp://hooks.example"}} },
		"a negative time-out":        func(o *hook.Options) { o.Timeout = -1 },
	} {
		opts := good
		change(&opts)
		if _, err := hook.New(opts); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if _, err := hook.New(good); err != nil {
		t.Error(err)
	}
}
