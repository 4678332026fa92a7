package network

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/miekg/dns"

	"daymark/checker"
)

// chain is the part of an answer that leads from the name to its records.
type chain struct {
	sets    [][]dns.RR // the CNAME of each step, and the records last
	records []dns.RR   // of the type that was asked for
	end     string     // the name that the CNAMEs lead to
	names   []string   // all names passed, the first one included
}

// follow goes from alias to alias to the records of the kind.
func follow(answer *dns.Msg, name string, kind uint16) (chain, *dnsProblem) {
	c := chain{end: name, names: []string{name}}
	for {
		if c.records = recordsOf(answer, c.end, kind); len(c.records) > 0 {
			c.sets = append(c.sets, c.records)
			return c, nil
		}
		alias := recordsOf(answer, c.end, dns.TypeCNAME)
		if len(alias) == 0 {
			return c, nil
		}
		c.sets = append(c.sets, alias)
		next := dns.CanonicalName(alias[0].(*dns.CNAME).Target)
		turned := slices.Contains(c.names, next)
		c.names = append(c.names, next)
		if turned {
			shown := make([]string, len(c.names))
			for i := range c.names {
				shown[i] = undotted(c.names[i])
			}
			return c, &dnsProblem{checker.Failed, "the aliases (CNAME) of " + undotted(name) + " go in a circle: " + strings.Join(shown, " → ")}
		}
		c.end = next
	}
}

// recordsOf gives the records of a name, each once.
func recordsOf(answer *dns.Msg, name string, kind uint16) []dns.RR {
	var found []dns.RR
	for _, record := range answer.Answer {
		header := record.Header()
		if header.Rrtype == kind && header.Class == dns.ClassINET && dns.CanonicalName(header.Name) == name {
			found = append(found, record)
		}
	}
	return dns.Dedup(found, nil)
}

// texts gives the records as text, in an order that does not change.
func (c *chain) texts() []string {
	texts := make([]string, 0, len(c.records))
	for _, record := range c.records {
		texts = append(texts, recordText(record))
	}
	slices.Sort(texts)
	return texts
}

// ttl gives the smallest, of the aliases too.
func (c *chain) ttl() time.Duration {
	least, any := uint32(0), false
	for _, record := range slices.Concat(c.sets...) {
		if ttl := record.Header().Ttl; !any || ttl < least {
			least, any = ttl, true
		}
	}
	return time.Duration(least) * time.Second
}

// recordText writes what a record says, without its name, time and type. The
// parts of a TXT record are one text, without quotes.
func recordText(record dns.RR) string {
	if text, ok := record.(*dns.TXT); ok {
		return unescape(strings.Join(text.Txt, ""))
	}
	return strings.TrimPrefix(record.String(), record.Header().String())
}

// unescape undoes the \" and \123 of master files; what is no UTF-8 is mended.
func unescape(text string) string {
	var plain []byte
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			plain = append(plain, text[i])
			continue
		}
		if i+3 < len(text) {
			if code, err := strconv.ParseUint(text[i+1:i+4], 10, 8); err == nil {
				plain = append(plain, byte(code))
				i += 3
				continue
			}
		}
		i++
		plain = append(plain, text[i])
	}
	return strings.ToValidUTF8(string(plain), "\uFFFD")
}

// nothing says why there are no records.
func (r *dnsRun) nothing(answer *dns.Msg, code string, c chain) string {
	name := undotted(r.name)
	switch {
	case code == "NXDOMAIN" && c.end != r.name:
		return fmt.Sprintf("%s is an alias of %s, which does not exist (NXDOMAIN)", name, undotted(c.end))
	case code == "NXDOMAIN":
		return name + " does not exist (NXDOMAIN)"
	case code != "NOERROR":
		return fmt.Sprintf("the name server %s answered %s when asked for %s%s", r.server, code, name, whyNot(answer))
	case c.end != r.name:
		return fmt.Sprintf("%s is an alias of %s, and the answer has no %s records of that", name, undotted(c.end), dns.TypeToString[r.kind])
	}
	return fmt.Sprintf("%s has no %s records", name, dns.TypeToString[r.kind])
}

// whyNot gives what a server says in its own words, where it does.
func whyNot(answer *dns.Msg) string {
	options := answer.IsEdns0()
	if options == nil {
		return ""
	}
	for _, option := range options.Option {
		if said, ok := option.(*dns.EDNS0_EDE); ok {
			words := dns.ExtendedErrorCodeToString[said.InfoCode]
			if said.ExtraText != "" {
				words = strings.TrimPrefix(words+": "+said.ExtraText, ": ")
			}
			if words == "" {
				return ""
			}
			return " (" + strings.ToValidUTF8(words, "\uFFFD") + ")"
		}
	}
	return ""
}

// rcode names the answer's code.
func rcode(answer *dns.Msg) string {
	if name, ok := dns.RcodeToString[answer.Rcode]; ok {
		return name
	}
	return "RCODE" + strconv.Itoa(answer.Rcode)
}

// undotted is a name as people write it.
func undotted(name string) string {
	if name == "." {
		return name
	}
	return strings.TrimSuffix(name, ".")
}
