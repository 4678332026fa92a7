package browser

import (
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"

	"daymark/checker"
)

// TestUnreachable holds the rule of all kinds: a host to which no way leads is
// the target's fault, a network that is not there the agent's.
func TestUnreachable(t *testing.T) {
	kernel := func(errno syscall.Errno) error {
		return fmt.Errorf("open the way: %w", &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", errno)})
	}
	asked := func(errno syscall.Errno) error {
		return &net.DNSError{Err: errno.Error(), Name: "shop.example", UnwrapErr: kernel(errno)}
	}
	for _, test := range []struct {
		name, code string
		cause      error
		outcome    checker.Outcome
		reason     string
	}{
		{"refused", "", kernel(syscall.ECONNREFUSED), checker.Failed, "https://shop.example/: connection refused"},
		{"no route", "", kernel(syscall.EHOSTUNREACH), checker.Failed, "https://shop.example/: no route to the host"},
		{"no route, by Chromium", "net::ERR_ADDRESS_UNREACHABLE", nil, checker.Failed, "https://shop.example/: no route to the host (ERR_ADDRESS_UNREACHABLE)"},
		{"no network", "", kernel(syscall.ENETUNREACH), checker.Unknown, "https://shop.example/ was not tried: the agent could not reach it: open the way: dial tcp: connect: network is unreachable"},
		{"no address to come from", "", kernel(syscall.EADDRNOTAVAIL), checker.Unknown, "https://shop.example/ was not tried: the agent could not reach it: open the way: dial tcp: connect: cannot assign requested address"},
		{"no files", "", kernel(syscall.EMFILE), checker.Unknown, "https://shop.example/ was not tried: this agent has too many files open"},
		{"network changed", "net::ERR_NETWORK_CHANGED", nil, checker.Unknown, "https://shop.example/ was not loaded: the agent's network changed or is gone (ERR_NETWORK_CHANGED)"},
		{"no route to the resolver", "", asked(syscall.EHOSTUNREACH), checker.Unknown, "https://shop.example/ was not tried: the agent's name server could not be asked for shop.example"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := unreachable("https://shop.example/", test.code, test.cause)
			if got.outcome != test.outcome || got.reason != test.reason {
				t.Errorf("%s: %s; want %s: %s", got.outcome, got.reason, test.outcome, test.reason)
			}
		})
	}
}
