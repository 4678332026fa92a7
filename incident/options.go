package incident

import (
	"time"

	"daymark/checker"
	"daymark/support"
)

// Region is a place that checks run from.
type Region struct {
	ID   string `yaml:"id"`
	Name string `yaml:"name"`
}

// Team owns components.
type Team struct {
	ID          string `yaml:"id"`
	Name        string `yaml:"name"`
	Email       string `yaml:"email"`
	Rota        string `yaml:"rota"`
	Stakeholder string `yaml:"stakeholder"`
}

// Group puts components under a heading, in the order of the configuration.
type Group struct {
	ID    string            `yaml:"id"`
	Name  string            `yaml:"name"`
	Names map[string]string `yaml:"names"` // by language
}

// Component is what a visitor knows by name.
type Component struct {
	ID          string            `yaml:"id"`
	Name        string            `yaml:"name"`
	Names       map[string]string `yaml:"names"`
	Description string            `yaml:"description"`
	Group       string            `yaml:"group"`
	Owner       string            `yaml:"owner"`
	Criticality string            `yaml:"criticality" words:"critical,major,minor"` // minor when empty
	SLA         string            `yaml:"sla"`                                      // empty or none: no promise
	Runbook     string            `yaml:"runbook"`
	DependsOn   []string          `yaml:"depends_on"`
	Show        []string          `yaml:"show" words:"uptime,response_time,regions"`
	Checks      []checker.Check   `yaml:"checks"`
}

// SeverityTable holds the expressions that give an incident its severity; an
// empty one stands for no row.
type SeverityTable struct {
	Preset string        `yaml:"preset"`
	Window time.Duration `yaml:"window"` // DefaultWindow when 0
	P1     string        `yaml:"P1"`
	P2     string        `yaml:"P2"`
	P3     string        `yaml:"P3"`
	P4     string        `yaml:"P4"`
}

// Rules are the times and limits of an incident's life; zero values stand for
// the defaults.
type Rules struct {
	GroupWithin  time.Duration `yaml:"group_within"`
	EaseAfter    time.Duration `yaml:"ease_after"`
	ResolveAfter time.Duration `yaml:"resolve_after"`
	ReopenWithin time.Duration `yaml:"reopen_within"`
	Flapping     Flapping      `yaml:"flapping"`
	FixNeeds     []string      `yaml:"fix_needs" words:"lead,stakeholder"`
	Templates    []Template    `yaml:"templates"`
}

// Flapping says when changes of verdict continue one incident.
type Flapping struct {
	Changes int           `yaml:"changes"`
	Within  time.Duration `yaml:"within"`
}

// Template is a text to begin an update from.
type Template struct {
	ID    string `yaml:"id"`
	State string `yaml:"state" words:"investigating,identified,monitoring,resolved"`
	Text  string `yaml:"text"`
}

// SLA promises times and channels for each severity.
type SLA struct {
	ID     string        `yaml:"id"`
	Preset string        `yaml:"preset"`
	Hours  support.Hours `yaml:"hours"` // when its clocks run; always when left out
	P1     *Promises     `yaml:"P1"`
	P2     *Promises     `yaml:"P2"`
	P3     *Promises     `yaml:"P3"`
	P4     *Promises     `yaml:"P4"`
	Review ReviewWithin  `yaml:"review"`
	Report []string      `yaml:"report"` // email addresses
}

// ReviewWithin says how long after the resolution a review is due; 0: none.
type ReviewWithin struct {
	P1 time.Duration `yaml:"P1"`
	P2 time.Duration `yaml:"P2"`
	P3 time.Duration `yaml:"P3"`
	P4 time.Duration `yaml:"P4"`
}

// Promises is what an SLA promises at one severity; nil times promise nothing.
type Promises struct {
	Acknowledge *support.Span `yaml:"acknowledge"`
	First       *support.Span `yaml:"first"`
	Update      *support.Span `yaml:"update"`
	Resolve     *support.Span `yaml:"resolve"`
	Channels    []string      `yaml:"channels" words:"page,email,sms,webhook,chat"` // nil: [page]; for P4: none
}

// For gives the promises at a severity, or nil.
func (s *SLA) For(severity Severity) *Promises {
	switch severity {
	case P1:
		return s.P1
	case P2:
		return s.P2
	case P3:
		return s.P3
	case P4:
		return s.P4
	}
	return nil
}

// Defaults of the rules.
const (
	DefaultWindow       = 5 * time.Minute
	DefaultGroupWithin  = 5 * time.Minute
	DefaultEaseAfter    = 10 * time.Minute
	DefaultResolveAfter = 5 * time.Minute
	DefaultReopenWithin = 30 * time.Minute
)
