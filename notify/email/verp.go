package email

import (
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"daymark/notify"
)

// The return path names the delivery: bounce+ID.SIGNATURE@domain. A local part
// may have 64 octets (RFC 5321, 4.5.3.1.1); notify.MaxBounceLocal says what of
// them is left for the address.
const (
	maxLocal      = 64
	signatureSize = 16
)

// lower is base32 in small letters: servers on the way may change their case.
var lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// returnPath is where mail that could not be delivered comes back to.
type returnPath struct {
	local, domain string // in small letters
	key           []byte
}

// newReturnPath reads the address; nil where there is none.
func newReturnPath(address string, key []byte) (*returnPath, error) {
	if address == "" {
		return nil, nil
	}
	parsed, err := notify.ParseEmail(address)
	if err != nil {
		return nil, fmt.Errorf("email: notify.email.bounces.address %w", err)
	}
	if len(key) < 16 {
		return nil, errors.New("email: bounces need a key of at least 16 bytes")
	}
	at := strings.LastIndexByte(parsed, '@')
	if at > notify.MaxBounceLocal {
		return nil, fmt.Errorf("email: notify.email.bounces.address has %d characters before the @; %d are the most, since the delivery's name is added there", at, notify.MaxBounceLocal)
	}
	return &returnPath{strings.ToLower(parsed[:at]), strings.ToLower(parsed[at+1:]), key}, nil
}

// signature is SignID's, cut to 80 bits and written so that it may lose its
// case. Whoever guesses needs a connection for each guess.
func (r *returnPath) signature(id string) string {
	whole, err := base64.RawURLEncoding.DecodeString(notify.SignID(r.key, "bounce/"+id))
	if err != nil {
		return "" // SignID writes nothing else; and no address has an empty one
	}
	return lower.EncodeToString(whole)[:signatureSize]
}

// of gives the return path of a delivery. What has an id that fits into no
// local part goes out with the bare address: better a bounce that says nothing
// than a message that is not sent.
func (r *returnPath) of(id string) string {
	odd := func(c rune) bool { return (c < '0' || c > '9') && (c < 'a' || c > 'z') && c != '-' }
	local := r.local + "+" + id + "." + r.signature(id)
	if id == "" || len(local) > maxLocal || strings.ContainsFunc(id, odd) {
		local = r.local
	}
	return local + "@" + r.domain
}

// read says whether an address is ours, and which delivery it names, empty
// for the bare address. A name without our signature is not ours.
func (r *returnPath) read(address string) (id string, ours bool) {
	address = strings.ToLower(strings.Trim(address, "<> "))
	at := strings.LastIndexByte(address, '@')
	if at < 0 || address[at+1:] != r.domain {
		return "", false
	}
	rest, ok := strings.CutPrefix(address[:at], r.local)
	if !ok || rest == "" {
		return "", ok
	}
	name, ok := strings.CutPrefix(rest, "+")
	if !ok {
		return "", false
	}
	dot := strings.LastIndexByte(name, '.')
	if dot < 1 || subtle.ConstantTimeCompare([]byte(name[dot+1:]), []byte(r.signature(name[:dot]))) != 1 {
		return "", false
	}
	return name[:dot], true
}
