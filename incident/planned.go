package incident

import "time"

// Reports says when what users report asks for an incident, and how soon they
// are answered.
type Reports struct {
	Raise        RaiseWhen     `yaml:"raise"`
	AnswerWithin time.Duration `yaml:"answer_within"` // DefaultAnswerWithin when 0
}

// RaiseWhen is how many reports that are alike, on one component and within
// how long, ask for an incident.
type RaiseWhen struct {
	Count  int           `yaml:"count"`  // DefaultRaiseCount when 0
	Within time.Duration `yaml:"within"` // DefaultRaiseWithin when 0
}

// MaintenanceRules says what is planned, and how long before people hear of it.
type MaintenanceRules struct {
	Announce  time.Duration `yaml:"announce"` // DefaultAnnounce when 0
	Recurring []Recurring   `yaml:"recurring"`
}

// Recurring is maintenance that comes again by a rule.
type Recurring struct {
	ID         string        `yaml:"id"`
	Name       string        `yaml:"name"`
	Components []string      `yaml:"components"`
	Starts     string        `yaml:"starts"` // the first time, as support.ParseMoment reads it, in the page's zone
	Lasts      time.Duration `yaml:"lasts"`
	RRule      string        `yaml:"rrule"` // RFC 5545, without DTSTART; empty: once
}

// Defaults of reports and maintenance.
const (
	DefaultAnswerWithin = 24 * time.Hour
	DefaultRaiseCount   = 5
	DefaultRaiseWithin  = 10 * time.Minute
	DefaultAnnounce     = 3 * 24 * time.Hour
)
