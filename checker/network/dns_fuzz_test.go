package network

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/miekg/dns"

	"daymark/checker"
)

// FuzzAnswer reads, follows and verifies whatever a server may send; a message
// is given without its number, which the question has.
func FuzzAnswer(f *testing.F) {
	seed := func(records ...string) {
		answer := new(dns.Msg).SetQuestion("shop.example.", dns.TypeTXT)
		answer.Response = true
		for _, text := range records {
			rr, err := dns.NewRR(text)
			if err != nil {
				f.Fatal(err)
			}
			answer.Answer = append(answer.Answer, rr)
		}
		data, err := answer.Pack()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data[2:])
	}
	seed()
	seed(`shop.example. 60 TXT "\255 x" "y\\"`)
	seed("shop.example. 60 CNAME a.example.", "a.example. 60 CNAME shop.example.")
	seed(`shop.example. 60 TXT "x"`, "shop.example. 60 RRSIG TXT 13 2 60 20300101000000 20200101000000 12345 shop.example. AAAA", "shop.example. 60 DNSKEY 257 3 13 AAAA")
	f.Fuzz(func(t *testing.T, data []byte) {
		question := new(dns.Msg).SetQuestion("shop.example.", dns.TypeTXT)
		answer, wrong := readAnswer(append([]byte{byte(question.Id >> 8), byte(question.Id)}, data...), question)
		if wrong != "" {
			return
		}
		run := &dnsRun{options: DNSOptions{Now: time.Now}, check: &checker.DNS{}, name: "shop.example.", kind: dns.TypeTXT}
		c, problem := follow(answer, run.name, run.kind)
		if problem != nil {
			if !strings.Contains(problem.reason, "circle") {
				t.Error(problem.reason)
			}
			return
		}
		for _, text := range c.texts() {
			if !utf8.ValidString(text) {
				t.Errorf("%q", text)
			}
		}
		if c.ttl() < 0 || run.nothing(answer, rcode(answer), c) == "" || len(c.names) > len(answer.Answer)+2 {
			t.Errorf("%+v", c)
		}
		var keys []*dns.DNSKEY
		for _, record := range recordsOf(answer, run.name, dns.TypeDNSKEY) {
			keys = append(keys, record.(*dns.DNSKEY))
		}
		for _, set := range c.sets {
			s := &signatures{run: run}
			for _, signature := range signaturesOf(answer, set) {
				s.holds(signature, keys, set)
			}
			if s.spent > maxVerifications+len(answer.Answer) {
				t.Errorf("%d verifications", s.spent)
			}
		}
	})
}
