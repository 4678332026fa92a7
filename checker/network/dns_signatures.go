package network

import (
	"context"
	"fmt"
	"time"

	"github.com/miekg/dns"
)

// maxVerifications bounds the arithmetic that one answer can ask for: a zone
// can be made with many keys of one tag and as many signatures.
const maxVerifications = 32

// signatures verifies what one answer holds.
type signatures struct {
	run   *dnsRun
	keys  map[string][]*dns.DNSKEY // by zone; those that the zone signed itself
	spent int
}

// prove verifies the signatures of an answer that no trusted server vouches
// for. unproven is a sentence when they do not hold; a problem means that the
// keys could not be asked for.
func (r *dnsRun) prove(ctx context.Context, answer *dns.Msg, c chain) (unproven string, problem *dnsProblem) {
	if len(c.records) == 0 {
		return "that there are no " + dns.TypeToString[r.kind] + " records of " + undotted(r.name) + " is not proven: only a validating resolver can vouch for an answer without records", nil
	}
	s := &signatures{run: r, keys: map[string][]*dns.DNSKEY{}}
	for _, set := range c.sets {
		if unproven, problem = s.verify(ctx, answer, set); unproven != "" || problem != nil {
			return unproven, problem
		}
	}
	return "", nil
}

// verify wants one signature of the records that holds.
func (s *signatures) verify(ctx context.Context, answer *dns.Msg, set []dns.RR) (string, *dnsProblem) {
	what := setName(set)
	signed := signaturesOf(answer, set)
	if len(signed) == 0 {
		return "the answer has no signature (RRSIG) of " + what, nil
	}
	why := ""
	for _, signature := range signed {
		zone := dns.CanonicalName(signature.SignerName)
		if !dns.IsSubDomain(zone, dns.CanonicalName(set[0].Header().Name)) {
			why = fmt.Sprintf("the signature of %s is by %s, which the name does not belong to", what, undotted(zone))
			continue
		}
		keys, unproven, problem := s.keysOf(ctx, zone)
		if problem != nil {
			return "", problem
		}
		if unproven != "" {
			why = unproven
			continue
		}
		if why = s.holds(signature, keys, set); why == "" {
			return "", nil
		}
	}
	return why, nil
}

// holds gives the reason why a signature does not, empty where it does.
func (s *signatures) holds(signature *dns.RRSIG, keys []*dns.DNSKEY, set []dns.RR) string {
	what := setName(set)
	if why := s.outOfTime(signature, what); why != "" {
		return why
	}
	known := false
	for _, key := range keys {
		if key.KeyTag() != signature.KeyTag || key.Algorithm != signature.Algorithm {
			continue
		}
		if s.spent++; s.spent > maxVerifications {
			return fmt.Sprintf("the answer needs more than %d signatures verified", maxVerifications)
		}
		known = true
		if verify(signature, key, set) == nil {
			return ""
		}
	}
	if !known {
		return fmt.Sprintf("the zone %s has no key (DNSKEY) for the signature of %s", undotted(dns.CanonicalName(signature.SignerName)), what)
	}
	return "the signature of " + what + " does not match the records (it is bogus)"
}

// verify keeps a malformed signature or key from ending more than its run.
func verify(signature *dns.RRSIG, key *dns.DNSKEY, set []dns.RR) (err error) {
	defer func() {
		if fallen := recover(); fallen != nil {
			err = fmt.Errorf("a malformed signature: %v", fallen)
		}
	}()
	return signature.Verify(key, set)
}

func (s *signatures) outOfTime(signature *dns.RRSIG, what string) string {
	now := s.run.options.Now()
	if signature.ValidityPeriod(now) {
		return ""
	}
	// The times are serial numbers of 32 bits: which side of them now is, the
	// difference says.
	at := func(serial uint32) time.Time {
		return now.Add(time.Duration(int32(serial-uint32(now.Unix()))) * time.Second).UTC()
	}
	if begins := at(signature.Inception); begins.After(now) {
		return fmt.Sprintf("the signature of %s is valid only from %s", what, begins.Format("2 January 2006 15:04 UTC"))
	}
	return fmt.Sprintf("the signature of %s has expired: it was valid until %s", what, at(signature.Expiration).Format("2 January 2006 15:04 UTC"))
}

// keysOf asks the same server for the keys of a zone, which have to be signed
// by one of themselves.
func (s *signatures) keysOf(ctx context.Context, zone string) ([]*dns.DNSKEY, string, *dnsProblem) {
	if keys, known := s.keys[zone]; known {
		return keys, "", nil
	}
	answer, problem := s.run.query(ctx, s.run.server, zone, dns.TypeDNSKEY)
	if problem != nil {
		return nil, "", problem
	}
	set := recordsOf(answer, zone, dns.TypeDNSKEY)
	if len(set) == 0 {
		return nil, fmt.Sprintf("the zone %s shows no keys (DNSKEY) to verify its signatures with", undotted(zone)), nil
	}
	keys := make([]*dns.DNSKEY, 0, len(set))
	for _, record := range set {
		keys = append(keys, record.(*dns.DNSKEY))
	}
	why := "the answer has no signature (RRSIG) of " + setName(set)
	for _, signature := range signaturesOf(answer, set) {
		if why = s.holds(signature, keys, set); why == "" {
			s.keys[zone] = keys
			return keys, "", nil
		}
	}
	return nil, why, nil
}

// signaturesOf gives the signatures of a set of records.
func signaturesOf(answer *dns.Msg, set []dns.RR) []*dns.RRSIG {
	var found []*dns.RRSIG
	name, kind := dns.CanonicalName(set[0].Header().Name), set[0].Header().Rrtype
	for _, record := range answer.Answer {
		signature, ok := record.(*dns.RRSIG)
		if ok && signature.TypeCovered == kind && dns.CanonicalName(signature.Hdr.Name) == name {
			found = append(found, signature)
		}
	}
	return found
}

func setName(set []dns.RR) string {
	header := set[0].Header()
	return undotted(dns.CanonicalName(header.Name)) + " " + dns.TypeToString[header.Rrtype]
}
