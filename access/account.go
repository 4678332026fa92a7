package access

import "time"

// Account is how a person of the configuration signs in.
type Account struct {
	Person   string   // id in the configuration
	Password string   // hash of it, as [Passwords.Hash] gives it
	Factor   []byte   // the secret of the second factor, sealed; empty: none yet
	Step     int64    // of the code that was used last
	Codes    []string // hashes of the recovery codes that are left
	Created  time.Time
	Changed  time.Time // the password
	Entered  time.Time // when they signed in last; zero: never since it was made
}

// Invitation lets one person make an account, or a new one in place of
// theirs, once.
type Invitation struct {
	Person  string // empty: whoever is administrator, of a server without accounts
	Made    time.Time
	Expires time.Time
}

// First says whether it is the one that a server without accounts gives.
func (i *Invitation) First() bool { return i.Person == "" }

// How long an invitation is good.
const (
	InvitationLife = 3 * 24 * time.Hour
	FirstLife      = 24 * time.Hour
)

// Session is one browser that somebody has signed in with.
type Session struct {
	ID      string // to name it by: it opens nothing
	Person  string
	Stage   Stage
	Began   time.Time
	Seen    time.Time // to the minute
	Expires time.Time
	Address string // that it was begun from
	Browser string // as it named itself
	// Changed is when the password was set that it was begun with.
	Changed time.Time
}

// Stage is how far somebody has come who signs in.
type Stage string

// The stages. Only the last one opens anything.
const (
	AskedCode   Stage = "code"   // gave the password; owes a code
	AskedFactor Stage = "factor" // gave the password; has to set up a second factor
	SignedIn    Stage = "in"
)

// NextStage is what follows a right password.
func (o *Options) NextStage(a *Account) Stage {
	switch {
	case len(a.Factor) > 0:
		return AskedCode
	case o.SecondFactor == "optional":
		return SignedIn
	}
	return AskedFactor
}

// HalfwayLife is how long somebody may take from the password to the end.
const HalfwayLife = 10 * time.Minute

// Ends says when a session ends that goes on to a stage at a time.
func (o *Options) Ends(stage Stage, now time.Time) time.Time {
	if stage == SignedIn {
		return now.Add(o.Session)
	}
	return now.Add(HalfwayLife)
}
