package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"
)

// Limits of a password, in characters and in bytes.
const (
	MinPassword      = 12
	MaxPasswordBytes = 1024
	leastDifferent   = 5 // characters that are not the same
)

// ErrWrongPassword says that a password is not the one that was set.
var ErrWrongPassword = errors.New("that is not the password")

// CheckPassword says what is wrong with a password that somebody wants to set,
// in a sentence; known is what a stranger would try first: id, name, address.
func CheckPassword(password string, known ...string) error {
	switch {
	case !utf8.ValidString(password) || len(password) > MaxPasswordBytes:
		return fmt.Errorf("a password has at most %d bytes of text", MaxPasswordBytes)
	case utf8.RuneCountInString(password) < MinPassword:
		return fmt.Errorf("a password has at least %d characters: a few words in a row do well", MinPassword)
	}
	different := map[rune]bool{}
	for _, r := range password {
		different[r] = true
	}
	if len(different) < leastDifferent {
		return fmt.Errorf("a password has at least %d different characters", leastDifferent)
	}
	rest := strings.ToLower(password)
	// The longest first: an address holds names.
	longest := func(a, b string) int { return len(b) - len(a) }
	for _, word := range slices.SortedFunc(slices.Values(known), longest) {
		if word = strings.ToLower(word); utf8.RuneCountInString(word) >= 3 {
			rest = strings.ReplaceAll(rest, word, "")
		}
	}
	if utf8.RuneCountInString(rest) < MinPassword/2 {
		return errors.New("a password is more than your name and address")
	}
	return nil
}

// cost is what a guess costs: 19 MiB of memory, twice over, which is what
// OWASP asks for at least.
var cost = argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// decoy is the hash of a password that nobody knows: comparing with it takes as
// long as with somebody's.
const decoy = "$argon2id$v=19$m=19456,t=2,p=1$QEhKUiWKC2U5OmgCNNHrsQ$bm9ib2R5IGtub3dzIHdoYXQgdGhpcyBpcyBvZi4uLiE"

// atOnce is how many passwords are worked on at once, so that many sign-ins
// at a time cost time and not the memory of the machine.
const atOnce = 2

// How many may wait for a turn, and how long.
const (
	mostWaiting = 200
	longestWait = 10 * time.Second
)

// ErrBusy says that so many passwords are looked at that no other can wait.
var ErrBusy = errors.New("too many passwords are looked at at once")

// Passwords hashes and compares passwords, by argon2id. It is safe for
// concurrent use.
type Passwords struct {
	cost    argon2id.Params
	turns   chan struct{}
	waiting chan struct{}
}

// NewPasswords makes it.
func NewPasswords() *Passwords { return NewPasswordsAt(cost) }

// NewPasswordsAt makes it with another cost for what it hashes: tests take one
// that costs them little.
func NewPasswordsAt(cost argon2id.Params) *Passwords {
	return &Passwords{cost: cost, turns: make(chan struct{}, atOnce), waiting: make(chan struct{}, mostWaiting)}
}

// Hash gives what is kept of a password: its parameters, salt and key as one
// text in the form of the PHC. It waits for its turn.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	if err := p.enter(ctx); err != nil {
		return "", err
	}
	defer p.leave()
	hash, err := argon2id.CreateHash(norm.NFC.String(password), &p.cost)
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	return hash, nil
}

// Compare gives ErrWrongPassword where a password is not the one of a hash. An
// empty hash is nobody's: finding that out takes as long.
func (p *Passwords) Compare(ctx context.Context, password, hash string) error {
	if err := p.enter(ctx); err != nil {
		return err
	}
	defer p.leave()
	nobody := hash == ""
	if nobody {
		hash = decoy
	}
	if len(password) > MaxPasswordBytes {
		password = "" // which nobody can have
	}
	same, err := argon2id.ComparePasswordAndHash(norm.NFC.String(password), hash)
	switch {
	case err != nil:
		return fmt.Errorf("compare a password: %w", err)
	case !same || nobody:
		return ErrWrongPassword
	}
	return nil
}

func (p *Passwords) enter(ctx context.Context) error {
	select {
	case p.waiting <- struct{}{}:
		defer func() { <-p.waiting }()
	default:
		return ErrBusy
	}
	ctx, cancel := context.WithTimeoutCause(ctx, longestWait, ErrBusy)
	defer cancel()
	select {
	case p.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait to look at a password: %w", context.Cause(ctx))
	}
}

func (p *Passwords) leave() { <-p.turns }
