package guard_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"

	"daymark/internal/guard"
)

func TestCheck(t *testing.T) {
	deny := guard.Policy{Deny: true}
	allow := guard.Policy{Deny: true, Allow: []netip.Prefix{netip.MustParsePrefix("10.20.0.0/16"), netip.MustParsePrefix("::ffff:192.168.1.0/120"), netip.MustParsePrefix("fd00:1::/32")}}
	for _, test := range []struct {
		name    string
		policy  guard.Policy
		addr    string
		refused bool
	}{
		{"public v4", deny, "9.9.9.9", false},
		{"public v6", deny, "2620:fe::fe", false},
		{"rfc 1918 ten", deny, "10.0.0.1", true},
		{"rfc 1918 172", deny, "172.31.255.255", true},
		{"just outside 172", deny, "172.32.0.1", false},
		{"rfc 1918 192", deny, "192.168.0.1", true},
		{"loopback", deny, "127.0.0.1", true},
		{"loopback, any of it", deny, "127.8.9.10", true},
		{"loopback v6", deny, "::1", true},
		{"link-local, cloud metadata", deny, "169.254.169.254", true},
		{"link-local v6 with zone", deny, "fe80::1%eth0", true},
		{"unique local", deny, "fd12::1", true},
		{"carrier-grade NAT", deny, "100.64.0.1", true},
		{"just outside carrier-grade NAT", deny, "100.128.0.1", false},
		{"unspecified", deny, "0.0.0.0", true},
		{"this network", deny, "0.1.2.3", true},
		{"unspecified v6", deny, "::", true},
		{"multicast", deny, "224.0.0.1", true},
		{"multicast v6", deny, "ff02::1", true},
		{"broadcast", deny, "255.255.255.255", true},
		{"mapped private", deny, "::ffff:10.0.0.1", true},
		{"mapped public", deny, "::ffff:9.9.9.9", false},
		{"compatible", deny, "::9.9.9.9", true},
		{"NAT64 of private", deny, "64:ff9b::10.0.0.1", true},
		{"NAT64 of loopback", deny, "64:ff9b::127.0.0.1", true},
		{"NAT64 of public", deny, "64:ff9b::9.9.9.9", false},
		{"NAT64 of a site", deny, "64:ff9b:1::9.9.9.9", true},
		{"6to4", deny, "2002:a00:1::1", true},
		{"Teredo", deny, "2001:0:1::1", true},
		{"documentation", deny, "203.0.113.9", true},
		{"documentation v6", deny, "2001:db8::1", true},
		{"benchmark", deny, "198.19.0.1", true},
		{"site-local", deny, "fec0::1", true},
		{"allowed", allow, "10.20.3.4", false},
		{"allowed, mapped", allow, "::ffff:10.20.3.4", false},
		{"allowed, through NAT64", allow, "64:ff9b::10.20.3.4", false},
		{"allowed by a mapped prefix", allow, "192.168.1.7", false},
		{"allowed v6", allow, "fd00:1::7", false},
		{"beside what is allowed", allow, "10.21.0.1", true},
		{"no denial", guard.Policy{}, "127.0.0.1", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.policy.Check(netip.MustParseAddr(test.addr))
			var refused *guard.Refused
			if errors.As(err, &refused) != test.refused {
				t.Fatalf("%s: %v; refused should be %v", test.addr, err, test.refused)
			}
			if test.refused && (!strings.Contains(err.Error(), "agents.private") || !strings.Contains(err.Error(), netip.MustParseAddr(test.addr).String())) {
				t.Errorf("%q lacks the address or the hint", err)
			}
		})
	}
	if deny.Check(netip.Addr{}) == nil {
		t.Error("the invalid address was let through")
	}
}

func TestControlStopsADialBeforeItBegins(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	dial := func(policy guard.Policy) error {
		dialer := net.Dialer{Control: policy.Control}
		conn, err := dialer.DialContext(context.Background(), "tcp", listener.Addr().String())
		if err == nil {
			conn.Close()
		}
		return err
	}
	var refused *guard.Refused
	if err := dial(guard.Policy{Deny: true}); !errors.As(err, &refused) || refused.Addr.String() != "127.0.0.1" {
		t.Errorf("dialled loopback: %v", err)
	}
	if err := dial(guard.Policy{Deny: true, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}); err != nil {
		t.Errorf("allowed loopback: %v", err)
	}
}

func TestControlRefusesWhatIsNoAddress(t *testing.T) {
	for _, test := range []struct {
		network, address string
		refused          bool
	}{
		{"unix", "/run/docker.sock", true},
		{"tcp", "localhost:80", true},
		{"tcp6", "[fe80::1%eth0]:80", true},
		{"udp4", "9.9.9.9:53", false},
		{"ip4:icmp", "9.9.9.9", false},
		{"ip4:icmp", "127.0.0.1", true},
	} {
		err := guard.Policy{Deny: true}.Control(test.network, test.address, nil)
		if (err != nil) != test.refused {
			t.Errorf("%s %s: %v; refused should be %v", test.network, test.address, err, test.refused)
		}
	}
}

func TestNarrow(t *testing.T) {
	policy := func(deny bool, allow ...string) guard.Policy {
		p := guard.Policy{Deny: deny}
		for _, prefix := range allow {
			p.Allow = append(p.Allow, netip.MustParsePrefix(prefix))
		}
		return p
	}
	for _, test := range []struct {
		name     string
		a, b     guard.Policy
		allowed  []string
		refusing []string
	}{
		{"neither denies", policy(false), policy(false), []string{"10.0.0.1"}, nil},
		{"the agent denies", policy(false), policy(true, "10.1.0.0/16"), []string{"10.1.0.1"}, []string{"10.2.0.1"}},
		{"an agent cannot widen", policy(true), policy(false, "10.0.0.0/8"), nil, []string{"10.0.0.1"}},
		{"an agent cannot add", policy(true, "10.1.0.0/16"), policy(true, "10.0.0.0/8"), []string{"10.1.0.1"}, []string{"10.2.0.1"}},
		{"nothing in common", policy(true, "10.1.0.0/16"), policy(true, "10.2.0.0/16"), []string{"9.9.9.9"}, []string{"10.1.0.1", "10.2.0.1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			narrowed := test.a.Narrow(test.b)
			for _, addr := range test.allowed {
				if err := narrowed.Check(netip.MustParseAddr(addr)); err != nil {
					t.Errorf("%s: %v", addr, err)
				}
			}
			for _, addr := range test.refusing {
				if narrowed.Check(netip.MustParseAddr(addr)) == nil {
					t.Errorf("%s was let through", addr)
				}
			}
		})
	}
}

// FuzzNarrow holds the promise that matters: what two policies allow together,
// each of them allows, and no disguise makes a private address public.
func FuzzNarrow(f *testing.F) {
	f.Add([]byte{10, 0, 0, 1}, []byte{10, 0, 0, 0}, 8, []byte{10, 0, 0, 0}, 16, true, true)
	f.Add(netip.MustParseAddr("64:ff9b::7f00:1").AsSlice(), []byte{127, 0, 0, 0}, 8, netip.MustParseAddr("64:ff9b::").AsSlice(), 96, true, true)
	f.Add(netip.MustParseAddr("::ffff:127.0.0.1").AsSlice(), []byte{127, 0, 0, 0}, 8, netip.MustParseAddr("::ffff:127.0.0.0").AsSlice(), 104, true, true)
	f.Fuzz(func(t *testing.T, address, first []byte, firstBits int, second []byte, secondBits int, firstDenies, secondDenies bool) {
		addr, ok := netip.AddrFromSlice(address)
		if !ok {
			return
		}
		policy := func(deny bool, raw []byte, bits int) guard.Policy {
			p := guard.Policy{Deny: deny}
			if a, ok := netip.AddrFromSlice(raw); ok {
				p.Allow = []netip.Prefix{netip.PrefixFrom(a, bits)}
			}
			return p
		}
		a, b := policy(firstDenies, first, firstBits), policy(secondDenies, second, secondBits)
		if a.Narrow(b).Check(addr) == nil && (a.Check(addr) != nil || b.Check(addr) != nil) {
			t.Errorf("%s: allowed by %v and %v together, but not by each", addr, a, b)
		}
		strict := guard.Policy{Deny: true}
		if addr.Is4() && (strict.Check(addr) == nil) != (strict.Check(netip.AddrFrom16(addr.As16())) == nil) {
			t.Errorf("%s: mapped into IPv6 it fares otherwise", addr)
		}
	})
}

func TestARefusalNamesTheSettingThatWouldAllowIt(t *testing.T) {
	loopback := netip.MustParseAddr("127.0.0.1")
	own := guard.Policy{Deny: true, Setting: "--private"}
	for name, tc := range map[string]struct {
		policy guard.Policy
		want   string
	}{
		"of the configuration": {guard.Policy{Deny: true}, "127.0.0.1 is a private address and may not be dialled; agents.private allows such addresses"},
		"of its own":           {own, "127.0.0.1 is a private address and may not be dialled; --private allows such addresses"},
		"kept when narrowed":   {own.Narrow(guard.Policy{Deny: true}), "127.0.0.1 is a private address and may not be dialled; --private allows such addresses"},
	} {
		if err := tc.policy.Check(loopback); err == nil || err.Error() != tc.want {
			t.Errorf("%s: %v", name, err)
		}
		if err := tc.policy.Control("tcp", "127.0.0.1:80", nil); err == nil || err.Error() != tc.want {
			t.Errorf("%s, at the dial: %v", name, err)
		}
	}
}
