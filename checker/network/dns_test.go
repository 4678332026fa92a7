package network_test

import (
	"context"
	"crypto"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/miekg/dns"

	"daymark/checker"
	"daymark/checker/network"
	"daymark/internal/guard"
	"daymark/internal/targets"
	"daymark/internal/testkit"
)

type script func(network string, question *dns.Msg) []byte

func serve(t *testing.T, script script) *targets.Names {
	t.Helper()
	server, err := targets.DNS(script)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

func pack(t *testing.T, message *dns.Msg) []byte {
	data, err := message.Pack()
	if err != nil {
		t.Error(err)
	}
	return data
}

func record(t *testing.T, text string) dns.RR {
	t.Helper()
	rr, err := dns.NewRR(text)
	if err != nil {
		t.Fatal(err)
	}
	return rr
}

// says answers with records and changes what the row is about.
func says(t *testing.T, change func(network string, answer *dns.Msg), records ...string) script {
	var answers []dns.RR
	for _, text := range records {
		answers = append(answers, record(t, text))
	}
	return func(network string, question *dns.Msg) []byte {
		answer := new(dns.Msg).SetReply(question)
		answer.Answer = answers
		if change != nil {
			change(network, answer)
		}
		return pack(t, answer)
	}
}

func code(rcode int) func(string, *dns.Msg) {
	return func(_ string, answer *dns.Msg) { answer.Rcode = rcode }
}

func run(t *testing.T, options network.DNSOptions, check checker.DNS, expect []string, timeout time.Duration) checker.Result {
	t.Helper()
	if check.Name == "" {
		check.Name = "shop.example"
	}
	job, err := checker.Prepare(checker.Check{ID: "dns", DNS: &check, Timeout: timeout, Expect: expect})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	return network.NewDNS(options).Run(ctx, job)
}

func want(t *testing.T, result checker.Result, outcome checker.Outcome, reason string) {
	t.Helper()
	if result.Outcome != outcome || !regexp.MustCompile(reason).MatchString(result.Reason) {
		t.Errorf("%s %q; it should be %s %q", result.Outcome, result.Reason, outcome, reason)
	}
}

func TestDNSAnswers(t *testing.T) {
	for _, test := range []struct {
		kind    string
		records []string
		expect  []string
	}{
		{"", []string{"shop.example. 60 A 192.0.2.2", "shop.example. 30 A 192.0.2.1"}, []string{`answers == ["192.0.2.1", "192.0.2.2"]`, `ttl == duration("30s")`, `code == "NOERROR"`, "!authenticated"}},
		{"A", []string{"SHOP.example. 60 CNAME a.example.", "a.example. 9 CNAME b.example.", "b.example. 60 A 192.0.2.1"}, []string{`answers == ["192.0.2.1"]`, `ttl == duration("9s")`}},
		{"AAAA", []string{"shop.example. 60 AAAA 2001:db8::1"}, []string{`answers == ["2001:db8::1"]`}},
		{"CNAME", []string{"shop.example. 60 CNAME a.example."}, []string{`answers == ["a.example."]`}},
		{"MX", []string{"shop.example. 60 MX 20 b.example.", "shop.example. 60 MX 10 a.example."}, []string{`answers == ["10 a.example.", "20 b.example."]`}},
		{"NS", []string{"shop.example. 60 NS ns.example."}, []string{`answers == ["ns.example."]`}},
		{"TXT", []string{`shop.example. 60 TXT "v=spf1 \"x\" " "-all \195\169"`}, []string{`answers == ["v=spf1 \"x\" -all é"]`}},
		{"SRV", []string{"shop.example. 60 SRV 10 5 443 a.example."}, []string{`answers == ["10 5 443 a.example."]`}},
		{"CAA", []string{`shop.example. 60 CAA 0 issue "ca.example"`}, []string{`answers == ["0 issue \"ca.example\""]`}},
		{"SOA", []string{"shop.example. 60 SOA ns.example. host.example. 1 2 3 4 5"}, []string{`answers == ["ns.example. host.example. 1 2 3 4 5"]`}},
	} {
		t.Run(test.kind, func(t *testing.T) {
			testkit.NoLeaks(t)
			server := serve(t, says(t, nil, test.records...))
			result := run(t, network.DNSOptions{}, checker.DNS{Type: test.kind, Server: server.Address}, append(test.expect, `server == "`+server.Address+`"`), 20*time.Second)
			want(t, result, checker.OK, "^$")
		})
	}
}

func TestDNSFaults(t *testing.T) {
	const a = "shop.example. 60 A 192.0.2.1"
	silent := func(string, *dns.Msg) []byte { return nil }
	raw := func(data string) script { return func(string, *dns.Msg) []byte { return []byte(data) } }
	long := func(network string, answer *dns.Msg) { answer.Truncated = true }
	for _, test := range []struct {
		name    string
		script  script
		expect  []string
		outcome checker.Outcome
		reason  string
		system  checker.Outcome // where the system's server behaves so
	}{
		{"NXDOMAIN", says(t, code(dns.RcodeNameError)), nil, checker.Failed, `^shop\.example does not exist \(NXDOMAIN\)$`, checker.Failed},
		{"NXDOMAIN expected", says(t, code(dns.RcodeNameError)), []string{`code == "NXDOMAIN"`}, checker.OK, `^$`, checker.OK},
		{"NXDOMAIN behind an alias", says(t, code(dns.RcodeNameError), "shop.example. 1 CNAME gone.example."), nil, checker.Failed, `is an alias of gone\.example, which does not exist`, checker.Failed},
		{"SERVFAIL", says(t, code(dns.RcodeServerFailure)), nil, checker.Failed, `answered SERVFAIL when asked for shop\.example$`, checker.Failed},
		{"SERVFAIL with a word", says(t, func(_ string, m *dns.Msg) {
			m.Rcode = dns.RcodeServerFailure
			m.SetEdns0(1232, true).IsEdns0().Option = []dns.EDNS0{&dns.EDNS0_EDE{InfoCode: dns.ExtendedErrorCodeSignatureExpired, ExtraText: "too old"}}
		}), nil, checker.Failed, `SERVFAIL when asked for shop\.example \(Signature Expired: too old\)`, checker.Failed},
		{"REFUSED", says(t, code(dns.RcodeRefused)), nil, checker.Failed, `REFUSED`, checker.Unknown},
		{"REFUSED expected", says(t, code(dns.RcodeRefused)), []string{`code == "REFUSED"`}, checker.OK, `^$`, checker.Unknown},
		{"no records", says(t, nil), nil, checker.Failed, `^shop\.example has no A records$`, checker.Failed},
		{"an alias alone", says(t, nil, "shop.example. 1 CNAME b.example."), nil, checker.Failed, `is an alias of b\.example, and the answer has no A records`, checker.Failed},
		{"an alias circle", says(t, nil, "shop.example. 1 CNAME b.example.", "b.example. 1 CNAME shop.example."), nil, checker.Failed, `go in a circle: shop\.example → b\.example → shop\.example`, checker.Failed},
		{"silence", silent, nil, checker.Failed, `did not answer within 300 ms`, checker.Unknown},
		{"another id", says(t, func(_ string, m *dns.Msg) { m.Id++ }, a), nil, checker.Failed, `answers under another number`, checker.Unknown},
		{"another question", says(t, func(_ string, m *dns.Msg) { m.Question[0].Name = "other.example." }, a), nil, checker.Failed, `answers another question`, checker.Unknown},
		{"a question back", says(t, func(_ string, m *dns.Msg) { m.Response = false }, a), nil, checker.Failed, `sends a question`, checker.Unknown},
		{"garbage", raw("\x00not dns at all"), nil, checker.Failed, `is not DNS as it should be`, checker.Unknown},
		{"too large", says(t, func(_ string, m *dns.Msg) {
			for range 6 {
				m.Answer = append(m.Answer, &dns.TXT{Hdr: dns.RR_Header{Name: "shop.example.", Rrtype: dns.TypeTXT, Class: 1}, Txt: []string{string(make([]byte, 250))}})
			}
		}, a), nil, checker.Failed, `bytes, more than the 1232`, checker.Unknown},
		{"cut short over UDP", says(t, func(network string, m *dns.Msg) { m.Truncated = network == "udp" }, a), nil, checker.OK, `^$`, checker.OK},
		{"cut short over TCP", says(t, long, a), nil, checker.Failed, `cut short over TCP as well`, checker.Unknown},
		{"closed over TCP", func(network string, q *dns.Msg) []byte {
			if network == "tcp" {
				return nil
			}
			return says(t, long, a)(network, q)
		}, nil, checker.Failed, `closed the connection before its answer ended`, checker.Unknown},
		{"no EDNS", func(network string, q *dns.Msg) []byte {
			if q.IsEdns0() != nil {
				return says(t, code(dns.RcodeFormatError))(network, q)
			}
			return says(t, nil, a)(network, q)
		}, nil, checker.OK, `^$`, checker.OK},
	} {
		t.Run(test.name, func(t *testing.T) {
			testkit.NoLeaks(t)
			timeout := 20 * time.Second
			if slices.Contains([]string{"silence", "another id", "another question", "a question back", "garbage", "too large"}, test.name) {
				timeout = 300 * time.Millisecond
			}
			server := serve(t, test.script)
			want(t, run(t, network.DNSOptions{}, checker.DNS{Server: server.Address}, test.expect, timeout), test.outcome, test.reason)
			result := run(t, network.DNSOptions{Resolver: server.Address}, checker.DNS{}, test.expect, timeout)
			if want(t, result, test.system, ""); test.system == checker.Unknown && !regexp.MustCompile("^the resolver 127").MatchString(result.Reason) {
				t.Errorf("%q does not name the resolver", result.Reason)
			}
		})
	}
}

func TestDNSServers(t *testing.T) {
	gone, err := targets.DNS(func(string, *dns.Msg) []byte { return nil })
	if err == nil {
		err = gone.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	want(t, run(t, network.DNSOptions{}, checker.DNS{Server: gone.Address}, nil, time.Second), checker.Failed, "refused the connection")
	want(t, run(t, network.DNSOptions{Resolver: gone.Address}, checker.DNS{}, nil, time.Second), checker.Unknown, "refused the connection")
	deny := guard.Policy{Deny: true}
	server := serve(t, says(t, nil, "shop.example. 1 A 192.0.2.1"))
	want(t, run(t, network.DNSOptions{Control: deny.Control}, checker.DNS{Server: server.Address}, nil, time.Second), checker.Unknown, "agents.private")
	want(t, run(t, network.DNSOptions{Control: deny.Control, Resolver: server.Address}, checker.DNS{}, nil, 20*time.Second), checker.OK, "")

	file := filepath.Join(t.TempDir(), "resolv.conf")
	want(t, run(t, network.DNSOptions{System: file}, checker.DNS{}, nil, time.Second), checker.Unknown, "knows no name server")
	if err := os.WriteFile(file, []byte("nameserver 127.0.0.1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	nobody, err := net.ListenPacket("udp", "127.0.0.1:53")
	if err == nil { // with nobody at port 53 the answer is a refusal, else silence
		defer nobody.Close()
	}
	want(t, run(t, network.DNSOptions{System: file}, checker.DNS{}, nil, 300*time.Millisecond), checker.Unknown, `^the resolver 127\.0\.0\.1:53 `)
}

// zone is shop.example, signed for real.
type zone struct {
	key     *dns.DNSKEY
	private crypto.Signer
}

func newZone(t *testing.T) *zone {
	key := &dns.DNSKEY{Hdr: dns.RR_Header{Name: "shop.example.", Rrtype: dns.TypeDNSKEY, Class: dns.ClassINET, Ttl: 60}, Flags: 257, Protocol: 3, Algorithm: dns.ECDSAP256SHA256}
	private, err := key.Generate(256)
	if err != nil {
		t.Fatal(err)
	}
	return &zone{key, private.(crypto.Signer)}
}

func (z *zone) sign(t *testing.T, from, to time.Time, set ...dns.RR) *dns.RRSIG {
	signature := &dns.RRSIG{
		Hdr: dns.RR_Header{Name: set[0].Header().Name, Rrtype: dns.TypeRRSIG, Class: dns.ClassINET, Ttl: 60}, Algorithm: z.key.Algorithm,
		Inception: uint32(from.Unix()), Expiration: uint32(to.Unix()), KeyTag: z.key.KeyTag(), SignerName: "shop.example.",
	}
	if err := signature.Sign(z.private, set); err != nil {
		t.Fatal(err)
	}
	return signature
}

func TestDNSSEC(t *testing.T) {
	now, hour := time.Now(), time.Hour
	good, other := newZone(t), newZone(t)
	set := []dns.RR{record(t, "shop.example. 60 A 192.0.2.1"), record(t, "shop.example. 60 A 192.0.2.2")}
	alias := record(t, "shop.example. 60 CNAME www.shop.example.")
	address := record(t, "www.shop.example. 60 A 192.0.2.1")
	keys := []dns.RR{good.key, good.sign(t, now.Add(-hour), now.Add(hour), good.key)}
	sign := func(z *zone, from, to time.Duration) []dns.RR {
		return append(slices.Clone(set), z.sign(t, now.Add(from), now.Add(to), set...))
	}
	bogus := sign(good, -hour, hour)
	bogus[0] = record(t, "shop.example. 60 A 192.0.2.66")
	for _, test := range []struct {
		name    string
		answers []dns.RR
		keys    []dns.RR
		ad      bool
		outcome checker.Outcome
		reason  string
	}{
		{"signed", sign(good, -hour, hour), keys, false, checker.OK, "^$"},
		{"a resolver of this machine vouches", set, nil, true, checker.OK, "^$"},
		{"alias and address signed", []dns.RR{alias, good.sign(t, now.Add(-hour), now.Add(hour), alias), address, good.sign(t, now.Add(-hour), now.Add(hour), address)}, keys, false, checker.OK, "^$"},
		{"alias unsigned", []dns.RR{alias, address, good.sign(t, now.Add(-hour), now.Add(hour), address)}, keys, false, checker.Failed, `no signature \(RRSIG\) of shop\.example CNAME`},
		{"unsigned", set, keys, false, checker.Failed, `^the answer has no signature \(RRSIG\) of shop\.example A$`},
		{"expired", sign(good, -2*hour, -hour), keys, false, checker.Failed, `^the signature of shop\.example A has expired: it was valid until `},
		{"not valid yet", sign(good, hour, 2*hour), keys, false, checker.Failed, `is valid only from `},
		{"bogus", bogus, keys, false, checker.Failed, `does not match the records \(it is bogus\)`},
		{"another key", sign(other, -hour, hour), keys, false, checker.Failed, `has no key \(DNSKEY\) for the signature`},
		{"no keys", sign(good, -hour, hour), nil, false, checker.Failed, `shows no keys`},
		{"keys unsigned", sign(good, -hour, hour), keys[:1], false, checker.Failed, `no signature \(RRSIG\) of shop\.example DNSKEY`},
		{"one of two holds", append(sign(good, -hour, hour), sign(good, -2*hour, -hour)[2]), keys, false, checker.OK, "^$"},
	} {
		t.Run(test.name, func(t *testing.T) {
			testkit.NoLeaks(t)
			server := serve(t, func(_ string, question *dns.Msg) []byte {
				answer := new(dns.Msg).SetReply(question)
				answer.Answer, answer.AuthenticatedData = test.answers, test.ad
				if question.Question[0].Qtype == dns.TypeDNSKEY {
					answer.Answer = test.keys
				}
				if edns := question.IsEdns0(); edns == nil || !edns.Do() {
					answer.Answer = nil // nothing is signed for those who do not ask
				}
				return pack(t, answer)
			})
			result := run(t, network.DNSOptions{}, checker.DNS{Server: server.Address, DNSSEC: true}, []string{"len(answers) > 0"}, 20*time.Second)
			want(t, result, test.outcome, test.reason)
		})
	}
}
