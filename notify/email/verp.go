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

// The return path names the delivery: bounce+NAME.SIGNATURE@domain. A message
// to ourselves goes to bounce+NAME=SIGNATURE@domain, with a signature of its
// own, so that to arrive and to come back are not one. A local part may have 64
// octets (RFC 5321, 4.5.3.1.1); notify.MaxBounceLocal says what of them is left
// for the address.
const signatureSize = 16

// What an address says of the delivery that it names; each ends the name.
const (
	cameBack = "."
	arrives  = "="
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
func (r *returnPath) signature(what, name string) string {
	purpose := "bounce/"
	if what == arrives {
		purpose = "arrival/"
	}
	whole, err := base64.RawURLEncoding.DecodeString(notify.SignID(r.key, purpose+name))
	if err != nil {
		return "" // SignID writes nothing else; and no address has an empty one
	}
	return lower.EncodeToString(whole)[:signatureSize]
}

// of gives the return path of a delivery.
func (r *returnPath) of(id string) string { return r.address(cameBack, notify.BounceName(id)) }

func (r *returnPath) address(what, name string) string {
	return r.local + "+" + name + what + r.signature(what, name) + "@" + r.domain
}

// read says whether an address is ours, what it says, and of which delivery: a
// notify.BounceName, or an id as longer ones were written once; empty for the
// bare address. A name without our signature is not ours.
func (r *returnPath) read(address string) (name, what string, ours bool) {
	address = strings.ToLower(strings.Trim(address, "<> "))
	at := strings.LastIndexByte(address, '@')
	if at < 0 || address[at+1:] != r.domain {
		return "", "", false
	}
	rest, ok := strings.CutPrefix(address[:at], r.local)
	if !ok || rest == "" {
		return "", "", ok
	}
	signed, ok := strings.CutPrefix(rest, "+")
	end := strings.LastIndexAny(signed, cameBack+arrives)
	if !ok || end < 1 {
		return "", "", false
	}
	name, what = signed[:end], signed[end:end+1]
	if subtle.ConstantTimeCompare([]byte(signed[end+1:]), []byte(r.signature(what, name))) != 1 {
		return "", "", false
	}
	return name, what, true
}

// Arrivals gives the addresses that messages to ourselves go to, so that
// Bounces say when each arrives; address and key are as in BouncesOptions.
func Arrivals(address string, key []byte) (func(delivery string) string, error) {
	r, err := newReturnPath(address, key)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, errors.New("email: notify.email.bounces.address is missing: nothing can arrive there")
	}
	return func(delivery string) string { return r.address(arrives, notify.BounceName(delivery)) }, nil
}
