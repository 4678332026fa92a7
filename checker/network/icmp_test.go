package network_test

import (
	"context"
	"net/netip"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"

	"daymark/checker"
	"daymark/checker/network"
	"daymark/internal/guard"
	"daymark/internal/testkit"
)

// situation names the variable that tells a child of the test, which runs in
// a network namespace of its own, what it is to find there.
const situation = "DAYMARK_TEST_PING"

type pingRow struct {
	name, host string
	expect     []string
	options    network.ICMPOptions
	timeout    time.Duration
	outcome    checker.Outcome
	reason     string
}

// pingRows are what holds in each situation.
func pingRows() map[string][]pingRow {
	silence := 400 * time.Millisecond
	return map[string][]pingRow{
		"raw": {
			{name: "an address", host: "127.0.0.1", expect: []string{"received == 3", "loss == 0", `latency > duration("0s")`}, outcome: checker.OK},
			{name: "nobody answers", host: "10.9.9.2", timeout: silence, outcome: checker.Failed, reason: `^10\.9\.9\.2 answered none of [123] echo requests$`},
			{name: "no route", host: "9.9.9.9", outcome: checker.Unknown, reason: `this agent could not reach 9\.9\.9\.9: network is unreachable`},
			{name: "a route that prohibits", host: "10.8.0.1", outcome: checker.Unknown, reason: `this agent could not reach 10\.8\.0\.1: permission denied`},
		},
		"unprivileged": {
			{name: "an address", host: "127.0.0.1", expect: []string{"received == 3"}, outcome: checker.OK},
			{name: "nobody answers", host: "10.9.9.2", timeout: silence, expect: []string{"loss < 0.5"}, outcome: checker.Failed, reason: `answered none of .*; .*loss < 0.5`},
		},
		"neither": {
			{name: "an address", host: "127.0.0.1", outcome: checker.Unknown, reason: `this agent may not send echo requests: run it as root`},
		},
	}
}

func TestICMP(t *testing.T) {
	if here := os.Getenv(situation); here != "" {
		for _, row := range pingRows()[here] {
			t.Run(row.name, row.try)
		}
		return
	}
	setup := "ip link set lo up && ip route add 10.9.9.0/24 dev lo && ip route add prohibit 10.8.0.0/16 && "
	without := "exec setpriv --inh-caps=-all --bounding-set=-all "
	for _, test := range []struct{ name, prepare, drop string }{
		{"raw", setup, "exec "},
		{"unprivileged", setup + "echo '0 0' > /proc/sys/net/ipv4/ping_group_range && ", without},
		{"neither", setup + "echo '1 0' > /proc/sys/net/ipv4/ping_group_range && ", without},
	} {
		t.Run(test.name, func(t *testing.T) {
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			arguments := []string{"--net"}
			if os.Getuid() != 0 {
				arguments = append(arguments, "--user", "--map-root-user")
			}
			arguments = append(arguments, "sh", "-c", test.prepare+test.drop+`"$0" -test.run='^TestICMP$' -test.v`, self)
			child := exec.CommandContext(t.Context(), "unshare", arguments...)
			child.Env = append(os.Environ(), situation+"="+test.name)
			said, err := child.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, said)
			}
			for _, row := range pingRows()[test.name] {
				if want := "--- PASS: TestICMP/" + strings.ReplaceAll(row.name, " ", "_"); !strings.Contains(string(said), want) {
					t.Errorf("%q did not run:\n%s", row.name, said)
				}
			}
		})
	}
}

func TestICMPNames(t *testing.T) {
	resolver := func(rcode int, silent bool) network.ICMPOptions {
		server := serve(t, func(_ string, q *dns.Msg) []byte {
			if silent {
				return nil
			}
			return pack(t, new(dns.Msg).SetRcode(q, rcode))
		})
		return network.ICMPOptions{Resolver: server.Address}
	}
	deny := guard.Policy{Deny: true}
	other := guard.Policy{Deny: true, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}}
	for _, row := range []pingRow{
		{name: "NXDOMAIN", host: "shop.example.", options: resolver(dns.RcodeNameError, false), outcome: checker.Failed, reason: `shop\.example\.? does not exist or has no address`},
		{name: "SERVFAIL", host: "shop.example.", options: resolver(dns.RcodeServerFailure, false), outcome: checker.Failed, reason: `the resolver answered SERVFAIL`},
		{name: "REFUSED", host: "shop.example.", options: resolver(dns.RcodeRefused, false), outcome: checker.Unknown, reason: `the resolver refuses to answer this agent`},
		{name: "silent resolver", host: "shop.example.", options: resolver(0, true), timeout: 300 * time.Millisecond, outcome: checker.Unknown, reason: `^the resolver did not answer when asked for shop\.example`},
		{name: "a private address", host: "127.0.0.1", options: network.ICMPOptions{Control: deny.Control}, outcome: checker.Unknown, reason: `127\.0\.0\.1 is a private address`},
		{name: "an allowed address", host: "127.0.0.2", options: network.ICMPOptions{Control: other.Control}, outcome: pingable(), reason: ``},
	} {
		t.Run(row.name, row.try)
	}
}

// pingable is how a ping of loopback ends for the process of the tests.
func pingable() checker.Outcome {
	for kind, protocol := range map[int]int{syscall.SOCK_RAW: syscall.IPPROTO_ICMP, syscall.SOCK_DGRAM: syscall.IPPROTO_ICMP} {
		if socket, err := syscall.Socket(syscall.AF_INET, kind, protocol); err == nil {
			_ = syscall.Close(socket)
			return checker.OK
		}
	}
	return checker.Unknown
}

func (row pingRow) try(t *testing.T) {
	testkit.NoLeaks(t)
	job, err := checker.Prepare(checker.Check{ID: "ping", Expect: row.expect, ICMP: &checker.ICMP{Host: row.host}})
	if err != nil {
		t.Fatal(err)
	}
	if row.timeout == 0 {
		row.timeout = 20 * time.Second
	}
	ctx, cancel := context.WithTimeout(t.Context(), row.timeout)
	defer cancel()
	result := network.NewICMP(row.options).Run(ctx, job)
	if result.Outcome != row.outcome || !regexp.MustCompile(row.reason).MatchString(result.Reason) {
		t.Errorf("%s: %s %q; it should be %s %q", row.host, result.Outcome, result.Reason, row.outcome, row.reason)
	}
}
