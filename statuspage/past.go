package statuspage

import (
	"time"

	"daymark/incident"
)

// Kind is what a search looks for.
type Kind string

// The kinds; empty stands for both.
const (
	OfIncidents   Kind = "incidents"
	OfMaintenance Kind = "maintenance"
)

// Search asks for public incidents and for maintenance that was announced and
// has begun.
type Search struct {
	Kind      Kind
	Component string    // an id; empty: all
	Month     time.Time // when it begins in the page's zone; zero: all. What began in it is found
	Page      int       // of 50, from 1

	// Words must all be in the title, in a text, or in the name of a component
	// that it is of; empty: no words are asked for. They and Names, the
	// components' names by id, are as lang.Fold gives them.
	Words []string
	Names map[string]string
}

// Found is one page of what a search found, newest beginning first.
type Found struct {
	Total   int // on all pages
	Entries []PastEntry
	Months  []time.Time // in which something of the search began, whichever month it asks for; newest first
}

// PastEntry is an incident or a maintenance; the other is nil.
type PastEntry struct {
	Incident    *IncidentRecord
	Maintenance *incident.PlannedMaintenance
}
