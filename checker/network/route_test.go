package network_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"daymark/checker"
	"daymark/checker/network"
	"daymark/internal/testkit"
)

// routes make a network namespace in which each way that leads nowhere has an
// address: 10.7.0.9 is off, 10.6.0.1 is said to be unreachable, 10.8.0.1 is
// forbidden by this machine, and to anything else there is no network.
const routes = "ip link set lo up && " +
	"ip link add near type veth peer name far && ip address add 10.7.0.1/24 dev near && ip link set near up && ip link set far up && " +
	"echo 1 > /proc/sys/net/ipv4/neigh/near/mcast_solicit && echo 50 > /proc/sys/net/ipv4/neigh/near/retrans_time_ms && " +
	"ip route add unreachable 10.6.0.0/16 && ip route add prohibit 10.8.0.0/16 && "

// alone runs this test once more in a network namespace that setup makes; in
// there it gives true.
func alone(t *testing.T, name, setup string) bool {
	if os.Getenv(situation) != "" {
		return true
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	arguments := []string{"--net"}
	if os.Getuid() != 0 {
		arguments = append(arguments, "--user", "--map-root-user")
	}
	arguments = append(arguments, "sh", "-c", setup+`"$0" -test.run="^$1$" -test.v`, self, t.Name())
	child := exec.CommandContext(t.Context(), "unshare", arguments...)
	child.Env = append(os.Environ(), situation+"="+name)
	said, err := child.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	if !strings.Contains(string(said), "--- PASS: "+t.Name()+"/") {
		t.Fatalf("nothing ran there:\n%s", said)
	}
	return false
}

// TestNoWay holds that all kinds judge alike where no way leads to a host: a
// host that is off is the target's fault, a network that is not there ours.
func TestNoWay(t *testing.T) {
	if !alone(t, "routes", routes+"exec ") {
		return
	}
	runners := network.New(network.Options{}).Runners()
	runners[checker.KindDNS] = network.NewDNS(network.DNSOptions{})
	runners[checker.KindICMP] = network.NewICMP(network.ICMPOptions{})
	runners[checker.KindHTTP] = checker.NewHTTP(checker.HTTPOptions{})
	kinds := map[string]func(host string) checker.Check{
		"tcp":  func(host string) checker.Check { return tcp(host + ":443") },
		"tls":  func(host string) checker.Check { return checker.Check{TLS: &checker.TLS{Address: host + ":443"}} },
		"smtp": func(host string) checker.Check { return checker.Check{SMTP: &checker.SMTP{Address: host + ":443"}} },
		"grpc": func(host string) checker.Check { return checker.Check{GRPC: &checker.GRPC{Address: host + ":443"}} },
		"websocket": func(host string) checker.Check {
			return checker.Check{WebSocket: &checker.WebSocket{URL: "wss://" + host + "/"}}
		},
		"http": func(host string) checker.Check {
			return checker.Check{HTTP: &checker.HTTP{Request: checker.Request{URL: "https://" + host + "/"}}}
		},
		"dns": func(host string) checker.Check {
			return checker.Check{DNS: &checker.DNS{Name: "shop.example", Server: host + ":443"}}
		},
		"icmp": func(host string) checker.Check { return checker.Check{ICMP: &checker.ICMP{Host: host}} },
	}
	for _, way := range []struct {
		name, host string
		outcome    checker.Outcome
		reason     string
	}{
		{"off", "10.7.0.9", checker.Failed, `^no route to the host 10\.7\.0\.9:443$`},
		{"unreachable", "10.6.0.1", checker.Failed, `^no route to the host 10\.6\.0\.1(:443)?$`},
		{"prohibited", "10.8.0.1", checker.Unknown, `^this agent could not reach 10\.8\.0\.1(:443)?: permission denied$`},
		{"no network", "9.9.9.9", checker.Unknown, `^this agent could not reach 9\.9\.9\.9(:443)?: network is unreachable$`},
	} {
		for kind, checkOf := range kinds {
			reason, timeout := way.reason, 20*time.Second
			if way.name == "off" { // the kernel tells neither of these of it
				switch kind {
				case "icmp":
					reason, timeout = `^10\.7\.0\.9 answered none of [123] echo requests$`, time.Second
				case "dns":
					reason, timeout = `^the name server 10\.7\.0\.9:443 did not answer within \S+ m?s$`, time.Second
				}
			}
			t.Run(way.name+", "+kind, func(t *testing.T) {
				testkit.NoLeaks(t)
				check := checkOf(way.host)
				check.ID = "it"
				job, err := checker.Prepare(check)
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), timeout)
				defer cancel()
				want(t, runners.For(job.Kind()).Run(ctx, job), way.outcome, reason)
			})
		}
	}
}

// TestRepliesCount holds that an agent which could not send once has still
// seen the replies that came.
func TestRepliesCount(t *testing.T) {
	if !alone(t, "replies", "ip link set lo up && ip link add near type veth peer name far && ip address add 10.7.0.1/24 dev near && ip link set near up && exec ") {
		return
	}
	t.Run("the way goes", func(t *testing.T) {
		job, err := checker.Prepare(checker.Check{ID: "ping", ICMP: &checker.ICMP{Host: "10.7.0.1", Count: 20}, Expect: []string{"received > 0", "received < 20"}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second)
		defer cancel()
		gone := make(chan error, 1)
		time.AfterFunc(time.Second, func() { gone <- exec.Command("ip", "link", "delete", "near").Run() }) // between two of the 20 requests
		result := network.NewICMP(network.ICMPOptions{}).Run(ctx, job)
		if err := <-gone; err != nil {
			t.Fatal(err)
		}
		want(t, result, checker.OK, "^$")
	})
}
