package console

import (
	"context"
	"time"

	"daymark/access"
	"daymark/checker"
)

// Configurations is the document that the server runs with, and those that it
// ran with before. Its texts never have a secret in them.
type Configurations interface {
	// Configuration says how it stands now.
	Configuration(ctx context.Context) (*ConfigurationState, error)
	// ConfigurationVersions lists versions without their texts, newest first.
	ConfigurationVersions(ctx context.Context, q VersionQuery) ([]ConfigurationVersion, error)
	// ConfigurationVersion gives a version with its text; ErrNotFound where
	// there is none, or none any more.
	ConfigurationVersion(ctx context.Context, number int) (*ConfigurationVersion, error)
	// ValidateConfiguration says what is wrong with a text, as it would be
	// said when it is applied.
	ValidateConfiguration(ctx context.Context, text string) ConfigurationVerdict
	// ApplyConfiguration begins to run with a text, which was validated. What
	// becomes of it is told by Configuration, which waits for that. A refusal
	// is an *incident.Refusal, and nothing has begun.
	ApplyConfiguration(ctx context.Context, order ConfigurationOrder) error
	// TryCheck runs one check of a text once. A refusal is an
	// *incident.Refusal.
	TryCheck(ctx context.Context, order TryOrder) (*checker.Report, error)
}

// ConfigurationVersion is one version that the server ran with.
type ConfigurationVersion struct {
	Number int
	At     time.Time // since when it ran
	Author string    // as the audit trail names them; "" where nobody is known
	Origin string    // file, console, command line
	Why    string
	SHA256 string // of the text as it was written, in hexadecimal
	Size   int    // of that text, in bytes
	Hidden int    // secrets that were written out
	Kept   bool   // its text is kept
	Text   string // with those secrets hidden; "" in lists
}

// VersionQuery asks for versions; zero values ask for all.
type VersionQuery struct {
	Before       int       // those before this number
	Since, Until time.Time // those that began from Since on, and before Until
	Most         int
}

// ConfigurationState is how the configuration stands.
type ConfigurationState struct {
	Running ConfigurationVersion
	// Writes is who may write the document: file or console.
	Writes string
	Failed *ConfigurationFailure // what was to follow it, and could not; nil: nothing
	Disk   *ConfigurationOnDisk  // the file, where it is not what runs; nil: it is
	Tries  []TryRegion           // where a check can be tried, in the order of the regions
}

// TryRegion is a region, and whether a check can be tried there now.
type TryRegion struct {
	ID  string
	Why string // why it cannot, in a sentence without a full stop; "": it can
}

// ConfigurationFailure is a document that could not be applied. The one before
// it goes on.
type ConfigurationFailure struct {
	At     time.Time
	Author string
	Origin string
	Reason string // in a sentence
	Faults []ConfigurationFault
	Text   string // what somebody sent; "" for one of the file
}

// ConfigurationOnDisk is a file that is not what runs.
type ConfigurationOnDisk struct {
	SHA256 string
	Faults []ConfigurationFault
	Text   string // with secrets hidden; "" where there are faults, or they cannot be
}

// ConfigurationFault is one thing that is wrong with a document.
type ConfigurationFault struct {
	Line, Column int // from 1; 0: the document as a whole
	Path         string
	Message      string
}

// ConfigurationVerdict is what can be said of a text before it is applied.
type ConfigurationVerdict struct {
	Faults  []ConfigurationFault
	Restart []string // what it changes that takes a restart, by its path
	Unfit   string   // why it cannot be applied, though nothing in it is wrong; a sentence without a full stop, "": it can
	Checks  []string // ids of those that can be tried, where nothing is wrong
}

// ConfigurationOrder is a text to run with.
type ConfigurationOrder struct {
	Who  access.Principal
	Text string
	Why  string
	Key  string // of a request that may have been sent before; "": none
	Base int    // the version that the text was made from
	Disk string // the hash of a file that differs and was seen; "": none was
}

// TryOrder is a check to try.
type TryOrder struct {
	Who           access.Principal
	Text          string
	Check, Region string
}
