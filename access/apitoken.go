package access

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// APIToken is a token by which a person, or a program for them, uses
// /api/v1. The secret itself is in no place but with its holder.
type APIToken struct {
	ID       string
	Name     string // what it is for
	Person   string // whose it is: id in the configuration
	Role     Role
	Scopes   []Scope // narrow the role; none: all of it
	Created  time.Time
	Expires  time.Time // zero is refused: no token lasts for ever
	Revoked  time.Time // zero: it was not
	LastUsed time.Time // to the minute; zero: never
}

// Limits of a token.
const (
	DefaultTokenLife = 90 * 24 * time.Hour
	MinTokenLife     = time.Minute
	MaxTokenLife     = 2 * 365 * 24 * time.Hour
	MaxTokenName     = 80 // characters
)

// Why a token is not accepted.
var (
	ErrNoToken      = errors.New("there is no such token")
	ErrTokenRevoked = errors.New("the token was revoked")
	ErrTokenExpired = errors.New("the token has expired")
	ErrTokenOrphan  = errors.New("the token's owner has left the configuration")
)

// Validate says what is wrong with a token that is about to be made, in a
// sentence; owner is the role of its person.
func (t *APIToken) Validate(now time.Time, owner Role) error {
	if !t.Role.Staff() {
		return fmt.Errorf("there is no role %q; roles are %s", t.Role, list(StaffRoles()))
	}
	if !owner.AtLeast(t.Role) {
		return fmt.Errorf("%s is %s: a token of theirs cannot be %s", t.Person, owner, t.Role)
	}
	for i, scope := range t.Scopes {
		if !slices.Contains(Scopes(), scope) {
			return fmt.Errorf("there is no scope %q; scopes are %s", scope, list(Scopes()))
		}
		if slices.Contains(t.Scopes[:i], scope) {
			return fmt.Errorf("the scope %s is there twice", scope)
		}
	}
	if life := t.Expires.Sub(now); life < MinTokenLife || life > MaxTokenLife {
		return errors.New("a token lasts from 1 minute to 2 years")
	}
	if utf8.RuneCountInString(t.Name) > MaxTokenName || !utf8.ValidString(t.Name) || strings.ContainsFunc(t.Name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Errorf("a token's name has at most %d characters, all of them printable", MaxTokenName)
	}
	return nil
}

// Accept gives who acts by a token now: as its role, or as its person's where
// that is lower by now. owner is that person's role; "" where the
// configuration has no such person. The errors are those above.
func (t *APIToken) Accept(now time.Time, owner Role) (Principal, error) {
	switch {
	case !t.Revoked.IsZero():
		return Principal{}, ErrTokenRevoked
	case !now.Before(t.Expires): // zero, too
		return Principal{}, ErrTokenExpired
	case owner == "":
		return Principal{}, ErrTokenOrphan
	}
	return Principal{Kind: ByToken, Person: t.Person, Token: t.ID, Name: t.Name, Role: Lower(t.Role, owner), Scopes: slices.Clone(t.Scopes)}, nil
}

// Works says whether the token itself is good now, whoever its person is.
func (t *APIToken) Works(now time.Time) bool { return t.Revoked.IsZero() && now.Before(t.Expires) }

// usedEvery is how often it is noted that a token was used.
const usedEvery = time.Minute

// NoteUse says whether its use now is to be noted.
func (t *APIToken) NoteUse(now time.Time) bool { return now.Sub(t.LastUsed) >= usedEvery }

func list[T ~string](words []T) string {
	texts := make([]string, len(words))
	for i, word := range words {
		texts[i] = string(word)
	}
	return strings.Join(texts, ", ")
}
