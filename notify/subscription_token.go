package notify

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Links of a subscription are not kept anywhere: they follow from the server's
// key, the subscriber's id and a number that makes them stop working. That is
// the round for the link that confirms one sign-up, and the generation for the
// links under which somebody manages theirs.
const (
	confirming = 'c'
	managing   = 'm'
)

// codeDigits is the length of a code in a text message.
const codeDigits = 6

// ConfirmToken gives the token of a link that confirms a sign-up.
func ConfirmToken(key []byte, subscriber string, round int) string {
	return token(key, confirming, subscriber, round)
}

// ManageToken gives the token of the page where a subscription is managed.
func ManageToken(key []byte, subscriber string, generation int) string {
	return token(key, managing, subscriber, generation)
}

// ConfirmCode gives the code that confirms a sign-up by text message.
func ConfirmCode(key []byte, subscriber string, round int) string {
	sum := derive(key, "code", subscriber, round)
	return fmt.Sprintf("%0*d", codeDigits, binary.BigEndian.Uint64(sum)%1_000_000)
}

func token(key []byte, kind rune, subscriber string, number int) string {
	// 24 bytes are written as 32 characters, and nobody guesses them.
	return string(kind) + subscriber + "-" + base64.RawURLEncoding.EncodeToString(derive(key, string(kind), subscriber, number)[:24])
}

func derive(key []byte, purpose, subscriber string, number int) []byte {
	mac := hmac.New(sha256.New, key)
	// The purpose comes first: the key hashes addresses too.
	_, _ = mac.Write([]byte("subscription\x00" + purpose + "\x00" + subscriber + "\x00" + strconv.Itoa(number))) // a hash never fails
	return mac.Sum(nil)
}

// splitToken gives what a token says of itself; nothing of it is proven yet.
func splitToken(text string) (kind rune, subscriber string, ok bool) {
	if len(text) < 3 || len(text) > 100 {
		return 0, "", false
	}
	subscriber, _, ok = strings.Cut(text[1:], "-")
	kind = rune(text[0])
	return kind, subscriber, ok && (kind == confirming || kind == managing)
}

// same compares two secrets, in constant time.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// newHandle gives a browser what it needs to enter a code, and the hash of it
// that is kept.
func newHandle() (handle, hash string) {
	var chance [18]byte
	_, _ = rand.Read(chance[:]) // never fails, by its contract
	handle = base64.RawURLEncoding.EncodeToString(chance[:])
	return handle, hashHandle(handle)
}

func hashHandle(handle string) string {
	sum := sha256.Sum256([]byte(handle))
	return hex.EncodeToString(sum[:])
}
