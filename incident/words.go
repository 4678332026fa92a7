package incident

// Status is what a visitor reads of a component.
type Status string

// The statuses of a component, from best to worst, and the two that stand
// beside that order.
const (
	Operational Status = "operational"
	Slow        Status = "degraded_performance"
	PartlyDown  Status = "partial_outage"
	Down        Status = "major_outage"
	Maintenance Status = "under_maintenance"
	Unmeasured  Status = "unknown" // not measured: neither up nor down
)

// Badness orders statuses: 0 is working (or not measured), 3 is down.
func (s Status) Badness() int {
	switch s {
	case Slow:
		return 1
	case PartlyDown:
		return 2
	case Down:
		return 3
	}
	return 0
}

// Severity is P1 (worst) to P4; 0 is none.
type Severity int

// The severities.
const (
	P1 Severity = 1 + iota
	P2
	P3
	P4
)

// String writes P1 to P4.
func (s Severity) String() string {
	if s < P1 || s > P4 {
		return ""
	}
	return "P" + string(rune('0'+s))
}

// Worse says whether s is a worse severity than other; any is worse than none.
func (s Severity) Worse(other Severity) bool {
	return s != 0 && (other == 0 || s < other)
}

// Impact gives the public word for the worst severity that an incident reached.
func (s Severity) Impact() Impact {
	switch s {
	case P1:
		return Critical
	case P2:
		return Major
	case P3:
		return Minor
	}
	return None
}

// Impact is Statuspage's word for how bad an incident is.
type Impact string

// The impacts.
const (
	None     Impact = "none"
	Minor    Impact = "minor"
	Major    Impact = "major"
	Critical Impact = "critical"
)

// Phase is where an incident stands in its life.
type Phase string

// The phases of an incident.
const (
	Investigating Phase = "investigating"
	Identified    Phase = "identified"
	Monitoring    Phase = "monitoring"
	Resolved      Phase = "resolved"
)

// phases is the table of allowed transitions.
var phases = map[Phase][]Phase{
	Investigating: {Identified, Monitoring, Resolved},
	Identified:    {Investigating, Monitoring, Resolved},
	Monitoring:    {Investigating, Identified, Resolved},
	Resolved:      {Investigating}, // reopened
}
