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
}

// Snapshot is what a page shows, read at one sequence number.
type Snapshot struct {
	Seq        int64     // of the newest event that it holds
	Updated    time.Time // when an incident or a component last changed
	Checked    time.Time // when a result last came in; zero: never
	Components map[string]ComponentState
	Open       []incident.Incident // newest first
	Recent     []incident.Incident // ended in the last 30 days, newest first

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
}

// Day is one day of a component.
type Day struct {
	Date     time.Time // midnight in the page's zone
	Checks   int       // runs that could tell
	Failed   int       // of them, failed
	Slow     int       // of them, degraded
	Unknown  int       // runs that could not tell
	Covered  bool      // without runs, because none was due: the one before still stands
	Partial  time.Duration
	Down     time.Duration
	Degraded time.Duration

	Maintenance time.Duration
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
