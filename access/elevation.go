package access

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Elevation is a session's time above its person's role.
type Elevation struct {
	ID      string
	Person  string // id in the configuration
	Session string // of it alone: its id
	Own     Role   // what the person was without it
	Role    Role   // what they were by it
	Reason  string
	Began   time.Time
	Until   time.Time // then it ends by itself
	Ended   time.Time // zero: it was not ended before
	How     string    // why it ended before its time: by whom, or with its session
}

// EndedWithSession is how an elevation ended whose session did.
const EndedWithSession = "with its session"

// Limits of a reason, in characters.
const (
	MinReason = 10
	MaxReason = 500
)

// Why nobody rises.
var (
	ErrNoElevation   = errors.New("nobody rises above their role here (server.access.break_glass)")
	ErrNoReason      = fmt.Errorf("a reason has from %d to %d characters: the others read it", MinReason, MaxReason)
	ErrNothingToGain = errors.New("your own role is as high already")
)

// Rises gives the role that somebody of a role may rise to; the errors say why
// they may not.
func (o *Options) Rises(own Role) (Role, error) {
	to := o.BreakGlass.Role
	switch {
	case !to.Staff() || o.Elevation <= 0:
		return "", ErrNoElevation
	case own.AtLeast(to):
		return "", ErrNothingToGain
	case !own.AtLeast(o.BreakGlass.From):
		return "", fmt.Errorf("only who is %s or more rises above their role here (server.access.break_glass)", o.BreakGlass.From)
	}
	return to, nil
}

// Elevate begins an elevation of a session, whose person has a role of their
// own and was proven just now.
func (o *Options) Elevate(person, session string, own Role, reason string, now time.Time) (Elevation, error) {
	role, err := o.Rises(own)
	if err != nil {
		return Elevation{}, err
	}
	reason = strings.TrimSpace(reason)
	if n := utf8.RuneCountInString(reason); !utf8.ValidString(reason) || n < MinReason || n > MaxReason {
		return Elevation{}, ErrNoReason
	}
	now = now.Truncate(time.Millisecond)
	return Elevation{Person: person, Session: session, Own: own, Role: role, Reason: reason, Began: now, Until: now.Add(o.Elevation)}, nil
}

// Ends is when it ended, or will at the latest.
func (e *Elevation) Ends() time.Time {
	if !e.Ended.IsZero() && e.Ended.Before(e.Until) {
		return e.Ended
	}
	return e.Until
}

// Lasts says whether it holds at a moment: from its beginning on, and not at
// its end any more.
func (e *Elevation) Lasts(now time.Time) bool {
	return !now.Before(e.Began) && now.Before(e.Ends())
}

// Raise gives who acts in a session at a moment, by an elevation that may be
// over, of another session or of another person: then it changes nothing. What
// the configuration says now holds, so that a role that was set lower since,
// or a time that was made shorter, counts at once.
func (o *Options) Raise(p Principal, session string, e *Elevation, now time.Time) Principal {
	to, err := o.Rises(p.Role)
	if e == nil || err != nil || p.Kind != BySession || e.Person != p.Person || e.Session == "" || e.Session != session {
		return p
	}
	held := *e
	if latest := held.Began.Add(o.Elevation); latest.Before(held.Until) {
		held.Until = latest
	}
	held.Own, held.Role = p.Role, Lower(held.Role, to)
	if !held.Lasts(now) || p.Role.AtLeast(held.Role) || held.Role == "" {
		return p
	}
	p.Role, p.Elevation = held.Role, &held
	return p
}

// Mark is how the audit trail names it behind who acted.
func (e *Elevation) Mark() string { return ElevationMark + e.ID }

// ElevationMark stands before the id of an elevation in the audit trail.
const ElevationMark = ", elevation "
