package incident

import "time"

// SeverityFacts is what the expressions of the severity table can use, over
// the affected components of an incident. A fact without samples is 0.
type SeverityFacts struct {
	// Availability is "none" when each affected component is out wholly,
	// "partial" when some is out wholly or partly, "full" when they are slow
	// at worst.
	Availability string `expr:"availability" words:"none,partial,full"`
	// Criticality is the worst of the affected components.
	Criticality string `expr:"criticality" words:"critical,major,minor"`
	// Available is the weighted share of all the page's components that work,
	// 0 to 1.
	Available float64 `expr:"available"`
	// RegionsFailing is the number of regions that see a failure.
	RegionsFailing int `expr:"regions_failing"`
	// ErrorRate is the share of failed runs among those that could tell, 0 to
	// 1, over the window.
	ErrorRate float64 `expr:"error_rate"`
	// LatencyP95 is of single requests over the window, without journeys.
	LatencyP95 time.Duration `expr:"latency_p95"`
	// LatencyRatio is a check's 95th percentile over the window to that of the
	// same hour of the day in the last 14 days; the greatest of the checks,
	// and 1 at least and while unknown.
	LatencyRatio float64 `expr:"latency_ratio"`
	// UsersReporting is the number of users who reported a problem within
	// reports.within.
	UsersReporting int `expr:"users_reporting"`
}
