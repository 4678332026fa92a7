package statuspage

import (
	"time"

	"daymark/incident"
)

// TimesWindow is how far back response times are drawn.
const TimesWindow = 24 * time.Hour

// ComponentAsk says what is wanted of a component's history.
type ComponentAsk struct {
	ID    string
	Timed string        // the check whose response times are drawn; empty: none
	Step  time.Duration // of one bucket of them; TimesWindow is a multiple of it
}

// ComponentHistory is what the page of one component shows besides a snapshot.
type ComponentHistory struct {
	// Times are the response times of the timed check until Until, by region.
	Times []RegionTimes
	Until time.Time
	// Incidents are public ones that affected the component and are open, or
	// ended in the last 90 days; newest first, 100 at most.
	Incidents []incident.Incident
}

// RegionTimes is how one region saw a check in the last 24 hours.
type RegionTimes struct {
	Region   string
	Buckets  []TimesBucket // oldest first, as many as the window has
	Answered time.Time     // when a run last answered in the window; zero: none did
	Told     time.Time     // when a run could last tell in the window; zero: none could
}

// TimesBucket is one stretch of a region's runs.
type TimesBucket struct {
	Answered int           // runs that were ok or degraded
	Failed   int           // runs that failed
	Sum      time.Duration // of the latencies of those that answered
}
