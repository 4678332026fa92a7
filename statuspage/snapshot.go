package statuspage

import (
	"context"
	"time"

	"daymark/incident"
)

// Source reads what the page shows. Reads never block the writer.
type Source interface {
	// Snapshot gives the page as it is at one sequence number: components in
	// the order of the configuration's ids given, open public incidents, and
	// public incidents that ended in the last 30 days, newest first.
	Snapshot(ctx context.Context, now time.Time) (*Snapshot, error)
	// Incident gives one public incident, or an error wrapping ErrNotFound.
	Incident(ctx context.Context, id string) (*IncidentRecord, error)
	// Incidents gives public incidents, newest first, 50 a page, from page 1.
	Incidents(ctx context.Context, page int) ([]incident.Incident, error)
	// Component gives what the page of one component shows besides a snapshot;
	// one that nothing is known of has an empty history. Many may ask at once:
	// it is read once and kept for a while.
	Component(ctx context.Context, ask ComponentAsk, now time.Time) (*ComponentHistory, error)
	// Past finds what a search asks for.
	Past(ctx context.Context, s Search) (*Found, error)
	// Maintenance gives one maintenance that was announced, whatever became of
	// it, or an error wrapping ErrNotFound.
	Maintenance(ctx context.Context, id string) (*incident.PlannedMaintenance, error)
	// Maintenances gives those that were announced and are not done, or were
	// completed or cancelled after a moment, in the order in which they begin.
	Maintenances(ctx context.Context, doneAfter time.Time) ([]incident.PlannedMaintenance, error)
	// Learned gives what visitors read of the reviews of these incidents, by
	// the incident; those without are absent.
	Learned(ctx context.Context, incidents []string) (map[string]Learned, error)
	// Announced gives maintenance that visitors were told of and that was not
	// cancelled, the last announced first, 50 a page, from page 1.
	Announced(ctx context.Context, page int) ([]incident.PlannedMaintenance, error)
}

// Snapshot is what a page shows, read at one sequence number.
type Snapshot struct {
	Seq        int64     // of the newest event that it holds
	Updated    time.Time // when an incident or a component last changed
	Checked    time.Time // when a result last came in; zero: never
	Components map[string]ComponentState
	Open       []incident.Incident // newest first
	Recent     []incident.Incident // ended in the last 30 days, newest first
	Earlier    []incident.Incident // ended before that, in the last 90 days, newest first; without updates and promises

	// Answers is the mean latency of each check's runs that answered in the
	// last 24 hours, by the check; one that had none is absent.
	Answers map[string]time.Duration

	// Maintenances that were announced and are not done, or were completed in
	// the last 30 days, in the order in which they begin.
	Maintenances []incident.PlannedMaintenance
}

// ComponentState is one component's measured state. A component that was
// never measured is absent from the snapshot.
type ComponentState struct {
	Status  incident.Status
	Since   time.Time
	Created time.Time // when Daymark first knew the component
	Reason  string    // for staff: which checks fail from where; visitors never see it
	Days    []Day     // the last 90 days in the page's zone, oldest first
	Regions []RegionState

	// Hours are the clock hours (UTC) that the last 24 hours touch, oldest
	// first. Runs in a maintenance are not counted apart.
	Hours []Day
}

// Day is one day of a component.
type Day struct {
	Date     time.Time // its first moment in the page's zone
	Checks   int       // runs that could tell
	Failed   int       // of them, failed
	Slow     int       // of them, degraded
	Unknown  int       // runs that could not tell
	Covered  bool      // without runs, because none was due: the one before still stands
	Gap      float64   // share of a day (so far, from the first run on) without runs in which none stood, to the hour, 0 to 1
	Partial  time.Duration
	Down     time.Duration
	Degraded time.Duration

	Maintenance time.Duration
	Struck      bool // failures of it were struck out as a false alarm
	Excused     Runs // those of the runs that ran in a maintenance
}

// Runs counts runs, as a Day does.
type Runs struct{ Checks, Failed, Slow, Unknown int }

// RegionState is how a component does from one region.
type RegionState struct {
	Region  string
	Outcome string // of the latest run: ok, degraded, failed, unknown
	At      time.Time
}

// IncidentRecord is an incident as its own page shows it.
type IncidentRecord struct {
	incident.Incident
	Learned   string    // of its review, where that is published: Markdown
	Published time.Time // when Learned was
}

// Learned is what visitors read of a review.
type Learned struct {
	Text string    // paragraphs of plain text
	At   time.Time // when it was published
}
