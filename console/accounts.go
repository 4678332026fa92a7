package console

import (
	"context"
	"time"

	"daymark/access"
)

// Accounts is how people sign in. What is not there is ErrNotFound; each change
// is in the audit trail. What a session asks for that is over is ErrNotFound.
type Accounts interface {
	Account(ctx context.Context, person string) (*access.Account, error)
	// Invitation gives one that is good now, by the hash of its secret.
	Invitation(ctx context.Context, hash string) (*access.Invitation, error)
	// Welcome takes an invitation and makes the account, in one; ErrNotFound
	// where the invitation was taken meanwhile, or is not for that person.
	Welcome(ctx context.Context, hash string, account *access.Account) error
	// SetPassword changes a password and ends the person's sessions but one.
	SetPassword(ctx context.Context, who access.Principal, hash string, changed time.Time, keep string) error
	// SetFactor changes the second factor, with the hashes of new recovery
	// codes, and ends the person's sessions but one. step is of the code by
	// which it was proven.
	SetFactor(ctx context.Context, person string, factor []byte, step int64, codes []string, keep string) error
	// SetCodes changes the recovery codes.
	SetCodes(ctx context.Context, who access.Principal, codes []string, session string) error
	// UseCode notes that a code was used; false where it was before.
	UseCode(ctx context.Context, person string, step int64) (bool, error)
	// UseRecoveryCode uses one up; false where it is none.
	UseRecoveryCode(ctx context.Context, person, code string) (bool, error)
	// EndSessions ends sessions of who calls: the one of an id, or all but the
	// one to keep where id is empty.
	EndSessions(ctx context.Context, who access.Principal, id, keep string) error
	// Entered notes that somebody has signed in.
	Entered(ctx context.Context, person, address string, now time.Time) error
}
