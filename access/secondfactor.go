package access

import (
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

// A second factor is a time-based code (RFC 6238) in the form that every
// authenticator knows: SHA-1, six digits, thirty seconds.
const (
	codeTime   = 30 * time.Second
	codeDigits = otp.DigitsSix
	codeSkew   = 1 // steps that a clock may be off either way
)

// NewSecondFactor makes the secret that an authenticator is given.
func NewSecondFactor(issuer, person string) (secret string, err error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: person, Period: uint(codeTime / time.Second), Digits: codeDigits})
	if err != nil {
		return "", fmt.Errorf("make a second factor: %w", err)
	}
	return key.Secret(), nil
}

// FactorAddress is what the camera of an authenticator reads: otpauth://…
func FactorAddress(issuer, person, secret string) string {
	issuer = strings.ReplaceAll(issuer, ":", " ")
	values := url.Values{"secret": {secret}, "issuer": {issuer}}
	return "otpauth://totp/" + url.PathEscape(issuer+":"+person) + "?" + strings.ReplaceAll(values.Encode(), "+", "%20")
}

// CheckCode says whether a code of an authenticator is right at a time, and
// which step it is of. A code is good once: one of the step that was used
// last, or of one before, is not.
func CheckCode(secret, code string, last int64, now time.Time) (step int64, right bool) {
	code = digits(code)
	if secret == "" || len(code) != codeDigits.Length() {
		return 0, false
	}
	at := now.Unix() / int64(codeTime/time.Second)
	for try := at - codeSkew; try <= at+codeSkew; try++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(max(try, 0)), hotp.ValidateOpts{Digits: codeDigits, Algorithm: otp.AlgorithmSHA1})
		if err == nil && try > last && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return try, true
		}
	}
	return 0, false
}

// digits takes out what people write between digits.
func digits(code string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, code)
}

// recoveryCodes is how many somebody gets.
const recoveryCodes = 10

// recoveryLetters are easy to tell apart on paper: 32 of them, five bits each.
const recoveryLetters = "abcdefghijkmnpqrstuvwxyz23456789"

// NewRecoveryCodes makes codes for who lost their authenticator, each good
// once, and the hashes that are kept of them.
func NewRecoveryCodes() (codes, hashes []string) {
	for range recoveryCodes {
		chance := make([]byte, 15)
		_, _ = rand.Read(chance) // never fails, by its contract
		var code strings.Builder
		for i, b := range chance {
			if i > 0 && i%5 == 0 {
				code.WriteByte('-')
			}
			code.WriteByte(recoveryLetters[b%32])
		}
		codes = append(codes, code.String())
		hashes = append(hashes, HashToken(digits(code.String())))
	}
	return codes, hashes
}

// UseRecoveryCode gives the hashes that are left when a code was right.
func UseRecoveryCode(hashes []string, code string) (left []string, right bool) {
	hash := HashToken(strings.ToLower(digits(code)))
	at := slices.Index(hashes, hash)
	if at < 0 {
		return hashes, false
	}
	return slices.Delete(slices.Clone(hashes), at, at+1), true
}
